"""Four kinds of evidence that a word drew an object, and how they become one distribution.

* **Text**: cosine of the object's crop and the word, by CLIP. Needs a word CLIP understands.
* **Image**: cosine of the crop and the picture of the single word. What the source paper compares
  (section 3.2.2); the pictures are coalitions of the game, so they cost nothing.
* **Crop**: the same comparison in every company, not only alone: Shapley values of the game
  v_o(S) = cos(crop of object o, picture of sub-prompt S), "is it still in the picture, anywhere?".
  The paper's number is v_o({w}).
* **Cause**: mean of each word's map (``genlens.prompts.word_maps``) over the object's mask. Because
  Shapley values are linear, it is the Shapley value of the game "do the pixels of this object
  stay". It misleads where leaving a word out moves the object elsewhere: then every word that keeps
  the composition gets a part. The crop evidence does not mind where things are, so the two mend
  each other.

The last two are our addition to the paper; neither costs an image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from genlens.common.coalitions import shapley_weights
from genlens.common.records import Record
from genlens.errors import InputError
from genlens.models.contracts import ImageTextEncoder, ObjectMask
from genlens.prompts.results import Links
from genlens.prompts.word_maps import word_maps


@dataclass(frozen=True)
class LinkSettings(Record):
    """How the three kinds of evidence are weighed.

    Each word w gets the logit

        text_weight * text_cos / text_temperature + image_weight * image_cos / image_temperature
        + crop_weight * log(crop_share) + cause_weight * log(cause_share),

    where a share is the word's part of the object's positive Shapley values (with ``crop_floor``
    or ``cause_floor`` added to each, so that flat evidence says nothing). "Belongs to none" is a
    word like the others, with the fixed evidence ``none_text``, ``none_image``, ``none_share``: an
    object is linked to a word only where its evidence beats that. A softmax over the d + 1 logits
    is the row of ``Links.scores``.

    Weights are >= 0 (0 switches one off), temperatures and ``none_share`` > 0. ``ground`` is the
    grey (0 to 1) that crops are laid on. Another encoder spreads its cosines differently: an
    adapter can carry its own values in ``card.settings["link"]``.
    """

    text_weight: float = 1.0
    text_temperature: float = 0.10
    none_text: float = 0.25
    image_weight: float = 0.5
    image_temperature: float = 0.10
    none_image: float = 0.40
    crop_weight: float = 1.0
    crop_floor: float = 0.02
    cause_weight: float = 0.5
    cause_floor: float = 0.01
    none_share: float = 0.12
    ground: float = 0.94

    def __post_init__(self) -> None:
        names = [f.name for f in fields(self)]
        positive = [n for n in names if n.endswith(("temperature", "floor", "share"))]
        bad = [n for n in positive if not getattr(self, n) > 0]
        bad += [n for n in names if n.endswith("weight") and not getattr(self, n) >= 0]
        if bad:
            raise InputError(f"link settings out of range: {', '.join(bad)} (see LinkSettings)")


EMOJI_LINK = LinkSettings(
    text_weight=1.635,
    text_temperature=0.185,
    none_text=0.361,
    image_weight=0.334,
    image_temperature=0.086,
    none_image=0.602,
    crop_weight=1.041,
    crop_floor=0.042,
    cause_weight=1.774,
    cause_floor=0.088,
    none_share=0.191,
)
"""For encoders trained on one small world, whose cosines spread widely. Found for ``emoji-clip`` by
``calibration.search`` on the objects of 170 prompts of at most 6 words, drawn with other seeds than
the evaluation's; how often they are right is measured by ``genlens evaluate prompts``."""

OPENCLIP_LINK = LinkSettings(
    text_temperature=0.01, none_text=0.20, image_temperature=0.05, none_image=0.55
)
"""For CLIP models trained on web images: text cosines lie in 0.1 to 0.35 (their own temperature is
0.01), image cosines of unrelated pictures around 0.5."""


def settings_for(encoder: ImageTextEncoder) -> LinkSettings:
    """The encoder's own ``card.settings["link"]`` over the default for its kind.

    Raises:
        InputError: ``card.settings["link"]`` holds a name that ``LinkSettings`` does not have.
    """
    base = OPENCLIP_LINK if encoder.card.source == "hub" else EMOJI_LINK
    own = dict(encoder.card.settings.get("link", {}))
    unknown = set(own) - set(base.to_dict())
    if unknown:
        raise InputError(
            f"{encoder.card.id} has unknown link settings {', '.join(sorted(unknown))}: "
            f"use {', '.join(base.to_dict())}"
        )
    return replace(base, **own)


def object_shapley(images: np.ndarray, objects: Sequence[ObjectMask]) -> np.ndarray:
    """``image_evidence`` (k, d): mean of ``word_maps(images)`` inside each object's mask."""
    maps = word_maps(images)
    rows = [maps[:, o.mask].mean(axis=1) for o in objects]
    return np.stack(rows) if rows else np.zeros((0, len(maps)))


def crop_shapley(crops: np.ndarray, pictures: np.ndarray) -> np.ndarray:
    """``crop_evidence`` (k, d): Shapley values of v_o(S) = cos(crop o, picture of S).

    Args:
        crops: unit embeddings (k, e) of the objects' crops.
        pictures: unit embeddings (2**d, e) of all pictures in ``all_coalitions`` order.
    """
    d = len(pictures).bit_length() - 1
    return (crops @ pictures.T) @ shapley_weights(d).T


def shares_with_floor(evidence: np.ndarray, floor: float) -> np.ndarray:
    """Positive parts of ``evidence`` (k, d), plus ``floor``, scaled to rows that sum to 1."""
    positive = np.clip(evidence, 0.0, None) + floor
    return positive / positive.sum(axis=1, keepdims=True)


def combine(
    text: np.ndarray,
    image: np.ndarray,
    crop: np.ndarray | None,
    cause: np.ndarray | None,
    settings: LinkSettings,
) -> np.ndarray:
    """The word-object matrix (k, d + 1) from the evidence (k, d) each; rows sum to 1.

    The last column is "belongs to none". ``crop`` or ``cause`` None leaves that kind out.
    """
    s = settings
    words = s.text_weight * text / s.text_temperature + s.image_weight * image / s.image_temperature
    none = (
        s.text_weight * s.none_text / s.text_temperature
        + s.image_weight * s.none_image / s.image_temperature
    )
    for evidence, weight, floor in (
        (crop, s.crop_weight, s.crop_floor),
        (cause, s.cause_weight, s.cause_floor),
    ):
        if evidence is not None:
            words = words + weight * np.log(shares_with_floor(evidence, floor))
            none = none + weight * np.log(s.none_share)
    logits = np.concatenate([words, np.full((len(words), 1), none)], axis=1)
    scores = np.exp(logits - logits.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


def words_of(scores: np.ndarray) -> np.ndarray:
    """Index of the best column of ``scores`` (k, d + 1), -1 where that is the last: (k,) int."""
    if not len(scores):
        return np.zeros(0, dtype=np.int64)
    best = scores.argmax(axis=1)
    return np.where(best == scores.shape[1] - 1, -1, best)


def rescore(links: Links, settings: LinkSettings) -> Links:
    """The same links weighed anew: no model runs (for calibration, and for sliders)."""
    scores = combine(
        links.text_similarity,
        links.image_similarity,
        links.crop_evidence,
        links.image_evidence,
        settings,
    )
    return replace(links, scores=scores, word_of=words_of(scores), settings=settings.to_dict())

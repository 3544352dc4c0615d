"""Two kinds of evidence that a word drew an object, and how they become one distribution.

* **Text**: cosine of the object's crop and the word, by CLIP. Needs a word CLIP understands.
* **Cause**: mean of each word's map (``genlens.prompts.word_maps``) over the object's mask. Because
  Shapley values are linear, it is the Shapley value of the game "do the pixels of this object
  stay". It asks no encoder, costs no image, and a word that changes nothing, article or filler,
  gets nothing: no list of stop words is needed. It misleads where leaving a word out moves the
  object elsewhere: then every word that keeps the composition gets a part. It is our addition to
  the source paper.

The paper compares the crop with the picture of the single word (section 3.2.2). That is shown and
measured beside (``Links.image_similarity``, ``genlens evaluate prompts``) but not weighed: with it,
or with Shapley values of that comparison, links were right no more often than without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from genlens.common.records import Record
from genlens.errors import InputError
from genlens.models.contracts import ImageTextEncoder, ObjectMask
from genlens.prompts.results import Links
from genlens.prompts.word_maps import word_maps


@dataclass(frozen=True)
class LinkSettings(Record):
    """How the two kinds of evidence are weighed.

    Each word w gets the logit

        text_weight * text_cos / text_temperature + cause_weight * log(cause_share),

    where the share is the word's part of the object's positive Shapley values (with ``cause_floor``
    added to each, so that flat evidence says nothing). "Belongs to none" is a word like the others,
    with the fixed evidence ``none_text`` and ``none_share``: an object is linked to a word only
    where its evidence beats that. A softmax over the d + 1 logits is the row of ``Links.scores``.

    Weights are >= 0 (0 switches one off), temperatures, floor and ``none_share`` > 0. ``ground`` is
    the grey (0 to 1) that crops are laid on. Another encoder spreads its cosines differently: an
    adapter can carry its own values in ``card.settings["link"]``.
    """

    text_weight: float = 1.0
    text_temperature: float = 0.10
    none_text: float = 0.25
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
    text_temperature=0.047,
    none_text=0.582,
    cause_weight=1.441,
    cause_floor=0.007,
    none_share=0.069,
)
"""For encoders trained on one small world, whose cosines spread widely. Found for ``emoji-clip`` by
``evaluation.calibration`` on the objects of 80 prompts, drawn with other seeds than the
evaluation's, and on 77 things put into their pictures that no word drew; how often they are right
is measured by ``genlens evaluate prompts``."""

OPENCLIP_LINK = LinkSettings(text_temperature=0.01, none_text=0.20)
"""For CLIP models trained on web images, whose text cosines lie in 0.1 to 0.35 (their own
temperature is 0.01). Not calibrated: no world with known truth speaks their language."""


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


def shares_with_floor(evidence: np.ndarray, floor: float) -> np.ndarray:
    """Positive parts of ``evidence`` (k, d), plus ``floor``, scaled to rows that sum to 1."""
    positive = np.clip(evidence, 0.0, None) + floor
    return positive / positive.sum(axis=1, keepdims=True)


def combine(text: np.ndarray, cause: np.ndarray | None, settings: LinkSettings) -> np.ndarray:
    """The word-object matrix (k, d + 1) from the evidence (k, d) each; rows sum to 1.

    The last column is "belongs to none". ``cause`` None leaves that kind out.
    """
    s = settings
    words = s.text_weight * text / s.text_temperature
    none = s.text_weight * s.none_text / s.text_temperature
    if cause is not None:
        words = words + s.cause_weight * np.log(shares_with_floor(cause, s.cause_floor))
        none = none + s.cause_weight * np.log(s.none_share)
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
    scores = combine(links.text_similarity, links.image_evidence, settings)
    return replace(links, scores=scores, word_of=words_of(scores), settings=settings.to_dict())

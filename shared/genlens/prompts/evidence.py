"""Two kinds of evidence that a word drew an object, and how they become one distribution.

* **Text**: cosine of the object's crop and the word, by CLIP. Needs a word CLIP understands.
* **Cause**: Shapley values of the object's pixels. For each pixel p take the game

      v_p(S) = 1 - |I_S(p) - I_D(p)|,

  the likeness, at p, of the sub-prompt's picture I_S to the full prompt's I_D (mean absolute
  difference of the three channels). A word's Shapley value in it is that word's part in making
  the pixel look as it does; over the words these add up to |I_none(p) - I_D(p)|. Their mean over
  a mask is the Shapley value of the game "do the pixels of this object stay", because Shapley
  values are linear. It asks no encoder, costs no image (the game has them all), and a word that
  changes nothing, article or filler, gets nothing: no list of stop words is needed. It misleads
  where leaving a word out moves the object elsewhere: then every word that keeps the composition
  gets a part. It is our addition to the source paper.

The paper compares the crop with the picture of the single word (section 3.2.2). That is shown and
measured beside (``Links.image_similarity``, ``genlens evaluate prompts``) but not weighed: with it,
or with Shapley values of that comparison, links were right no more often than without.
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


def word_maps(images: np.ndarray) -> np.ndarray:
    """Which word drew which pixels: Shapley values of every pixel's own game.

    Args:
        images: all pictures of a game (2**d, h, w, 3) uint8 in ``all_coalitions`` order.

    Returns:
        (d, h, w) float64 in [-1, 1]; over the words they sum, at each pixel, to the mean absolute
        difference (0 to 1) between the full prompt's picture and the empty prompt's.

    Raises:
        InputError: the number of pictures is not a power of two, or there is only one.
    """
    d = len(images).bit_length() - 1
    if images.ndim != 4 or d < 1 or len(images) != 2**d:
        raise InputError(f"images have shape {images.shape}: pass (2**d, h, w, 3) with d >= 1")
    weights = shapley_weights(d)  # (d, 2**d)
    full = images[-1].astype(np.int16)
    maps = np.zeros((d, *images.shape[1:3]))
    for start in range(0, len(images), 16):  # a few at a time: 256 pictures of 512 x 512 are large
        part = slice(start, start + 16)
        closeness = -np.abs(images[part].astype(np.int16) - full).mean(axis=3) / 255  # (16, h, w)
        maps += np.tensordot(weights[:, part], closeness, axes=1)  # (d, h, w)
    return maps


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

"""What the prompt room returns: frozen dataclasses of numpy arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from genlens.models.contracts import ObjectMask, Word


@dataclass(frozen=True)
class TokenAttribution:
    """One number for each word, with what it adds up to.

    ``values`` (d,) are in units of the payoff (cosine similarity, so between -2 and 2) and for
    Shapley values sum to ``full_value - base_value`` within 1e-5. ``shares`` (d,) are ``values``
    divided by their sum, or NaN where that sum is too small to divide by. ``method`` names the
    estimator ("shapley", "shapley-nonempty"). ``base_value`` is the payoff of the empty prompt
    (for "shapley-nonempty", which has no empty prompt, the mean payoff of the single words).
    ``model_calls`` counts images generated for it.
    """

    words: tuple[Word, ...]
    values: np.ndarray
    shares: np.ndarray
    base_value: float
    full_value: float
    method: str = "shapley"
    model_calls: int = 0

    def to_dict(self) -> dict[str, Any]:
        """JSON-able; keys tokens, values, shares, base_value, full_value, method, model_calls."""
        return {
            "tokens": [w.text for w in self.words],
            "values": [float(v) for v in self.values],
            "shares": [None if np.isnan(s) else float(s) for s in self.shares],
            "base_value": float(self.base_value),
            "full_value": float(self.full_value),
            "method": self.method,
            "model_calls": int(self.model_calls),
        }


@dataclass(frozen=True)
class Links:
    """Which object belongs to which word.

    ``objects`` are k masks on the full prompt's image, largest ``area * score`` first.
    ``scores`` (k, d + 1): each row is a distribution over the d words and, last, "belongs to
    none"; ``text_similarity`` and ``image_similarity`` (k, d) are the raw cosines behind it
    (crop against the word, crop against the image of the single word). ``word_of`` (k,) is the
    index of the linked word, or -1 for none.

    ``image_evidence`` (k, d), where it was computed, is the object's own Shapley map: the part of
    each word in making the pixels inside the mask look as they do. Row o sums to the mean
    difference, inside mask o, between the full prompt's and the empty prompt's picture (0 to 1).
    ``crop_evidence`` (k, d) is each word's Shapley value in "is this object still in the picture":
    row o sums to cos(crop o, full picture) - cos(crop o, empty prompt's picture).
    ``settings`` are the weights, temperatures and thresholds that made ``scores``.
    """

    objects: tuple[ObjectMask, ...]
    scores: np.ndarray
    text_similarity: np.ndarray
    image_similarity: np.ndarray
    word_of: np.ndarray
    image_evidence: np.ndarray | None = None
    crop_evidence: np.ndarray | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able; masks become boxes, scores and areas (the pixels go into the report)."""
        return {
            "objects": [
                {"box": list(o.box), "score": float(o.score), "area": int(o.area)}
                for o in self.objects
            ],
            "scores": self.scores.tolist(),
            "text_similarity": self.text_similarity.tolist(),
            "image_similarity": self.image_similarity.tolist(),
            "word_of": [int(i) for i in self.word_of],
            "image_evidence": None if self.image_evidence is None else self.image_evidence.tolist(),
            "crop_evidence": None if self.crop_evidence is None else self.crop_evidence.tolist(),
            "settings": dict(self.settings),
        }


@dataclass(frozen=True)
class PromptExplanation:
    """Everything ``explain_prompt`` found, enough to draw every figure without the models.

    ``image`` (h, w, 3) uint8 is the full prompt's picture. ``coalitions`` (2**d, d) bool in
    binary order (row i holds word j when bit j of i is set), ``payoffs`` (2**d,) and
    ``coalition_images`` (2**d, h, w, 3) uint8 are the whole game. ``made_by`` says what produced
    it: models and revisions, seed, steps, guidance, seconds, model_calls, genlens version.
    """

    prompt: str
    image: np.ndarray
    attribution: TokenAttribution
    links: Links
    coalitions: np.ndarray
    payoffs: np.ndarray
    coalition_images: np.ndarray
    made_by: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able: the attribution's keys at the top level, then links, game and made_by."""
        return {
            "prompt": self.prompt,
            **self.attribution.to_dict(),
            "links": self.links.to_dict(),
            "coalitions": self.coalitions.astype(int).tolist(),
            "payoffs": [float(p) for p in self.payoffs],
            "made_by": dict(self.made_by),
        }

"""What the prompt room returns: frozen dataclasses of numpy arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from genlens.common.records import MERGED, UNWRITTEN, MadeBy, Record, written_as
from genlens.models.contracts import ObjectMask, Word
from genlens.prompts.word_maps import word_maps

HARDLY = 0.5
"""Words that change a picture by less than this part of what another starting noise changes hardly
change it: which of them did more is then mostly chance."""
HARDLY_CHANGED = (
    "The words hardly change this image: another starting noise changes it more. So the shares say "
    "little, whichever word comes first."
)


@dataclass(frozen=True)
class TokenAttribution(Record):
    """One number for each word, with what it adds up to.

    ``values`` (d,) are in units of the payoff (cosine similarity, so between -2 and 2) and for
    Shapley values sum to ``full_value - base_value`` within 1e-5. ``shares`` (d,) are ``values``
    divided by their sum, or NaN where that sum is too small to divide by. ``method`` names the
    estimator ("shapley", "shapley-nonempty"). ``base_value`` is the payoff of the empty prompt
    (for "shapley-nonempty", which has no empty prompt, the mean payoff of the single words).
    ``model_calls`` counts images generated for it.
    """

    also_written = ("tokens",)

    words: tuple[Word, ...] = field(metadata=UNWRITTEN)
    values: np.ndarray
    shares: np.ndarray
    base_value: float
    full_value: float
    method: str = "shapley"
    model_calls: int = 0

    def __repr__(self) -> str:
        words = ", ".join(
            f"{word.text} {share:.0%}" if np.isfinite(share) else f"{word.text} {value:.3f}"
            for word, share, value in zip(self.words, self.shares, self.values, strict=True)
        )
        return f"TokenAttribution({words.replace('-0%', '0%')}; {self.method})"

    @property
    def tokens(self) -> list[str]:
        """The words as they were typed."""
        return [word.text for word in self.words]


@dataclass(frozen=True)
class Links(Record):
    """Which object belongs to which word.

    ``objects`` are k masks on the full prompt's image, largest ``area * score`` first.
    ``scores`` (k, d + 1): each row is a distribution over the d words and, last, "belongs to
    none"; ``text_similarity`` (k, d) are the raw cosines behind it (crop against the word);
    ``image_similarity`` (k, d) are shown beside, but not weighed: crop against the image of the
    single word, as in the source paper. ``word_of`` (k,) is the
    index of the linked word, or -1 for none.

    ``image_evidence`` (k, d), where it was computed, is the object's own Shapley map: the part of
    each word in making the pixels inside the mask look as they do. Row o sums to the mean
    difference, inside mask o, between the full prompt's and the empty prompt's picture (0 to 1).
    ``settings`` are the weights, temperatures and thresholds that made ``scores``.
    """

    objects: tuple[ObjectMask, ...]
    scores: np.ndarray
    text_similarity: np.ndarray
    image_similarity: np.ndarray
    word_of: np.ndarray
    image_evidence: np.ndarray | None = None
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PromptExplanation(Record):
    """Everything ``explain_prompt`` found, enough to draw every figure without the models.

    ``image`` (h, w, 3) uint8 is the full prompt's picture. ``coalitions`` (2**d, d) bool in
    binary order (row i holds word j when bit j of i is set), ``payoffs`` (2**d,) and
    ``coalition_images`` (2**d, h, w, 3) uint8 are the whole game. ``noise_payoffs`` (m,) are the
    payoffs of the full prompt's pictures from m other starting noises (none where it was not
    tried). ``notes`` are warnings for the reader, in sentences. ``made_by`` says what produced it:
    models and revisions, seed, steps, guidance, seconds, model_calls, genlens version.
    ``word_maps`` (d, h, w) are made of ``coalition_images`` when they are first asked for.
    """

    also_written = ("hardly_changed", "pixel_values")

    def __repr__(self) -> str:
        linked = [
            self.attribution.words[j].text if j >= 0 else "no word"
            for j in self.links.word_of.tolist()
        ]
        made = f"{self.made_by.model}, seed {self.made_by.seed}"
        return (
            f"PromptExplanation({self.prompt!r}, {made}: {self.attribution!r}, objects of "
            f"{', '.join(linked) or 'none'})"
        )

    prompt: str
    image: np.ndarray = field(metadata=UNWRITTEN)
    attribution: TokenAttribution = field(metadata=MERGED)
    links: Links
    coalitions: np.ndarray = field(metadata=written_as(lambda rows: rows.astype(int)))
    payoffs: np.ndarray
    coalition_images: np.ndarray = field(metadata=UNWRITTEN)
    made_by: MadeBy = field(default_factory=MadeBy)
    noise_payoffs: np.ndarray = field(default_factory=lambda: np.zeros(0))
    notes: tuple[str, ...] = ()

    @property
    def hardly_changed(self) -> bool:
        """Whether the words change the picture less than half as much as another starting noise
        does: v(all) - v(none) < 0.5 (v(all) - mean of ``noise_payoffs``). False where no other
        noise was tried."""
        if not len(self.noise_payoffs):
            return False
        words = self.payoffs[-1] - self.payoffs[0]
        noise = self.payoffs[-1] - self.noise_payoffs.mean()
        return bool(words < HARDLY * noise)

    @cached_property
    def word_maps(self) -> np.ndarray:
        """What each word did to each pixel of ``image``: (d, h, w) float64, see ``word_maps``."""
        return word_maps(self.coalition_images)

    @property
    def pixel_values(self) -> np.ndarray:
        """(d,) the mean of each word's map, in parts of the colour range; over the words they add
        up to the mean difference between ``image`` and the empty prompt's picture."""
        means: np.ndarray = self.word_maps.mean(axis=(1, 2))
        return means

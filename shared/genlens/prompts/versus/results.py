"""What comparing two prompts gives: frozen dataclasses of numpy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from genlens.common.measures import Measure, mean
from genlens.common.records import UNWRITTEN, MadeBy, Record
from genlens.errors import InputError
from genlens.models.contracts import Word
from genlens.prompts.shapley import shares_of
from genlens.prompts.trust.axiom import word_named
from genlens.prompts.versus.pairing import NONE, paired_words

Kind = Literal["kept", "swapped", "only first", "only second"]
NO_SHARES = "the words hardly change the image from this noise: no shares"
SMALLEST = 0.005
"""Half a point of a per cent: a mean change below it is none that anybody would see, however sure
its sign is."""


@dataclass(frozen=True)
class WordPair(Record):
    """A word of the first prompt and its counterpart in the second, by their places (-1: none).

    ``shares`` are the word's share in either prompt, mean over noises with its 95 % interval
    (Student's t); None where there is no such word. ``change`` is the second less the first, noise
    by noise, so that what a noise does to both cancels; None where there is only one.
    """

    also_written = ("beyond_noise",)

    kind: Kind
    first: int
    second: int
    shares: tuple[Measure | None, Measure | None]
    change: Measure | None

    @property
    def beyond_noise(self) -> bool | None:
        """Whether the interval of the change leaves out 0 and its mean is at least ``SMALLEST``;
        None where there is no change, or too few noises to know its spread."""
        c = self.change
        if c is None or not np.isfinite([c.value, c.low, c.high]).all():
            return None
        return bool((c.low > 0 or c.high < 0) and abs(c.value) >= SMALLEST)


@dataclass(frozen=True)
class PromptComparison(Record):
    """Two prompts, each explained from the same k starting noises.

    ``values`` are the Shapley values, (k, d) for each prompt, in units of the payoff (each prompt's
    own full picture is its measure); ``pairs`` the words side by side. ``images`` (k, 2, h, w, 3)
    uint8 are the full pictures. ``likeness`` is the payoff's encoder's cosine of the two pictures
    of one noise, 1 for the same picture; ``changed_pixels`` their mean absolute difference, 0 to 1
    of the colour range; ``noise_likeness`` the cosine of the first prompt's pictures from two
    noises (each noise with the next): what the noise alone does; both also noise by noise.
    ``repeated`` is the control: the
    first picture drawn a second time, by itself, and its mean absolute difference (0 to 1) from the
    first, which has to be 0 up to rounding.
    """

    also_written = ("sentence",)

    prompts: tuple[str, str]
    words: tuple[tuple[Word, ...], tuple[Word, ...]] = field(metadata=UNWRITTEN)
    seeds: tuple[int, ...]
    values: tuple[np.ndarray, np.ndarray]
    pairs: tuple[WordPair, ...]
    images: np.ndarray = field(metadata=UNWRITTEN)
    likeness: Measure
    changed_pixels: Measure
    noise_likeness: Measure
    repeated: float
    likeness_by_noise: tuple[float, ...] = ()
    noise_likeness_by_noise: tuple[float, ...] = ()
    unit: str = ""
    notes: tuple[str, ...] = ()
    made_by: MadeBy = field(default_factory=MadeBy)

    @property
    def changed(self) -> tuple[WordPair, ...]:
        """The pairs whose shares changed beyond noise."""
        return tuple(pair for pair in self.pairs if pair.beyond_noise)

    def named(self, pair: WordPair) -> str:
        """“red” → “blue”, or the one word that there is."""
        texts = [
            word_named(words, place)
            for words, place in zip(self.words, (pair.first, pair.second), strict=True)
            if place != NONE
        ]
        return texts[0] if pair.kind == "kept" else " → ".join(texts)

    @property
    def sentence(self) -> str:
        """What changed, in one or two sentences."""
        k = len(self.seeds)
        if self.prompts[0] == self.prompts[1]:
            return (
                "Both prompts are the same: nothing may differ between them. The largest change of "
                f"a share is {_largest(self.pairs):.1%}."
            )
        known = [pair for pair in self.pairs if pair.beyond_noise is not None]
        if not known:
            return "No shares of both prompts can be set against each other."
        if not self.changed:
            return (
                f"Over {k} starting noises no word’s share changed beyond what the noise does to "
                "it (or by less than half a point), as far as these few can tell."
            )
        told = ", ".join(
            f"{self.named(p)} by {_points(p.change.value)} ({_points(p.change.low)} to "
            f"{_points(p.change.high)})"
            for p in self.changed
            if p.change is not None
        )
        return (
            f"Over {k} starting noises the share of {len(self.changed)} of {len(known)} words "
            f"changed beyond noise, in points of a per cent: {told}."
        )


def compared(
    prompts: tuple[str, str],
    words: tuple[tuple[Word, ...], tuple[Word, ...]],
    seeds: Sequence[int],
    values: tuple[np.ndarray, np.ndarray],
    images: np.ndarray,
    likeness: Sequence[float],
    noise_likeness: Sequence[float],
    repeated: float,
    *,
    unit: str = "",
    notes: tuple[str, ...] = (),
    made_by: MadeBy | None = None,
) -> PromptComparison:
    """The comparison of numbers that are known already; arguments as its fields, of which
    ``likeness`` (k,) and ``noise_likeness`` (k - 1,) are one a noise.

    Raises:
        InputError: shapes that do not fit, fewer than two noises, or NaN.
    """
    k = len(seeds)
    if k < 2:
        raise InputError(f"{k} noises know nothing of their spread: take 2 or more")
    own = tuple(np.asarray(v, dtype=np.float64) for v in values)
    if any(v.shape != (k, len(w)) for v, w in zip(own, words, strict=True)):
        raise InputError(
            f"values {own[0].shape} and {own[1].shape} for {k} noises and {len(words[0])} and "
            f"{len(words[1])} words: pass one row a noise"
        )
    if not all(np.isfinite(v).all() for v in own):
        raise InputError("values hold NaN or infinity")
    shares = [np.stack([shares_of(row) for row in v]) for v in own]  # (k, d) each
    texts = [[word.text for word in each] for each in words]
    a, b = images[:, 0].astype(float), images[:, 1].astype(float)
    return PromptComparison(
        prompts=prompts,
        words=words,
        seeds=tuple(int(seed) for seed in seeds),
        values=(own[0], own[1]),
        pairs=tuple(
            _pair(i, j, shares[0], shares[1], texts) for i, j in paired_words(texts[0], texts[1])
        ),
        images=images,
        likeness=mean(likeness),
        changed_pixels=mean((np.abs(a - b) / 255).mean(axis=(1, 2, 3))),
        noise_likeness=mean(noise_likeness),
        repeated=float(repeated),
        likeness_by_noise=tuple(float(v) for v in likeness),
        noise_likeness_by_noise=tuple(float(v) for v in noise_likeness),
        unit=unit,
        notes=notes,
        made_by=made_by or MadeBy(),
    )


def _pair(i: int, j: int, a: np.ndarray, b: np.ndarray, texts: list[list[str]]) -> WordPair:
    if i == NONE:
        return WordPair("only second", i, j, (None, _mean(b[:, j])), None)
    if j == NONE:
        return WordPair("only first", i, j, (_mean(a[:, i]), None), None)
    same = texts[0][i].lower() == texts[1][j].lower()
    return WordPair(
        "kept" if same else "swapped", i, j, (_mean(a[:, i]), _mean(b[:, j])),
        _mean(b[:, j] - a[:, i]),
    )  # fmt: skip


def _mean(shares: np.ndarray) -> Measure:
    """Noises without shares are left out, and counted."""
    kept = shares[np.isfinite(shares)]
    gone = len(shares) - len(kept)
    return mean(kept, {NO_SHARES: gone} if gone else None)


def _largest(pairs: Sequence[WordPair]) -> float:
    sizes = [abs(p.change.value) for p in pairs if p.change is not None]
    return max((s for s in sizes if np.isfinite(s)), default=0.0)


def _points(value: float) -> str:
    """Points of a per cent with their sign, none for what rounds to zero."""
    rounded = round(100 * float(value), 1)
    return f"{rounded:+.1f}".replace("-", "−") if rounded else "0.0"

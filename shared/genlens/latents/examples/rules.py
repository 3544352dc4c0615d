"""Anchor image: the superpixels that are enough for a picture to keep a property.

Ribeiro, Singh & Guestrin 2018, "Anchors: high-precision model-agnostic explanations" (AAAI). A rule
A is a set of superpixels that stay as they are; every other one is replaced with chance 1/2 (by its
own mean colour, or by another picture's pixels there). The rule anchors a yes-or-no property of the
picture, for instance "is reconstructed well", when the property stays what it is in at least a
share tau of such pictures (equation 3),

    prec(A) = P(property(x') = property(x) | A) >= tau    with chance 1 - delta,

and among such rules the one with the largest coverage cov(A) = P(A holds in a picture replaced at
random) = 2^-|A| is taken. Rules grow by one superpixel at a time in a beam search; KL-LUCB decides
which rules deserve samples.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from genlens.common.checks import number, whole
from genlens.common.progress import Cancel, Progress
from genlens.common.records import UNWRITTEN, MadeBy, Record
from genlens.common.superpixels import superpixels
from genlens.latents.examples.rule_bounds import best_arms, kl_bounds
from genlens.latents.examples.rule_samples import Sampler, backgrounds_of
from genlens.study.coder import as_images, made_by

if TYPE_CHECKING:
    import torch

    from genlens.models.contracts import Autoencoder

Property = Callable[["torch.Tensor"], "np.ndarray | torch.Tensor"]
"""Images (n, c, h, w) in [0, 1] -> (n,) booleans."""


@dataclass(frozen=True)
class AnchorRule(Record):
    """A rule and how sure it is.

    ``segments`` (h, w) numbers the superpixels, ``anchor`` are the numbers of the rule and ``mask``
    (h, w) bool the pixels they cover. ``value`` is the property of the picture itself.
    ``precision`` is estimated from ``samples`` pictures, with ``lower`` <= truth <= ``upper`` with
    chance 1 - delta; ``certified`` tells whether precision and its lower bound (within the
    tolerance) reach tau. An empty anchor that is certified: the property hangs on no superpixel.
    ``coverage`` is 2^-|anchor|; ``base_rate`` the precision of the empty rule. ``says`` is the
    property in words, as this picture has it: "it is rebuilt well".

    Without a certificate, and where all superpixels have to stay (any picture keeps what it is),
    there is no rule: ``is_rule`` is False, and ``anchor`` only the best attempt.
    """

    also_written = ("area", "is_rule")

    anchor: tuple[int, ...]
    segments: np.ndarray
    mask: np.ndarray = field(metadata=UNWRITTEN)
    value: bool
    precision: float
    lower: float
    upper: float
    samples: int
    coverage: float
    base_rate: float
    certified: bool
    says: str = "the property stays"
    made_by: MadeBy = field(default_factory=MadeBy)

    @property
    def parts(self) -> int:
        """How many superpixels there are."""
        return int(self.segments.max()) + 1

    @property
    def is_rule(self) -> bool:
        """Whether it was certified, and says more than "the picture is as it is"."""
        return self.certified and len(self.anchor) < self.parts

    @property
    def area(self) -> float:
        """The share of the picture that the anchor covers, 0 to 1."""
        return float(self.mask.mean())


def good_reconstruction(model: Autoencoder, limit: float) -> Property:
    """The property "mean squared pixel error of the reconstruction is at most ``limit``"."""
    limit = number("limit", limit, 0.0, 1.0)

    def is_good(images: torch.Tensor) -> torch.Tensor:
        given = images.to(model.device)
        again = model.decode(model.encode(given).mean)
        return ((again - given) ** 2).flatten(1).mean(dim=1) <= limit

    return is_good


def anchor_rule(
    image: torch.Tensor | np.ndarray,
    has: Property,
    *,
    segments: np.ndarray | int = 20,
    backgrounds: torch.Tensor | np.ndarray | None = None,
    tau: float = 0.95,
    delta: float = 0.05,
    tolerance: float = 0.1,
    beam: int = 2,
    batch: int = 32,
    max_samples: int = 20_000,
    seed: int = 0,
    model: Autoencoder | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> AnchorRule:
    """The anchor of property ``has`` in ``image`` (c, h, w) in [0, 1].

    Args:
        has: the property; it is asked in batches, without gradients.
        segments: (h, w) whole numbers, or about how many superpixels to cut (SLIC).
        backgrounds: (m, c, h, w): replaced superpixels show one of these, drawn at random; None:
            the superpixel's mean colour. For ``good_reconstruction`` pass pictures: smoothed ones
            are easier to reconstruct than any, so that mean colours give an empty anchor.
        tau: precision to reach; delta: chance to be wrong about it; tolerance: by how much the
            lower bound may stay below tau, and a choice between rules may be off.
        beam: rules kept per size; batch: pictures drawn at a time for one rule.
        max_samples: pictures in all; when they are used up the best rule so far is returned.
        model: whose name the result shall carry.
        progress, cancel: per draw.

    Raises:
        InputError: sizes or settings that do not fit.
        ModelError: the property is not one boolean per picture.
    """
    started = time.perf_counter()
    given = np.asarray(image, dtype=np.float32)
    pixels = as_images(given[None] if given.ndim == 3 else given)[0]
    parts = superpixels(pixels.numpy(), segments)
    sampler = Sampler(
        image=pixels.numpy(),
        segments=parts,
        has=has,
        backgrounds=backgrounds_of(pixels.numpy(), parts, backgrounds),
        batch=whole("batch", batch, 1, 10_000),
        budget=whole("the number of altered pictures (max_samples)", max_samples, 1, 10_000_000),
        rng=np.random.default_rng(whole("seed", seed, 0, 2**32 - 1)),
        progress=progress,
        cancel=cancel,
    )
    tau, delta = (
        number("the precision (tau)", tau, 0.01, 1.0),
        number("the chance of error (delta)", delta, 1e-6, 0.5),
    )
    search = _Search(
        sampler, tau, delta, number("the tolerance of the precision", tolerance, 0.0, 1.0)
    )
    rule, certified = search.run(whole("beam", beam, 1, 50))
    hits, draws = sampler.counts(rule)
    lower, upper = kl_bounds(np.array([hits / draws]), np.array([draws]), search.level)
    empty_hits, empty_draws = sampler.counts(())
    return AnchorRule(
        anchor=rule,
        segments=parts,
        mask=np.isin(parts, rule),
        value=sampler.value,
        precision=hits / draws,
        lower=float(lower[0]),
        upper=float(upper[0]),
        samples=draws,
        coverage=0.5 ** len(rule),
        base_rate=empty_hits / empty_draws,
        certified=certified,
        made_by=made_by(
            model,
            started=started,
            model_calls=sampler.drawn,
            seed=seed,
            settings={"tau": tau, "delta": delta, "tolerance": tolerance, "beam": beam}
            | {"background": "mean colour" if backgrounds is None else "pictures"},
        ),
    )


class _Search:
    """Beam search over rules, shortest first."""

    def __init__(self, sampler: Sampler, tau: float, delta: float, tolerance: float) -> None:
        self.sampler, self.tau, self.delta, self.tolerance = sampler, tau, delta, tolerance
        self.level = float(np.log(1.0 / delta))

    def run(self, beam: int) -> tuple[tuple[int, ...], bool]:
        """(rule, whether it is certified)."""
        kept: list[tuple[int, ...]] = [()]
        seen: list[tuple[int, ...]] = [()]
        if self._certify((), tests=1):
            return (), True
        for _ in range(self.sampler.parts):
            rules = sorted({tuple(sorted({*r, p})) for r in kept for p in self._free(r)})
            if not rules:
                break
            kept = self._best(rules, beam)
            seen += kept
            # All rules of one size have the same coverage, larger ones have less: the first size
            # with a certified rule holds the answer, and the most precise of that size is it.
            sure = [r for r in kept if self._certify(r, tests=beam * self.sampler.parts)]
            if sure:
                return max(sure, key=self._lower), True
            if self.sampler.spent:
                break
        return max(seen, key=self._lower), False

    def _free(self, rule: tuple[int, ...]) -> list[int]:
        return [p for p in range(self.sampler.parts) if p not in rule]

    def _best(self, rules: list[tuple[int, ...]], beam: int) -> list[tuple[int, ...]]:
        counts = np.zeros((len(rules), 2))
        # Rules that tie would be drawn until the budget is gone: an eighth of what is left for the
        # contest of one size, or which of the equals is kept would cost more than the answer.
        limit = self.sampler.drawn + (self.sampler.budget - self.sampler.drawn) / 8

        def draw(arms: list[int]) -> bool:
            alive = self.sampler.draw([rules[a] for a in arms])
            for a in arms:
                counts[a] = self.sampler.counts(rules[a])
            return alive and self.sampler.drawn < limit

        draw(list(range(len(rules))))
        order = best_arms(
            counts[:, 0],
            counts[:, 1],
            beam,
            delta=self.delta,
            epsilon=self.tolerance,
            draw=draw,
        )
        return [rules[i] for i in order if counts[i, 1] > 0]

    def _certify(self, rule: tuple[int, ...], tests: int) -> bool:
        """Draws until it is clear on which side of tau the rule is, or the budget is used up.

        delta is shared among the ``tests`` rules that may be asked about (Ribeiro et al., 3.2).
        """
        level = float(np.log(tests / self.delta))
        alive = self.sampler.draw([rule])
        while True:
            mean, lower, upper = self._bounds(rule, level)
            if mean >= self.tau and lower >= self.tau - self.tolerance:
                return True
            clear = upper < self.tau or upper - lower < self.tolerance
            if (mean < self.tau and clear) or not alive:
                return False
            alive = self.sampler.draw([rule])

    def _bounds(self, rule: tuple[int, ...], level: float) -> tuple[float, float, float]:
        hits, draws = self.sampler.counts(rule)
        if draws == 0:
            return 0.0, 0.0, 1.0
        lower, upper = kl_bounds(np.array([hits / draws]), np.array([draws]), level)
        return hits / draws, float(lower[0]), float(upper[0])

    def _lower(self, rule: tuple[int, ...]) -> float:
        return self._bounds(rule, self.level)[1]

"""Questions to put to attribution methods: an input, a number of the model, and what "blank" is.

Every method gets the same questions, and the same blank input where it compares with one, so that
their scores can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from genlens.attribution.controls import Control
from genlens.attribution.faithfulness import RandomOrders, random_orders
from genlens.attribution.methods import attribute, method_named
from genlens.attribution.randomisation import shuffle_weights
from genlens.attribution.results import Attribution
from genlens.attribution.target import Target
from genlens.common.limits import MAX_SEED
from genlens.latents.targets import decoded_region, latent_mean
from genlens.models.contracts import Autoencoder
from genlens.study.coder import Coder
from genlens.study.study import Study

PIXEL_NOISE = 0.02
"""Standard deviation of the noise that a picture is shaken with, in parts of the range of pixels:
5 of 255, which one does not see."""
LATENT_NOISE = 0.1
"""The same for latents, in standard deviations of each latent over pictures."""
BLANK_PIXEL = 0.05
"""Pictures count as drawn on black where more than half of their values are below this."""
ORDERS = 10
"""Random orders that a deletion is compared with; they are the same for all methods."""
STEPS = 20
"""Portions in which the input is deleted."""
_BASELINES = 10  # pictures or codes that a method with random starting points starts from
_CONTEXT = 200  # codes that say what is high and low for a latent


@dataclass(frozen=True)
class Case:
    """One question: why has ``target(model)`` its value at ``x``?

    ``target`` makes the target of a model anew, so that it can be asked of a model with shuffled
    weights too. ``x`` is (c, h, w) or (d,); ``baseline`` a number or an array of its shape;
    ``context`` (m, ...) inputs of the same kind: what is ordinary. ``noise`` is the standard
    deviation of a small shake of x, a number or of x's shape. ``within`` (h, w) are the pixels that
    are not blank, None for all. ``seed`` is that of everything drawn for this case: cases that
    shared their random orders or their shuffled weights would not be independent of each other, and
    intervals over them too narrow. The input is deleted in ``steps`` portions, by a map and in
    ``orders`` random orders.
    """

    model: Autoencoder
    target: Callable[[Autoencoder], Target]
    x: np.ndarray
    baseline: float | np.ndarray
    context: np.ndarray
    noise: float | np.ndarray
    within: np.ndarray | None = None
    seed: int = 0
    steps: int = STEPS
    orders: int = ORDERS

    @property
    def kind(self) -> str:
        """ "image" or "latent"."""
        return "image" if self.x.ndim == 3 else "latent"

    @cached_property
    def shuffled(self) -> Autoencoder:
        """The model with its weights shuffled."""
        return shuffle_weights(self.model, self.seed)

    @cached_property
    def random_orders(self) -> RandomOrders:
        """What every deletion of x is compared with."""
        target = self.target(self.model)
        return random_orders(
            target,
            self.x,
            baseline=self.baseline,
            steps=self.steps,
            orders=self.orders,
            seed=self.seed,
        )

    def shaken(self) -> np.ndarray:
        """x with a little noise; pixels stay in [0, 1]."""
        noise = np.random.default_rng([self.seed, 2]).normal(size=self.x.shape) * self.noise
        moved = self.x + noise
        return (moved.clip(0, 1) if self.kind == "image" else moved).astype(np.float32)


Explain = Callable[[Target, Case, np.ndarray, int], Attribution]
"""(target, case, x, seed) -> attribution; x is the case's input or a shaken copy of it."""


def explainer(name: str, settings: Mapping[str, Any] | None = None) -> Explain:
    """The method called ``name`` as every case is put to it, with ``settings`` of its own."""
    method, own = method_named(name), dict(settings or {})
    takes = set(method.settings)

    def explain(target: Target, case: Case, x: np.ndarray, seed: int) -> Attribution:
        given = method.suited(target)  # as on the page
        if "baseline" in takes:
            given["baseline"] = case.baseline
        if "baselines" in takes:
            given["baselines"] = case.context[:_BASELINES]
        if "codes" in method.needs:
            given["codes"] = case.context
        return attribute(name, target, x, seed=seed, **given, **own)

    return explain


def control(of: Control) -> Explain:
    """A map that is no explanation, put to the cases as the methods are."""
    return lambda target, case, x, seed: of.explain(target, x, seed)


def blank(study: Study) -> float | np.ndarray:
    """What a deleted pixel becomes: 0 for pictures drawn on black, otherwise the mean picture
    (c, h, w), since a black hole is nothing that a model of colour pictures has seen."""
    if float(np.median(study.images[:_CONTEXT])) < BLANK_PIXEL:
        return 0.0
    return study.images.mean(axis=0, dtype=np.float64).astype(np.float32)


def pixel_cases(study: Study, count: int, seed: int = 0) -> tuple[Case, ...]:
    """The first ``count`` pictures, each with the latent that sets it apart most: of all latents
    the one whose mean is farthest from that of the blank picture, in standard deviations. (A latent
    that a picture has like blank ground has nothing to be explained by.)"""
    baseline = blank(study)
    spread = study.codes.mean.std(axis=0)
    empty = np.zeros((1, *study.images.shape[1:]), np.float32) + baseline
    cases = []
    for index in range(min(count, len(study))):
        (model, code), x = study.at(index), study.images[index]
        middle = Coder(model).encode(empty.astype(np.float32)).mean[0]
        away = np.abs(code - middle) / np.maximum(spread, 1e-9)
        j = int(np.where(spread > 0.05 * spread.max(), away, 0.0).argmax())
        cases.append(
            Case(
                model=model,
                target=lambda m, j=j: latent_mean(m, j),  # type: ignore[misc]
                x=x,
                baseline=baseline,
                context=study.images[-_BASELINES:],
                noise=PIXEL_NOISE,
                within=_not_blank(x, baseline),
                seed=_seed_of(seed, index),
            )
        )
    return tuple(cases)


def latent_cases(study: Study, count: int, seed: int = 0) -> tuple[Case, ...]:
    """The codes of the first ``count`` pictures, and how bright the region is that each changes
    most: the tenth of the pixels that become brighter (or darker, if that is more) by most when the
    prior's mean code gives way to this one."""
    codes = study.codes.mean
    cases = []
    for index in range(min(count, len(study))):
        model, code = study.at(index)
        mask = changed_region(model, code)
        cases.append(
            Case(
                model=model,
                target=lambda m, mask=mask: decoded_region(m, mask),  # type: ignore[misc]
                x=code.astype(np.float32),
                baseline=0.0,
                context=codes[-_CONTEXT:].astype(np.float32),
                noise=LATENT_NOISE * codes.std(axis=0),
                seed=_seed_of(seed, index),
            )
        )
    return tuple(cases)


def changed_region(model: Autoencoder, code: np.ndarray, share: float = 0.1) -> np.ndarray:
    """(h, w) bool: the ``share`` of the pixels that ``code`` (d,) changes most, all in one
    direction, against the picture of the prior's mean."""
    own, middle = Coder(model).decode(np.stack([code, np.zeros_like(code)]))
    change = (own - middle).mean(axis=0, dtype=np.float64)  # (h, w)
    count = max(1, round(share * change.size))
    best = [np.argsort(-sign * change, axis=None, kind="stable")[:count] for sign in (1, -1)]
    sums = [abs(float(change.reshape(-1)[places].sum())) for places in best]
    mask = np.zeros(change.size, dtype=bool)
    mask[best[int(np.argmax(sums))]] = True
    return mask.reshape(change.shape)


def _seed_of(seed: int, index: int) -> int:
    """The seed of case ``index``, another one for every case of every evaluation."""
    return int(np.random.SeedSequence([seed, index]).generate_state(1)[0] % MAX_SEED)


def _not_blank(x: np.ndarray, baseline: float | np.ndarray) -> np.ndarray | None:
    """Pixels (h, w) where ``x`` is not blank; None where these are too few to rank."""
    differs: np.ndarray = np.any(np.abs(x - baseline) > BLANK_PIXEL, axis=0)
    return differs if differs.sum() >= 10 else None

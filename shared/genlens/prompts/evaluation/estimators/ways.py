"""What is compared: our estimators, those of shap and shapiq as they ship, and controls.

Each gets a game and a number of *different* sub-prompts that it may ask for, and as much of that as
it can use: the libraries count repeated sub-prompts too, so their own budget is raised as long as
the different ones stay within the number.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from genlens.attribution.run import seeded
from genlens.common import torchvision_guard
from genlens.prompts.estimators.asking import numbers_of
from genlens.prompts.estimators.budgeted import first_and_last
from genlens.prompts.estimators.estimators import ESTIMATORS, estimate
from genlens.prompts.game import TableGame

Values = Callable[[TableGame, int, int], np.ndarray]
"""(game, images, seed) -> one number for each word (d,)."""


@dataclass(frozen=True)
class Way:
    """One column of the comparison. ``budget`` restricts it to the budgets that it takes."""

    name: str
    title: str
    values: Values
    takes: Callable[[int, int], bool] = lambda d, images: True


class Counted:
    """``game`` for a library: counts the different sub-prompts that it is asked for."""

    def __init__(self, game: TableGame) -> None:
        self.game, self.seen = game, set[int]()

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        asked = np.atleast_2d(rows).astype(bool)
        self.seen |= set(numbers_of(asked).tolist())
        return self.game(asked)


def _ours(name: str) -> Values:
    def values(game: TableGame, images: int, seed: int) -> np.ndarray:
        settings: dict[str, Any] = {"images": images} if ESTIMATORS[name].budget is not None else {}
        return estimate(game, name, seed=seed, **settings).values

    return values


def _shuffled(game: TableGame, images: int, seed: int) -> np.ndarray:
    """The budgeted answer, each value given to the next word."""
    return np.roll(estimate(game, "budgeted", images=images, seed=seed).values, 1)


def _equal(game: TableGame, images: int, seed: int) -> np.ndarray:
    return np.full(game.d, (game.payoffs[-1] - game.payoffs[0]) / game.d)


def _shap(game: TableGame, images: int, seed: int) -> np.ndarray:
    """shap's ``KernelExplainer`` as it ships, with the empty prompt as its background."""
    from shap import KernelExplainer

    logging.getLogger("shap").setLevel(logging.WARNING)
    d, counted = game.d, Counted(game)
    with seeded(seed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        explainer = KernelExplainer(counted, np.zeros((1, d)))
        found = explainer.shap_values(np.ones((1, d)), nsamples=images - 2, silent=True)
    return np.asarray(found, dtype=float).reshape(-1)


def _shapiq_kernel(game: TableGame, images: int, seed: int) -> np.ndarray:
    """shapiq's ``KernelSHAP``, whose budget is in different sub-prompts."""
    torchvision_guard.ensure()
    from shapiq.approximator import KernelSHAP

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = KernelSHAP(n=game.d, random_state=seed).approximate(images, Counted(game))
    return np.asarray(found.get_n_order_values(1), dtype=float)


def _shapiq_permutation(game: TableGame, images: int, seed: int) -> np.ndarray:
    """shapiq's ``PermutationSamplingSV``: as many whole orders as the number allows."""
    torchvision_guard.ensure()
    from shapiq.approximator import PermutationSamplingSV

    best = np.zeros(game.d)
    for orders in range(1, 20 * images):
        counted = Counted(game)
        sampler = PermutationSamplingSV(n=game.d, random_state=seed)
        found = sampler.approximate(2 + orders * (game.d - 1), counted)
        if len(counted.seen) > images:
            break
        best = np.asarray(found.get_n_order_values(1), dtype=float)
    return best


OURS, CONTROL = "budgeted", "shuffled"
WAYS = (
    Way(OURS, "budgeted Shapley (ours)", _ours("budgeted")),
    Way(
        "preview", "preview: first in, last out (ours)", _ours("preview"),
        lambda d, images: images == first_and_last(d),
    ),
    Way("permutation", "random orders, plain", _ours("permutation")),
    Way("shapiq-permutation", "shapiq PermutationSamplingSV", _shapiq_permutation),
    Way("shap-kernel", "shap KernelExplainer", _shap),
    Way("shapiq-kernel", "shapiq KernelSHAP", _shapiq_kernel),
    Way("lime", "LIME over words (no Shapley value)", _ours("lime")),
    Way(
        "leave-one-out", "leave one out (no Shapley value)", _ours("leave-one-out"),
        lambda d, images: images == first_and_last(d),
    ),
    Way("equal", "control: every word the same", _equal),
    Way(CONTROL, "control: ours, each value at the next word", _shuffled),
)  # fmt: skip
RIVALS = ("permutation", "shapiq-permutation", "shap-kernel", "shapiq-kernel")
"""What ours has to beat."""

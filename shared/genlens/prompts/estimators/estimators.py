"""Every estimator, by name.

    game = PromptGame(genlens.load("emoji-diffusion"), "a cat next to a red car")
    estimate(game, "budgeted", images=40)
    estimate(game, "lime")              # reads the same pictures

A new one is a function and an ``Estimator`` in a module of its own, and one line of
``ESTIMATORS``: pages, notes, tables and tests read the rest from the object.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.common.progress import Cancel, Progress
from genlens.common.records import MadeBy, seconds_since
from genlens.errors import InputError
from genlens.prompts.estimators.budgeted import BUDGETED
from genlens.prompts.estimators.estimator import Estimator
from genlens.prompts.estimators.exact import EXACT, NONEMPTY
from genlens.prompts.estimators.interactions import K_SII
from genlens.prompts.estimators.leave_one_out import LEAVE_ONE_OUT
from genlens.prompts.estimators.lime import LIME
from genlens.prompts.estimators.permutation import PERMUTATION
from genlens.prompts.estimators.preview import PREVIEW
from genlens.prompts.estimators.results import Estimate
from genlens.prompts.estimators.similarity_sum import SIMILARITY_SUM
from genlens.prompts.game import Game

ESTIMATORS: dict[str, Estimator] = {
    estimator.name: estimator
    for estimator in (
        EXACT,
        BUDGETED,
        PREVIEW,
        LIME,
        PERMUTATION,
        LEAVE_ONE_OUT,
        SIMILARITY_SUM,
        NONEMPTY,
        K_SII,
    )
}
"""All estimators, in the order in which a page lists them."""


def estimator_named(name: str) -> Estimator:
    """The estimator called ``name``.

    Raises:
        InputError: none has that name.
    """
    if name not in ESTIMATORS:
        raise InputError(f"there is no estimator {name!r}: take one of {', '.join(ESTIMATORS)}")
    return ESTIMATORS[name]


def estimate(
    game: Game,
    estimator: str = "budgeted",
    *,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    **settings: Any,
) -> Estimate:
    """A number for each word of ``game``.

    Args:
        game: a ``PromptGame``, whose pictures all estimators share, or any ``Game``.
        estimator: a key of ``ESTIMATORS``.
        seed: of whatever it draws.
        progress: ``progress(done, total, text)``, counted in different sub-prompts.
        cancel: ``cancel() -> bool``, asked between batches of 32.
        settings: of the estimator (``ESTIMATORS[name].options``); ``images`` is the budget of those
            that have one.

    Raises:
        InputError: no such estimator or setting, one out of range, more words than it takes, or a
            payoff that is no finite number.
        Cancelled, ModelError: whatever the game raises.
    """
    started = time.perf_counter()
    chosen = estimator_named(estimator)
    chosen.require(game.d)
    drawing = {"seed": whole("seed", seed, 0, MAX_SEED)} if chosen.random else {}
    own = chosen.checked(settings)
    before = game.model_calls
    found = chosen.function(game, progress=progress, cancel=cancel, **drawing, **own)
    calls = game.model_calls - before
    made = MadeBy(
        seed=drawing.get("seed"),
        settings=found.settings,
        model_calls=calls,
        seconds=seconds_since(started),
    )
    return replace(found, model_calls=calls, made_by=made)

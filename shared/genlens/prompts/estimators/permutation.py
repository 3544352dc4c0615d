"""Plain Monte Carlo: the words are said in a few random orders. The source paper's next step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from genlens.common.estimates import mean_interval
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.prompts.estimators.asking import Answers, as_given, ends, ten_a_word, within_budget
from genlens.prompts.estimators.estimator import IMAGES, Estimator
from genlens.prompts.estimators.results import Estimate
from genlens.prompts.game import Game

MOST_ORDERS = 1000
"""Orders that cost no further image are taken too, but not without end."""


def permutation(
    game: Game,
    *,
    images: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Estimate:
    """Each word's gain when it is said, averaged over random orders of all words.

    Orders are drawn until the next one would ask for more than ``images`` different sub-prompts.

    Args:
        game: 1 to 20 words.
        images: at most this many sub-prompts, from d + 1; None for 10 d.
        seed: draws the orders.
        progress, cancel: see ``estimate``.

    Returns:
        ``Estimate`` whose values add up; the interval is Student's, of the orders; none for one
        order. ``settings["orders"]`` says how many there were.

    Raises:
        InputError: fewer images than one order takes.
    """
    d = game.d
    images = ten_a_word(d) if images is None else images
    if images < d + 1:
        raise InputError(f"images is {images}: one order of {d} words needs {d + 1}")
    walks = within_budget(
        _walks(d, np.random.default_rng(seed)), images, 1 if d == 1 else MOST_ORDERS, ends(d)
    )
    rows = np.stack(walks)  # (orders, d + 1, d)
    answers = Answers(game, rows.reshape(-1, d), progress, cancel)
    payoffs = answers.payoffs.reshape(len(walks), d + 1)
    joins = np.diff(rows.astype(np.int8), axis=1).argmax(axis=2)  # (orders, d) who is said when
    gains = np.empty((len(walks), d))
    np.put_along_axis(gains, joins, np.diff(payoffs, axis=1), axis=1)
    values = gains.mean(axis=0)
    low = high = None
    if len(walks) > 1:
        errors = gains.std(axis=0, ddof=1) / np.sqrt(len(walks))
        low, high = np.array(
            [mean_interval(v, e, len(walks)) for v, e in zip(values, errors, strict=True)]
        ).T
    return Estimate.of(
        game,
        "permutation",
        values,
        (float(payoffs[0, 0]), float(payoffs[0, -1])),
        answers.images,
        low=low,
        high=high,
        settings={"images": images, "seed": seed, "orders": len(walks)},
    )


def _walks(d: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """From no word to all in a random order, without end: (d + 1, d) bool each."""
    while True:
        place = rng.permutation(d)  # when each word is said
        yield np.arange(d + 1)[:, None] > place[None, :]


PERMUTATION = Estimator(
    name="permutation",
    title="Random orders",
    function=permutation,
    help="Each word's gain in likeness, averaged over a few random orders of the words.",
    equation="mean over orders π of v(words up to i in π) − v(words before i in π)",
    paper="Castro, Gómez and Tejada 2009, Polynomial calculation of the Shapley value based on "
    "sampling; the next step of Gupta and Kanoria, section 6",
    misleads="It needs several times the images of the budgeted estimator for the same error; "
    "between words of like value the order is chance.",
    sums="The values add up to v(all) − v(none).",
    adds_up=True,
    cost=as_given,
    budget=ten_a_word,
    random=True,
    interval=True,
    options=(IMAGES,),
)

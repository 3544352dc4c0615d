"""What is known of one estimator: every page, note, table and command reads it from here.

Each is one :class:`Estimator`, defined beside its function; ``estimators.ESTIMATORS`` lists them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from genlens.attribution.method import Option
from genlens.common.limits import MAX_WORDS, MOST_WORDS
from genlens.errors import InputError
from genlens.prompts.estimators.results import Estimate

Estimating = Callable[..., Estimate]
LARGEST_BUDGET = 2000
"""Images that one estimate may ask for."""
IMAGES = Option(
    "images", "Images", "At most this many different sub-prompts are drawn.",
    low=2, high=LARGEST_BUDGET, whole=True, step=1, automatic=True,
)  # fmt: skip
"""Of estimators that take as many images as they are given."""


@dataclass(frozen=True)
class Estimator:
    """One way to give each word a number.

    Attributes:
        name, title: for programs, and for readers.
        function: (game, *, progress, cancel, seed where it is ``random``, settings...) -> Estimate.
        help: what its values mean, in one sentence.
        equation, paper, misleads: for its note.
        sums: what its values add up to, in one sentence.
        adds_up: they add up to v(all) - v(none), to rounding (with its pairs, where it has any).
        cost: (d, images) -> how many images it asks for at most, of a prompt of d words; estimators
            that take no ``images`` leave that out of account.
        budget: d -> the images it takes unless told otherwise; None where it takes what it needs.
        most: words that it can deal with.
        random: another seed gives other values.
        interval: it gives each word an interval.
        pairs: it gives each pair of words a number.
        options: the settings that a visitor may change.
    """

    name: str
    title: str
    function: Estimating
    help: str
    equation: str
    paper: str
    misleads: str
    sums: str
    adds_up: bool
    cost: Callable[[int, int], int]
    budget: Callable[[int], int] | None = None
    most: int = MOST_WORDS
    random: bool = False
    interval: bool = False
    pairs: bool = False
    options: tuple[Option, ...] = ()

    @property
    def settings(self) -> tuple[str, ...]:
        """Names of the function's settings, beside progress, cancel and the seed."""
        aside = {"progress", "cancel", "seed"}
        parameters = inspect.signature(self.function).parameters.values()
        return tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.name not in aside)

    def images(self, d: int, images: int | None = None) -> int:
        """How many images it asks for at most, of a prompt of ``d`` words."""
        default = self.budget(d) if self.budget is not None else 0
        return min(self.cost(d, default if images is None else images), 2**d)

    def checked(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """``chosen`` settings, each in its range; those that are None are left to the estimator.

        Raises:
            InputError: a setting that the estimator does not take, or out of range.
        """
        options = {option.name: option for option in self.options}
        for name in chosen:
            if name not in options:
                takes = ", ".join(options) or "none"
                raise InputError(f"{self.title} takes no setting {name!r}: it takes {takes}")
        return {n: options[n].checked(v) for n, v in chosen.items() if v is not None}

    def require(self, d: int) -> None:
        """Refuse a game of ``d`` words that is too large.

        Raises:
            InputError: more words than it takes.
        """
        if d <= self.most:
            return
        more = ""
        if self.most == MAX_WORDS and d <= MOST_WORDS:
            more = f', or take another estimator, such as "budgeted", for up to {MOST_WORDS} words'
        raise InputError(
            f"{self.title} is for at most {self.most} words, and there are {d}: leave some words "
            f"out{more}"
        )

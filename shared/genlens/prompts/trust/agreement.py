"""Do two attributions put the words into the same order?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genlens.common.records import Record
from genlens.errors import InputError

FEWEST = 3
"""Words that an order says something about: of two, one of the two orders is right by chance."""


@dataclass(frozen=True)
class Agreement(Record):
    """Rank agreement of two attributions of the same words.

    ``kendall`` is tau-b (Kendall 1945, Biometrika 33, 239-251): of all pairs of words, those in the
    same order minus those in the other order, ties counted for neither. ``spearman`` is the
    correlation of ranks (Spearman 1904). Both are in [-1, 1]: 1 is the same order, 0 none in
    common, -1 the reverse. Both are NaN where ``why_not`` says why.
    """

    first: str
    second: str
    kendall: float
    spearman: float
    same_top: bool
    why_not: str = ""

    @property
    def in_words(self) -> str:
        """A sentence's worth: "the same order (τ = 1.00)"."""
        if self.why_not:
            return self.why_not
        level = next(said for least, said in _LEVELS if self.kendall >= least)
        return f"{level} (τ = {self.kendall:.2f})".replace("-", "−")


_LEVELS = (
    (1 - 1e-9, "the same order"),
    (0.7, "nearly the same order"),
    (0.3, "partly the same order"),
    (-0.3, "no common order"),
    (-1.0 - 1e-9, "rather the reverse order"),
)


def agreement(names: tuple[str, str], first: np.ndarray, second: np.ndarray) -> Agreement:
    """How far the orders of ``first`` and ``second``, each (d,), agree.

    Raises:
        InputError: lengths that differ, or a value that is not finite.
    """
    from scipy.stats import kendalltau, spearmanr

    if first.shape != second.shape or first.ndim != 1:
        raise InputError(f"values of {first.shape} and {second.shape}: pass (d,) of the same words")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise InputError("values hold NaN or infinity: they have no order")
    same_top = bool(np.argmax(first) == np.argmax(second))
    why_not = ""
    if len(first) < FEWEST:
        why_not = "too few words to say: an order of one or two is often right by chance"
    elif _flat(first) or _flat(second):
        why_not = "one of the two gives all words the same value"
    if why_not:
        return Agreement(*names, float("nan"), float("nan"), same_top, why_not)
    return Agreement(
        *names,
        float(kendalltau(first, second).statistic),
        float(spearmanr(first, second).statistic),
        same_top,
    )


def _flat(values: np.ndarray) -> bool:
    return bool(np.ptp(values) <= 1e-12 * max(1.0, float(np.abs(values).max())))

"""Marks of many prompts as measures with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genlens.common.measures import Measure, mean, ratio, share
from genlens.common.records import Record
from genlens.prompts.evaluation.paper.marks import (
    aligned,
    aligned_by_chance,
    no_order,
    rmse,
    rmse_by_chance,
)
from genlens.prompts.shapley import shares_of

TIED = "all words are tied: no ranks"
NO_SHARES = "the values cancel: no shares"


@dataclass(frozen=True)
class Case:
    """One prompt: the ``values`` (d,) of its words, which need not add up to 1, and the ``truth``
    (d,), which does."""

    values: np.ndarray
    truth: np.ndarray


@dataclass(frozen=True)
class Score(Record):
    """How near values come to a truth; intervals are over prompts.

    * ``aligned``: the part of a prompt's words whose rank is the truth's (``marks.aligned``), on
      average over prompts;
    * ``of_words``: the part of all words of all prompts;
    * ``rmse``: of the values divided by their sum (``marks.rmse``), on average over prompts;
    * ``ahead``: ``aligned`` less what a random order of the words reaches, prompt by prompt: more
      than chance where its interval lies above 0.
    """

    aligned: Measure
    of_words: Measure
    rmse: Measure
    ahead: Measure


def score(cases: Sequence[Case], left_out: Mapping[str, int] | None = None) -> Score:
    """The score of ``cases``; ``left_out`` says how many prompts are not among them, and why."""
    ordered = [case for case in cases if not no_order(case.values)]
    marks = [aligned(case.values, case.truth) for case in ordered]
    parts = [float(np.mean(mark)) for mark in marks]
    gains = [part - aligned_by_chance(c.truth) for part, c in zip(parts, ordered, strict=True)]
    reasons = _more(left_out, TIED, len(cases) - len(ordered))
    shared = [(shares_of(case.values), case.truth) for case in cases]
    errors = [rmse(s, t) for s, t in shared if np.isfinite(s).all()]
    of_words = share(
        [one for mark in marks for one in mark],
        reasons,
        [i for i, mark in enumerate(marks) for _ in mark],
    )
    average = mean(parts, reasons).within(0.0, 1.0)
    if parts and np.ptp(parts) == 0:
        # No spread between prompts would be an interval without width: no sample is that sure.
        average = Measure(average.value, of_words.low, of_words.high, average.n, reasons)
    return Score(
        aligned=average,
        of_words=of_words,
        rmse=mean(errors, _more(left_out, NO_SHARES, len(cases) - len(errors))).within(0.0, np.inf),
        ahead=mean(gains, reasons),
    )


def chance(cases: Sequence[Case], left_out: Mapping[str, int] | None = None) -> Score:
    """The score of the same values handed out in random order, on average over all orders: a
    control that has to fail."""
    parts = [aligned_by_chance(case.truth) for case in cases]
    counts = [len(case.truth) for case in cases]
    hits = [part * d for part, d in zip(parts, counts, strict=True)]
    shared = [(shares_of(case.values), case.truth) for case in cases]
    errors = [rmse_by_chance(s, t) for s, t in shared if np.isfinite(s).all()]
    return Score(
        aligned=mean(parts, left_out).within(0.0, 1.0),
        of_words=ratio(hits, counts, left_out).within(0.0, 1.0),
        rmse=mean(errors, _more(left_out, NO_SHARES, len(cases) - len(errors))).within(0.0, np.inf),
        ahead=mean([0.0] * len(cases), left_out),
    )


def _more(left_out: Mapping[str, int] | None, reason: str, count: int) -> dict[str, int]:
    return {**(left_out or {}), **({reason: count} if count else {})}

"""The paper's figures, worked out again from the paper's own numbers.

Two averages, two misprints and two formulas give six figures where the paper prints two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genlens.common.measures import Measure, mean, share
from genlens.common.records import Record
from genlens.prompts.evaluation.paper.data import (
    PRINTED_ALIGNED,
    PRINTED_RMSE,
    PROMPTS,
    PaperPrompt,
)
from genlens.prompts.evaluation.paper.marks import ranks_of
from genlens.prompts.evaluation.paper.scores import Case, Score, chance, score


@dataclass(frozen=True)
class PaperFigures(Record):
    """What the paper prints, and what its numbers give.

    * ``printed_aligned``, ``printed_rmse``: 0.64 and 0.2161;
    * ``score``: from its Shapley values by its own definitions;
    * ``ranks_aligned``, ``ranks_of_words``: from the ranks in its table, of which two rows are
      misprints (of d words one has rank d + 1, or the values stand in another order);
    * ``rmse_as_printed``: the mean over prompts of the root of the *sum* of the first three squared
      errors. This is the printed figure: the formula's division by the number of words is missing,
      and so is the fourth word of three prompts;
    * ``rmse_of_sum``: the same with the fourth word;
    * ``control``: its values in random order.
    """

    printed_aligned: float
    printed_rmse: float
    score: Score
    ranks_aligned: Measure
    ranks_of_words: Measure
    rmse_as_printed: float
    rmse_of_sum: float
    control: Score


def paper_figures(prompts: Sequence[PaperPrompt] = PROMPTS) -> PaperFigures:
    """The figures of ``prompts``, the paper's ten."""
    cases = [Case(np.array(p.shapley), np.array(p.truth)) for p in prompts]
    # Rank by rank, since a misprinted row ("4 2 3") is no order that could be ranked anew.
    right = [(np.array(p.ranks) == ranks_of(p.truth)).tolist() for p in prompts]
    return PaperFigures(
        printed_aligned=PRINTED_ALIGNED,
        printed_rmse=PRINTED_RMSE,
        score=score(cases),
        ranks_aligned=mean([float(np.mean(row)) for row in right]).within(0.0, 1.0),
        ranks_of_words=share(
            [one for row in right for one in row],
            groups=[i for i, row in enumerate(right) for _ in row],
        ),
        rmse_as_printed=_root_of_sum(cases, 3),
        rmse_of_sum=_root_of_sum(cases, None),
        control=chance(cases),
    )


def _root_of_sum(cases: Sequence[Case], words: int | None) -> float:
    """The mean over prompts of the root of the sum of the first ``words`` squared errors."""
    roots = [np.sqrt(np.sum((c.values - c.truth)[:words] ** 2)) for c in cases]
    return float(np.mean(roots))

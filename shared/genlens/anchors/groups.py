"""The four groups of anchors, slices of one criterion sorted by another, and a sentence why.

PXGen (arXiv:2501.11827), section 4.2.
"""

from __future__ import annotations

import numpy as np

from genlens.anchors.criteria.criteria import CRITERIA
from genlens.anchors.results import GROUPS, AnchorScores, Grouping, Threshold
from genlens.common.checks import number
from genlens.common.records import MadeBy
from genlens.errors import InputError

_MEANS = {
    "HIHE": "the model knows it and can draw it",
    "HILE": "the model takes it for something it knows, and draws something else (model delusion)",
    "LIHE": "the model has no usual place for it, and can draw it all the same (aligned "
    "conception)",
    "LILE": "the model neither knows it nor can draw it",
}


def values_of(scores: AnchorScores, criterion: str) -> np.ndarray:
    """(n,) values of ``criterion``.

    Raises:
        InputError: it was not scored.
    """
    if criterion not in scores.criteria:
        raise InputError(
            f"the anchors were not scored by {criterion!r}: take {', '.join(scores.criteria)}"
        )
    return scores.values[:, scores.criteria.index(criterion)]


def group_anchors(scores: AnchorScores, intrinsic: Threshold, extrinsic: Threshold) -> Grouping:
    """Put each anchor in one of ``GROUPS``: high affinity is a value below the threshold.

    Args:
        intrinsic, extrinsic: one of each side, such as ``thresholds_of`` gives or
            ``chosen_threshold``.

    Raises:
        InputError: a criterion that was not scored, or of the wrong side, or a threshold that is
            NaN.
    """
    lows = []
    for side, threshold in (("intrinsic", intrinsic), ("extrinsic", extrinsic)):
        values = values_of(scores, threshold.criterion)
        kind = scores.sides[scores.criteria.index(threshold.criterion)]
        if kind != side:
            raise InputError(f"{threshold.criterion} is {kind}: the {side} side needs another")
        if np.isnan(threshold.value):
            raise InputError(f"the threshold of {threshold.criterion} is NaN: pass a number")
        lows.append(~(values < threshold.value))  # True: low affinity
    group = 2 * lows[0].astype(np.int64) + lows[1]
    classes = len(scores.names)
    if len(scores) and scores.labels.max() >= classes > 0:
        raise InputError(f"label {scores.labels.max()} has no name: there are {classes} classes")
    labels = np.where((scores.labels < 0) | (classes == 0), classes, scores.labels)
    cells = np.bincount(group * (classes + 1) + labels, minlength=len(GROUPS) * (classes + 1))
    return Grouping(
        intrinsic,
        extrinsic,
        group.astype(np.int8),
        cells.reshape(len(GROUPS), classes + 1),
        scores.names,
        scores.made_by,
    )


def chosen_threshold(criterion: str, value: float, made_by: MadeBy | None = None) -> Threshold:
    """A threshold that a reader chose."""
    value = number(f"the threshold of {criterion}", value, -1e30, 1e30)
    return Threshold(criterion, value, value, value, "chosen", 0, made_by or MadeBy())


def slice_rows(
    scores: AnchorScores, by: str = "kld", sort_by: str = "mse", share: float = 0.05
) -> np.ndarray:
    """Rows of the ``share`` of anchors with the lowest ``by``, sorted by rising ``sort_by``.

    Figure 3 of the paper (model delusion) is ``by="kld", sort_by="mse"``, figure 4 (aligned
    conception) the other way round. At least one row; of equal values the first rows are taken.

    Raises:
        InputError: a criterion that was not scored, or a share that is not from 0 to 1.
    """
    share = number("share", share, 0.0, 1.0)
    near, sorting = values_of(scores, by), values_of(scores, sort_by)
    count = max(1, round(share * len(scores)))
    rows = np.argsort(near, kind="stable")[:count]
    return rows[np.argsort(sorting[rows], kind="stable")]


def why(scores: AnchorScores, grouping: Grouping, row: int) -> str:
    """One plain sentence: why anchor ``row`` is in its group.

    Raises:
        InputError: no such row.
    """
    if not 0 <= row < len(grouping.group):
        raise InputError(f"row {row}: there are {len(grouping.group)} anchors, from 0 on")
    name = GROUPS[grouping.group[row]]
    inner = _against(scores, grouping.intrinsic, row)
    outer = _against(scores, grouping.extrinsic, row)
    joined = "and" if name in ("HIHE", "LILE") else "but"
    label = int(scores.labels[row])
    what = f"This picture ({scores.names[label]})" if label >= 0 else "This picture"
    return f"{what} is in {name}: {inner}, {joined} {outer}; {_MEANS[name]}."


def _against(scores: AnchorScores, threshold: Threshold, row: int) -> str:
    column = scores.criteria.index(threshold.criterion)
    value = float(scores.values[row, column])
    place = "below" if value < threshold.value else "not below"
    known = CRITERIA.get(threshold.criterion)
    name = known.in_sentence if known else threshold.criterion
    return f"its {name} is {value:.3g} ({scores.units[column]}), {place} {threshold.value:.3g}"

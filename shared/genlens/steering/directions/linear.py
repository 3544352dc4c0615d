"""A plane between pictures with high and low scores: its normal is the direction.

Logistic regression as S2's automated baseline has it (Toker et al. 2021, arXiv:2109.07869, appendix
"Automated Generative Methods"), and the linear support vector machine of InterFaceGAN (Shen et al.
2020, arXiv:1907.10786, section 2).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from genlens.attribution.method import Option
from genlens.errors import InputError
from genlens.models.contracts import Assessor
from genlens.steering.directions.conditions import cosine, without
from genlens.steering.directions.method import (
    PICTURES,
    DirectionMethod,
    Found,
    Task,
    one_deviation,
)

HELD_OUT = 0.2
"""Share of the pictures that a direction is tested on: 5,000 of S2's 25,000."""
LEAST_SIDE = 10
"""Pictures that each side of the plane needs."""

Fit = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
"""(codes (n, width), scores (n,), least score there is) -> the normal (width,), of any length."""


def high_side(scores: np.ndarray, lowest: float) -> np.ndarray:
    """(n,) bool: which ``scores`` count as high. Of an assessor with negative scores (``lowest`` is
    the least it can give) the positive ones, as in S2, otherwise those above the median, and also
    where one side would have fewer than 1 in 20.

    Raises:
        InputError: the scores are nearly all alike.
    """
    high: np.ndarray = scores > 0
    if lowest >= 0 or not 0.05 <= high.mean() <= 0.95:
        high = scores > np.median(scores)
    if min(high.sum(), (~high).sum()) < LEAST_SIDE:
        raise InputError(
            f"only {min(high.sum(), (~high).sum())} of {len(scores)} pictures score differently "
            f"from the rest, {LEAST_SIDE} are needed: draw more pictures, or take another assessor"
        )
    return high


def logistic(task: Task, *, n: int = 2000, strength: float = 1.0) -> Found:
    """The weights of a logistic regression of "the score is high" on codes, S2's baseline."""
    return _between(task, partial(_logistic_normal, strength))


def shuffled(task: Task, *, n: int = 2000, strength: float = 1.0) -> Found:
    """``logistic`` with the scores dealt out anew: what a direction of noise does."""
    rng = np.random.default_rng([task.seed, 77])

    def fit(codes: np.ndarray, scores: np.ndarray, lowest: float) -> np.ndarray:
        return _logistic_normal(strength, codes, rng.permutation(scores), lowest)

    return _between(task, fit)


def svm(task: Task, *, n: int = 2000, share: float = 0.2) -> Found:
    """The normal of a linear SVM between the ``share`` of pictures with the highest scores and as
    many with the lowest."""
    return _between(task, partial(_svm_normal, share))


def _between(task: Task, fit: Fit) -> Found:
    """The normal that ``fit`` finds on four fifths of the pictures, without its parts along the
    normals of assessors to hold."""
    codes = task.space.many(task.scored.latents)
    scores = task.scored.of(task.judge)
    trained = int(len(scores) * (1 - HELD_OUT))
    row = _fitted(fit, codes[:trained], scores[:trained], task.judge)
    held = [
        _fitted(fit, codes[:trained], task.scored.of(other)[:trained], other) for other in task.hold
    ]
    cosines = {o.name: cosine(row, c) for o, c in zip(task.hold, held, strict=True)}
    row = one_deviation(without(row, np.array(held)), codes)
    known = np.isfinite(scores[trained:])
    tested = scores[trained:][known]
    return Found(
        rows=row[None],
        held_out=(codes[trained:][known] @ row, high_side(tested, task.judge.range[0])),
        cosines=cosines,
        left_out=_unknown(scores),
    )


def _fitted(fit: Fit, codes: np.ndarray, scores: np.ndarray, assessor: Assessor) -> np.ndarray:
    """The normal of pictures that have a score, in units of the codes.

    Raises:
        InputError: too few have one, or all have the same.
    """
    known = np.isfinite(scores)
    if known.sum() < 4 * LEAST_SIDE:
        raise InputError(
            f"{assessor.title} has a score for {known.sum()} of {len(scores)} pictures: "
            f"{4 * LEAST_SIDE} are needed"
        )
    centred = codes[known] - codes[known].mean(0)
    # one number for all axes: angles stay what they are, and penalties mean the same everywhere
    scale = float(np.sqrt(np.square(centred).mean()))
    return fit(centred / scale, scores[known], assessor.range[0])


def _logistic_normal(
    strength: float, codes: np.ndarray, scores: np.ndarray, lowest: float
) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    high = high_side(scores, lowest)
    fitted = LogisticRegression(C=strength, max_iter=1000).fit(codes, high)
    return np.asarray(fitted.coef_[0])


def _svm_normal(share: float, codes: np.ndarray, scores: np.ndarray, lowest: float) -> np.ndarray:
    from sklearn.svm import LinearSVC

    high = high_side(scores, lowest)
    low_end, high_end = np.quantile(scores, [share, 1 - share])
    rows = (high & (scores >= high_end)) | (~high & (scores <= low_end))
    if min((rows & high).sum(), (rows & ~high).sum()) < LEAST_SIDE:
        rows = np.ones(len(scores), bool)
    fitted = LinearSVC(C=0.1, dual=False, max_iter=5000).fit(codes[rows], high[rows])
    return np.asarray(fitted.coef_[0])


def _unknown(scores: np.ndarray) -> dict[str, int]:
    missing = int((~np.isfinite(scores)).sum())
    return {"the assessor has no score for it": missing} if missing else {}


_STRENGTH = Option(
    "strength", "Trust in the pictures", "Inverse of the penalty on large weights (scikit-learn's "
    "C): smaller is smoother.",
    low=0.001, high=1000.0,
)  # fmt: skip
LOGISTIC = DirectionMethod(
    name="logistic",
    title="Logistic regression (S2’s baseline)",
    function=logistic,
    help="Draws random pictures, has them scored, and learns which codes score high.",
    equation="max over v, b of Σ log σ(±(v · c + b)) − |v|² / 2C, c the code of a picture, ± "
    "whether its score is high; the paper then moves by ±.03, .06 and .09 of a code’s length",
    paper="Kirchler, Graf, Kloft and Lippert 2021, arXiv:2109.07869, appendix; after Denton et al. "
    "2019, arXiv:1906.06439",
    misleads="It follows whatever goes with the score in the generator: if glasses go with age "
    "there, the direction for age brings glasses. Look at what else changes.",
    needs="scores",
    holds=True,
    options=(PICTURES, _STRENGTH),
)
SHUFFLED = DirectionMethod(
    name="shuffled",
    title="Control: shuffled labels",
    function=shuffled,
    help="Logistic regression on scores that were dealt out anew: there is nothing to be learned.",
    equation="as logistic regression, with the scores of other pictures",
    paper="a permutation test",
    misleads="It is a control: where it looks as good as a method, the measures notice nothing.",
    needs="scores",
    random=True,
    control=True,
    options=(PICTURES, _STRENGTH),
)
SVM = DirectionMethod(
    name="svm",
    title="SVM boundary (InterFaceGAN)",
    function=svm,
    help="The plane that best separates the highest-scoring pictures from the lowest; its normal, "
    "less what moves the properties that are to stay.",
    equation="n of a linear SVM; held still: n − Q Qᵀ n, Q a basis of the others’ normals",
    paper="Shen, Gu, Tang and Zhou 2020, arXiv:1907.10786, section 2 and equation 5",
    misleads="Projection holds still what a straight line can read. Where the cosine to the other "
    "direction is near 0 it changes nothing, and the other property may move all the same.",
    needs="scores",
    holds=True,
    options=(
        PICTURES,
        Option(
            "share", "Share of each side", "Of the pictures with the highest and lowest scores; "
            "those between are unclear.",
            low=0.02, high=0.5,
        ),
    ),
)  # fmt: skip

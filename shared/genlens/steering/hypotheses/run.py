"""A hypothesis put to the test: the edit on n faces, the control beside it, the verdict.

::

    verdict = run_hypothesis(
        "the smile classifier reacts to glasses", Redraw.of_property("glasses"), smile, n=100
    )
    verdict.answer, verdict.reason
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from genlens.common.checks import number, whole
from genlens.common.estimates import skewed_mean
from genlens.common.limits import MAX_SEED
from genlens.common.measures import Measure
from genlens.common.progress import Cancel, Progress, batches
from genlens.common.records import seconds_since
from genlens.errors import InputError
from genlens.models.contracts import Assessor
from genlens.steering.drawn import ready, score
from genlens.steering.hypotheses.decide import LEAST_FACES, claimed, decide
from genlens.steering.hypotheses.edits.edit import Edit
from genlens.steering.hypotheses.networks import card_of
from genlens.steering.hypotheses.purity import purity_of, require_told_apart
from genlens.steering.results import Hypothesis, Verdict

FACES, MOST_FACES = 100, 2_000
LEAST_SPREADS = 0.2
"""What counts unless it is said: this part of the score's standard deviation over all faces, edited
and not, a small effect by Cohen 1988 (Statistical power analysis, section 2.2). The unedited alone
may all have the same score: those that are about to get a smile, say."""
KEPT_PICTURES = 24
"""Pairs of pictures that a verdict keeps, evenly from the largest rise to the largest fall, so that
they show what is usual and not only what is striking."""
_BATCH = 32
_STILL = 0.5 / 255
UNCHANGED = "the edit changes nothing on it"
NO_SCORE = "the assessor has no score for it"


def run_hypothesis(
    claim: str,
    edit: Edit,
    assessor: Assessor,
    *,
    expected: int = 0,
    least: float | None = None,
    n: int = FACES,
    seed: int = 0,
    watch: Sequence[Assessor] = (),
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Verdict:
    """Does ``edit`` change the score of ``assessor``, by more than counts and more than a control?

    Args:
        claim: in words, for the log: "the classifier reacts to glasses".
        edit: what is done to each face; see ``EDITS``.
        assessor: what is claimed to react.
        expected: +1 where the claim is that the score rises, -1 that it falls, 0 for any change.
        least: the smallest change that would count, in the assessor's unit; None takes 0.2 standard
            deviations of its scores over the faces, edited and not.
        n: faces, 12 to 2,000.
        seed: of the faces and of everything random.
        watch: assessors that should not move unless the edit ``aims`` at them: faces on which they
            do are left out. An ``exact`` edit needs none.
        progress: ``progress(done, total, text)``.

    Raises:
        InputError: no claim, a number out of range, an edit that changes no face, an assessor that
            is watched itself or whose network is missing.
        ModelError: an assessor gives NaN for all faces, infinity, or another shape.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    claim = claim.strip()
    if not claim:
        raise InputError("the claim is empty: say in words what the score should react to")
    if expected not in (-1, 0, 1):
        raise InputError(f"expected is {expected}: take 1 (rises), -1 (falls) or 0 (any change)")
    n, seed = (
        whole("the number of faces", n, LEAST_FACES, MOST_FACES),
        whole("seed", seed, 0, MAX_SEED),
    )
    require_told_apart(watch, assessor)
    tried = _tried(
        edit, ready(assessor), [ready(each) for each in watch], n, seed, progress, cancel
    )
    least = _least(least, tried.scores)
    purity = purity_of(watch, tried.watched, edit.aims, n)
    unread = ~np.isfinite(tried.scores).all(axis=1) | ~np.isfinite(tried.control)
    left_out = dict(purity.left_out)
    for bad, reason in ((~tried.touched, UNCHANGED), (unread & tried.touched, NO_SCORE)):
        if (bad & purity.kept).any():
            left_out[reason] = int((bad & purity.kept).sum())
    kept = purity.kept & tried.touched & ~unread
    changes = (tried.scores[:, 1] - tried.scores[:, 0])[kept]
    control = (tried.control - tried.scores[:, 0])[kept]
    answer, reason = decide(changes, control, expected, least, assessor.unit, left_out)
    shown = _shown(np.where(kept, tried.scores[:, 1] - tried.scores[:, 0], np.nan))
    signed = 1 if expected >= 0 else -1
    return Verdict(
        hypothesis=Hypothesis(claim, edit.title, assessor.name, expected, least),
        effect=_signed(skewed_mean(claimed(changes, expected).tolist(), left_out), signed),
        control=_signed(skewed_mean(claimed(control, expected).tolist()), signed),
        changes=changes,
        answer=answer,
        reason=reason,
        before=tried.before.numpy()[shown],
        after=tried.after.numpy()[shown],
        scores=tried.scores[shown],
        leaks=purity.leaks,
        made_by=card_of(assessor).made_by(
            seed=seed,
            settings={
                "edit": edit.spec(),
                "control": edit.control_title,
                "assessor": assessor.name,
                "unit": assessor.unit,
                "range": list(assessor.range),
                "watched": [each.name for each in watch],
                "exact": edit.exact,
                "n": n,
            },
            model_calls=3 * n,
            seconds=seconds_since(started),
        ),
    )


@dataclass(frozen=True)
class _Tried:
    """``scores`` (n, 2) before and after, ``control`` (n,), ``touched`` (n,) bool where a pixel
    changed, ``watched`` name -> scores (n,) before and after."""

    before: torch.Tensor
    after: torch.Tensor
    scores: np.ndarray
    control: np.ndarray
    touched: np.ndarray
    watched: dict[str, tuple[np.ndarray, np.ndarray]]


def _tried(
    edit: Edit,
    assessor: Assessor,
    watch: Sequence[Assessor],
    n: int,
    seed: int,
    progress: Progress | None,
    cancel: Cancel | None,
) -> _Tried:
    """All faces edited, and everybody asked about them.

    Raises:
        InputError: the edit changes no face.
    """
    pictures, controls = [], []
    for start in batches(n, _BATCH, "Editing faces", progress, cancel):
        pairs = edit.pairs(start, min(_BATCH, n - start), seed)
        pictures.append((pairs.before, pairs.after))
        controls.append(pairs.control)
    before, after = (torch.cat([pair[i] for pair in pictures]) for i in (0, 1))
    touched = ((after - before).abs().flatten(1).amax(1) > _STILL).numpy()
    if not touched.any():
        raise InputError(
            f"“{edit.title}” changes nothing on any of {n} faces: take a larger step or another "
            "edit"
        )
    scores = np.stack([score(assessor, each, cancel=cancel) for each in (before, after)], axis=1)
    return _Tried(
        before,
        after,
        scores,
        score(assessor, torch.cat(controls), cancel=cancel),
        touched,
        {
            each.name: (score(each, before, cancel=cancel), score(each, after, cancel=cancel))
            for each in watch
        },
    )


def _least(least: float | None, scores: np.ndarray) -> float:
    """The least effect that counts: as given, or from the spread of all ``scores`` (n, 2).

    Raises:
        InputError: not above 0.
    """
    if least is not None:
        if not least > 0:
            raise InputError(f"least is {least}: the smallest change that counts is above 0")
        return number("least", least, 0.0, 1e9)
    spread = float(np.nanstd(scores))
    # a score that is the same for every face has no spread to measure by: then any change counts
    return LEAST_SPREADS * spread or float(np.finfo(np.float32).eps)


def _signed(measure: Measure, sign: int) -> Measure:
    """``measure``, counted in the score's own direction again."""
    if sign > 0:
        return measure
    return Measure(-measure.value, -measure.high, -measure.low, measure.n, measure.left_out)


def _shown(changes: np.ndarray) -> np.ndarray:
    """Rows of the faces whose pictures are kept, the largest rise first; ``changes`` (n,) is NaN
    for those that were left out."""
    order = np.argsort(-changes, kind="stable")[: int(np.isfinite(changes).sum())]
    if len(order) <= KEPT_PICTURES:
        return order
    return order[np.linspace(0, len(order) - 1, KEPT_PICTURES).round().astype(int)]

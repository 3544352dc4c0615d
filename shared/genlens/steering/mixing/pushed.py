"""Styles moved towards a higher or lower score: optimised styles, and copies moved to the other
side of a decision (S2, "Evaluator-guided styles").

The paper found that such copies "usually degraded image quality too much without a clear advantage
to hand-selected alternate images": they are an offer, not the default.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch

from genlens.common.checks import number, whole
from genlens.common.progress import Cancel, Progress
from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.errors import Cancelled, InputError, ModelError
from genlens.models.contracts import Assessor, Generator
from genlens.steering.drawn import as_styles, draw, random_styles, ready, score, scored

By = Literal["gradient", "linear"]
KNOWN = 256
"""Pictures that the linear model and the neutral score are from."""


@dataclass(frozen=True)
class Pushed(Record):
    """Copies of styles that were moved: ``styles`` (n, layers, d) and their ``images``, from
    ``before`` (images) by at most a share ``reach`` of their own length.

    ``scores`` (n, steps + 1) of ``assessor`` on the way, ``up`` (n,) where each was sent,
    ``moved`` (n,) the share of its length that each style went. ``crossed`` (n,) whether the score
    passed ``neutral``, where the answer turns over.
    """

    styles: np.ndarray = field(metadata=UNWRITTEN)
    images: np.ndarray = field(metadata=UNWRITTEN)
    before: np.ndarray = field(metadata=UNWRITTEN)
    scores: np.ndarray
    up: np.ndarray
    moved: np.ndarray
    crossed: np.ndarray
    neutral: float
    assessor: str
    unit: str
    by: By
    made_by: MadeBy = field(default_factory=MadeBy)


def push_styles(
    generator: Generator,
    styles: torch.Tensor | np.ndarray,
    assessor: Assessor,
    up: bool | Sequence[bool] | None = None,
    *,
    by: By = "gradient",
    reach: float = 0.15,
    steps: int = 10,
    stop: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Pushed:
    """Copies of ``styles`` moved in equal steps towards a higher or a lower score.

    All layers of one style move alike, so that a style that all layers share stays one.

    Args:
        styles: (n, layers, d).
        up: towards higher scores (True) or lower ones; one answer for all or one each. None sends
            each to the other side of ``neutral_score``, as the paper's explorer does.
        by: "gradient" follows the assessor's own gradient, step by step; "linear" one direction for
            all, of a linear model of scores of 256 pictures (as the paper's explorer does), which
            works for any assessor.
        reach: how far at most, as a share of each style's length (the paper's: 0.15).
        stop: whether a style stays where its score passed the neutral one.
        seed: of the pictures that the linear model and the neutral score are from.

    Raises:
        InputError: a gradient of an assessor that has none, or numbers out of range.
        ModelError: scores or pictures are NaN.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    begin = as_styles(generator, styles, "styles")
    number("reach", reach, 1e-4, 10.0)
    whole("steps", steps, 1, 1000)
    if by == "gradient" and not ready(assessor).differentiable:
        raise InputError(
            f"{assessor.title} has no gradient: move styles by a linear model of its scores "
            '(by="linear"), which asks for scores only'
        )
    sample = random_styles(generator, KNOWN, seed)
    known = score(assessor, draw(generator, sample, cancel=cancel), cancel=cancel)
    neutral = neutral_score(assessor, known)
    before = draw(generator, begin, cancel=cancel)
    path = [_complete(score(assessor, before, cancel=cancel), assessor)]
    sign = _signs(up, path[0], neutral)
    fixed = linear_direction(sample, known).to(begin) if by == "linear" else None
    moving, images, stride = begin.clone(), before, length(begin) * reach / steps
    for step in range(steps):
        if cancel is not None and cancel():
            raise Cancelled(f"stopped after {step} of {steps} steps of moving styles")
        slope = _slope(generator, assessor, moving) if fixed is None else fixed[None]
        unit = slope / slope.norm(dim=1, keepdim=True).clamp_min(1e-12)  # (n, d)
        going = ~_crossed(path[-1], neutral, sign) if stop else np.ones(len(begin))
        signed = torch.as_tensor(sign * going, dtype=unit.dtype, device=unit.device) * stride
        moving = moving + (signed[:, None] * unit)[:, None]
        images = draw(generator, moving)
        path.append(_complete(score(assessor, images), assessor))
        if progress is not None:
            progress(step + 1, steps, f"Moving styles: step {step + 1} of {steps}")
    return Pushed(
        styles=moving.cpu().numpy(),
        images=images.numpy(),
        before=before.numpy(),
        scores=np.stack(path, 1),
        up=sign > 0,
        moved=(length(moving - begin) / length(begin)).cpu().numpy(),
        crossed=_crossed(path[-1], neutral, sign),
        neutral=neutral,
        assessor=assessor.name,
        unit=assessor.unit,
        by=by,
        made_by=generator.card.made_by(
            generator.device,
            seed=seed,
            settings={"reach": reach, "steps": steps, "by": by, "stop": stop},
            model_calls=KNOWN + len(begin) * (1 + steps * (2 if fixed is None else 1)),
            seconds=seconds_since(started),
        ),
    )


def neutral_score(assessor: Assessor, known: np.ndarray) -> float:
    """Where an answer turns over: 0 for scores from -a to a (their sign is the class, as in S2),
    otherwise the median of ``known`` scores of the generator's own pictures."""
    low, high = assessor.range
    return 0.0 if np.isfinite(low) and low == -high else float(np.nanmedian(known))


def linear_direction(styles: torch.Tensor, scores: np.ndarray) -> torch.Tensor:
    """(d,) unit vector: the weight of a ridge regression of ``scores`` (n,) on the mean over layers
    of ``styles`` (n, layers, d).

    Raises:
        ModelError: all scores are the same, so no direction raises them.
    """
    from sklearn.linear_model import Ridge

    kept = np.isfinite(scores)
    if not kept.any() or np.ptp(scores[kept]) == 0:
        raise ModelError("the assessor gives all pictures one score: no direction raises it")
    x = styles.mean(1).double().cpu().numpy()[kept]
    spread = float(x.std(0).mean()) or 1.0
    weight = Ridge(alpha=len(x) * spread**2 * 0.01).fit(x, scores[kept]).coef_
    return torch.from_numpy(weight / np.linalg.norm(weight)).float()


def _slope(generator: Generator, assessor: Assessor, styles: torch.Tensor) -> torch.Tensor:
    """(n, d): the gradient of each score for a move that all layers make together."""
    with torch.enable_grad():
        move = torch.zeros_like(styles[:, 0]).requires_grad_()
        scores = scored(assessor, generator.synthesize(styles + move[:, None]))
        (slope,) = torch.autograd.grad(scores.sum(), move)  # each picture has its own score
    if not bool(slope.isfinite().all()):
        raise ModelError(f"{assessor.title} has a gradient that is NaN or infinite here")
    return slope


def _signs(up: bool | Sequence[bool] | None, scores: np.ndarray, neutral: float) -> np.ndarray:
    """(n,) of 1 and -1."""
    if up is None:
        return np.where(scores > neutral, -1.0, 1.0)
    wanted = np.atleast_1d(np.asarray(up, bool))
    if len(wanted) not in (1, len(scores)):
        raise InputError(f"up has {len(wanted)} answers for {len(scores)} styles")
    return np.where(np.broadcast_to(wanted, scores.shape), 1.0, -1.0)


def _crossed(scores: np.ndarray, neutral: float, sign: np.ndarray) -> np.ndarray:
    return (scores - neutral) * sign > 0


def length(styles: torch.Tensor) -> torch.Tensor:
    """(n,): how long each of ``styles`` (n, layers, d) is, the mean over layers."""
    return styles.norm(dim=2).mean(1)


def _complete(scores: np.ndarray, assessor: Assessor) -> np.ndarray:
    if np.isnan(scores).any():
        raise ModelError(f"{assessor.title} has no score for a picture that should be moved (NaN)")
    return scores

"""How far a direction can be followed, by trying.

A slider that ends at a number somebody chose is too short for one direction and breaks the picture
with another. Here a few faces are moved as far as twice the usual distance from the middle, and
each side ends

- where the score saturates: 95 % of all that it ever gains there has been gained, or
- where the picture breaks: more than a quarter of the faces look unlike anything the generator
  draws by itself (further from the nearest of its pictures than 99 % of its own are),

whichever comes first. Steps are then spaced evenly in feature distance, as FreeSliders
(arXiv:2511.00103) does: alpha itself moves pictures quickly in one place and hardly in another.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from genlens.common.checks import whole
from genlens.common.progress import Cancel, Progress, batches
from genlens.common.records import seconds_since
from genlens.models.contracts import Assessor, Distance, Generator
from genlens.steering.drawn import draw, score
from genlens.steering.results import Direction, Reach
from genlens.steering.walks.drift import drift_distance
from genlens.steering.walks.ordinary import Ordinary, ordinary_of
from genlens.steering.walks.walk import latents_of, styles_along

FARTHEST = 2.0
"""How far is tried, in usual distances of a code from the mean code."""
TRIED = 12
"""Alphas tried on each side, where nothing else is asked for."""
GAINED, NOTICED = 0.95, 0.2
"""Part of all that is gained where a score counts as saturated; and what must be gained at least,
in standard deviations over faces, for it to saturate at all."""
BROKEN = 0.25
"""Share of faces: more make a broken picture."""
_CLOSER = 3  # times that a shorter stretch is looked at where the very first step broke
SEEDS = tuple(range(9000, 9008))
"""The faces it is measured on where nothing else is asked for."""


@dataclass(frozen=True)
class _Tried:
    """Faces along a direction: ``alphas`` (k,), mean ``scores`` (k,) or NaN and their ``spread``
    over faces, the share of ``broken`` ones (k,) and the feature distance ``gone`` (k,) from the
    first alpha on."""

    alphas: np.ndarray
    scores: np.ndarray
    spread: float
    broken: np.ndarray
    gone: np.ndarray


def measure_reach(
    generator: Generator,
    direction: Direction,
    assessor: Assessor | None = None,
    *,
    seeds: Sequence[int] = SEEDS,
    steps: int = 9,
    tried: int = TRIED,
    distance: Distance | None = None,
    ordinary: Ordinary | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Reach:
    """Where a slider along ``direction`` should begin and end, and its ``steps`` (3 to 51).

    Args:
        tried: alphas on each side, 4 to 48; more find the ends more exactly.
        assessor: whose score may saturate; None: only the picture ends it.
        distance: None takes LPIPS where it was fetched, else SSIM.
        ordinary: what the generator draws by itself; None draws it.

    Raises:
        InputError, ModelError, Cancelled: as ``take_walk``.
    """
    started = time.perf_counter()
    steps, tried = whole("steps", steps, 3, 51), whole("tried", tried, 4, 48)
    far = distance or drift_distance()
    usual = ordinary or ordinary_of(generator, far, cancel=cancel)
    z = latents_of(generator, seeds)
    longest = _longest(generator, direction)
    for attempt in range(_CLOSER):
        alphas = np.linspace(-longest, longest, 2 * tried + 1)
        seen = _try(generator, direction, z, alphas, assessor, far, usual, progress, cancel)
        if attempt == _CLOSER - 1 or min(seen.broken[tried - 1], seen.broken[tried + 1]) <= BROKEN:
            break
        longest *= 2 / tried  # the first step broke it on both sides: look closer
    sign = _sign(seen)
    up, down = slice(tried, None), slice(tried, None, -1)  # from alpha = 0 outwards
    high, why_high = _end(alphas[up], sign * seen.scores[up], seen.broken[up], seen.spread)
    low, why_low = _end(-alphas[down], -sign * seen.scores[down], seen.broken[down], seen.spread)
    return Reach(
        low=-low,
        high=high,
        why_low=why_low,
        why_high=why_high,
        steps=even_steps(alphas, seen.gone, -low, high, steps),
        made_by=generator.card.made_by(
            generator.device,
            settings={
                "faces": len(z),
                "farthest": float(longest),
                "distance": far.title,
                "assessor": "" if assessor is None else assessor.name,
            },
            model_calls=len(z) * len(alphas),
            seconds=seconds_since(started),
        ),
    )


def even_steps(
    alphas: np.ndarray, gone: np.ndarray, low: float, high: float, steps: int
) -> np.ndarray:
    """``steps`` alphas from ``low`` to ``high``, 0 among them, evenly spaced in ``gone`` (k,), the
    feature distance travelled at ``alphas`` (k,), on each side of 0."""
    ends = np.interp([low, 0.0, high], alphas, gone)
    total = ends[2] - ends[0]
    part = (ends[1] - ends[0]) / total if total > 0 else 0.5
    left = int(np.clip(round((steps - 1) * part), 1, steps - 2))
    # where nothing changes at all, distances cannot tell alphas apart
    rising = gone + 1e-9 * (1 + gone[-1]) * np.arange(len(gone))
    marks = np.interp([low, 0.0, high], alphas, rising)
    below = np.interp(np.linspace(marks[0], marks[1], left + 1), rising, alphas)
    above = np.interp(np.linspace(marks[1], marks[2], steps - left), rising, alphas)
    found = np.concatenate([below, above[1:]])
    found[[0, left, -1]] = low, 0.0, high
    return found


def _longest(generator: Generator, direction: Direction) -> float:
    """Alpha that moves a code ``FARTHEST`` times as far as codes usually lie from their mean."""
    with torch.no_grad():
        z = generator.sample_latents(256, 0)
        codes = z.flatten(1) if direction.space == "latents" else generator.to_styles(z)
        centred = codes - codes.mean(0)  # (256, d) or (256, layers, d)
    moved = np.atleast_2d(direction.vector).any(axis=1)
    if direction.space == "styles":
        centred = centred[:, torch.from_numpy(moved)]
    usual = float(centred.square().flatten(1).sum(1).mean().sqrt())
    return FARTHEST * usual / float(np.linalg.norm(direction.vector))


@torch.no_grad()
def _try(
    generator: Generator,
    direction: Direction,
    z: torch.Tensor,
    alphas: np.ndarray,
    assessor: Assessor | None,
    far: Distance,
    usual: Ordinary,
    progress: Progress | None,
    cancel: Cancel | None,
) -> _Tried:
    scores, broken, gone = [], [], []
    for row in batches(len(z), 1, "Trying how far it carries", progress, cancel):
        styles = styles_along(generator, z[row : row + 1], direction, alphas)[0]
        images = draw(generator, styles, cancel=cancel)  # (k, c, h, w)
        if assessor is not None:
            scores.append(score(assessor, images.to(generator.device)))
        broken.append(usual.strange(images, far))
        # All distances here grow with the square of a small change: their roots add up along a way.
        gone.append(far.between(images[1:], images[:-1]).clamp_min(0).sqrt().double().numpy())
    steps = np.mean(gone, axis=0)
    blank = np.full(len(alphas), np.nan)
    return _Tried(
        alphas=alphas,
        scores=np.nanmean(scores, axis=0) if scores else blank,
        spread=float(np.nanstd([row[len(alphas) // 2] for row in scores])) if scores else 0.0,
        broken=np.mean(broken, axis=0),
        gone=np.concatenate([[0.0], np.cumsum(steps)]),
    )


def _sign(seen: _Tried) -> float:
    """1 where the score rises with alpha, -1 where it falls, 0 without one."""
    if not np.isfinite(seen.scores).all():
        return 0.0
    return float(np.sign(seen.scores @ (seen.alphas - seen.alphas.mean())))


def _end(
    alphas: np.ndarray, scores: np.ndarray, broken: np.ndarray, spread: float
) -> tuple[float, str]:
    """(alpha, why) of one side: ``alphas`` (k,) from 0 outwards, ``scores`` that should rise."""
    over = np.flatnonzero(broken > BROKEN)
    last, why = len(alphas) - 1, "the farthest that was tried: nothing had ended it"
    if len(over):
        last = max(int(over[0]) - 1, 1)
        why = f"beyond it the picture breaks ({100 * broken[over[0]]:.0f} % of the faces tried)"
    gains = np.maximum.accumulate(scores - scores[0])
    if gains[-1] > NOTICED * spread:  # not where there is no score (NaN)
        full = GAINED * gains[-1]
        reached = int(np.flatnonzero(gains >= full)[0])
        if reached < last:
            at = np.interp(full, gains[: reached + 1], alphas[: reached + 1])
            return float(max(at, alphas[1])), "beyond it the score hardly changes"
    return float(alphas[last]), why

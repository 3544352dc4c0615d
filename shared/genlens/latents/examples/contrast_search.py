"""The optimisation behind ``contrast``: FISTA for a batch of strengths, then a shortening.

Everything is in units u = delta / unit. FISTA (Beck & Teboulle 2009): a gradient step on the smooth
part, soft shrinkage for beta |u|_1, then momentum k / (k + 3), with the learning rate falling as
sqrt(1 - k / steps) as in Dhurandhar et al. 2018.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from genlens.common.progress import Cancel, Progress
from genlens.errors import Cancelled, ModelError
from genlens.study.coder import Coder

LEARNING_RATE = 0.1
STRENGTHS = 8
FIRST_GRID = 2.0 ** np.arange(-2, 6)
"""First strengths, in units of the one that a linear score would need."""


@dataclass(frozen=True)
class Search:
    """What is searched: u (d,) such that origin + unit · u meets the class condition.

    ``focus`` is the class that must win, or with ``leave`` the class that must not.
    ``shrink_only``: u stays between 0 and ``start`` in each latent (pertinent positive).
    """

    coder: Coder
    scores: Callable[[torch.Tensor], torch.Tensor]
    origin: np.ndarray
    unit: np.ndarray
    start: np.ndarray
    shrink_only: bool
    focus: int
    leave: bool
    beta: float
    gamma: float
    kappa: float
    steps: int
    progress: Progress | None = None
    cancel: Cancel | None = None

    @cached_property
    def _tensors(self) -> tuple[torch.Tensor, torch.Tensor]:
        return (
            torch.tensor(self.origin, dtype=torch.float32),
            torch.tensor(self.unit, dtype=torch.float32),
        )

    def images(self, u: torch.Tensor) -> torch.Tensor:
        """Decoded pictures of u (r, d)."""
        origin, unit = self._tensors
        return self.coder.decode_tensor(origin + unit * u)

    def lag(self, images: torch.Tensor) -> torch.Tensor:
        """(r,) by how much the class condition is missed; below 0 it is met."""
        scores = checked(self.scores(images), len(images))
        others = [i for i in range(scores.shape[1]) if i != self.focus]
        behind = scores[:, others].amax(dim=1) - scores[:, self.focus]
        return -behind if self.leave else behind

    def met(self, lag: np.ndarray) -> np.ndarray:
        """Whether the class wins by kappa (and a tie is no win)."""
        return np.asarray((lag < 0) & (lag <= -self.kappa))

    def lost(self, images: torch.Tensor) -> torch.Tensor:
        """gamma · |x - AE(x)|² of ``images`` (r, ...): (r,), 0 without asking where gamma is 0."""
        if self.gamma == 0:
            return images.new_zeros(len(images))
        model = self.coder.model
        self.coder.model_calls += len(images)
        again = model.decode(model.encode(images).mean)
        return self.gamma * (images - again).square().flatten(1).sum(dim=1)

    def tried(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lag and cost, beta |u|_1 + |u|_2² + gamma |x - AE(x)|², of u (r, d): both (r,)."""
        with torch.no_grad():
            images = self.images(torch.from_numpy(u).float())
            lag, lost = (
                part.double().cpu().numpy() for part in (self.lag(images), self.lost(images))
            )
        return lag, self.beta * np.abs(u).sum(axis=-1) + (u**2).sum(axis=-1) + lost


@dataclass
class Best:
    """The cheapest u that meets the condition; before there is one, the one that lags least."""

    u: np.ndarray
    lag: float
    cost: float
    strength: float = 0.0
    found: bool = False

    def offer(self, u: np.ndarray, task: Search, strength: np.ndarray) -> np.ndarray:
        """Takes the best row of u (r, d), if it is better than what is held; which of the rows
        meet the condition, (r,) bool."""
        lag, cost = task.tried(u)
        met = task.met(lag)
        if met.any():
            i = int(np.argmin(np.where(met, cost, np.inf)))
            better = not self.found or cost[i] < self.cost
        else:
            i = int(np.argmin(lag))
            better = not self.found and lag[i] < self.lag
        if better:
            self.u, self.lag, self.cost = u[i].astype(np.float64), float(lag[i]), float(cost[i])
            self.strength, self.found = float(strength[i]), bool(met.any())
        return met


def checked(scores: object, count: int) -> torch.Tensor:
    """``scores`` as a finite (count, k) tensor, or ModelError."""
    if not isinstance(scores, torch.Tensor):
        raise ModelError(
            f"the classifier gave a {type(scores).__name__}: a tensor ({count}, classes) was "
            "expected"
        )
    if scores.ndim != 2 or len(scores) != count or not scores.isfinite().all():
        raise ModelError(
            f"the classifier gave scores of shape {tuple(scores.shape)} for "
            f"{count} images, or NaN or infinite values: ({count}, classes) were expected"
        )
    return scores


def search(task: Search, rounds: int) -> Best:
    """The best u found in ``rounds`` rounds of eight strengths each, shortened at the end."""
    lag, slope = _first_look(task)
    best = Best(u=task.start.copy(), lag=lag, cost=float("inf"))
    best.offer(task.start[None], task, np.zeros(1))
    if task.shrink_only:
        best.offer(np.zeros((1, len(task.start))), task, np.zeros(1))
        if best.found and not best.u.any():
            return best  # the base alone is of the class: nothing of the picture is needed
    reach = np.linalg.norm(task.start) if task.shrink_only else max(lag + task.kappa, 0.0) / slope
    needed = (2.0 * reach + task.beta * np.sqrt(len(task.start))) / slope
    grid = needed * FIRST_GRID
    for turn in range(rounds):
        won = _fista(task, grid, needed, best, turn, rounds)
        if won.all():
            grid = np.geomspace(grid[0] / 64, grid[0], STRENGTHS)
        elif not won.any():
            grid = np.geomspace(grid[-1], grid[-1] * 256, STRENGTHS)
        else:  # between the strongest that failed below the weakest that won
            low = int(np.argmax(won))
            grid = np.geomspace(grid[max(low - 1, 0)], grid[low] * 1.01, STRENGTHS)
    if best.found:
        _shorten(task, best)
    return best


def _first_look(task: Search) -> tuple[float, float]:
    """(lag at the start, size of its gradient there, floored): the scale of the problem."""
    u = torch.from_numpy(task.start[None]).float().requires_grad_()
    lag = task.lag(task.images(u))
    (gradient,) = torch.autograd.grad(lag.sum(), u)
    return float(lag.detach()), max(float(gradient.norm()), 1e-4)


def _fista(
    task: Search, strengths: np.ndarray, needed: float, best: Best, turn: int, rounds: int
) -> np.ndarray:
    """One FISTA run for each strength, side by side; which of them met the condition: (r,) bool."""
    c = torch.from_numpy(strengths).float()  # (r,)
    # The hinge pulls with c times its slope: a strong pull takes small steps, or it overshoots.
    rate = (LEARNING_RATE / np.maximum(strengths / needed, 1.0)).astype(np.float32)
    rates = torch.from_numpy(rate)[:, None]
    start = torch.from_numpy(task.start).float()
    y = start.repeat(len(strengths), 1)  # (r, d)
    last = y.clone()
    won = np.zeros(len(strengths), dtype=bool)
    for k in range(task.steps):
        _report(task, turn, rounds, k)
        step = rates * float(np.sqrt(1.0 - k / task.steps))
        u = _inside(_shrink(y - step * _gradient(task, y, c), step * task.beta), start, task)
        y = _inside(u + k / (k + 3.0) * (u - last), start, task)
        last = u
        won |= best.offer(u.double().numpy(), task, strengths)
    return won


def _gradient(task: Search, y: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
    """Gradient at y (r, d) of the smooth part: c · hinge + |y|² + gamma · reconstruction error."""
    point = y.detach().requires_grad_()
    images = task.images(point)
    lag = task.lag(images)
    loss = (c.to(lag.device) * lag.clamp_min(-task.kappa)).sum() + task.lost(images).sum()
    (slope,) = torch.autograd.grad(loss, point)
    return slope.cpu() + 2.0 * y


def _shrink(u: torch.Tensor, by: torch.Tensor) -> torch.Tensor:
    return u.sign() * (u.abs() - by).clamp_min(0.0)


def _inside(u: torch.Tensor, start: torch.Tensor, task: Search) -> torch.Tensor:
    if not task.shrink_only:
        return u
    return u.clamp(start.clamp_max(0.0), start.clamp_min(0.0))  # between 0 and start, each latent


def _shorten(task: Search, best: Best) -> None:
    """The shortest multiple of the best u that still meets the condition, in two scans of 64."""
    low, high = 0.0, 1.0
    for _ in range(2):
        parts = np.linspace(low, high, 65)[1:]
        u = parts[:, None] * best.u
        met = task.met(task.tried(u)[0])
        if not met.any():  # rounding at the far end: keep what was found
            return
        i = int(np.argmax(met))
        low, high = low if i == 0 else float(parts[i - 1]), float(parts[i])
    # Relative to the u of this scan: offer() keeps it only where it is cheaper.
    best.offer(u[i : i + 1], task, np.array([best.strength]))


def _report(task: Search, turn: int, rounds: int, k: int) -> None:
    if k % 10:
        return
    done, total = turn * task.steps + k, rounds * task.steps
    if task.cancel is not None and task.cancel():
        raise Cancelled(f"stopped after {done} of {total} steps")
    if task.progress is not None:
        task.progress(done, total, f"Contrast: step {done} of {total}")

"""Accumulated local effects: what an output does as one or two latents move, among real latents.

Apley & Zhu 2020, "Visualizing the effects of predictor variables in black box supervised learning
models" (JRSS B; arXiv:1612.08468). The average slope of f within small intervals of latent j, over
the data that lie in the interval, is added up along the latent (equation 15), and for two latents
the average second difference within small cells, less the first-order effects (equations 16 to 20).
Unlike partial dependence, which sets a latent to values that its neighbours never meet, no picture
far from the data is asked for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType
from typing import TypeAlias

import numpy as np
import torch

from genlens.attribution.run import ROUNDING
from genlens.attribution.target import Target
from genlens.common.checks import whole
from genlens.common.progress import Cancel, Progress, batches
from genlens.common.records import MadeBy, Record
from genlens.errors import InputError, ModelError
from genlens.study.coder import Codes, as_vectors, made_by

Output: TypeAlias = Callable[[torch.Tensor], torch.Tensor] | Target
"""Flat latents (n, d) float32 -> one number each, (n,). A ``Target`` of kind "latent" has one."""


@dataclass(frozen=True)
class FirstOrder(Record):
    """The effect of latent ``latent`` on an output, in the output's units.

    ``effect`` (k + 1,) at ``edges`` (k + 1,), mean 0 over the data; ``counts`` (k,) data in each
    interval (edges[i], edges[i + 1]]. ``strength`` is the effect's standard deviation over the
    data: how much this latent alone moves the output; up to ``resolution`` that is what rounding
    alone would give, and the effect says ``nothing``.
    """

    also_written = ("nothing",)

    latent: int
    edges: np.ndarray
    effect: np.ndarray
    counts: np.ndarray
    strength: float
    output: str = ""
    resolution: float = 0.0
    made_by: MadeBy = field(default_factory=MadeBy)

    @property
    def nothing(self) -> bool:
        """Whether the effect is 0, or no more than the rounding of the output."""
        return self.strength <= self.resolution


@dataclass(frozen=True)
class SecondOrder(Record):
    """What two latents do together beyond what each does alone, in the output's units.

    ``effect`` (k + 1, l + 1) at ``edges[0]`` (k + 1,) × ``edges[1]`` (l + 1,), mean 0 over the
    data and without first-order effects; ``counts`` (k, l). Cells without data took the value of
    the nearest cell with data: draw them apart. ``strength``, ``resolution`` and ``nothing`` as for
    ``FirstOrder``.
    """

    also_written = ("nothing",)

    latents: tuple[int, int]
    edges: tuple[np.ndarray, np.ndarray]
    effect: np.ndarray
    counts: np.ndarray
    strength: float
    output: str = ""
    resolution: float = 0.0
    made_by: MadeBy = field(default_factory=MadeBy)

    @property
    def nothing(self) -> bool:
        """Whether the effect is 0, or no more than the rounding of the output."""
        return self.strength <= self.resolution

    def cells(self) -> np.ndarray:
        """(k, l): the effect in the middle of each cell, the mean of its four corners."""
        return _cells(self.effect)


def first_order(
    output: Output,
    codes: Codes | np.ndarray,
    latent: int,
    *,
    bins: int = 20,
    batch_size: int = 512,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> FirstOrder:
    """First-order accumulated local effect of ``latent`` on ``output``; 2 n evaluations.

    Args:
        output: a function of latents, or a ``Target`` of kind "latent".
        codes: the data (n, d).
        latent: 0 to d - 1.
        bins: intervals with about equally many data; fewer where values repeat.

    Raises:
        InputError: a latent that does not exist or does not vary, or a target of images.
        ModelError: the output is not one finite number per latent.
    """
    started = time.perf_counter()
    rows = as_vectors(codes)
    j = whole("latent", latent, 0, rows.shape[1] - 1)
    edges = _edges(rows[:, j], whole("bins", bins, 1, 1000), j)
    place = _place(rows[:, j], edges)
    low, high = rows.copy(), rows.copy()
    low[:, j], high[:, j] = edges[place], edges[place + 1]
    values = _evaluate(output, [low, high], batch_size, progress, cancel)  # (2, n)
    counts = np.bincount(place, minlength=len(edges) - 1)
    slopes = np.bincount(place, values[1] - values[0], minlength=len(counts)) / counts
    effect = np.concatenate([[0.0], np.cumsum(slopes)])
    middle = (effect[:-1] + effect[1:]) / 2
    effect -= middle @ counts / len(rows)
    return FirstOrder(
        latent=j,
        edges=edges,
        effect=effect,
        counts=counts,
        strength=float(np.interp(rows[:, j], edges, effect).std()),
        output=_name(output),
        resolution=_resolution(output, values),
        made_by=_made(codes, started, 2 * len(rows), bins),
    )


def second_order(
    output: Output,
    codes: Codes | np.ndarray,
    latents: tuple[int, int],
    *,
    bins: int = 10,
    batch_size: int = 512,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> SecondOrder:
    """Second-order accumulated local effect of two latents; 4 n evaluations; see ``first_order``.

    Raises:
        InputError: twice the same latent, or as for ``first_order``.
        ModelError: as for ``first_order``.
    """
    started = time.perf_counter()
    rows = as_vectors(codes)
    j, k = (whole("latent", i, 0, rows.shape[1] - 1) for i in latents)
    if j == k:
        raise InputError(f"both latents are {j}: pass two different ones")
    bins = whole("bins", bins, 1, 200)
    edges = (_edges(rows[:, j], bins, j), _edges(rows[:, k], bins, k))
    a, b = _place(rows[:, j], edges[0]), _place(rows[:, k], edges[1])
    corners = []
    for side_j, side_k in ((1, 1), (1, 0), (0, 1), (0, 0)):
        corner = rows.copy()
        corner[:, j], corner[:, k] = edges[0][a + side_j], edges[1][b + side_k]
        corners.append(corner)
    values = _evaluate(output, corners, batch_size, progress, cancel)  # (4, n)
    twice = values[0] - values[1] - values[2] + values[3]
    shape = (len(edges[0]) - 1, len(edges[1]) - 1)
    counts, sums = np.zeros(shape, dtype=int), np.zeros(shape)
    np.add.at(counts, (a, b), 1)
    np.add.at(sums, (a, b), twice)
    means = _fill(np.divide(sums, counts, out=np.zeros(shape), where=counts > 0), counts, edges)
    effect = np.zeros((shape[0] + 1, shape[1] + 1))
    effect[1:, 1:] = means.cumsum(axis=0).cumsum(axis=1)
    effect = _without_main_effects(effect, counts)
    return SecondOrder(
        latents=(j, k),
        edges=edges,
        effect=effect,
        counts=counts,
        strength=_spread(effect, edges, rows[:, (j, k)]),
        output=_name(output),
        resolution=_resolution(output, values),
        made_by=_made(codes, started, 4 * len(rows), bins),
    )


def _edges(values: np.ndarray, bins: int, latent: int) -> np.ndarray:
    """Interval ends (k + 1,): quantiles that are data themselves, so that no interval is empty."""
    quantiles = np.quantile(values, np.linspace(0, 1, bins + 1), method="inverted_cdf")
    edges = np.unique(quantiles)
    if len(edges) < 2:
        raise InputError(f"latent {latent} has the same value everywhere: it has no effect to show")
    return edges


def _place(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Interval of each value: i for (edges[i], edges[i + 1]], the smallest value joining 0."""
    return np.clip(np.searchsorted(edges, values, side="left") - 1, 0, len(edges) - 2)


def _evaluate(
    output: Output,
    parts: list[np.ndarray],
    batch_size: int,
    progress: Progress | None,
    cancel: Cancel | None,
) -> np.ndarray:
    """(len(parts), n) outputs of ``parts``, each (n, d)."""
    function = output.function if isinstance(output, Target) else output
    if isinstance(output, Target) and output.kind != "latent":
        raise InputError(f'target {_name(output)} is a function of images: pass kind "latent"')
    rows = torch.from_numpy(np.concatenate(parts)).float()
    outputs = []
    size = whole("batch_size", batch_size, 1, 100_000)
    with torch.no_grad():
        for start in batches(len(rows), size, "Accumulated local effects", progress, cancel):
            batch = rows[start : start + size]
            values = torch.as_tensor(function(batch)).detach().double().cpu()
            if values.shape != (len(batch),) or not bool(values.isfinite().all()):
                raise ModelError(
                    f"the output gave {tuple(values.shape)} for {len(batch)} latents, or NaN "
                    f"or infinite values: ({len(batch)},) finite numbers were expected"
                )
            outputs.append(values.numpy())
    return np.concatenate(outputs).reshape(len(parts), -1)


def _fill(
    means: np.ndarray, counts: np.ndarray, edges: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """``means`` with empty cells set to the nearest full one, distances in shares of the range."""
    from scipy.spatial import cKDTree

    if counts.all():
        return means
    mids = [(e[:-1] + e[1:]) / 2 / (e[-1] - e[0]) for e in edges]
    places = np.stack(np.meshgrid(*mids, indexing="ij"), axis=-1)  # (k, l, 2)
    full = counts > 0
    nearest = cKDTree(places[full]).query(places[~full], k=1)[1]
    filled = means.copy()
    filled[~full] = means[full][nearest]
    return filled


def _without_main_effects(effect: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """``effect`` (k + 1, l + 1) less its own first-order effects, centred on the data."""
    step_j = np.diff(effect, axis=0)  # (k, l + 1): steps along the first latent
    step_k = np.diff(effect, axis=1)  # (k + 1, l)
    along_j = ((step_j[:, :-1] + step_j[:, 1:]) / 2 * counts).sum(axis=1) / counts.sum(axis=1)
    along_k = ((step_k[:-1] + step_k[1:]) / 2 * counts).sum(axis=0) / counts.sum(axis=0)
    main_j = np.concatenate([[0.0], np.cumsum(along_j)])
    main_k = np.concatenate([[0.0], np.cumsum(along_k)])
    rest = effect - main_j[:, None] - main_k[None, :]
    return np.asarray(rest - (_cells(rest) * counts).sum() / counts.sum())


def _cells(effect: np.ndarray) -> np.ndarray:
    """Mean of the four corners of each cell: (k, l) of (k + 1, l + 1)."""
    return np.asarray((effect[:-1, :-1] + effect[1:, :-1] + effect[:-1, 1:] + effect[1:, 1:]) / 4)


def _spread(effect: np.ndarray, edges: tuple[np.ndarray, np.ndarray], data: np.ndarray) -> float:
    """Standard deviation of the surface, read off between its nodes, at ``data`` (n, 2)."""
    from scipy.interpolate import RegularGridInterpolator

    return float(RegularGridInterpolator(edges, effect)(data).std())


def _resolution(output: Output, values: np.ndarray) -> float:
    """What is rounding in the output; see ``attribution.run.ROUNDING``."""
    scale = output.scale if isinstance(output, Target) else 0.0
    return ROUNDING * max(float(np.abs(values).max()), scale)


def _name(output: Output) -> str:
    if isinstance(output, Target):
        return output.name
    return output.__name__ if isinstance(output, FunctionType) else "output"


def _made(codes: object, started: float, calls: int, bins: int) -> MadeBy:
    return made_by(codes=codes, started=started, model_calls=calls, settings={"bins": bins})

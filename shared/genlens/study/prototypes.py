"""ProtoDash: a few images with weights that stand for all of them.

Gurumoorthy, Dhurandhar, Cecchi & Aggarwal 2019, "Efficient data representation by selecting
prototypes with importance weights" (ICDM; arXiv:1707.01212). With a kernel k, candidates x_j and a
data set y_i to stand for, choose m candidates and weights w >= 0 that maximise (equation 3)

    l(w) = mu · w - w' K w / 2,   mu_j = mean over i of k(x_j, y_i),   K_jl = k(x_j, x_l),

which is half of what the weighted candidates take away from the squared maximum mean discrepancy:
MMD²(w) = mean of k(y, y') - 2 l(w). Algorithm 1: add the candidate with the largest gradient
mu_j - (K w)_j, solve for all weights of the chosen again, repeat. The choice is greedy, within
1 - exp(-gamma) of the best set (their theorem IV.3), gamma being the submodularity ratio.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from genlens.common.checks import number, whole
from genlens.common.records import MadeBy, Record
from genlens.errors import InputError
from genlens.study.coder import Codes, as_vectors, made_by

MAX_PROTOTYPES = 100
_CHUNK = 2_000_000
"""Kernel values computed at once."""
_SAMPLE = 1000
"""Rows of which the median distance is taken."""


@dataclass(frozen=True)
class Prototypes(Record):
    """m candidates that stand for the data set, in the order in which they were chosen.

    ``indices`` (m,) are row numbers of the candidates; ``weights`` (m,) are not negative and need
    not sum to 1; ``shares`` (m,) are they over their sum. ``objective`` and ``mmd2`` (m,) are l(w)
    and MMD² after each choice: where ``mmd2`` stops falling, more prototypes say nothing new.
    ``assigned`` (n,) is, for each row of the data set, the place in ``indices`` of the prototype
    nearest to it. ``sigma`` is the kernel's width in latent units.
    """

    indices: np.ndarray
    weights: np.ndarray
    shares: np.ndarray
    objective: np.ndarray
    mmd2: np.ndarray
    assigned: np.ndarray
    sigma: float
    made_by: MadeBy = field(default_factory=MadeBy)


def protodash(
    candidates: Codes | np.ndarray,
    m: int,
    *,
    target: Codes | np.ndarray | None = None,
    sigma: float | None = None,
    seed: int = 0,
) -> Prototypes:
    """``m`` prototypes among ``candidates`` (n, d) for ``target`` (default: the candidates).

    Args:
        candidates: latent codes; also pixels, flattened, for prototypes in pixel space.
        m: 1 to 100; fewer are returned when no further one would add anything.
        target: what they stand for, (n', d): for instance one class, with candidates from all.
        sigma: width of the kernel exp(-|x - y|² / (2 sigma²)); default: the median distance
            between two rows of the target.
        seed: of the sample of which the median is taken, where there are more than 1,000 rows.

    Raises:
        InputError: sizes that do not fit, or a target whose rows are all the same and no sigma.
    """
    started = time.perf_counter()
    rows = as_vectors(candidates)
    data = rows if target is None else as_vectors(target, rows.shape[1])
    m = whole("the number of prototypes (m)", m, 1, min(MAX_PROTOTYPES, len(rows)))
    width = (
        median_distance(data, seed)
        if sigma is None
        else number("the kernel's width (sigma)", sigma, 1e-9, 1e9)
    )
    mu = _mean_kernel(rows, data, width)
    level = float(_mean_kernel(data, data, width).mean())
    chosen: list[int] = []
    weights = np.zeros(0)
    columns = np.zeros((len(rows), 0))  # K of all candidates against the chosen
    objective: list[float] = []
    while len(chosen) < m:
        gradient = mu - columns @ weights
        gradient[chosen] = -np.inf
        best = int(np.argmax(gradient))
        if gradient[best] <= 1e-8 * mu.max():  # no candidate left that would be given a weight
            break
        chosen.append(best)
        columns = np.column_stack([columns, rbf(rows, rows[best : best + 1], width)])
        weights = best_weights(columns[chosen], mu[chosen])
        objective.append(value(weights, columns[chosen], mu[chosen]))
    indices = np.array(chosen)
    return Prototypes(
        indices=indices,
        weights=weights,
        shares=weights / weights.sum(),
        objective=np.array(objective),
        mmd2=np.maximum(level - 2 * np.array(objective), 0.0),
        assigned=_nearest(data, rows[indices]),
        sigma=width,
        made_by=made_by(codes=candidates, started=started, seed=seed, settings={"m": m}),
    )


def best_weights(kernel: np.ndarray, mu: np.ndarray) -> np.ndarray:
    """The w >= 0 (m,) that maximises mu · w - w' K w / 2 for ``kernel`` (m, m), ``mu`` (m,).

    With K = L L', that is the non-negative least squares problem |L' w - L^-1 mu|² (scipy's nnls).
    A jitter of 1e-10 keeps L apart from singular where two chosen rows are the same.
    """
    from scipy.linalg import solve_triangular
    from scipy.optimize import nnls

    lower = np.linalg.cholesky(kernel + 1e-10 * np.eye(len(kernel)))
    return np.asarray(nnls(lower.T, solve_triangular(lower, mu, lower=True))[0])


def value(weights: np.ndarray, kernel: np.ndarray, mu: np.ndarray) -> float:
    """l(w) = mu · w - w' K w / 2."""
    return float(mu @ weights - 0.5 * weights @ kernel @ weights)


def rbf(a: np.ndarray, b: np.ndarray, sigma: float) -> np.ndarray:
    """exp(-|a_i - b_j|² / (2 sigma²)) as (len(a), len(b))."""
    from scipy.spatial.distance import cdist

    return np.exp(cdist(a, b, "sqeuclidean") / (-2.0 * sigma**2))


def median_distance(rows: np.ndarray, seed: int = 0) -> float:
    """Median Euclidean distance between two different rows (of at most 1,000, drawn by ``seed``).

    Raises:
        InputError: all rows are the same.
    """
    from scipy.spatial.distance import pdist

    if len(rows) > _SAMPLE:
        rows = rows[np.random.default_rng(seed).choice(len(rows), _SAMPLE, replace=False)]
    distances = pdist(rows)
    distances = distances[distances > 0]
    if not distances.size:
        raise InputError("all rows are the same: pass sigma, the kernel's width")
    return float(np.median(distances))


def _mean_kernel(rows: np.ndarray, data: np.ndarray, sigma: float) -> np.ndarray:
    """mean over ``data`` of k(row, data), per row: (len(rows),), a bounded block at a time."""
    step = max(_CHUNK // len(data), 1)
    blocks = [rbf(rows[i : i + step], data, sigma).mean(axis=1) for i in range(0, len(rows), step)]
    return np.concatenate(blocks)


def _nearest(data: np.ndarray, prototypes: np.ndarray) -> np.ndarray:
    from scipy.spatial import cKDTree

    return np.asarray(cKDTree(prototypes).query(data, k=1)[1])

"""How far two sets of pictures are apart, in any features: Frechet distance and kernel distance.

Features are Inception's (``inception.inception_features``), a digits classifier's, any function of
pictures: what the numbers mean is what the features see. FID of one pair of sets can be matched by
very different pictures (Kynkaanniemi et al. 2023, arXiv:2203.06026).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch

from genlens.common.estimates import jackknife
from genlens.common.measures import Measure
from genlens.errors import InputError

FLOOR = 300
"""Pictures a set below which no Frechet distance is given. Its covariances are estimated from the
pictures, and the distance is too large by an amount that goes with 1 / pictures (Binkowski et al.
2018, arXiv:1801.01401, section 4; Chong and Forsyth 2020, arXiv:1911.07023): of fewer than a few
hundred, mostly that amount is measured. KID has no such bias."""
LEAST = 20
"""Pictures a set that KID needs for its interval."""
_BLOCKS = 10

Features = Callable[[torch.Tensor], torch.Tensor]


def features_of(features: Features, batches: Iterable[np.ndarray | torch.Tensor]) -> np.ndarray:
    """(n, d) float64: ``features`` of pictures that come in batches (m, c, h, w)."""
    with torch.no_grad():
        rows = [features(torch.as_tensor(batch)).flatten(1).cpu().numpy() for batch in batches]
    return np.concatenate(rows).astype(np.float64)


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """The Frechet distance of two sets of features (n, d) and (m, d), each taken for a Gaussian:
    |m_a - m_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2)) (Heusel et al. 2017, arXiv:1706.08500,
    equation 6); FID where the features are Inception's. It is biased: compare only sets of one
    size.

    Raises:
        InputError: fewer than 300 pictures in a set, or features that do not fit.
    """
    a, b = _checked(a, b)
    if min(len(a), len(b)) < FLOOR:
        raise InputError(
            f"sets of {len(a)} and {len(b)} pictures: a Frechet distance of fewer than {FLOOR} "
            "measures mostly how few there are. Take more pictures, or the kernel distance (KID)"
        )
    means = np.square(a.mean(0) - b.mean(0)).sum()
    spread_a, spread_b = np.cov(a, rowvar=False, ddof=1), np.cov(b, rowvar=False, ddof=1)
    spread_a, spread_b = np.atleast_2d(spread_a), np.atleast_2d(spread_b)
    # a root's trace is the sum of its eigenvalues; S_a^(1/2) S_b S_a^(1/2) has those of S_a S_b
    root = _root(spread_a)
    shared = np.sqrt(np.linalg.eigvalsh(root @ spread_b @ root).clip(0)).sum()
    return float(max(0.0, means + np.trace(spread_a) + np.trace(spread_b) - 2 * shared))


def kernel_distance(a: np.ndarray, b: np.ndarray) -> Measure:
    """The kernel distance of two sets of features (n, d) and (m, d), with a 95 % interval: the
    unbiased squared maximum mean discrepancy with the kernel (x . y / d + 1)^3 (Binkowski et al.
    2018, arXiv:1801.01401, section 4); KID where the features are Inception's. It may be a little
    below 0, and is 0 on average for two sets of the same source. The interval is a jackknife's.

    Raises:
        InputError: fewer than 20 pictures in a set, or features that do not fit.
    """
    a, b = _checked(a, b)
    if min(len(a), len(b)) < LEAST:
        raise InputError(f"sets of {len(a)} and {len(b)} pictures: pass at least {LEAST} of each")
    parts_a = [a[i::_BLOCKS] for i in range(_BLOCKS)]
    parts_b = [b[i::_BLOCKS] for i in range(_BLOCKS)]
    sums = _sums(parts_a, parts_a), _sums(parts_b, parts_b), _sums(parts_a, parts_b)
    own = [np.array([_with_itself(part) for part in parts]) for parts in (parts_a, parts_b)]
    counts = [np.array([len(part) for part in parts]) for parts in (parts_a, parts_b)]

    def without(kept: np.ndarray) -> float:
        aa, bb, ab = (float(table[np.ix_(kept, kept)].sum()) for table in sums)
        n, m = (int(count[kept].sum()) for count in counts)
        aa, bb = aa - float(own[0][kept].sum()), bb - float(own[1][kept].sum())
        return aa / (n * (n - 1)) + bb / (m * (m - 1)) - 2 * ab / (n * m)

    found = jackknife(without, _BLOCKS, _BLOCKS)
    return Measure(found.value, found.low, found.high, min(len(a), len(b)))


def _sums(x: list[np.ndarray], y: list[np.ndarray]) -> np.ndarray:
    """Sums of the kernel between all pictures of each part of ``x`` and each part of ``y``."""
    return np.array([[((p @ q.T / p.shape[1] + 1) ** 3).sum() for q in y] for p in x])


def _with_itself(part: np.ndarray) -> float:
    """The sum of the kernel of each picture with itself, which the unbiased mean leaves out."""
    return float(((np.square(part).sum(1) / part.shape[1] + 1) ** 3).sum())


def _root(spread: np.ndarray) -> np.ndarray:
    """The symmetric square root of a covariance."""
    values, vectors = np.linalg.eigh(spread)
    root: np.ndarray = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    return root


def _checked(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or not a.shape[1]:
        raise InputError(f"features have shapes {a.shape} and {b.shape}: pass (n, d) and (m, d)")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise InputError("features hold NaN or infinity")
    return a, b

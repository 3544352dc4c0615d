"""Mutual information gap: is each factor of the world encoded by one latent only?

Chen, Li, Grosse & Duvenaud 2018, "Isolating sources of disentanglement in variational autoencoders"
(NeurIPS; arXiv:1802.04942), equation 6: over the K known factors v_k,

    MIG = 1/K * sum over k of (I(z_best; v_k) - I(z_second; v_k)) / H(v_k),

where best and second are the two latents that know most of v_k. Estimated, as in Ross et al. 2021
and Locatello et al. 2019, from posterior means in equal-width bins. 1: one latent per factor and
nothing of it elsewhere; 0: every factor is spread over at least two latents. Binned estimates of
mutual information are too high by about (bins - 1)(values - 1) / (2 n ln 2) bits; in the gap this
cancels but for chance, so use at least some hundred images.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from genlens.common.checks import whole
from genlens.common.records import MadeBy, Record
from genlens.errors import InputError
from genlens.study.coder import Codes, as_vectors, made_by


@dataclass(frozen=True)
class MutualInformationGap(Record):
    """``score`` in [0, 1], the mean of ``gaps`` (k,). ``information`` (k, d) in bits between factor
    and latent, ``entropy`` (k,) of each factor in bits; ``best`` and ``second`` (k,) are latents;
    ``factors`` their names."""

    score: float
    gaps: np.ndarray
    information: np.ndarray
    entropy: np.ndarray
    best: np.ndarray
    second: np.ndarray
    factors: tuple[str, ...]
    made_by: MadeBy = field(default_factory=MadeBy)


def mutual_information_gap(
    codes: Codes | np.ndarray,
    factors: np.ndarray,
    *,
    names: Sequence[str] = (),
    bins: int = 20,
) -> MutualInformationGap:
    """MIG of ``codes`` (n, d), d at least 2, against ``factors`` (n, k).

    Args:
        factors: known truth, one column each: strings, booleans and whole numbers are taken as
            categories, floating-point columns are cut into ``bins`` equal intervals.
        names: of the factors; default "0", "1", ...
        bins: equal intervals per latent (and continuous factor), from its smallest to its largest
            value.

    Raises:
        InputError: sizes that do not fit, or a factor that has one value only.
    """
    from sklearn.metrics import mutual_info_score

    started = time.perf_counter()
    rows = as_vectors(codes)
    bins = whole("bins", bins, 2, 1000)
    truth = np.asarray(factors)
    if truth.ndim != 2 or len(truth) != len(rows) or truth.shape[1] < 1:
        raise InputError(f"factors have shape {truth.shape}: pass ({len(rows)}, k), k at least 1")
    if rows.shape[1] < 2:
        raise InputError("a gap needs a second latent: the codes have one")
    titles = tuple(names) or tuple(str(i) for i in range(truth.shape[1]))
    if len(titles) != truth.shape[1]:
        raise InputError(f"{len(titles)} names for {truth.shape[1]} factors: pass one each")
    latents = [_cut(column, bins) for column in rows.T]
    information = np.zeros((truth.shape[1], len(latents)))
    entropy = np.zeros(truth.shape[1])
    for k, title in enumerate(titles):
        kinds = _categories(truth[:, k], bins)
        if kinds.max() == 0:
            raise InputError(f"factor {title} has one value only: leave it out")
        # counted here: scikit-learn's own counting of labels takes most of a measurement's time
        same = _counts(kinds, kinds)  # I(v; v) = H(v)
        entropy[k] = mutual_info_score(None, None, contingency=same) / np.log(2)
        tables = [_counts(kinds, z) for z in latents]
        information[k] = [mutual_info_score(None, None, contingency=t) / np.log(2) for t in tables]
    order = np.argsort(-information, axis=1, kind="stable")
    top = np.take_along_axis(information, order[:, :2], axis=1)
    gaps = (top[:, 0] - top[:, 1]) / entropy
    return MutualInformationGap(
        score=float(gaps.mean()),
        gaps=gaps,
        information=information,
        entropy=entropy,
        best=order[:, 0],
        second=order[:, 1],
        factors=titles,
        made_by=made_by(codes=codes, started=started, settings={"bins": bins}),
    )


def _counts(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How often each pair of whole numbers from 0 on occurs: (kinds of one, kinds of other)."""
    rows, columns = int(one.max()) + 1, int(other.max()) + 1
    pairs = np.bincount(one * columns + other, minlength=rows * columns)
    return pairs.reshape(rows, columns)


def _cut(values: np.ndarray, bins: int) -> np.ndarray:
    """Bin number of each value: equal widths from the smallest to the largest."""
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.zeros(len(values), dtype=int)
    return np.minimum(((values - low) / (high - low) * bins).astype(int), bins - 1)


def _categories(values: np.ndarray, bins: int) -> np.ndarray:
    if np.issubdtype(values.dtype, np.floating):
        if not np.isfinite(values).all():
            raise InputError("a factor holds NaN or infinity")
        return np.unique(_cut(values, bins), return_inverse=True)[1]
    return np.unique(values, return_inverse=True)[1]

"""Neighbours in latent and pixel space, two groups compared, and how well
known classes are told apart by the codes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from genlens.common.checks import whole
from genlens.common.records import MadeBy, Record
from genlens.errors import InputError
from genlens.study.coder import Codes, as_images, as_vectors, made_by

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Neighbours(Record):
    """The k images nearest to image ``index``, twice.

    ``latent`` (k,) are row numbers by Euclidean distance of codes, ``pixel`` (k,) by pixels,
    nearest first; ``latent_distance`` in latent units, ``pixel_distance`` the root mean square
    pixel difference (0 to 1). ``shared`` in [0, 1] is the part that both lists have in common: low
    means that the model groups by something else than pixels.
    """

    index: int
    latent: np.ndarray
    latent_distance: np.ndarray
    pixel: np.ndarray
    pixel_distance: np.ndarray
    shared: float
    made_by: MadeBy = field(default_factory=MadeBy)


@dataclass(frozen=True)
class GroupComparison(Record):
    """In which latents group a differs from group b; all arrays (d,).

    ``difference`` is mean(a) - mean(b) in latent units; ``effect`` the same over the pooled
    standard deviation (Cohen's d; 0.8 counts as large), NaN where a latent does not vary at all;
    ``auc`` the chance that a random member of a lies above a random member of b (0.5: no
    difference). ``order`` lists latents, largest |auc - 0.5| first. ``mean_a`` and ``mean_b`` are
    latents to decode: the groups' middles.
    """

    mean_a: np.ndarray
    mean_b: np.ndarray
    difference: np.ndarray
    effect: np.ndarray
    auc: np.ndarray
    order: np.ndarray
    n_a: int
    n_b: int
    made_by: MadeBy = field(default_factory=MadeBy)


@dataclass(frozen=True)
class ClassStructure(Record):
    """How well known classes are told apart in a space.

    ``purity`` in [0, 1] is the mean share of a row's k nearest others that have its class;
    ``chance`` what shuffled labels would give; ``silhouette`` in [-1, 1] compares distances within
    and between classes (Rousseeuw 1987; of a seeded sample where there are many rows).
    ``purity_by_class`` follows ``classes``.
    """

    purity: float
    chance: float
    silhouette: float
    classes: tuple[Any, ...]
    purity_by_class: np.ndarray
    made_by: MadeBy = field(default_factory=MadeBy)


def nearest(
    codes: Codes | np.ndarray, images: torch.Tensor | np.ndarray, index: int, k: int = 8
) -> Neighbours:
    """The ``k`` nearest neighbours of image ``index`` among ``images`` (n, c, h, w) in [0, 1], by
    their ``codes`` (n, d) and by their pixels; the image itself is not among them.

    Raises:
        InputError: sizes that do not fit, or an index or k out of range.
    """
    started = time.perf_counter()
    rows = as_vectors(codes)
    pixels = as_images(images).reshape(len(images), -1).numpy()
    if len(pixels) != len(rows):
        raise InputError(f"{len(pixels)} images for {len(rows)} codes: pass one code per image")
    index = whole("index", index, 0, len(rows) - 1)
    k = whole("the number of neighbours (k)", k, 1, len(rows) - 1)
    by_code = np.sqrt(np.sum((rows - rows[index]) ** 2, axis=1))
    by_pixel = np.sqrt(np.mean((pixels - pixels[index]) ** 2, axis=1, dtype=np.float64))
    latent, pixel = _lowest(by_code, index, k), _lowest(by_pixel, index, k)
    return Neighbours(
        index=index,
        latent=latent,
        latent_distance=by_code[latent],
        pixel=pixel,
        pixel_distance=by_pixel[pixel],
        shared=len(np.intersect1d(latent, pixel)) / k,
        made_by=made_by(codes=codes, started=started, settings={"k": k}),
    )


def compare_groups(
    codes: Codes | np.ndarray, group_a: np.ndarray, group_b: np.ndarray
) -> GroupComparison:
    """Group a against group b: two lassos on the map, or two classes.

    Args:
        codes: (n, d).
        group_a, group_b: row numbers, or boolean masks (n,); at least 2 rows each, no row in both.

    Raises:
        InputError: a group is too small, out of range, or shares a row with the other.
    """
    from scipy.stats import rankdata

    started = time.perf_counter()
    rows = as_vectors(codes)
    in_a, in_b = (_members(g, len(rows), n) for g, n in ((group_a, "a"), (group_b, "b")))
    if np.intersect1d(in_a, in_b).size:
        raise InputError("the groups share rows: a row can be in one group only")
    a, b = rows[in_a], rows[in_b]
    pooled = ((len(a) - 1) * a.var(axis=0, ddof=1) + (len(b) - 1) * b.var(axis=0, ddof=1)) / (
        len(a) + len(b) - 2
    )
    difference = a.mean(axis=0) - b.mean(axis=0)
    flat = pooled <= 1e-24
    effect = np.where(flat, np.nan, difference / np.sqrt(np.where(flat, 1.0, pooled)))
    ranks = rankdata(np.concatenate([a, b]), axis=0)[: len(a)]  # Mann-Whitney U from rank sums
    auc = (ranks.sum(axis=0) - len(a) * (len(a) + 1) / 2) / (len(a) * len(b))
    return GroupComparison(
        mean_a=a.mean(axis=0),
        mean_b=b.mean(axis=0),
        difference=difference,
        effect=effect,
        auc=auc,
        order=np.argsort(-np.abs(auc - 0.5), kind="stable"),
        n_a=len(a),
        n_b=len(b),
        made_by=made_by(codes=codes, started=started),
    )


def class_structure(
    codes: Codes | np.ndarray,
    labels: np.ndarray,
    *,
    k: int = 10,
    silhouette_sample: int = 2000,
    seed: int = 0,
) -> ClassStructure:
    """k-NN purity and silhouette of ``labels`` (n,) in ``codes`` (n, d) or any other space.

    Raises:
        InputError: sizes that do not fit, fewer than two classes, or k out of range.
    """
    from scipy.spatial import cKDTree
    from sklearn.metrics import silhouette_score

    started = time.perf_counter()
    rows, names = as_vectors(codes), np.asarray(labels)
    if names.shape != (len(rows),):
        raise InputError(f"labels have shape {names.shape}: pass ({len(rows)},)")
    classes, kind = np.unique(names, return_inverse=True)
    if not 2 <= len(classes) < len(rows):
        raise InputError(
            f"{len(classes)} classes of {len(rows)} rows: pass 2 or more, with repeats"
        )
    k = whole("the number of neighbours (k)", k, 1, len(rows) - 1)
    near = cKDTree(rows).query(rows, k=k + 1)[1]
    keep = near != np.arange(len(rows))[:, None]
    keep[keep.all(axis=1), -1] = False  # among duplicates the row itself may not be listed
    same = (kind[near[keep].reshape(-1, k)] == kind[:, None]).mean(axis=1)
    sizes = np.bincount(kind)
    return ClassStructure(
        purity=float(same.mean()),
        chance=float(np.sum(sizes * (sizes - 1)) / (len(rows) * (len(rows) - 1))),
        silhouette=float(
            silhouette_score(
                rows, kind, sample_size=min(len(rows), silhouette_sample), random_state=seed
            )
        ),
        classes=tuple(classes.tolist()),
        purity_by_class=np.array([same[kind == c].mean() for c in range(len(classes))]),
        made_by=made_by(codes=codes, started=started, seed=seed, settings={"k": k}),
    )


def _lowest(distances: np.ndarray, index: int, k: int) -> np.ndarray:
    away = distances.copy()
    away[index] = np.inf
    return np.argsort(away, kind="stable")[:k]


def _members(group: np.ndarray, n: int, name: str) -> np.ndarray:
    given = np.asarray(group)
    if given.dtype == bool:
        if given.shape != (n,):
            raise InputError(f"group {name} is a mask of shape {given.shape}: pass ({n},)")
        given = np.flatnonzero(given)
    members = np.unique(given)
    if len(members) < 2:
        raise InputError(f"group {name} has {len(members)} rows: pass at least 2")
    if not np.issubdtype(members.dtype, np.integer) or members[0] < 0 or members[-1] >= n:
        raise InputError(f"group {name} holds rows outside 0 to {n - 1}")
    return members

"""What a model's codes are worth, as numbers: S3's conclusions that need no attribution method.

S3 concludes that its VAE "learns meaningful digit representations", "shows consistent activation
patterns for similar digits" and "maintains interpretable latent space organization", and gives no
figure. Here the first is k-NN purity and silhouette of the classes, beside chance and beside the
same of raw pixels (a code that tells digits apart no better than pixels do has learned little);
the second the cosine of activations within and between classes; the third what two axes explain
and how much of the neighbourhoods a map keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from genlens.common.estimates import exact, jackknife
from genlens.common.measures import Measure, mean
from genlens.common.progress import Cancel
from genlens.common.records import Record
from genlens.errors import InputError
from genlens.latents.activations import record
from genlens.latents.evaluation.map_quality import by_distance, kept_both_ways
from genlens.latents.maps.latent_map import QUALITY_NEIGHBOURS, latent_map
from genlens.models.contracts import ACTIVE
from genlens.study.study import Study, with_own_labels

NEIGHBOURS = 10
"""k of the k-NN purity."""
MOST_ROWS = 2000
"""Pictures whose pairs are compared, and codes on a map, at most: as many as the page's map has, so
that one map has one quality."""
_WATCHED = 400  # pictures whose activations are compared


@dataclass(frozen=True)
class Structure(Record):
    """How well classes lie apart in a space: mean share of a picture's 10 nearest that have its
    class, ``purity``, and its ``chance``, in [0, 1]; mean ``silhouette`` in [-1, 1] (Rousseeuw
    1987)."""

    purity: Measure
    chance: Measure
    silhouette: Measure


@dataclass(frozen=True)
class LayerCosines(Record):
    """Mean cosine of the activations of two pictures, layer by layer: of one class (``within``) and
    of two (``between``). Each layer's mean is taken off first, since what comes out of a ReLU is
    never negative and would be alike for that reason alone."""

    layers: tuple[str, ...]
    within: tuple[Measure, ...]
    between: tuple[Measure, ...]


@dataclass(frozen=True)
class Projection(Record):
    """One map of the codes: trustworthiness and continuity in [0, 1], means over its points."""

    method: str
    trustworthiness: Measure
    continuity: Measure


@dataclass(frozen=True)
class SpaceMeasures(Record):
    """A model's codes on ``n`` pictures of ``classes`` classes (0: none are known).

    ``mse`` mean squared error a pixel value (0 to 1) and ``psnr_db`` of reconstructions from the
    mean code; ``kl`` in nats from the prior N(0, 1); ``active`` of ``latents`` latents in use. Of
    the variance of the codes ``two_axes`` is the share that two principal axes hold, and
    ``axes_for_90`` how many axes hold 90 %.
    """

    n: int
    classes: int
    latents: int
    mse: Measure
    psnr_db: Measure
    kl: Measure
    active: Measure
    two_axes: Measure
    axes_for_90: Measure
    latent_space: Structure | None
    pixel_space: Structure | None
    activations: LayerCosines | None
    maps: tuple[Projection, ...]


def measure_space(
    study: Study,
    *,
    maps: Sequence[str] = ("pca", "tsne"),
    seed: int = 0,
    cancel: Cancel | None = None,
) -> SpaceMeasures:
    """The figures of ``study``, a conditional VAE being given each picture's label.

    Raises:
        InputError: an unknown map, or too few pictures for one.
        Cancelled: ``cancel()`` said so.
    """
    study = with_own_labels(study)
    some = slice(0, MOST_ROWS)
    labels = study.labels[some]
    kinds = np.unique(labels[labels >= 0])
    known = len(kinds) > 1 and bool((labels >= 0).all()) and len(labels) > NEIGHBOURS
    codes = study.codes.mean
    return SpaceMeasures(
        n=len(study),
        classes=len(kinds),
        latents=codes.shape[1],
        mse=mean(study.errors.tolist()),
        psnr_db=mean((-10 * np.log10(np.maximum(study.errors, 1e-10))).tolist()),
        kl=mean(study.codes.kl().sum(axis=1).tolist()),
        active=_of_codes(codes, lambda rows: float((rows.var(axis=0) > ACTIVE).sum())),
        two_axes=_of_codes(codes, lambda rows: float(_shares(rows)[:2].sum())),
        axes_for_90=_of_codes(
            codes, lambda rows: 1.0 + float((np.cumsum(_shares(rows)) < 0.9).sum())
        ),
        latent_space=class_measures(codes[some], labels) if known else None,
        pixel_space=class_measures(study.images[some], labels) if known else None,
        activations=_activations(study) if known else None,
        maps=_projections(codes[some], maps, seed, cancel),
    )


def class_measures(rows: np.ndarray, labels: np.ndarray) -> Structure:
    """Purity and silhouette of ``labels`` (n,) in ``rows`` (n, ...), codes or pictures. All pairs
    of distances come from one matrix product, because a search tree is of no use in thousands of
    dimensions.

    Raises:
        InputError: sizes that do not fit, or fewer than two classes.
    """
    from sklearn.metrics import pairwise_distances, silhouette_samples

    flat = np.asarray(rows).reshape(len(rows), -1)
    kinds, kind = np.unique(np.asarray(labels), return_inverse=True)
    if kind.shape != (len(flat),) or not 2 <= len(kinds) < len(flat):
        raise InputError(f"{len(kinds)} classes of {len(flat)} pictures: pass 2 or more, with rows")
    apart = pairwise_distances(flat)
    np.fill_diagonal(apart, 0.0)
    silhouette = silhouette_samples(apart, kind, metric="precomputed")
    np.fill_diagonal(apart, np.inf)
    k = min(NEIGHBOURS, len(flat) - 1)
    near = np.argpartition(apart, k - 1, axis=1)[:, :k]
    sizes = np.bincount(kind)
    chance = float(np.sum(sizes * (sizes - 1)) / (len(flat) * (len(flat) - 1)))
    return Structure(
        purity=mean((kind[near] == kind[:, None]).mean(axis=1).tolist()).within(0, 1),
        chance=exact(chance, len(flat)),
        silhouette=mean(silhouette.tolist()),
    )


def _of_codes(codes: np.ndarray, figure: Callable[[np.ndarray], float]) -> Measure:
    return jackknife(lambda rows: figure(codes[rows]), len(codes))


def _shares(codes: np.ndarray) -> np.ndarray:
    """Shares of the variance of ``codes`` (n, d) along its principal axes, largest first."""
    away = codes - codes.mean(axis=0)
    product = away.T @ away if len(away) > away.shape[1] else away @ away.T  # the smaller of both
    values = np.clip(np.linalg.eigvalsh(product)[::-1], 0, None)
    shares: np.ndarray = values / max(float(values.sum()), 1e-30)
    return shares


def _activations(study: Study) -> LayerCosines:
    """A conditional VAE keeps one label here: given the right labels, its layers would differ
    between classes because of the label, and not because of the picture."""
    images = torch.from_numpy(study.images[:_WATCHED])
    labels = study.labels[:_WATCHED]
    products = {}
    for layer, found in record(study.model, images).items():
        flat = found.reshape(len(found), -1).astype(np.float64)
        products[layer] = flat @ flat.T

    def measured(within: bool) -> tuple[Measure, ...]:
        def one(product: np.ndarray, rows: np.ndarray) -> float:
            return class_cosine(product[np.ix_(rows, rows)], labels[rows], within)

        return tuple(jackknife(partial(one, each), len(images)) for each in products.values())

    return LayerCosines(tuple(products), measured(True), measured(False))


def class_cosine(products: np.ndarray, labels: np.ndarray, within: bool) -> float:
    """Mean cosine of pairs of pictures of one class (``within``) or of two, their mean taken off:
    what ``layer_activations(..., centre=True)`` gives, from all inner products (n, n)."""
    away = products - products.mean(axis=0) - products.mean(axis=1, keepdims=True) + products.mean()
    norms = np.sqrt(np.clip(np.diag(away), 0, None))
    scale = np.outer(norms, norms)
    cosines = np.divide(away, scale, out=np.zeros_like(away), where=scale > 0)
    pairs = (labels[:, None] == labels) == within
    np.fill_diagonal(pairs, False)
    return float(cosines[pairs].mean())


def _projections(
    codes: np.ndarray, methods: Sequence[str], seed: int, cancel: Cancel | None
) -> tuple[Projection, ...]:
    k = min(QUALITY_NEIGHBOURS, (len(codes) - 1) // 2)
    order = by_distance(codes) if methods else np.zeros(0)
    found = []
    for method in methods:
        points = latent_map(codes, method, seed=seed, cancel=cancel).points
        trust, continuity = kept_both_ways(order, by_distance(points), k)
        found.append(
            Projection(
                method=method,
                trustworthiness=mean(trust.tolist()).within(0, 1),
                continuity=mean(continuity.tolist()).within(0, 1),
            )
        )
    return tuple(found)

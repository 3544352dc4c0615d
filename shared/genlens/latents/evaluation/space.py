"""What a model's codes are worth, as numbers: S3's conclusions that need no attribution method.

S3 concludes that its VAE "learns meaningful digit representations", "shows consistent activation
patterns for similar digits" and "maintains interpretable latent space organization", and gives no
figure. Here the first is k-NN purity and silhouette of the classes, beside chance and beside the
same of raw pixels (a code that tells digits apart no better than pixels do has learned little);
the second the cosine of activations within and between classes; the third what two axes explain
and how much of the neighbourhoods a map keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from genlens.common.progress import Cancel
from genlens.common.records import Record
from genlens.errors import InputError
from genlens.latents.activations import layer_activations
from genlens.latents.maps.latent_map import latent_map
from genlens.latents.maps.neighbours import class_structure
from genlens.models.contracts import ACTIVE
from genlens.study.study import Study, with_own_labels

NEIGHBOURS = 10
"""k of the k-NN purity."""
MOST_ROWS = 2000
"""Pictures whose pairs are compared at most."""
MAPPED = 1000
"""Codes on a map at most."""
_WATCHED = 400  # pictures whose activations are compared


@dataclass(frozen=True)
class Structure(Record):
    """How well classes lie apart in a space: ``purity`` and its ``chance`` in [0, 1], and
    ``silhouette`` in [-1, 1], as in ``neighbours.ClassStructure``."""

    purity: float
    chance: float
    silhouette: float


@dataclass(frozen=True)
class LayerCosines(Record):
    """Mean cosine of the activations of two pictures, layer by layer: of one class (``within``) and
    of two (``between``). Each layer's mean is taken off first, since what comes out of a ReLU is
    never negative and would be alike for that reason alone."""

    layers: tuple[str, ...]
    within: tuple[float, ...]
    between: tuple[float, ...]


@dataclass(frozen=True)
class Projection(Record):
    """One map of the codes: trustworthiness and continuity in [0, 1]; for PCA the shares of the
    variance that its axes explain, largest first (at most 10), and how many axes reach 90 % (0: not
    by the axes that were worked out, or another map)."""

    method: str
    n: int
    trustworthiness: float
    continuity: float
    explained: tuple[float, ...] = ()
    axes_for_90: int = 0


@dataclass(frozen=True)
class SpaceMeasures(Record):
    """A model's codes on ``n`` pictures of ``classes`` classes (0: none are known).

    ``mse`` mean squared error a pixel value (0 to 1) and ``psnr_db`` of reconstructions from the
    mean code; ``kl`` in nats from the prior N(0, 1); ``active`` of ``latents`` latents in use.
    """

    n: int
    classes: int
    mse: float
    psnr_db: float
    kl: float
    active: int
    latents: int
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
    mean = study.codes.mean
    return SpaceMeasures(
        n=len(study),
        classes=len(kinds),
        mse=float(study.errors.mean()),
        psnr_db=float(-10 * np.log10(np.maximum(study.errors, 1e-10)).mean()),
        kl=float(study.codes.kl().sum(axis=1).mean()),
        active=int((mean.var(axis=0) > ACTIVE).sum()),
        latents=mean.shape[1],
        latent_space=latent_structure(mean[some], labels, seed) if known else None,
        pixel_space=pixel_structure(study.images[some], labels) if known else None,
        activations=_activations(study) if known else None,
        maps=tuple(_projection(mean, method, seed, cancel) for method in maps),
    )


def latent_structure(codes: np.ndarray, labels: np.ndarray, seed: int = 0) -> Structure:
    """Purity and silhouette of ``labels`` (n,) in ``codes`` (n, d)."""
    structure = class_structure(codes, labels, k=NEIGHBOURS, seed=seed)
    return Structure(structure.purity, structure.chance, structure.silhouette)


def pixel_structure(images: np.ndarray, labels: np.ndarray) -> Structure:
    """The same of raw pixels, ``images`` (n, c, h, w). All pairs of distances come from one matrix
    product, because a search tree is of no use in thousands of dimensions.

    Raises:
        InputError: sizes that do not fit, or fewer than two classes.
    """
    from sklearn.metrics import pairwise_distances, silhouette_score

    rows = np.asarray(images, dtype=np.float32).reshape(len(images), -1)
    kinds, kind = np.unique(np.asarray(labels), return_inverse=True)
    if kind.shape != (len(rows),) or not 2 <= len(kinds) < len(rows):
        raise InputError(f"{len(kinds)} classes of {len(rows)} pictures: pass 2 or more, with rows")
    apart = pairwise_distances(rows)
    np.fill_diagonal(apart, 0.0)
    silhouette = float(silhouette_score(apart, kind, metric="precomputed"))
    np.fill_diagonal(apart, np.inf)
    k = min(NEIGHBOURS, len(rows) - 1)
    near = np.argpartition(apart, k - 1, axis=1)[:, :k]
    sizes = np.bincount(kind)
    chance = float(np.sum(sizes * (sizes - 1)) / (len(rows) * (len(rows) - 1)))
    return Structure(float((kind[near] == kind[:, None]).mean()), chance, silhouette)


def _activations(study: Study) -> LayerCosines:
    """A conditional VAE keeps one label here: given the right labels, its layers would differ
    between classes because of the label, and not because of the picture."""
    images = torch.from_numpy(study.images[:_WATCHED])
    labels = [str(label) for label in study.labels[:_WATCHED]]
    cosines = layer_activations(study.model, images, labels, centre=True)
    return LayerCosines(
        cosines.layers, tuple(cosines.within.tolist()), tuple(cosines.between.tolist())
    )


def _projection(codes: np.ndarray, method: str, seed: int, cancel: Cancel | None) -> Projection:
    rows = codes[:MAPPED]
    map_ = latent_map(rows, method, seed=seed, cancel=cancel)
    shares = map_.explained_variance
    reached = np.flatnonzero(
        np.cumsum(shares) >= 0.9
    )  # of many latents only the first 50 are known
    return Projection(
        method=method,
        n=len(rows),
        trustworthiness=map_.trustworthiness,
        continuity=map_.continuity,
        explained=tuple(shares[:10].tolist()),
        axes_for_90=int(reached[0]) + 1 if len(reached) else 0,
    )

"""A linear classifier on latent codes: a class score for models that have none of their own.

Alain & Bengio 2016, "Understanding intermediate layers using linear classifier probes"
(arXiv:1610.01644). Multinomial logistic regression (scikit-learn) on standardised posterior means,
written out as one linear layer, so that gradients pass through it:

    logits(z) = W z + b,     p(class k | z) = softmax(logits)_k.

Its accuracy is measured on codes it was not fitted on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from genlens.common.checks import number, whole
from genlens.common.limits import MAX_SEED
from genlens.common.records import MadeBy, Record
from genlens.errors import InputError
from genlens.study.coder import Codes, as_vectors, made_by

if TYPE_CHECKING:
    from genlens.models.contracts import Autoencoder

LEAST = 4
"""Codes a class needs, so that some of it can be held out."""


@dataclass(frozen=True)
class Probe(Record):
    """The layer: ``weights`` (k, d) in logits per latent unit, ``bias`` (k,), ``names`` of the
    k classes.

    ``accuracy`` is the share of ``held_out`` codes, none of which it was fitted on, whose class it
    names; ``chance`` the share that always naming their most frequent class would get; ``fitted``
    the number of codes it was fitted on.
    """

    weights: np.ndarray
    bias: np.ndarray
    names: tuple[str, ...]
    accuracy: float
    chance: float
    fitted: int
    held_out: int
    made_by: MadeBy = field(default_factory=MadeBy)

    def logits(self, codes: torch.Tensor) -> torch.Tensor:
        """(n, k) logits of codes (n, d) or (n, c, h, w), differentiable."""
        flat = codes.flatten(1)
        weights = torch.as_tensor(self.weights, dtype=flat.dtype, device=flat.device)
        bias = torch.as_tensor(self.bias, dtype=flat.dtype, device=flat.device)
        return flat @ weights.T + bias

    def module(self) -> nn.Linear:
        """The same as a frozen float32 layer, for methods that hook layers."""
        layer = nn.Linear(self.weights.shape[1], len(self.names))
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(self.weights))
            layer.bias.copy_(torch.from_numpy(self.bias))
        return layer.eval().requires_grad_(False)

    def of_images(self, model: Autoencoder) -> Callable[[torch.Tensor], torch.Tensor]:
        """Images (n, c, h, w) -> (n, k) logits of what ``model`` encodes them as."""

        def scores(images: torch.Tensor) -> torch.Tensor:
            return self.logits(model.encode(images.to(model.device)).mean)

        return scores


def fit_probe(
    codes: Codes | np.ndarray,
    labels: Sequence[int] | np.ndarray,
    names: Sequence[str] = (),
    *,
    held_out: float = 0.3,
    strength: float = 1.0,
    seed: int = 0,
) -> Probe:
    """A probe of ``codes`` (n, d) for ``labels`` (n,).

    Args:
        codes: latent codes; ``Codes`` give their posterior means.
        labels: class numbers from 0; rows with a negative one are left out.
        names: of the classes; default "0", "1", ...
        held_out: share of each class that is kept for the accuracy, 0.05 to 0.9.
        strength: scikit-learn's C on standardised codes: less is a stronger pull towards 0.
        seed: of the split.

    Raises:
        InputError: sizes that do not fit, a class without a name, fewer than 2 classes, or one
            with fewer than 4 codes.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    started = time.perf_counter()
    rows = as_vectors(codes)
    given = np.asarray(labels)
    titles = _checked(rows, given, tuple(str(n) for n in names))
    rows, given = rows[given >= 0], given[given >= 0].astype(np.int64)
    share = number("held_out", held_out, 0.05, 0.9)
    classes, kinds = np.unique(given, return_inverse=True)
    random_state = whole("seed", seed, 0, MAX_SEED)
    try:
        train, test, y, truth = train_test_split(
            rows,
            kinds,
            test_size=share,
            stratify=kinds,
            random_state=random_state,
        )
    except ValueError as error:  # fewer held-out rows than classes
        raise InputError(f"{len(rows)} codes cannot be split into two parts: {error}") from error
    mean, spread = train.mean(axis=0), train.std(axis=0)
    spread = np.where(spread > 1e-12, spread, 1.0)  # a latent that never moves stays at weight 0
    fit = LogisticRegression(C=number("strength", strength, 1e-9, 1e9), max_iter=2000)
    fit.fit((train - mean) / spread, y)
    weights, bias = _layer(fit.coef_, fit.intercept_, mean, spread)
    said = (test @ weights.T + bias).argmax(axis=1)
    return Probe(
        weights=weights,
        bias=bias,
        names=tuple(titles[c] for c in classes),
        accuracy=float((said == truth).mean()),
        chance=float(np.bincount(truth).max() / len(truth)),
        fitted=len(train),
        held_out=len(test),
        made_by=made_by(
            codes=codes,
            started=started,
            seed=seed,
            settings={"held_out": share, "strength": strength},
        ),
    )


def _checked(rows: np.ndarray, labels: np.ndarray, names: tuple[str, ...]) -> tuple[str, ...]:
    """The classes' names, after a look at whether labels, codes and names fit."""
    if labels.shape != (len(rows),) or not np.issubdtype(labels.dtype, np.integer):
        raise InputError(
            f"labels are {labels.dtype} of shape {labels.shape}: pass ({len(rows)},) whole numbers"
        )
    top = int(labels.max()) + 1
    titles = names or tuple(str(i) for i in range(top))
    if top > len(titles):
        raise InputError(f"class {top - 1} has no name: {len(titles)} names given")
    counts = np.bincount(labels[labels >= 0])
    present = np.flatnonzero(counts)
    if len(present) < 2:
        raise InputError("these pictures have fewer than 2 classes: a class score needs at least 2")
    rare = int(present[np.argmin(counts[present])])
    if counts[rare] < LEAST:
        raise InputError(
            f"class {titles[rare]} has {counts[rare]} pictures: each class needs at least {LEAST}"
        )
    return titles


def _layer(
    coefficients: np.ndarray, intercept: np.ndarray, mean: np.ndarray, spread: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(weights (k, d), bias (k,)) on raw codes, of a fit on (codes - mean) / spread.

    scikit-learn gives two classes one row, the log-odds of the second: a first row of zeros makes
    a softmax over both say the same.
    """
    if len(coefficients) == 1:
        coefficients = np.concatenate([np.zeros_like(coefficients), coefficients])
        intercept = np.concatenate([[0.0], intercept])
    weights = coefficients / spread
    return weights, intercept - weights @ mean

"""How the layers of a network respond to images of different classes.

S3 concludes that "similar digits activate consistently" without a number. Here is the number: the
mean cosine between the activations of two images of the same class, against two of different
classes, layer by layer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from genlens.common.hooks import hooked
from genlens.common.records import MadeBy, Record, seconds_since
from genlens.errors import InputError
from genlens.models.contracts import Autoencoder

_BATCH = 128


@dataclass(frozen=True)
class ActivationReport(Record):
    """Activations of l layers for k classes of images.

    ``means`` maps a layer to (k, features) mean activations, features flattened. ``cosines``
    (l, k, k): mean cosine of an image of class a with one of class b; on the diagonal, of two
    different images of one class (NaN for a class with a single image). ``within`` and ``between``
    (l,) average these over all pairs of images of one class, and of different ones; in [-1, 1].
    ``counts`` (k,) images. ``centred`` says that each layer's overall mean was taken off first.
    """

    layers: tuple[str, ...]
    classes: tuple[str, ...]
    counts: np.ndarray
    means: dict[str, np.ndarray]
    cosines: np.ndarray
    within: np.ndarray
    between: np.ndarray
    centred: bool = False
    made_by: MadeBy = field(default_factory=MadeBy)


def layer_activations(
    model: Autoencoder,
    images: torch.Tensor,
    classes: Sequence[object],
    *,
    layers: Sequence[str] | None = None,
    centre: bool = False,
) -> ActivationReport:
    """Mean activations of each class, and how alike images of one class and of two are.

    Args:
        model: any autoencoder; its encoder runs.
        images: (n, c, h, w) in [0, 1].
        classes: n class names or numbers.
        layers: names among ``model.module``'s; None for every layer of the encoder that has
            weights or is a ReLU.
        centre: take off the mean over all images first. Activations behind a ReLU are never
            negative, so that even unlike images have a cosine well above 0 without it.

    Raises:
        InputError: fewer than two images, another number of classes, or an unknown layer.
    """
    start = time.perf_counter()
    names = np.asarray([str(c) for c in classes])
    if len(images) < 2 or len(names) != len(images):
        raise InputError(
            f"{len(images)} images with {len(names)} classes: pass at least two images, and one "
            "class for each"
        )
    recorded = record(model, images, layers)
    known, index, counts = np.unique(names, return_inverse=True, return_counts=True)
    onehot = np.eye(len(known))[index]  # (n, k)
    means, cosines, within, between = {}, [], [], []
    for layer, activations in recorded.items():
        flat = activations.reshape(len(activations), -1).astype(np.float64)  # (n, features)
        means[layer] = onehot.T @ flat / counts[:, None]
        table, same, other = _cosines(flat - flat.mean(axis=0) if centre else flat, onehot)
        cosines.append(table)
        within.append(same)
        between.append(other)
    return ActivationReport(
        layers=tuple(recorded),
        classes=tuple(known.tolist()),
        counts=counts,
        means=means,
        cosines=np.array(cosines),
        within=np.array(within),
        between=np.array(between),
        centred=centre,
        made_by=model.card.made_by(
            model.device,
            settings={"layers": None if layers is None else list(layers), "centre": centre},
            model_calls=len(images),
            seconds=seconds_since(start),
        ),
    )


def record(
    model: Autoencoder, images: torch.Tensor, layers: Sequence[str] | None = None
) -> dict[str, np.ndarray]:
    """What each layer puts out while ``images`` (n, c, h, w) are encoded: name -> (n, ...) float32,
    in the order in which layers run.

    Raises:
        InputError: a layer that does not exist, or that the encoder does not run.
    """
    chosen = _choose(model.module, layers)
    parts: dict[str, list[np.ndarray]] = {}

    def note(module: nn.Module, _: object, out: object) -> None:
        if isinstance(out, torch.Tensor):
            parts.setdefault(chosen[module], []).append(out.detach().float().cpu().numpy())

    with hooked(chosen, note), torch.no_grad():
        for batch in images.split(_BATCH):
            model.encode(batch)
    silent = [name for name in chosen.values() if name not in parts]
    if silent and layers is not None:
        raise InputError(f"layer {silent[0]!r} does not run in the encoder: leave it out")
    recorded = {name: np.concatenate(batches) for name, batches in parts.items()}
    return {name: values for name, values in recorded.items() if len(values) == len(images)}


def _choose(root: nn.Module, layers: Sequence[str] | None) -> dict[nn.Module, str]:
    """Module -> name of the chosen layers.

    Raises:
        InputError: an unknown name.
    """
    named = dict(root.named_modules())
    if layers is None:
        leaves = {n: m for n, m in named.items() if n and not list(m.children())}
        return {
            m: n
            for n, m in leaves.items()
            if isinstance(m, nn.ReLU) or next(m.parameters(recurse=False), None) is not None
        }
    for name in layers:
        if name not in named or not name:
            known = ", ".join(n for n in named if n)[:400]
            raise InputError(f"there is no layer {name!r}; layers are: {known}")
    return {named[name]: name for name in layers}


def _cosines(rows: np.ndarray, onehot: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Mean cosines (k, k) between classes, over pairs within one class, and over other pairs.

    The cosines of all pairs are never formed: with unit rows u, the sum over pairs of classes a
    and b is (sum of u in a) . (sum of u in b).
    """
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
    sums = onehot.T @ unit  # (k, features)
    counts = onehot.sum(axis=0)
    selves = onehot.T @ (unit * unit).sum(axis=1)  # (k,) cosines of rows with themselves: 1 each
    totals = sums @ sums.T - np.diag(selves)  # (k, k) sums over ordered pairs of different rows
    pairs = np.outer(counts, counts) - np.diag(counts)
    table = np.divide(totals, pairs, out=np.full_like(totals, np.nan), where=pairs > 0)
    same, every = np.trace(pairs), pairs.sum()
    within = float(np.trace(totals) / same) if same else float("nan")
    between = float((totals.sum() - np.trace(totals)) / (every - same)) if every > same else np.nan
    return table, within, float(between)

"""What one block of the network adds to the activations while it looks at scenes whose truth is
known: the rows that features are learned from.

The denoiser is shown true scenes with the noise of each step and their captions (teacher forcing,
as in ``evaluation.attention.scenes``), so that it is known which thing lies at which place. As in
Surkov et al. 2024, "Unpacking SDXL Turbo: interpreting text-to-image models with sparse
autoencoders", arXiv:2410.22366 (section 3), a row is the *update* of a cross-attention block, its
output less its input, at one place and step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from genlens.common.progress import Cancel, Progress, batches
from genlens.errors import InputError
from genlens.models.contracts import CrossLayer, Openable
from genlens.prompts.inside.openable import batch_of
from genlens.worlds import vocabulary as V
from genlens.worlds.emoji_scenes import Scene, draw

GROUND = -1
"""Of ``Activations.nouns``: a place that no thing covers by half."""


@dataclass(frozen=True)
class Activations:
    """``rows`` (scenes, steps, h, w, d) float32; ``nouns`` (scenes, h, w) the number of the noun in
    ``names`` that covers most of a place and half of it at least, else ``GROUND``; ``pictures``
    (scenes, side, side, 3) uint8 of the true scenes and their ``captions``."""

    layer: CrossLayer
    rows: np.ndarray
    nouns: np.ndarray
    names: tuple[str, ...]
    pictures: np.ndarray
    captions: tuple[str, ...]


def usual_layer(layers: Sequence[CrossLayer]) -> int:
    """The layer that features are learned from by default: in the up path, the last of the grid
    next to the finest (of the only one, where there is one). There the embedded model decides what
    a thing is, and its features are the purest; the finest grid paints colours (``evaluate
    inside``). Of large models others may tell more."""
    up = [i for i, layer in enumerate(layers) if layer.part == "up"] or list(range(len(layers)))
    sizes = sorted({layers[i].grid[0] * layers[i].grid[1] for i in up}, reverse=True)
    chosen = sizes[min(1, len(sizes) - 1)]
    return next(i for i in reversed(up) if layers[i].grid[0] * layers[i].grid[1] == chosen)


def layer_named(layers: Sequence[CrossLayer], number: int | None) -> int:
    """``number`` of a layer, checked; the usual one for None.

    Raises:
        InputError: there is no such layer.
    """
    if number is None:
        return usual_layer(layers)
    if isinstance(number, bool) or not 0 <= number < len(layers):
        raise InputError(f"layer {number!r} is not there: take 0 to {len(layers) - 1}")
    return int(number)


def record(
    model: Openable,
    captions: Sequence[str],
    seed: int,
    *,
    layer: int | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Activations:
    """The updates of one layer's block on the true scene of each of ``captions`` (layout ``seed`` +
    its number).

    Raises:
        InputError: no such layer.
        ModelError: the layer lies in no block, or the model does not take the scenes.
        Cancelled: ``cancel()`` said so.
    """
    size = batch_of(model)
    side = int(model.generate([""], 0, steps=1, cancel=cancel).images.shape[-1])
    scenes = [draw(seed + i, text, side) for i, text in enumerate(captions)]
    found: list[np.ndarray] = []
    with model.opened() as inside:
        chosen = inside.layers[layer_named(inside.layers, layer)]
        for start in batches(len(scenes), size, "scenes looked at", progress, cancel):
            part = scenes[start : start + size]
            pictures = torch.from_numpy(np.stack([scene.image for scene in part]))
            floats = pictures.permute(0, 3, 1, 2).float() / 255
            seen: list[torch.Tensor] = []

            def keep(step: int, update: torch.Tensor, seen: list[torch.Tensor] = seen) -> None:
                seen.append(update.float().cpu())

            with inside.tapped(chosen.name, keep):
                inside.draw([s.caption for s in part], seed, pictures=floats, cancel=cancel)
            found.append(torch.stack(seen, 1).permute(0, 1, 3, 4, 2).numpy())  # (n, t, h, w, d)
    rows = np.concatenate(found)
    names = tuple(sorted(V.NOUNS))
    nouns = np.stack([_nouns_at(scene, rows.shape[2:4], names) for scene in scenes])
    return Activations(
        chosen, rows, nouns, names, np.stack([s.image for s in scenes]), tuple(captions)
    )


def _nouns_at(scene: Scene, grid: tuple[int, ...], names: tuple[str, ...]) -> np.ndarray:
    """(h, w) the noun that covers each place; see ``Activations``."""
    cover = np.zeros((len(names), *grid))
    for thing in scene.objects:
        mask = torch.from_numpy(thing.mask.astype(np.float32))[None, None]
        part = torch.nn.functional.adaptive_avg_pool2d(mask, (grid[0], grid[1]))[0, 0].numpy()
        cover[names.index(thing.noun)] += part
    best = cover.argmax(0)
    found: np.ndarray = np.where(cover.max(0) >= 0.5, best, GROUND)
    return found

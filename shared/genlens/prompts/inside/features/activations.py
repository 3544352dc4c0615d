"""What blocks of the network add to the activations while it looks at scenes whose truth is known:
the rows that features are learned from.

The denoiser is shown true scenes with the noise of each step and their captions (teacher forcing,
as in ``evaluation.attention.scenes``), so that it is known which thing lies at which place. As in
Surkov et al. 2024, "Unpacking SDXL Turbo: interpreting text-to-image models with sparse
autoencoders", arXiv:2410.22366 (section 3), a row is the *update* of a cross-attention block, its
output less its input, at one place and step; of several blocks side by side (``blocks``).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
import torch

from genlens.common.progress import Cancel, Progress, batches
from genlens.models.contracts import CrossLayer, Openable, Opened
from genlens.prompts.inside.features.blocks import Blocks, layers_named, side_by_side
from genlens.prompts.inside.openable import batch_of
from genlens.worlds import vocabulary as V
from genlens.worlds.emoji_scenes import Scene, draw

GROUND = -1
"""Of ``Activations.nouns``: a place that no thing covers by half."""


@dataclass(frozen=True)
class Activations:
    """``rows`` (scenes, steps, h, w, d) float32 of ``blocks``; ``nouns`` (scenes, h, w) the number
    of the noun in ``names`` that covers most of a place and half of it at least, else ``GROUND``;
    ``pictures`` (scenes, side, side, 3) uint8 of the true scenes and their ``captions``."""

    blocks: Blocks
    rows: np.ndarray
    nouns: np.ndarray
    names: tuple[str, ...]
    pictures: np.ndarray
    captions: tuple[str, ...]


def record(
    model: Openable,
    captions: Sequence[str],
    seed: int,
    *,
    layer: int | None = None,
    like: Blocks | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Activations:
    """The updates of some layers' blocks on the true scene of each of ``captions`` (layout ``seed``
    + its number): of ``layer``, None for the usual ones; or of those of ``like``, as its rows.

    Raises:
        InputError: no such layer.
        ModelError: the layer lies in no block, or the model does not take the scenes.
        Cancelled: ``cancel()`` said so.
    """
    size = batch_of(model)
    side = int(model.generate([""], 0, steps=1, cancel=cancel).images.shape[-1])
    scenes = [draw(seed + i, text, side) for i, text in enumerate(captions)]
    found: list[list[np.ndarray]] = []
    with model.opened() as inside:
        if like is None:
            chosen = tuple(inside.layers[i] for i in layers_named(inside.layers, layer))
        else:
            chosen = like.layers
        for start in batches(len(scenes), size, "scenes looked at", progress, cancel):
            part = scenes[start : start + size]
            pictures = torch.from_numpy(np.stack([scene.image for scene in part]))
            floats = pictures.permute(0, 3, 1, 2).float() / 255
            with ExitStack() as taps:
                seen = [_kept(taps, inside, each) for each in chosen]
                inside.draw([s.caption for s in part], seed, pictures=floats, cancel=cancel)
            # of each layer (n, t, h, w, width)
            found.append([torch.stack(s, 1).permute(0, 1, 3, 4, 2).numpy() for s in seen])
    updates = [np.concatenate(batch) for batch in zip(*found, strict=True)]
    blocks, rows = side_by_side(chosen, updates, like)
    names = tuple(sorted(V.NOUNS))
    nouns = np.stack([_nouns_at(scene, rows.shape[2:4], names) for scene in scenes])
    return Activations(
        blocks, rows, nouns, names, np.stack([s.image for s in scenes]), tuple(captions)
    )


def _kept(taps: ExitStack, inside: Opened, layer: CrossLayer) -> list[torch.Tensor]:
    """A list that ``layer``'s updates (n, width, h, w) are put into, step by step."""
    seen: list[torch.Tensor] = []

    def keep(step: int, update: torch.Tensor) -> None:
        seen.append(update.float().cpu())

    taps.enter_context(inside.tapped(layer.name, keep))
    return seen


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

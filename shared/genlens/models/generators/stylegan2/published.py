"""A StyleGAN2 as it is published: safetensors whose names are those of the authors' own networks.

``mapping.fc0.weight``, ``synthesis.b4.conv1.affine.weight`` and so on, under no prefix or that of
the average (``G_ema.``). Nothing else is needed: sizes and channels are found from the shapes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from genlens.errors import InputError, ModelError
from genlens.models import weights
from genlens.models.generators.decoder import prior_sample
from genlens.models.generators.stylegan2.layers import blur_filter
from genlens.models.generators.stylegan2.network import StyleGAN2
from genlens.models.loading.fitting import fill, without_prefixes
from genlens.models.loading.layout import STYLEGAN2

FIRST, START = STYLEGAN2
_COLOURS = "synthesis.b4.torgb.weight"
AVERAGES = ("G_ema.", "g_ema.", "generator.", "G.")
_MEAN_OF = 10_000


def read_published(path: Path) -> tuple[StyleGAN2, tuple[str, ...]]:
    """The generator in the safetensors file ``path``, float32, and what was changed to read it.

    Raises:
        ModelError: the file is damaged, holds another network (one that draws given classes, a
            StyleGAN of another kind), or weights that are missing, of a wrong size or NaN.
    """
    what = weights.shown(path)
    state, notes = without_prefixes(weights.load_state(path))
    prefix = next((p for p in AVERAGES if f"{p}{FIRST}" in state), "")
    if prefix:
        kept = {n.removeprefix(prefix): v for n, v in state.items() if n.startswith(prefix)}
        notes = (*notes, f"taken off the names of its weights: {prefix}")
        left = len(state) - len(kept)
        notes += (f"left out of its file: {left} tensors of other networks",) if left else ()
        state = kept
    _require_kind(state, what)
    state, said = _completed(state)
    try:
        net = _built(state, what)
    except InputError as error:
        raise ModelError(f"{what}: {error}") from error
    notes += (*said, *fill(net, {**_filters(net), **state}, what))
    if not state["mapping.w_avg"].any():
        net.mapping.get_buffer("w_avg").copy_(_mean_style(net))
        notes += ("its file has no mean style: that of 10,000 latents was taken",)
    return net.eval(), notes


def _require_kind(state: Mapping[str, torch.Tensor], what: str) -> None:
    if "mapping.embed.weight" in state:
        raise ModelError(
            f"{what} is a StyleGAN2 that draws a class it is given, and genlens has no place for "
            "the class: take one without classes"
        )
    if FIRST in state and START not in state:
        kind = "StyleGAN3" if any(n.startswith("synthesis.L") for n in state) else "other network"
        raise ModelError(f"{what} has a mapping network but no {START}: it is a {kind}")
    if FIRST not in state or START not in state:
        raise ModelError(
            f"{what} holds no StyleGAN2: looked for {FIRST} and {START}, the names of the authors' "
            "own networks, and found names such as "
            f"{', '.join(sorted(state)[:2]) or 'none'}. Other people's code has other names"
        )
    last = max(_sides(state))
    if f"synthesis.b{last}.torgb.weight" in state and _COLOURS not in state:
        raise ModelError(
            f"{what} adds colours only in its last block (the architectures 'orig' and 'resnet'): "
            "genlens reads 'skip', the usual one"
        )


def _sides(state: Mapping[str, torch.Tensor]) -> list[int]:
    """Of its blocks in pixels, coarse to fine."""
    blocks = {name.split(".")[1] for name in state if name.startswith("synthesis.b")}
    return sorted(int(block[1:]) for block in blocks if block[1:].isdigit())


def _built(state: Mapping[str, torch.Tensor], what: str) -> StyleGAN2:
    """A network of the file's sizes, not filled yet."""
    sides, layers = _sides(state), 0
    while f"mapping.fc{layers}.weight" in state:
        layers += 1
    first, kernels = state[FIRST], []
    for name in (*(f"synthesis.b{side}.conv1.weight" for side in sides), _COLOURS):
        kernel = state.get(name)
        if kernel is None or kernel.ndim != 4 or first.ndim != 2:
            raise ModelError(
                f"{what} is not whole: its blocks have {', '.join(map(str, sides))} pixels, and "
                f"{name} is missing or of another shape"
            )
        kernels.append(int(kernel.shape[0]))
    *channels, colours = kernels
    latents, styles = int(first.shape[1]), int(first.shape[0])
    return StyleGAN2(sides[-1], channels, latents, styles, layers, colours)


def _completed(state: dict[str, torch.Tensor]) -> tuple[dict[str, torch.Tensor], tuple[str, ...]]:
    """``state`` with what a training may leave out: the noise, and the mean style."""
    added = {"mapping.w_avg": torch.zeros(len(state[FIRST])), **state}
    if any(name.endswith(".noise_strength") for name in state):
        return added, ()
    for side in _sides(state):
        for conv in ("conv0", "conv1"):
            start = f"synthesis.b{side}.{conv}"
            if f"{start}.weight" in state:
                added[f"{start}.noise_strength"] = torch.zeros([])
                added[f"{start}.noise_const"] = torch.zeros(side, side)
    return added, ("it was trained without noise",)


def _filters(net: StyleGAN2) -> dict[str, torch.Tensor]:
    """The usual filter, where the file has none."""
    names = [name for name in net.state_dict() if name.endswith("resample_filter")]
    return {name: blur_filter() for name in names}


def _mean_style(net: StyleGAN2) -> torch.Tensor:
    """(w,) of 10,000 latents."""
    with torch.no_grad():
        mean: torch.Tensor = net.mapping(prior_sample(_MEAN_OF, (net.latents,), 0)).mean(0)
    return mean

"""Layers with units: submodules that put out (n, units, h, w); reading and overriding them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from genlens.common.hooks import hooked
from genlens.errors import InputError, ModelError
from genlens.models.contracts import Dissectable, Generator
from genlens.steering.drawn import random_styles


def unit_layers(generator: Generator) -> tuple[str, ...]:
    """Names of the layers with units, in the order that they run: those the generator lists, or,
    where it lists none, those whose output has four dimensions in one pass.

    Raises:
        InputError: there is none.
    """
    found = generator.unit_layers if isinstance(generator, Dissectable) else _hooked(generator)
    if not found:
        raise InputError(
            f"{generator.card.id} has no layer that puts out (n, units, h, w): it has no units to "
            "look at. Choose a generator with convolutions"
        )
    return tuple(found)


def unit_module(generator: Generator, layer: str) -> nn.Module:
    """The submodule ``layer``.

    Raises:
        InputError: no such layer has units.
    """
    known = unit_layers(generator)
    if layer not in known:
        raise InputError(f"{layer!r} is no layer with units: take {', '.join(known)}")
    return generator.module.get_submodule(layer)


@contextmanager
def recorded(module: nn.Module) -> Iterator[list[torch.Tensor]]:
    """A list that gets the output of ``module`` (n, units, h, w) at each pass."""
    kept: list[torch.Tensor] = []

    def keep(_: nn.Module, __: Any, output: torch.Tensor) -> None:
        kept.append(output.detach())

    with hooked([module], keep):
        yield kept


@dataclass(frozen=True)
class Override:
    """Units held at a level within a region.

    ``weight`` (n or 1, units): 1 for those that are held, 0 for the others; ``level`` (units,);
    ``region`` (n or 1, h, w), 1 inside and 0 outside, of any size: it is averaged down, or drawn
    up, to the layer's.
    """

    weight: torch.Tensor
    level: torch.Tensor
    region: torch.Tensor


@contextmanager
def overridden(module: nn.Module, change: Override) -> Iterator[None]:
    """Passes of ``module`` inside the block give what ``change`` says."""

    def hold(_: nn.Module, __: Any, output: torch.Tensor) -> torch.Tensor:
        place = resized(change.region.to(output), output.shape[2:])[:, None]  # (n or 1, 1, h, w)
        share = change.weight.to(output)[:, :, None, None] * place
        return output + share * (change.level.to(output)[:, None, None] - output)

    with hooked([module], hold):
        yield


def resized(region: torch.Tensor, size: torch.Size | tuple[int, int]) -> torch.Tensor:
    """``region`` (n, h, w) at ``size``: the mean of what falls on each place."""
    smaller = size[0] <= region.shape[1] and size[1] <= region.shape[2]
    if smaller:
        return F.adaptive_avg_pool2d(region[:, None], (size[0], size[1]))[:, 0]
    return F.interpolate(region[:, None], tuple(size), mode="bilinear")[:, 0]


@torch.no_grad()
def _hooked(generator: Generator) -> tuple[str, ...]:
    """Names of submodules whose output is (1, 2 units or more, 2 x 2 places or more) in a pass,
    each tensor once, by the module that made it; the picture itself is none."""
    names = {module: name for name, module in generator.module.named_modules() if name}
    found: list[str] = []
    outputs: list[torch.Tensor] = []  # kept alive, so that no address is used twice

    def look(module: nn.Module, _: Any, output: Any) -> None:
        if not isinstance(output, torch.Tensor) or output.ndim != 4 or module not in names:
            return
        known = any(output is other for other in outputs)
        picture = tuple(output.shape[1:]) == tuple(generator.image_shape)
        if not known and not picture and output.shape[1] > 1 and min(output.shape[2:]) > 1:
            found.append(names[module])
        outputs.append(output)

    with hooked(names, look):
        drawn = generator.synthesize(random_styles(generator, 1, 0))
    if drawn.ndim != 4:
        raise ModelError(f"{generator.card.id} drew {tuple(drawn.shape)}, not (1, c, h, w)")
    return tuple(dict.fromkeys(found))

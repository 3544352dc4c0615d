"""The layers that LRP can walk, each as the sums of contributions that its rules need.

A layer that is linear in its input is a :class:`Parts`; any other is an activation (relevance
passes unchanged) or moves values about without mixing them (Flatten, Unflatten, a slice, max
pooling).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from genlens.errors import InputError

if TYPE_CHECKING:
    Sum = Callable[[torch.Tensor], torch.Tensor]

_KNOWN = (
    "Linear, Conv2d, ConvTranspose2d, BatchNorm, average and max pooling, Upsample, activations, "
    "Dropout, Flatten, Unflatten and PixelShuffle"
)


@dataclass(frozen=True)
class Parts:
    """A layer y = W a + b as functions of its input a, each giving one number for each output.

    ``full`` sums the contributions w_ij a_i; ``positive`` and ``negative`` those above and below 0;
    ``count`` sums a_i over the inputs that reach an output, whatever their weights. ``bias``
    broadcasts over outputs.
    """

    full: Sum
    positive: Sum
    negative: Sum
    count: Sum
    bias: torch.Tensor


class NoRule(InputError):
    """LRP has no rule for ``layer``, named as in its network and by its kind."""

    def __init__(self, layer: str, message: str) -> None:
        super().__init__(message)
        self.layer = layer


def chain_of(network: nn.Module) -> list[tuple[str, nn.Module]]:
    """(name, layer) of an ``nn.Sequential``, nested ones opened, in the order in which they run.

    Raises:
        NoRule: another kind of module, or a layer that no rule is known for.
    """
    if not isinstance(network, nn.Sequential):
        return [("network", _known(network, "network"))]
    layers: list[tuple[str, nn.Module]] = []
    for name, child in network.named_children():
        if isinstance(child, nn.Sequential):
            layers += [(f"{name}.{inner}", layer) for inner, layer in chain_of(child)]
        else:
            layers.append((name, _known(child, name)))
    if not layers:
        raise NoRule("an empty one", "LRP walks a chain of layers, and this one is empty")
    return layers


def is_activation(layer: nn.Module) -> bool:
    """Whether ``layer`` works on each value by itself, and relevance passes it unchanged."""
    kinds = (
        nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU,
        nn.Softplus, nn.Tanh, nn.Hardtanh, nn.Sigmoid, nn.Identity, nn.Dropout, nn.Dropout2d,
    )  # fmt: skip
    return isinstance(layer, kinds)


def parts_of(layer: nn.Module) -> Parts | None:
    """``layer`` as sums of contributions, or None where it only moves values about."""
    if isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
        return _weighted(layer)
    if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
        return _normalising(layer)
    if isinstance(layer, (nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.Upsample)):
        return _averaging(layer)
    return None


def route(layer: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """``layer(x)`` for x in float64, whatever the precision of its weights; no dropout."""
    parts = parts_of(layer)
    if parts is not None:
        return parts.full(x) + parts.bias.to(x)
    if isinstance(layer, (nn.Dropout, nn.Dropout2d)):
        return x
    if isinstance(layer, nn.PReLU):
        return nn.functional.prelu(x, layer.weight.to(x))
    out: torch.Tensor = layer(x)
    return out


def pull(
    function: Callable[[torch.Tensor], torch.Tensor], a: torch.Tensor, grad: torch.Tensor
) -> torch.Tensor:
    """J^T grad, with J the Jacobian of ``function`` at ``a``."""
    with torch.enable_grad():
        leaf = a.detach().clone().requires_grad_(True)
        (pulled,) = torch.autograd.grad(function(leaf), leaf, grad.to(a))
    return pulled.detach()


def _known(layer: nn.Module, name: str) -> nn.Module:
    moving = (nn.Flatten, nn.Unflatten, nn.MaxPool2d, nn.AdaptiveMaxPool2d, nn.PixelShuffle)
    if is_activation(layer) or parts_of(layer) is not None or isinstance(layer, moving):
        return layer
    told = f"{name} ({type(layer).__name__})"
    raise NoRule(told, f"LRP knows no rule for {told}: it walks chains (nn.Sequential) of {_KNOWN}")


def _weighted(layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d) -> Parts:
    """Linear layers and convolutions: the layer itself, run with other weights."""
    weight = layer.weight.detach().double()
    up, down, ones = weight.clamp(min=0), weight.clamp(max=0), torch.ones_like(weight)
    none = None if layer.bias is None else torch.zeros_like(layer.bias, dtype=torch.float64)

    def run(a: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        given = {"weight": w} if none is None else {"weight": w, "bias": none}
        out: torch.Tensor = torch.func.functional_call(layer, given, (a,))
        return out

    shape = (-1,) if weight.ndim == 2 else (-1, 1, 1)
    bias = (
        weight.new_zeros(()) if layer.bias is None else layer.bias.detach().double().reshape(shape)
    )
    return Parts(
        full=lambda a: run(a, weight),
        positive=lambda a: run(a.clamp(min=0), up) + run(a.clamp(max=0), down),
        negative=lambda a: run(a.clamp(min=0), down) + run(a.clamp(max=0), up),
        count=lambda a: run(a, ones),
        bias=bias,
    )


def _normalising(layer: nn.BatchNorm1d | nn.BatchNorm2d) -> Parts:
    """Batch normalisation as it is after training: a factor and a shift for each channel."""
    if layer.running_mean is None or layer.running_var is None:
        raise NoRule(type(layer).__name__, "LRP needs a BatchNorm with running statistics")
    mean, var = layer.running_mean.double(), layer.running_var.double()
    factor = (var + layer.eps).rsqrt()
    if layer.affine:
        factor = factor * layer.weight.detach().double()
    bias = -mean * factor + (layer.bias.detach().double() if layer.affine else 0.0)
    shape = (-1, 1, 1) if type(layer).__name__ == "BatchNorm2d" else (-1,)
    factor, bias = factor.reshape(shape), bias.reshape(shape)
    return Parts(
        full=lambda a: a * factor,
        positive=lambda a: (a * factor).clamp(min=0),
        negative=lambda a: (a * factor).clamp(max=0),
        count=lambda a: a,
        bias=bias,
    )


def _averaging(layer: nn.Module) -> Parts:
    """Pooling by means, and enlarging: weights that are never negative, and no bias."""
    return Parts(
        full=layer,
        positive=lambda a: layer(a.clamp(min=0)),
        negative=lambda a: layer(a.clamp(max=0)),
        count=layer,
        bias=torch.zeros((), dtype=torch.float64),
    )

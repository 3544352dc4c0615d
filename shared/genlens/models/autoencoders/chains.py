"""Networks as chains of layers, which methods that walk a network need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn


def children(module: nn.Module) -> dict[str, nn.Module]:
    """The layers of ``module`` by name; one that stands there twice (a shared ReLU), twice."""
    named = module.named_modules(remove_duplicate=False)
    return {name: child for name, child in named if name and "." not in name}


def rows_of(layer: nn.Linear, count: int) -> nn.Linear:
    """A Linear of the first ``count`` outputs of ``layer``."""
    part = nn.Linear(layer.in_features, count, bias=layer.bias is not None)
    part.weight = nn.Parameter(layer.weight[:count].detach(), requires_grad=False)
    if layer.bias is not None:
        part.bias = nn.Parameter(layer.bias[:count].detach(), requires_grad=False)
    return part


class Means(nn.Module):
    """Images to flat posterior means, for encoders that are not a plain chain of layers."""

    def __init__(
        self, encoder: nn.Module, posterior: Callable[[torch.Tensor], tuple[Any, Any]]
    ) -> None:
        super().__init__()
        self.encoder = encoder  # so that its layers can be found by name
        self._posterior = posterior

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(self._posterior(images)[0]).flatten(1)

"""Networks written as functions, and LRP of a fixed mixture of what they give."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from genlens.attribution.lrp import lrp
from genlens.attribution.target import Target
from tiny_vaes import image


class Does(nn.Module):
    """A network whose ``forward`` is a function of itself and x; other modules by name."""

    def __init__(self, forward, **layers):
        super().__init__()
        self.does = forward
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, x):
        return self.does(self, x)


def random(net, seed=0, scale=0.5):
    generator = torch.Generator().manual_seed(seed)
    for parameter in net.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) * scale
    return net.eval()


def explain(net, x, **settings):
    """LRP of a fixed mixture of the network's outputs; as a latent target, so that x has signs."""
    shape = x.shape
    whole = nn.Sequential(nn.Unflatten(1, tuple(shape)), net, nn.Flatten())
    with torch.no_grad():
        count = whole(x.reshape(1, -1).clone()).numel()  # it may work in place
    weights = torch.cos(torch.arange(count) * 1.0)
    target = Target(
        "f", "latent", "", lambda z: whole(z) @ weights, network=whole, weights=weights.numpy()
    )
    found = lrp(target, x.flatten(), **{"bias": "absorb", **settings})
    size = abs(found.output) + np.abs(found.values).sum()
    assert abs(found.values.sum() + found.details["absorbed"] - found.output) < 1e-9 * size
    return found.values.reshape(tuple(shape))


def picture(shape=(2, 8, 8), seed=1):
    return image(shape, seed) - 0.4

"""The mapping network's start: each attribute follows one fixed direction of the noise.

A face has one value of each attribute, noise is continuous: whatever maps one to the other has
places where it jumps. Trained by a judge of styles (6,000 steps of 256) or by regression on random
regions (4,000 of 512), four layers blurred the jumps until 9 % and 1 % of the styles were sure of
skin, hair, mouth and glasses. Here they are written down. Attribute f has a direction q_f of the
noise, all at right angles, and its values stand along it in the order of ``CHOICES``, each in as
wide a piece as it is frequent. So the true direction of every attribute is known, and what finds
directions can be measured against it.

A leaky rectifier a(u) makes a step out of two units: a(u) - a(u - 1) rises from 0.2 to 1 where u
does from 0 to 1, and is flat elsewhere. The first layer holds 2 units a step; the second adds up
the attributes' codes and goes on as the ``decoding`` mapping network's first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import torch
from torch import nn

from genlens.models.generators.stylegan2.layers import GAIN, SLOPE, Linear
from genlens.models.generators.stylegan2.network import Mapping
from genlens.worlds.avatars import CHOICES, PROPERTIES, draw_codes

WIDTH = 0.002  # of a jump, in standard deviations of the noise
SEED, DRAWN, LATENTS = 31, 200_000, 64
MARGIN = 0.05  # of a value's piece at either end, where chosen noise is not put


@lru_cache
def axes(latents: int) -> torch.Tensor:
    """(factors, latents) float32: the attributes' directions, orthonormal, in the order of
    ``CHOICES``."""
    noise = torch.randn(latents, len(CHOICES), generator=torch.Generator().manual_seed(SEED))
    return torch.linalg.qr(noise)[0].T.contiguous()


def true_axis(name: str, latents: int = 64) -> np.ndarray | None:
    """(latents,) of length 1: the direction of the noise along which faces get the property
    ``name`` of ``worlds.avatars.PROPERTIES``; None where its values are not the last ones of their
    attribute, so that no direction leads to them and stays."""
    factor, wanted = PROPERTIES[name]
    values = CHOICES[factor]
    if set(values[-len(wanted) :]) != set(wanted):
        return None
    return axes(latents)[list(CHOICES).index(factor)].double().numpy()


@lru_cache
def edges(latents: int) -> list[torch.Tensor]:
    """For each factor (values - 1,) float32: where along its direction the next value begins."""
    z = torch.randn(DRAWN, latents, generator=torch.Generator().manual_seed(SEED + 1))
    along = rounded_up(z) @ axes(latents).T
    codes, found = draw_codes(DRAWN, SEED), []
    for i, (factor, values) in enumerate(CHOICES.items()):
        shares = np.bincount(codes[factor], minlength=len(values)) / DRAWN
        upto = torch.from_numpy(shares.cumsum()[:-1]).float()
        found.append(along[:, i].quantile(upto))
    return found


def rounded_up(z: torch.Tensor) -> torch.Tensor:
    """Latents as the mapping network sees them: of mean square 1."""
    return z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()


def values_at(z: torch.Tensor) -> torch.Tensor:
    """(n, factors) int64: the attributes that latents (n, z) stand for."""
    along = (rounded_up(z) @ axes(z.shape[1]).T).T.contiguous()
    columns = zip(along, edges(z.shape[1]), strict=True)
    return torch.stack([torch.bucketize(column, edge) for column, edge in columns], 1)


def noise_of(codes: torch.Tensor) -> torch.Tensor:
    """(n, factors) int64 -> (n, LATENTS): noise that stands for attributes: see ``values_at``."""
    z = rounded_up(torch.randn(len(codes), LATENTS))
    q, bell = axes(LATENTS), torch.distributions.Normal(0.0, 1.0)
    ends = [torch.cat([bell.cdf(e), torch.ones(1)]) for e in edges(LATENTS)]
    for i, end in enumerate(ends):
        start = torch.cat([torch.zeros(1), end[:-1]])
        low, high = start[codes[:, i]], end[codes[:, i]]
        share = MARGIN + (1 - 2 * MARGIN) * torch.rand(len(codes))
        along = bell.icdf((low + (high - low) * share).clamp(1e-4, 1 - 1e-4))
        z = z + (along - z @ q[i])[:, None] * q[i]
    return z


@torch.no_grad()
def write_codes(namer: nn.Linear, decoding: Mapping) -> None:
    """Fill both so that styles keep every value of every attribute apart, equally far.

    ``namer`` (all values -> codes) gives k values k - 1 codes of their own, orthogonal (Helmert's
    contrasts), and turns all of them at random. The first layer of ``decoding`` holds each sum of
    codes twice, with either sign: a(u) - a(-u) is u again, so that styles are linear in codes.
    Started at random, with the mapping network's small learning rate, neither changed much, and
    the synthesis network had to read the attributes off a jumble.
    """
    contrasts = torch.block_diag(*(_contrasts(len(values)) for values in CHOICES.values()))
    codes, generator = namer.out_features, torch.Generator().manual_seed(SEED + 2)
    turn = torch.linalg.qr(torch.randn(codes, codes, generator=generator))[0]
    if len(contrasts) > codes:
        raise ValueError(f"{codes} codes for {len(contrasts)} differences of values")
    namer.weight.copy_(turn[:, : len(contrasts)] @ contrasts)
    first = _layer(decoding, decoding.names[0])
    half = torch.eye(codes)[: first.weight.shape[0] // 2]
    _put(first, torch.cat([half, -half]), torch.zeros(2 * len(half)))


def _contrasts(k: int) -> torch.Tensor:
    """(k - 1, k) float32: orthonormal rows, each of sum 0."""
    rows = torch.tril(torch.ones(k - 1, k))
    rows[torch.arange(k - 1), torch.arange(1, k)] = -torch.arange(1.0, k)
    return nn.functional.normalize(rows, dim=1)


@torch.no_grad()
def write_staircase(
    mapping: Mapping, decoding: Mapping, named: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    """Fill ``mapping`` (one layer more than ``decoding``) so that it turns noise into the codes
    (n, z) that ``named`` gives attributes (n, factors), and these into styles as ``decoding`` does.

    ``named`` has to be a sum over factors; ``decoding`` brings codes to a mean square of 1, which
    here is the usual one's: the two styles of a face are 2 % of the styles' variance apart.
    """
    first, second, *others = (_layer(mapping, name) for name in mapping.names)
    start, *rest = (_layer(decoding, name) for name in decoding.names)
    q, steps = axes(mapping.latents), edges(mapping.latents)
    base, rises = _rises(named, [len(step) for step in steps])
    usual = named(values_at(torch.randn(DRAWN // 100, mapping.latents))).square().mean().sqrt()
    base, rises = base / usual, rises / usual
    rows = torch.cat([q[i].expand(len(step), -1) for i, step in enumerate(steps)]) / WIDTH
    shifts = 0.5 - torch.cat(steps) / WIDTH
    _put(first, torch.cat([rows, rows]), torch.cat([shifts, shifts - 1]))
    # undoes the rectifier's slope and gain: (a(u) - a(u - 1) - 0.2) / 0.8
    up = start.weight * start.scale @ rises.T / (1 - SLOPE)
    low = start.weight * start.scale @ (base - rises.sum(0) * SLOPE / (1 - SLOPE))
    _put(second, torch.cat([up, -up], 1) / GAIN, low + start.bias * start.rate)
    for layer, known in zip(others, rest, strict=True):
        layer.load_state_dict(known.state_dict())


def _rises(
    named: Callable[[torch.Tensor], torch.Tensor], counts: Sequence[int]
) -> tuple[torch.Tensor, torch.Tensor]:
    """The codes of every factor's first value (z,), and what each step adds (steps, z)."""
    lowest = torch.zeros(1, len(counts), dtype=torch.int64)
    base, rises = named(lowest)[0], []
    for i, count in enumerate(counts):
        values = lowest.repeat(count + 1, 1)
        values[:, i] = torch.arange(count + 1)
        rises.append(named(values).diff(dim=0))
    return base, torch.cat(rises)


def _put(layer: Linear, weight: torch.Tensor, bias: torch.Tensor) -> None:
    """Fill ``layer`` so that it works with these numbers; units that are left over stay dark."""
    layer.weight.zero_()
    layer.bias.zero_()
    layer.weight[: len(weight), : weight.shape[1]] = weight / layer.scale
    layer.bias[: len(bias)] = bias / layer.rate


def _layer(mapping: nn.Module, name: str) -> Linear:
    layer = mapping.get_submodule(name)
    assert isinstance(layer, Linear)
    return layer

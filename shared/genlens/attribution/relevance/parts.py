"""Operations that are linear in what relevance follows, as the sums that LRP's rules need."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from genlens.attribution.relevance.graph import Op

Sum = Callable[..., torch.Tensor]

WEIGHTED: dict[str, tuple[int, int, int | None]] = {
    "convolution": (0, 1, 2), "linear": (0, 1, 2), "addmm": (1, 2, 0), "baddbmm": (1, 2, 0),
    "addmv": (1, 2, 0), "mm": (0, 1, None), "bmm": (0, 1, None), "mv": (0, 1, None),
    "dot": (0, 1, None),
}  # fmt: skip
"""Convolutions and matrix products: the positions of the two factors and of the bias."""
DENSE = frozenset(WEIGHTED) - {"convolution"}
SUMS = frozenset({"add", "sub", "rsub"})
AVERAGES = frozenset({
    "avg_pool2d", "avg_pool3d", "_adaptive_avg_pool2d", "_adaptive_avg_pool3d", "mean", "sum",
    "upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d", "_upsample_nearest_exact1d",
    "_upsample_nearest_exact2d", "upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d",
})  # fmt: skip
BATCH_NORMS = frozenset({
    "native_batch_norm", "_native_batch_norm_legit_no_training", "cudnn_batch_norm",
})  # fmt: skip
GROUP_NORMS = frozenset({"native_group_norm", "native_layer_norm"})


@dataclass(frozen=True)
class Parts:
    """An operation y = W a + b as functions of its inputs a, each giving one number an output.

    ``full`` sums the contributions w_ij a_i; ``positive`` and ``negative`` those above and below 0;
    ``count`` sums a_i over the inputs that reach an output, whatever their weights. ``bias``
    broadcasts over outputs. With several inputs (the branches that an addition joins), each
    function takes all of them.
    """

    full: Sum
    positive: Sum
    negative: Sum
    count: Sum
    bias: torch.Tensor


def is_instance_norm(op: Op) -> bool:
    """Whether a batch norm takes its statistics from the one picture that it sees."""
    return op.name == "native_batch_norm" and op.leaves[3] is None and bool(op.leaves[5])


def parts_of(op: Op, leaves: list[Any], followed: tuple[int, ...]) -> Parts:
    """``op`` with the arguments ``leaves`` as sums over those at the positions ``followed``."""
    if op.name in WEIGHTED:
        return _weighted(op, leaves, followed[0])
    if op.name in SUMS:
        return _sum(op, leaves, followed)
    if op.name in AVERAGES:
        return _averaging(op, leaves)
    if op.name in GROUP_NORMS or is_instance_norm(op):
        return _centring(op, leaves)
    return _scaling(op, leaves)


def put(leaves: list[Any], new: Mapping[int, Any]) -> list[Any]:
    """``leaves`` with those at the positions of ``new`` replaced."""
    return [new.get(i, leaf) for i, leaf in enumerate(leaves)]


def _zero(leaf: Any) -> Any:
    return torch.zeros_like(leaf) if isinstance(leaf, torch.Tensor) else 0


def _weighted(op: Op, leaves: list[Any], position: int) -> Parts:
    """Matrix products and convolutions: the operation itself, run with other weights. Either factor
    may be the input (attention multiplies two tensors); the other one holds the weights."""
    first, second, at = WEIGHTED[op.name]
    other = second if position == first else first
    weight = leaves[other]
    up, down, ones = weight.clamp(min=0), weight.clamp(max=0), torch.ones_like(weight)
    bare = leaves if at is None or leaves[at] is None else put(leaves, {at: _zero(leaves[at])})

    def run(a: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        return op.run(put(bare, {position: a, other: w}))[0]

    return Parts(
        full=lambda a: run(a, weight),
        positive=lambda a: run(a.clamp(min=0), up) + run(a.clamp(max=0), down),
        negative=lambda a: run(a.clamp(min=0), down) + run(a.clamp(max=0), up),
        count=lambda a: run(a, ones),
        bias=op.run(put(leaves, {position: _zero(leaves[position])}))[0],
    )


def _sum(op: Op, leaves: list[Any], followed: tuple[int, ...]) -> Parts:
    """Branches that are added or subtracted; anything else (a constant) is a bias."""
    nothing = put(leaves, {0: _zero(leaves[0]), 1: _zero(leaves[1])})

    def each(inputs: tuple[torch.Tensor, ...]) -> list[torch.Tensor]:
        pairs = zip(followed, inputs, strict=True)
        return [op.run(put(nothing, {i: a}))[0] for i, a in pairs]

    def total(parts: Sequence[torch.Tensor]) -> torch.Tensor:
        return torch.stack(list(parts)).sum(0)

    shape = op.run(leaves)[0].shape
    return Parts(
        full=lambda *a: total(each(a)),
        positive=lambda *a: total([part.clamp(min=0) for part in each(a)]),
        negative=lambda *a: total([part.clamp(max=0) for part in each(a)]),
        count=lambda *a: total([one.expand(shape) for one in a]),
        bias=op.run(put(leaves, {i: _zero(leaves[i]) for i in followed}))[0],
    )


def _averaging(op: Op, leaves: list[Any]) -> Parts:
    """Means, sums, and enlarging: weights that are never negative, and no bias."""

    def run(a: torch.Tensor) -> torch.Tensor:
        return op.run(put(leaves, {0: a}))[0]

    return Parts(
        full=run,
        positive=lambda a: run(a.clamp(min=0)),
        negative=lambda a: run(a.clamp(max=0)),
        count=run,
        bias=torch.zeros_like(run(leaves[0])),
    )


def _scaling(op: Op, leaves: list[Any]) -> Parts:
    """Batch normalisation as it is after training: a factor and a shift for each channel."""
    x, _, shift, mean = leaves[:4]
    bare = put(leaves, {2: None if shift is None else _zero(shift), 3: _zero(mean)})

    def run(a: torch.Tensor) -> torch.Tensor:
        return op.run(put(bare, {0: a}))[0]

    return Parts(
        full=run,
        positive=lambda a: run(a).clamp(min=0),
        negative=lambda a: run(a).clamp(max=0),
        count=lambda a: a,
        bias=op.run(put(leaves, {0: _zero(x)}))[0],
    )


def _centring(op: Op, leaves: list[Any]) -> Parts:
    """Group, layer and instance normalisation, y = g (a - mean(a)) / s + b, with s held fixed.

    The LN-rule of Ali et al. 2022 (arXiv:2202.07304): with s a constant the operation is linear,
    and input k of the N in a group gives (1 - 1/N) a_k to y_k and -a_k / N to the others.
    """
    x = leaves[0]
    rows, gain, shift = _rows(op, leaves)
    shape, n = x.shape, x.numel() // rows

    def mean(a: torch.Tensor) -> torch.Tensor:
        return a.reshape(rows, n).mean(1, keepdim=True).expand(rows, n).reshape(shape)

    spread = (mean(x.square()) - mean(x).square()).clamp(min=0)
    factor = gain * (spread + float(leaves[-1])).rsqrt()
    up, down = factor.clamp(min=0), factor.clamp(max=0)

    def centred(own: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
        return own - own / n - mean(others) + others / n

    def split(a: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        high, low = a.clamp(min=0), a.clamp(max=0)
        return centred(high, low), centred(low, high)

    def positive(a: torch.Tensor) -> torch.Tensor:
        above, below = split(a)
        return up * above + down * below

    def negative(a: torch.Tensor) -> torch.Tensor:
        above, below = split(a)
        return up * below + down * above

    return Parts(
        full=lambda a: factor * (a - mean(a)),
        positive=positive,
        negative=negative,
        count=lambda a: a,  # b belongs to its own place, not to the whole group
        bias=torch.zeros_like(x) + shift,
    )


def _rows(op: Op, leaves: list[Any]) -> tuple[int, Any, Any]:
    """(groups that are normalised each by itself, gain, shift), the last two fit the input."""
    x = leaves[0]
    if op.name == "native_layer_norm":
        # its leaves are the input, each length of the normalised shape, gain, shift and epsilon
        gain, shift = leaves[-3:-1]
        rows = math.prod(x.shape[: x.ndim - (len(leaves) - 4)])
    else:
        shape = (1, -1, *[1] * (x.ndim - 2))  # one number a channel
        gain, shift = (None if w is None else w.reshape(shape) for w in leaves[1:3])
        rows = x.shape[0] * leaves[6] if op.name == "native_group_norm" else x.shape[1]
    return rows, 1.0 if gain is None else gain, 0.0 if shift is None else shift

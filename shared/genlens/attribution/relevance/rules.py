"""How relevance goes back through one operation, and which operations have a rule.

- Convolutions, matrix products, averages, normalisations, and branches that are added share it out
  by contributions (:mod:`~genlens.attribution.relevance.parts`): Bach et al. 2015.
- Activations, and factors that do not depend on the input, pass it on unchanged.
- Reshapes, slices, concatenations and maxima send it where the values came from.
- Two tensors that both depend on the input, multiplied, get half each: the uniform rule of
  Achtibat et al. 2024 (AttnLRP, arXiv:2402.05602). For x * sigmoid(x) that is the same as passing
  it through SiLU.
- What a normalisation divides by, and attention weights, are held fixed: the LN- and AH-rules of
  Ali et al. 2022 (arXiv:2202.07304).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from genlens.attribution.relevance.graph import Op
from genlens.attribution.relevance.parts import (
    AVERAGES,
    BATCH_NORMS,
    DENSE,
    GROUP_NORMS,
    SUMS,
    WEIGHTED,
    Parts,
    is_instance_norm,
    parts_of,
)

ACTIVATIONS = frozenset({
    "relu", "relu6", "leaky_relu", "_prelu_kernel", "prelu", "elu", "celu", "selu", "gelu", "silu",
    "mish", "softplus", "tanh", "hardtanh", "sigmoid", "hardsigmoid", "hardswish", "clamp",
    "clamp_min", "clamp_max", "threshold", "softshrink", "hardshrink", "log_sigmoid_forward", "erf",
})  # fmt: skip
SAME = frozenset({"clone", "detach", "alias", "_to_copy", "lift_fresh", "_fused_rms_norm"})
_SCALED = frozenset({"mul", "div", "neg"})
MOVES = frozenset({
    "view", "_unsafe_view", "_reshape_alias", "permute", "transpose", "t", "unsqueeze", "squeeze",
    "expand", "repeat", "slice", "select", "split", "split_with_sizes", "unsafe_split",
    "unsafe_chunk", "unbind", "diagonal", "as_strided", "unfold", "im2col", "cat", "stack", "flip",
    "roll", "constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d",
    "replication_pad1d", "replication_pad2d", "replication_pad3d", "pixel_shuffle",
    "pixel_unshuffle", "index", "index_select", "gather", "where", "masked_fill", "tril", "triu",
    "max_pool2d_with_indices", "max_pool3d_with_indices", "adaptive_max_pool2d",
    "adaptive_max_pool3d", "max", "min", "amax", "amin", "maximum", "minimum", "copy", "fill",
    "zero", "index_put", "slice_scatter", "select_scatter", "write",
})  # fmt: skip
KNOWN = (
    "convolutions, linear layers and matrix products, normalisations, pooling, enlarging, "
    "activations, dropout, reshapes, slices, concatenations, sums and products"
)


@dataclass(frozen=True)
class Weighing:
    """What a rule counts of a contribution: ``base`` of every one, and ``extra`` more of those with
    the sign of the sum. ``epsilon`` is a part of the root mean square of an operation's outputs;
    ``spread``: whether the share of biases goes to the inputs."""

    base: float
    extra: float
    epsilon: float
    spread: bool = True


def weighing(op: Op, rule: str, epsilon: float, gamma: float) -> Weighing:
    """What ``rule`` counts at ``op``: "composite" is epsilon at matrix products, else gamma."""
    if rule == "composite":
        rule = "epsilon" if op.name in DENSE else "gamma"
    base, extra = {"epsilon": (1.0, 0.0), "gamma": (1.0, gamma), "zplus": (0.0, 1.0)}[rule]
    return Weighing(base, extra, epsilon)


def has_rule(op: Op) -> bool:
    """Whether relevance can go back through ``op``."""
    if op.name in WEIGHTED:
        return WEIGHTED[op.name][2] not in op.followed  # a bias that depends on the input
    if op.name in BATCH_NORMS:  # with the statistics of training, or of the one picture
        return op.followed == (0,) and (is_instance_norm(op) or op.leaves[5] is not True)
    if op.name in GROUP_NORMS or op.name in AVERAGES:
        return op.followed == (0,)
    if op.name == "div" and any(isinstance(leaf, str) for leaf in op.leaves):  # rounded
        return False
    if op.name in ACTIVATIONS | SAME:
        return op.followed == (0,)
    return op.name in _SCALED | MOVES | SUMS


Flow = list[tuple[int, torch.Tensor]]
"""Relevance by the position of the argument that it goes to."""


def back(
    op: Op,
    leaves: list[Any],
    outputs: Sequence[torch.Tensor],
    relevance: Sequence[Any],
    weigh: Weighing,
) -> tuple[Flow, float]:
    """Relevance of the inputs of ``op``, and what its biases (and epsilon) kept.

    ``leaves`` are its arguments and ``outputs`` its results, with the ``relevance`` of each (None
    where none arrived).
    """
    if op.name in ACTIVATIONS | SAME:
        return [(op.followed[0], relevance[0])], 0.0
    if op.name in _SCALED:
        equal = relevance[0] / len(op.followed)
        return [(i, equal.sum_to_size(leaves[i].shape)) for i in op.followed], 0.0
    if op.name in MOVES:
        return move(op, leaves, outputs, relevance)
    # Branches of a sum share what arrives by what each gave; factors of a product take equal parts.
    joint = [(i,) for i in op.followed] if op.name in WEIGHTED else [op.followed]
    flow: Flow = []
    absorbed = 0.0
    for positions in joint:
        parts, inputs = parts_of(op, leaves, positions), [leaves[i] for i in positions]
        shares, kept = _share(parts, inputs, outputs[0], relevance[0] / len(joint), weigh)
        flow += zip(positions, shares, strict=True)
        absorbed += kept
    return flow, absorbed


def move(
    op: Op, leaves: list[Any], outputs: Sequence[torch.Tensor], relevance: Sequence[Any]
) -> tuple[Flow, float]:
    """Relevance goes where values came from; what lands on a constant stays there."""
    arrived = [k for k, r in enumerate(relevance) if r is not None]

    def run(*inputs: torch.Tensor) -> list[torch.Tensor]:
        filled = dict(zip(op.followed, inputs, strict=True))
        results = op.run([filled.get(i, leaf) for i, leaf in enumerate(leaves)])
        return [results[k] for k in arrived]

    given = [relevance[k] for k in arrived]
    _, pull = forth_and_back(run, [leaves[i] for i in op.followed])
    pulled = pull(given)
    kept = float(sum(r.sum() for r in given) - sum(r.sum() for r in pulled))
    size = float(sum(r.abs().sum() for r in given))
    flow = list(zip(op.followed, pulled, strict=True))
    return flow, 0.0 if abs(kept) <= 1e-12 * size else kept


def forth_and_back(
    function: Callable[..., Any], inputs: Sequence[torch.Tensor]
) -> tuple[Any, Callable[[Any], list[torch.Tensor]]]:
    """``function`` of ``inputs``, and grads -> J^T grads, one tensor for each of ``inputs``, with J
    its Jacobian there."""
    with torch.enable_grad():
        free = [a.detach().clone().requires_grad_(True) for a in inputs]
        out = function(*free)

    def pull(grads: Any) -> list[torch.Tensor]:
        gradients = torch.autograd.grad(out, free, grads, allow_unused=True)
        pairs = zip(inputs, gradients, strict=True)
        return [torch.zeros_like(a) if g is None else g.detach() for a, g in pairs]

    return out, pull


def _share(
    parts: Parts,
    inputs: list[torch.Tensor],
    out: torch.Tensor,
    relevance: torch.Tensor,
    w: Weighing,
) -> tuple[list[torch.Tensor], float]:
    """One step of the rule at an operation that is linear in its inputs: see the equation in
    :mod:`genlens.attribution.lrp`.

    With A(a) the contributions that the rule counts, summed for each output, and B the bias it
    counts: R_in = a * A^T(R / (A(a) + B)), and R * B / (A(a) + B) is the bias's share.
    """
    up = torch.where(out < 0, 0.0, 1.0)  # 1 where the sum is positive: its sign decides what counts
    down = 1.0 - up

    def counted(*v: torch.Tensor) -> torch.Tensor:
        total = w.base * parts.full(*v)
        if w.extra:
            total = total + w.extra * (up * parts.positive(*v) + down * parts.negative(*v))
        return total

    matching = up * parts.bias.clamp(min=0) + down * parts.bias.clamp(max=0)
    extra = w.base * parts.bias + w.extra * matching + torch.zeros_like(out)
    extra = extra + (up - down) * w.epsilon * out.square().mean().sqrt()
    total, pull = forth_and_back(counted, inputs)
    with torch.no_grad():
        whole = total + extra
        # A unit that nothing counts for (all inputs 0, no bias) shares nothing out.
        share = torch.where(whole == 0, 0.0, relevance / torch.where(whole == 0, 1.0, whole))
        rest = share * extra
    received = [a * g for a, g in zip(inputs, pull(share), strict=True)]
    if w.spread:
        reach, pull = forth_and_back(parts.count, [torch.ones_like(a) for a in inputs])
        with torch.no_grad():  # ``reach``: how many inputs reach each output
            even = torch.where(reach > 0, rest / torch.where(reach > 0, reach, 1.0), 0.0)
            rest = torch.where(reach > 0, 0.0, rest)
        received = [a + b for a, b in zip(received, pull(even), strict=True)]
    return received, float(rest.sum())

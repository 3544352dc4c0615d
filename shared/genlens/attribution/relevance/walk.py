"""Hand relevance back through a recorded pass, from its output to its input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from genlens.attribution.relevance.graph import INPUT, Graph, Op, Ref, Values
from genlens.attribution.relevance.rules import MOVES, SAME, Flow, Weighing, back, has_rule
from genlens.errors import InputError

Walked = tuple[torch.Tensor, float, list[tuple[str, float]]]
"""Relevance of the input, what biases kept, and (layer, the sum that left it) from the top."""


def without_rule(graph: Graph) -> Op | None:
    """The operation nearest the output that relevance cannot go back through, or None."""
    return next((op for op in graph.back_from(graph.output) if not has_rule(op)), None)


def way_to_sigmoid(graph: Graph) -> list[Ref]:
    """Where the output is that of a Sigmoid, reshaped or not: the tensors from the output to the
    Sigmoid's; otherwise none."""
    way, ref = [], graph.output
    while ref.op >= 0:
        way.append(ref)
        op = graph.ops[ref.op]
        if op.name == "sigmoid":
            return way
        if op.name not in MOVES | SAME or len(op.followed) != 1:
            break
        ref = op.leaves[op.followed[0]]
    return []


def at_logits(
    graph: Graph, values: Values, way: list[Ref], weights: torch.Tensor
) -> tuple[Ref, torch.Tensor]:
    """What the Sigmoid at the end of ``way`` is applied to, and the output's ``weights`` there."""
    for ref in way:
        op, outputs = graph.ops[ref.op], values.outputs[ref.op]
        given = [weights if k == ref.output else None for k in range(len(outputs))]
        flow, _ = back(op, values.leaves(op), outputs, given, Weighing(1.0, 0.0, 0.0))
        weights = flow[0][1]
    sigmoid = graph.ops[way[-1].op]
    return sigmoid.leaves[sigmoid.followed[0]], weights


def walk(
    graph: Graph,
    values: Values,
    top: tuple[Ref, torch.Tensor],
    weigh: Callable[[Op], Weighing],
    *,
    spread: bool,
) -> Walked:
    """Relevance of the input, what biases kept, and the sum that left each operation on the way.

    ``top`` is the tensor that relevance starts from, and its relevance.
    """
    start, relevance = top
    arrived: dict[Ref, torch.Tensor] = {start: relevance}
    absorbed, sums = 0.0, []
    for k in range(start.op, -1, -1):
        op, outputs = graph.ops[k], values.outputs[k]
        relevances = [arrived.pop(Ref(k, j), None) for j in range(len(outputs))]
        if all(r is None for r in relevances):
            continue
        flow, kept = back(
            op, values.leaves(op), outputs, relevances, replace(weigh(op), spread=spread)
        )
        absorbed += kept
        for position, given in flow:
            ref = op.leaves[position]
            arrived[ref] = arrived[ref] + given if ref in arrived else given
        sums.append((op.layer, float(sum(given.sum() for _, given in flow))))
        _require_finite(flow, op)
    return arrived.get(INPUT, torch.zeros_like(values.x)), absorbed, sums


def _require_finite(flow: Flow, op: Op) -> None:
    if not all(bool(torch.isfinite(given).all()) for _, given in flow):
        raise InputError(
            f"relevance became infinite at layer {op.layer}: the contributions of a unit cancel; "
            'take a larger epsilon, or rule="gamma"'
        )

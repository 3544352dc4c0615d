"""One forward pass as the list of operations that it ran, which can be run again in float64."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._pytree import TreeSpec, tree_unflatten


@dataclass(frozen=True)
class Ref:
    """A tensor of the pass: output number ``output`` of operation ``op``; op -1 is the input."""

    op: int
    output: int = 0


INPUT = Ref(-1)


@dataclass(frozen=True)
class Op:
    """One operation of torch's own set (``aten``), such as "convolution" or "add".

    ``layer`` names where it ran, for tables; ``place`` says so in words, for messages. ``leaves``
    are its arguments in order, lists opened: a ``Ref`` where one depends on the input, otherwise
    the value, tensors in float64. ``followed`` are the positions in ``leaves`` that relevance can
    go to; the others are held fixed.
    """

    name: str
    layer: str
    place: str
    function: Callable[..., Any]
    leaves: tuple[Any, ...]
    spec: TreeSpec
    followed: tuple[int, ...]
    in_place: bool = False

    def run(self, leaves: Sequence[Any]) -> tuple[torch.Tensor, ...]:
        """Its outputs for other arguments, none of which is changed."""
        args, kwargs = tree_unflatten(list(leaves), self.spec)
        if self.in_place:
            args = (args[0].clone(), *args[1:])
        out = self.function(*args, **kwargs)
        return (out,) if isinstance(out, torch.Tensor) else tuple(out)


@dataclass(frozen=True)
class Graph:
    """Operations in the order in which they ran, and which tensor is the network's output."""

    ops: tuple[Op, ...]
    output: Ref

    @torch.no_grad()
    def values(self, x: torch.Tensor) -> Values:
        """Every tensor of the pass for the input ``x`` (float64)."""
        values = Values(x, [])
        for op in self.ops:
            values.outputs.append(op.run(values.leaves(op)))
        return values

    def back_from(self, output: Ref) -> Iterator[Op]:
        """The operations that relevance can reach from ``output``, from the last to the first."""
        wanted = {output.op}
        for k in range(output.op, -1, -1):
            if k in wanted:
                wanted |= {self.ops[k].leaves[i].op for i in self.ops[k].followed}
                yield self.ops[k]


@dataclass(frozen=True)
class Values:
    """The tensors of one pass: the input, and the outputs of each operation."""

    x: torch.Tensor
    outputs: list[tuple[torch.Tensor, ...]]

    def of(self, ref: Ref) -> torch.Tensor:
        return self.x if ref.op < 0 else self.outputs[ref.op][ref.output]

    def leaves(self, op: Op) -> list[Any]:
        """The arguments of ``op`` with its tensors filled in."""
        return [self.of(leaf) if isinstance(leaf, Ref) else leaf for leaf in op.leaves]

"""Hooks that change what a network computes while a block lasts, and never its weights.

Of a batch the last ``rows`` are those with a prompt: under classifier-free guidance the rows
without one come first, and stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from genlens.common.hooks import hooked
from genlens.errors import ModelError

Tap = Callable[[int, torch.Tensor], torch.Tensor | None]
"""(number of the pass, from 0; what a block adds, (rows, c, h, w)) -> what it shall add instead;
None leaves it."""


@contextmanager
def reading(
    layers: Mapping[str, nn.Module],
    states: Mapping[str, torch.Tensor],
    chosen: Mapping[str, torch.Tensor],
) -> Iterator[None]:
    """Each layer reads ``states[layer]`` (rows, tokens, d) in place of the prompt's own, in the
    rows that ``chosen[layer]`` (rows,) bool names.

    Raises:
        ModelError: the layer reads texts of another size.
    """

    def exchanger(name: str) -> Callable[..., Any]:
        other, where = states[name], chosen[name]

        def exchange(module: nn.Module, args: Any, kwargs: dict[str, Any]) -> Any:
            own = kwargs.get("encoder_hidden_states")
            if own is None and len(args) > 1:
                own = args[1]
            if own is None or own.shape[1:] != other.shape[1:]:
                raise ModelError(
                    f"{name} does not read the encoded text as it is: it cannot be exchanged"
                )
            mixed = own.clone()
            tail = mixed[-len(where) :]
            at = where.to(own.device)
            tail[at] = other.to(own)[at]
            if "encoder_hidden_states" in kwargs:
                return args, {**kwargs, "encoder_hidden_states": mixed}
            return (args[0], mixed, *args[2:]), kwargs

        return exchange

    handles = []
    try:
        for name in states:
            handles.append(
                layers[name].register_forward_pre_hook(exchanger(name), with_kwargs=True)
            )
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def rewritten(
    linears: Mapping[str, nn.Linear], weights: Mapping[str, torch.Tensor]
) -> Iterator[None]:
    """Each of ``linears`` that ``weights`` names computes with that weight (out, in); its own
    weight is not touched."""
    by_module = {linears[name]: weight for name, weight in weights.items()}

    def instead(module: nn.Module, inputs: Any, output: torch.Tensor) -> torch.Tensor:
        linear = module if isinstance(module, nn.Linear) else None
        assert linear is not None  # only linear maps are hooked
        weight = by_module[linear].to(device=linear.weight.device, dtype=linear.weight.dtype)
        return F.linear(inputs[0], weight, linear.bias)

    with hooked(by_module, instead):
        yield


@contextmanager
def tapped(block: nn.Module, rows: Callable[[], int], tap: Tap) -> Iterator[None]:
    """``tap`` sees, and may change, what ``block`` adds to the activations at every pass."""
    passes = [0]

    def between(module: nn.Module, args: Any, kwargs: dict[str, Any], output: Any) -> Any:
        before = args[0] if args else kwargs["hidden_states"]
        after = output[0]
        n = rows()
        changed = tap(passes[0], (after - before)[-n:])
        passes[0] += 1
        if changed is None:
            return None
        whole = after.clone()
        whole[-n:] = before[-n:] + changed.to(after)
        if isinstance(output, tuple):
            return (whole, *output[1:])
        return type(output)(whole)

    handle = block.register_forward_hook(between, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()

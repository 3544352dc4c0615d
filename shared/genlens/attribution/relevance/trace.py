"""Record which operations a network runs, whatever its ``forward`` is written like.

A ``TorchDispatchMode`` sees every operation below Python: modules, functions and methods, in-place
ones, shared modules and normalised weights all arrive as the same few dozen (``aten``) operations.
The network runs once, at its own precision, on a copy of the input.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from genlens.attribution.relevance.graph import INPUT, Graph, Op, Ref
from genlens.errors import InputError

HELD_FIXED = frozenset({
    "_softmax", "_safe_softmax", "_log_softmax", "var", "std", "linalg_vector_norm", "norm",
    "rsqrt", "reciprocal",
    "zeros_like", "ones_like", "full_like", "empty_like", "new_zeros", "new_ones", "new_full",
    "new_empty",
})  # fmt: skip
"""Operations whose result counts as a constant: attention weights and what a normalisation divides
by (AH- and LN-rule of Ali et al. 2022, arXiv:2202.07304), and tensors that take a shape only."""


class NoRule(InputError):
    """LRP cannot follow a network; ``place`` names where: "encoder.2 (LSTM)"."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(message)
        self.place = place


def trace(network: nn.Module, x: torch.Tensor) -> Graph:
    """The operations of ``network(x)``, for one input ``x`` (1, ...).

    Neither ``x`` nor the network is changed, and hooks come off however this ends.

    Raises:
        InputError: a network that does not run, that is in training mode, or whose result is not
            one tensor that depends on ``x``.
    """
    _refuse_training(network)
    given = x.detach().clone().to(_precision(network, x))
    recorder = _Recorder(given)
    try:
        with (
            torch.no_grad(),
            torch.backends.cudnn.flags(enabled=False),  # its operations are not those of the CPU
            sdpa_kernel(SDPBackend.MATH),
            _slow_attention(),
            _named(network, recorder.where),
            recorder,
        ):
            out = network(given)
            output = recorder.ref(out) if isinstance(out, torch.Tensor) else out
    except InputError:
        raise
    except (RuntimeError, ValueError, TypeError, NotImplementedError) as error:
        first = " ".join(str(error).split())[:300]
        place = _place(recorder.where[-1:], "")[1]
        raise NoRule(place, f"LRP runs the network, which fails at {place}: {first}") from error
    if not isinstance(output, (Ref, torch.Tensor)):
        raise NoRule(
            f"an output of type {type(out).__name__}",
            f"LRP needs a network that gives one tensor, and this one gives a "
            f"{type(out).__name__}: wrap it in a module that gives only the part to explain",
        )
    if output == INPUT:
        raise NoRule("an empty one", "LRP walks layers, and this network is empty: it does nothing")
    if not isinstance(output, Ref) or output not in recorder.follows:
        stopped = recorder.stopped or "a step outside torch, or a constant"
        raise NoRule(
            stopped,
            f"LRP knows no rule for {stopped}, the last step of the network, which it holds fixed: "
            "explain what goes into it, or take another method",
        )
    return Graph(tuple(recorder.ops), output)


class _Recorder(TorchDispatchMode):
    """Writes down every operation on a tensor that depends on the input.

    In-place operations make a new tensor of the old one. What else lies in the same memory (views,
    or the tensor that a view was cut from) learns of it when it is used next: ``writes`` holds, for
    each memory, what was written there, and ``seen`` how many of those a tensor knows of.
    """

    def __init__(self, x: torch.Tensor) -> None:
        super().__init__()
        self.ops: list[Op] = []
        self.where: list[
            tuple[str, nn.Module]
        ] = []  # the modules that are running, outermost first
        self.follows = {INPUT}
        self.stopped = ""  # the last operation that passes no relevance on
        self._refs = {id(x): INPUT}
        self._kept = [x]  # alive, so that no id and no memory is used twice
        self._writes: dict[int, list[tuple[torch.Tensor, Ref]]] = {}
        self._seen: dict[int, int] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        leaves, spec = tree_flatten((args, kwargs or {}))
        inputs = [self.ref(leaf) if isinstance(leaf, torch.Tensor) else leaf for leaf in leaves]
        if not any(isinstance(leaf, Ref) for leaf in inputs):
            return func(*args, **(kwargs or {}))
        inputs = [_constant(leaf) for leaf in inputs]  # before it runs: it may write over them
        out = func(*args, **(kwargs or {}))
        outputs = (out,) if isinstance(out, torch.Tensor) else tuple(out or ())
        if torch.Tag.nondeterministic_seeded in func.tags:  # noise: a constant from here on
            for tensor in outputs:
                self._refs.pop(id(tensor), None)
            return out
        in_place = func._schema.is_mutable
        if in_place and not (outputs and outputs[0] is leaves[0]):
            place = _place(self.where, str(func))[1]
            raise NoRule(place, f"LRP does not know what {place} writes to: write it without out=")
        name = func._schema.name.removeprefix("aten::")
        self._record(name.rstrip("_") if in_place else name, func, inputs, spec, outputs, in_place)
        return out

    def ref(self, tensor: torch.Tensor) -> Any:
        """The ``Ref`` of a tensor that depends on the input, or the tensor itself."""
        if not self._writes:
            return self._refs.get(id(tensor), tensor)
        writes = self._writes.get(_memory(tensor), [])
        for written, new in writes[self._seen.get(id(tensor), 0) :]:
            source = _overlap(tensor, written)
            if bool((source >= 0).any()):
                leaves = [_constant(self._refs.get(id(tensor), tensor)), new, source]
                spec = tree_flatten(((0, 0, 0), {}))[1]
                self._record("write", _write, leaves, spec, (tensor,), False)
        if writes:
            self._seen[id(tensor)] = len(writes)
            self._kept.append(tensor)
        return self._refs.get(id(tensor), tensor)

    def _record(
        self,
        name: str,
        function: Any,
        leaves: list[Any],
        spec: Any,
        outputs: tuple[Any, ...],
        in_place: bool,
    ) -> None:
        reach = [
            i for i, leaf in enumerate(leaves) if isinstance(leaf, Ref) and leaf in self.follows
        ]
        followed = () if name in HELD_FIXED else tuple(reach)
        if name == "div":  # a normalisation: what it divides by is held fixed
            followed = tuple(i for i in reach if i == 0)
        layer, place = _place(self.where, name)
        self.ops.append(Op(name, layer, place, function, tuple(leaves), spec, followed, in_place))
        for k, tensor in enumerate(outputs):
            if not isinstance(tensor, torch.Tensor):
                continue
            ref = Ref(len(self.ops) - 1, k)
            if followed and tensor.is_floating_point():
                self.follows.add(ref)
            elif reach:
                self.stopped = place
            self._refs[id(tensor)] = ref
            self._kept.append(tensor)
            if in_place:
                self._writes.setdefault(_memory(tensor), []).append((tensor, ref))
            if self._writes:
                self._seen[id(tensor)] = len(self._writes.get(_memory(tensor), []))


def _constant(leaf: Any) -> Any:
    """``leaf`` for the pass in float64: a copy of a tensor, and float64 for any other precision."""
    if isinstance(leaf, torch.Tensor) and leaf.is_floating_point():
        return leaf.detach().to(torch.float64, copy=True)
    if isinstance(leaf, torch.dtype) and leaf.is_floating_point:
        return torch.float64
    return leaf


def _memory(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _places(tensor: torch.Tensor) -> torch.Tensor:
    """Where in its memory each of a tensor's numbers lies."""
    size = tensor.untyped_storage().nbytes() // tensor.element_size()
    return torch.arange(size).as_strided(tensor.shape, tensor.stride(), tensor.storage_offset())


def _overlap(old: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
    """For each number of ``old``, which number of ``new`` lies in the same place; -1 for none."""
    table = torch.full((old.untyped_storage().nbytes() // old.element_size(),), -1)
    table[_places(new).flatten()] = torch.arange(new.numel())
    return table[_places(old)].to(old.device)


def _write(old: torch.Tensor, new: torch.Tensor, source: torch.Tensor) -> torch.Tensor:
    return torch.where(source < 0, old, new.flatten()[source.clamp(min=0)])


@contextmanager
def _named(network: nn.Module, running: list[tuple[str, nn.Module]]) -> Iterator[None]:
    """Inside the block, ``running`` holds the modules that this thread is running."""
    here = threading.get_ident()  # others may run the same model meanwhile

    def entered(name: str, module: nn.Module) -> None:
        if threading.get_ident() == here:
            running.append((name, module))

    def left(*_: Any) -> None:
        if threading.get_ident() == here:
            running.pop()

    with ExitStack() as hooks:
        for name, module in network.named_modules():
            enter = partial(entered, name or "network")
            first = module.register_forward_pre_hook(lambda m, _, enter=enter: enter(m))
            hooks.callback(first.remove)
            hooks.callback(module.register_forward_hook(left).remove)
        yield


@contextmanager
def _slow_attention() -> Iterator[None]:
    """Attention as the operations it is made of, not as one."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def _place(running: list[tuple[str, nn.Module]], op: str) -> tuple[str, str]:
    """(name for tables, words for messages) of ``op`` in the module that is running."""
    name, module = running[-1] if running else ("network", None)
    leaf = module is not None and next(module.children(), None) is None
    kind = type(module).__name__
    where = name if kind.startswith("_") else f"{name} ({kind})"  # ours, that nobody else knows
    if not op or (leaf and type(module).__module__.startswith("torch.nn.")):
        return name, where
    return (name if leaf else f"{name}.{op}"), f'"{op}" in {where}'


def _precision(network: nn.Module, x: torch.Tensor) -> torch.dtype:
    """That of the network's weights, or of ``x`` where it has none."""
    own = (p.dtype for p in network.parameters() if p.is_floating_point())
    return next(own, x.dtype)


def _refuse_training(network: nn.Module) -> None:
    changing = (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)
    for name, module in network.named_modules():
        if module.training and isinstance(module, changing):
            place = f"{name or 'network'} ({type(module).__name__})"
            raise NoRule(place, f"{place} is in training mode: call .eval() on the model first")

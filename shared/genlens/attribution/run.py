"""What every attribution method does around its maths: check the input, count calls, keep time.

captum and shap draw from the global random generators, and some methods hook the layers of a model
that other threads may use. So explanations of one process are worked out one at a time, and the
global generators are seeded for one and put back afterwards.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from genlens.attribution.results import Attribution
from genlens.attribution.target import Target, numbers
from genlens.common.records import MadeBy, seconds_since
from genlens.errors import Cancelled, InputError, ModelError

_ONE_AT_A_TIME = threading.RLock()
_BATCH_NUMBERS = 2**22
"""Numbers one batch may hold at the model's widest end: 256 digits, 21 pictures of 256 px."""
_LARGEST_BATCH = 256
MAX_SEED = 2**32 - 1
ROUNDING = 64 * float(np.finfo(np.float32).eps)
"""Changes up to this part (8e-6) of a number, or of the range it lives in, are taken for rounding.
Measured: on the shipped models one picture alone and the same picture in a batch of 64 give numbers
that differ by up to 48 float32 epsilons, because sums are done in another order."""


def watched(
    target: Target,
    *,
    cancel: Callable[[], bool] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Target:
    """``target`` that asks ``cancel`` before every batch and tells ``progress`` how many inputs
    were put through it so far.

    Raises:
        Cancelled: from the explainer, at the first batch after ``cancel`` said True.
    """
    done = 0

    def function(x: torch.Tensor) -> torch.Tensor:
        nonlocal done
        if cancel is not None and cancel():
            raise Cancelled("the explanation was stopped")
        out = target.function(x)
        done += len(x)
        if progress is not None:
            progress(done)
        return out

    return replace(target, function=function)


class Run:
    """One explanation being made: the checked input, a counting target, and the result's frame.

    Attributes:
        x: (1, c, h, w) or (1, d) float32 on the target's device.
        calls: inputs put through the target so far.
        largest: the largest size of the number met so far.
        batch: how many inputs to put through it at a time.
    """

    def __init__(self, target: Target, x: Any, seed: int) -> None:
        self.target, self.seed = target, seed
        self.x = as_input(target, x)
        self.calls, self.largest = 0, 0.0
        self.start = time.perf_counter()
        numel = max(target.numel, self.x.numel())
        self.batch = max(1, min(_LARGEST_BATCH, _BATCH_NUMBERS // numel))

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The target's numbers (n,) for ``x`` (n, ...), with the graph where one is kept.

        Raises:
            ModelError: as ``target.numbers``.
        """
        self.calls += len(x)
        # (a copy, as a model may work in place)
        out = numbers(self.target, self.target.function(x.clone()), x)
        self.largest = max(self.largest, float(out.detach().abs().max()))
        return out

    @property
    def resolution(self) -> float:
        """Up to where a change of the number is only rounding, as met so far; see ``ROUNDING``."""
        return ROUNDING * max(self.largest, self.target.scale)

    def values(self, x: torch.Tensor) -> np.ndarray:
        """The target's numbers (n,) float64 without gradients, in batches."""
        with torch.no_grad():
            parts = [self(part.to(self.x)) for part in x.split(self.batch)]
        return torch.cat(parts).double().cpu().numpy()

    def value(self, x: torch.Tensor) -> float:
        """The target's number for one input (1, ...)."""
        return float(self.values(x)[0])

    def module(self) -> nn.Module:
        """The counting target as a module that holds its networks, as captum's hooks want it."""
        run = self

        class _TargetModule(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.parts = nn.ModuleList(run.target.modules)

            def forward(self, x: torch.Tensor) -> torch.Tensor:
                return run(x)

        return _TargetModule()

    def leaf(self) -> torch.Tensor:
        """x again, as what gradients are taken with respect to."""
        return self.x.clone().requires_grad_(True)

    def baseline(self, baseline: Any) -> torch.Tensor:
        """``baseline`` as one input (1, ...): a number for all of it, or an array of x's shape.

        Raises:
            InputError: an array of another shape.
        """
        value = torch.as_tensor(np.asarray(_array(baseline), dtype=np.float32)).to(self.x)
        if value.ndim == 0:
            return torch.full_like(self.x, float(value))
        if value.numel() != self.x.numel():
            raise InputError(
                f"the baseline has shape {tuple(value.shape)} and the input "
                f"{tuple(self.x.shape[1:])}: pass a number, or an array of the input's shape"
            )
        return value.reshape(self.x.shape)

    def labels(self) -> tuple[str, ...]:
        """Names of latents, z0 onwards; none for pixels."""
        d = self.x.shape[1] if self.target.kind == "latent" else 0
        return tuple(f"z{j}" for j in range(d))

    def result(
        self,
        values: Any,
        method: str,
        *,
        output: float,
        base: float | None = None,
        signed: bool = True,
        settings: dict[str, Any] | None = None,
        each: bool = False,
        power: int = 1,
        **more: Any,
    ) -> Attribution:
        """The finished record. ``values`` is what the method gave: a leading axis of one is
        dropped; with ``base`` the gap is worked out.

        ``each``: every value is a difference of two numbers, so each has its own rounding error.
        ``power``: values are changes of the number to this power (2 for squared slopes).
        """
        array = np.asarray(_array(values), dtype=np.float64)
        if array.ndim > 1 and len(array) == 1 and array.ndim == self.x.ndim:
            array = array[0]
        if not np.isfinite(array).all():
            raise ModelError(
                f'the slopes of "{self.target.name}" are NaN or infinite here, though the number '
                "is not (a root or a logarithm of 0?): take a method that needs no gradients"
            )
        gap = None if base is None else float(array.sum()) - (output - base)
        moves = np.abs(np.nan_to_num(array)) ** (1 / power)
        more.setdefault("size", float(moves.max(initial=0.0) if each else moves.sum()))
        more.setdefault("unit", self.target.unit)
        more.setdefault("labels", self.labels())
        more.setdefault("gap", gap)
        return Attribution(
            values=array,
            method=method,
            target=self.target.name,
            kind=self.target.kind,
            signed=signed,
            output=output,
            base=base,
            resolution=self.resolution,
            made_by=self.made_by(settings or {}),
            **more,
        )

    def made_by(self, settings: Mapping[str, Any]) -> MadeBy:
        """What a result of this run carries."""
        return MadeBy(
            model=self.target.model,
            revision=self.target.revision,
            device=str(self.target.device),
            seed=self.seed,
            settings=dict(settings),
            model_calls=self.calls,
            seconds=seconds_since(self.start),
        )


@contextmanager
def explaining(
    target: Target, x: Any, *, seed: int = 0, kinds: Sequence[str] = ("image", "latent")
) -> Iterator[Run]:
    """A :class:`Run` of ``target`` on ``x``, alone in the process and with seeded generators.

    Raises:
        InputError: the input or the seed cannot be used, or the method does not explain this kind.
    """
    if target.kind not in kinds:
        raise InputError(
            f'this method explains {" and ".join(kinds)} targets, and "{target.name}" is of kind '
            f"{target.kind}: take another method or another target"
        )
    if not isinstance(seed, (int, np.integer)) or not 0 <= seed <= MAX_SEED:
        raise InputError(f"the seed {seed!r} is not a whole number from 0 to {MAX_SEED}")
    with (
        _ONE_AT_A_TIME,
        seeded(int(seed), target.device),
        torch.inference_mode(False),
        torch.enable_grad(),
    ):
        yield Run(target, x, int(seed))


@contextmanager
def seeded(seed: int, device: Any = "cpu") -> Iterator[None]:
    """torch's and numpy's global generators at ``seed`` inside, and as they were afterwards."""
    place = torch.device(device)
    devices = [place] if place.type == "cuda" else []
    before = np.random.get_state()
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        np.random.seed(seed)
        try:
            yield
        finally:
            np.random.set_state(before)


def as_input(target: Target, x: Any) -> torch.Tensor:
    """``x``, one image (c, h, w) or code (d,), with or without a leading axis of one, as a batch
    of one: float32 on the target's device, detached.

    Raises:
        InputError: another shape, more than one input, NaN or infinite values, or pixels outside
            [0, 1].
    """
    one = torch.as_tensor(_array(x))
    rank = 3 if target.kind == "image" else 1
    if target.kind == "latent" and target.input_shape and one.numel() == target.input_shape[0]:
        one = one.reshape(target.input_shape)  # a spatial code (c', h', w'), flattened
    if one.ndim == rank + 1 and len(one) == 1:
        one = one[0]
    if one.ndim != rank or (target.input_shape and tuple(one.shape) != tuple(target.input_shape)):
        wanted = target.input_shape or ("(channels, h, w)" if rank == 3 else "(d,)")
        raise InputError(
            f'"{target.name}" is explained for one {target.kind} of shape {wanted}, not '
            f"{tuple(one.shape)}"
        )
    one = one.to(device=torch.device(target.device), dtype=torch.float32)
    if not bool(torch.isfinite(one).all()):
        raise InputError(f"the {target.kind} holds NaN or infinity: give finite numbers")
    if target.kind == "image" and (float(one.min()) < -1e-3 or float(one.max()) > 1 + 1e-3):
        raise InputError(
            f"pixels run from {float(one.min()):.3g} to {float(one.max()):.3g}: they should be in "
            "[0, 1], so divide by 255 first"
        )
    return one[None].clone()


def describe(baseline: Any) -> Any:
    """A baseline as it is written into settings: the number, or "array"."""
    return float(baseline) if np.ndim(baseline) == 0 else "array"


def _array(value: Any) -> Any:
    """``value`` off the graph and, where it is a tensor, on the CPU."""
    return value.detach().cpu() if hasattr(value, "detach") else value

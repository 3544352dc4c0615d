"""How the numbers of a foreign autoencoder are read: the range of its pictures, and what of its
encoder's output are means.

genlens passes pictures in [0, 1] and expects them back. A decoder trained with
``binary_cross_entropy_with_logits`` ends in logits, one that ends in a Tanh gives [-1, 1], and its
encoder usually wants that as well; one tensor for means and log-variances comes in three orders.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import torch
from torch import nn

from genlens.errors import InputError

Range = Literal["unit", "tanh"] | tuple[float, float]
"""Where pixels lie: "unit" [0, 1], "tanh" [-1, 1], or (lowest, highest)."""
Output = Range | Literal["logits"]
Split = bool | Literal["interleaved", "logvar first"]


@dataclass(frozen=True)
class Reading:
    """How one model is read.

    ``split``: what an encoder's single tensor holds along axis 1: False only means; True means,
    then as many log-variances; "logvar first" the reverse; "interleaved" mean, log-variance, mean,
    ... An encoder that gives a pair gives (mean, log-variance), or with "logvar first" the reverse.
    ``output`` is the range of the decoder's pixels, or "logits" of them; ``input`` the range in
    which the encoder wants them.

    Raises:
        InputError: another value.
    """

    split: Split = False
    output: Output = "unit"
    input: Range = "unit"

    def __post_init__(self) -> None:
        if self.split not in (False, True, "interleaved", "logvar first"):
            raise InputError(
                f"split {self.split!r} is not one of True, False, 'interleaved', 'logvar first'"
            )
        for name, value, more in (("output", self.output, ("logits",)), ("input", self.input, ())):
            if value in ("unit", "tanh", *more):
                continue
            named = ", ".join(repr(word) for word in ("unit", "tanh", *more))
            if not isinstance(value, tuple) or len(value) != 2 or not value[0] < value[1]:
                raise InputError(
                    f"{name} {value!r} is not one of {named}, or a pair such as (0, 255)"
                )

    def halves(self, out: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Means and log-variances (None where there are none) of one tensor (n, 2 d, ...)."""
        if self.split is False:
            return out, None
        if self.split == "interleaved":
            return out[:, 0::2], out[:, 1::2]
        first, second = out.tensor_split(2, dim=1)
        return (second, first) if self.split == "logvar first" else (first, second)

    def before(self) -> nn.Module | None:
        """What pictures in [0, 1] go through before the encoder, None for nothing."""
        low, high = _limits(self.input)
        return None if (low, high) == (0, 1) else Rescale(high - low, low)

    def after(self) -> nn.Module | None:
        """What the decoder's output goes through to be pictures in [0, 1], None for nothing."""
        if self.output == "logits":
            return nn.Sigmoid()
        low, high = _limits(self.output)
        return None if (low, high) == (0, 1) else Rescale(1 / (high - low), -low / (high - low))

    def others(self) -> Iterator[Reading]:
        """Every other reading that has a name."""
        splits: tuple[Split, ...] = (False, True, "interleaved", "logvar first")
        outputs: tuple[Output, ...] = ("unit", "logits", "tanh")
        inputs: tuple[Range, ...] = ("unit", "tanh")
        for split, output, input_ in product(splits, outputs, inputs):
            other = Reading(split, output, input_)
            if other != self:
                yield other

    def changes(self, other: Reading) -> str:
        """The arguments that turn this reading into ``other``, as Python writes them."""
        pairs = [(name, getattr(other, name)) for name in ("split", "output", "input")]
        return ", ".join(
            f"{name}={value!r}" for name, value in pairs if replace(self, **{name: value}) != self
        )


def _limits(given: Output) -> tuple[float, float]:
    if isinstance(given, tuple):
        return float(given[0]), float(given[1])
    return (-1.0, 1.0) if given == "tanh" else (0.0, 1.0)


class Rescale(nn.Module):
    """x -> scale x + shift."""

    def __init__(self, scale: float, shift: float) -> None:
        super().__init__()
        self.scale, self.shift = scale, shift

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.scale + self.shift


def cast_note(module: nn.Module) -> str:
    """What a model's card says where its weights are not float32, which genlens computes in."""
    kinds = {t.dtype for t in module.state_dict().values() if t.is_floating_point()}
    other = ", ".join(sorted(str(kind).removeprefix("torch.") for kind in kinds - {torch.float32}))
    return f"its weights were {other} and are computed with in float32" if other else ""

"""What attribution methods explain: one number of a model, as a differentiable function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from genlens.errors import InputError, ModelError

if TYPE_CHECKING:
    import torch
    from torch import nn


Kind = Literal["image", "latent"]


@dataclass(frozen=True)
class Target:
    """One number to explain.

    ``function(x)`` takes (n, c, h, w) images in [0, 1] (kind "image") or (n, d) flat latents (kind
    "latent") and gives (n,), differentiable. ``input_shape`` is that of one x, where known.
    ``modules`` are the networks it runs through: methods that hook layers need them, and the first
    is the one whose layer names are used. ``numel`` is the largest number of values one input needs
    at a time (a decoded picture), for batch sizes. ``latent_shape`` is that of the model's code
    where it has one: (d,), or (c, h, w) of a map, which targets take flat.

    ``scale`` is the width of the range the number lives in, where it has one (1 for a probability,
    a logit, a brightness or a latent): what is small against it is small in itself.

    LRP walks layers and not functions: where the number is linear in what a chain of layers puts
    out, ``network`` is that chain and ``weights`` (outputs,) the numbers' share, so that
    f(x) = weights . network(x).
    """

    name: str
    kind: Kind
    unit: str
    function: Callable[[torch.Tensor], torch.Tensor]
    input_shape: tuple[int, ...] | None = None
    modules: tuple[nn.Module, ...] = ()
    network: nn.Module | None = None
    weights: np.ndarray | None = None
    model: str = ""
    revision: str = ""
    device: Any = "cpu"
    numel: int = 1
    latent_shape: tuple[int, ...] = ()
    scale: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in ("image", "latent"):
            raise InputError(f'a target\'s kind is "image" or "latent", not {self.kind!r}')


def numbers(target: Target, out: Any, x: torch.Tensor) -> torch.Tensor:
    """What ``target`` gave for ``x`` (n, ...) as (n,) floating-point numbers; whole numbers and yes
    or no become float32.

    Raises:
        ModelError: no real numbers, another shape than (n,), NaN or infinite values, or nothing to
            differentiate where that is asked for.
    """
    import torch

    if not isinstance(out, torch.Tensor) or out.is_complex():
        given = "complex numbers" if isinstance(out, torch.Tensor) else f"a {type(out).__name__}"
        raise ModelError(f'the target "{target.name}" gives {given}: a real tensor (n,) is needed')
    if tuple(out.shape) != (len(x),):
        raise ModelError(
            f'the target "{target.name}" gives shape {tuple(out.shape)} for {len(x)} '
            "inputs: it should be one number for each"
        )
    if not bool(torch.isfinite(out.detach()).all()):
        raise ModelError(
            f'the target "{target.name}" gives NaN or infinity on this input: the '
            "model's weights or the input are broken"
        )
    if x.requires_grad and torch.is_grad_enabled() and not out.requires_grad:
        raise ModelError(
            f'the target "{target.name}" has no gradient (it rounds, counts, detaches, or does not '
            "use its input): take a method that only asks for numbers, such as occlusion, LIME or "
            "SHAP"
        )
    return out if out.is_floating_point() else out.float()

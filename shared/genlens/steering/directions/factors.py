"""SeFa: directions in which the generator's own weights say that most changes, in closed form.

Shen and Zhou 2021, "Closed-form factorization of latent semantics in GANs" (arXiv:2007.06600),
equation 5: the first thing that happens to a code is a linear map A; the directions n with the
largest |A n| are the eigenvectors of AᵀA with the largest eigenvalues. No picture is drawn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from genlens.attribution.method import Option
from genlens.common.hooks import hooked
from genlens.errors import InputError
from genlens.models.contracts import Generator, Layered
from genlens.steering.directions.method import (
    DirectionMethod,
    Found,
    Task,
    one_deviation,
    ordinary_codes,
)
from genlens.steering.directions.space import CodeSpace

COUNT = Option(
    "count", "Directions", "So many, the strongest first.", low=1, high=32, whole=True, step=1
)


def sefa(task: Task, *, count: int = 5) -> Found:
    """The ``count`` first eigenvectors of AᵀA; A is the style weights of the chosen layers one
    above the other, or, where the generator has one layer, the first linear map of its latents."""
    a = first_map(task.space)
    _, vectors = np.linalg.eigh(a.T @ a)  # the smallest eigenvalue first
    units = vectors.T[::-1][:count]
    codes = ordinary_codes(task.space)
    rows = np.stack([one_deviation(signed(unit), codes) for unit in units])
    return Found(rows=rows, titles=tuple(f"factor {i + 1}" for i in range(len(rows))))


def signed(row: np.ndarray) -> np.ndarray:
    """``row`` or its opposite, whichever has its largest number positive: an eigenvector has no
    sign of its own, and the same should come out on every machine."""
    return row if row[np.abs(row).argmax()] > 0 else -row


def first_map(space: CodeSpace) -> np.ndarray:
    """(channels, width): the linear map that codes of ``space`` go through first.

    Raises:
        InputError: the generator says none and has several layers, the space is the latents of one
            with a mapping network, or the first map is no matrix.
    """
    generator = space.generator
    if len(generator.layers) == 1:
        return _first_linear(generator, space)
    if not isinstance(generator, Layered):
        raise InputError(
            f"{generator.card.id} does not say by which weights its styles are multiplied, which "
            "closed-form factors are made of: take PCA, or a method that learns from scores"
        )
    if space.space == "latents":
        raise InputError(
            f"latents of {generator.card.id} go through a mapping network first, whose weights say "
            "nothing about pictures: take closed-form factors in styles"
        )
    return np.concatenate(
        [generator.style_weights(k).detach().double().cpu().numpy() for k in space.layers]
    )


@torch.no_grad()
def _first_linear(generator: Generator, space: CodeSpace) -> np.ndarray:
    """The weights (channels, width) of the first linear layer that sees the code itself."""
    styles = generator.to_styles(generator.sample_latents(1, 0))
    seen: list[np.ndarray] = []

    def look(module: nn.Module, inputs: Any, output: Any) -> None:
        x = inputs[0]
        if not seen and x.numel() == styles.numel() and torch.equal(x.flatten(), styles.flatten()):
            seen.append(_matrix(module, space.width))

    linear = (nn.Linear, nn.ConvTranspose2d, nn.Conv2d)
    with hooked([m for m in generator.module.modules() if isinstance(m, linear)], look):
        generator.synthesize(styles)
    if not seen or not seen[0].size:
        raise InputError(
            f"the first thing that {generator.card.id} does to its latents is no matrix (a "
            "convolution over places, or nothing linear): take a method that learns from scores"
        )
    return seen[0]


def _matrix(module: nn.Module, width: int) -> np.ndarray:
    """(channels, width) of a linear layer, or of a transposed convolution of one place; empty for
    anything else."""
    if isinstance(module, nn.Linear):
        return module.weight.detach().double().cpu().numpy()
    if isinstance(module, nn.ConvTranspose2d) and module.in_channels == width:
        return module.weight.detach().double().cpu().flatten(1).numpy().T  # (width, out * h * w)
    return np.empty((0, width))


SEFA = DirectionMethod(
    name="sefa",
    title="Closed-form factors (SeFa)",
    function=sefa,
    help="What the generator’s own weights amplify most. No picture and no assessor is asked; what "
    "each factor means is for you to see.",
    equation="the eigenvectors of AᵀA with the largest eigenvalues; A: the weights that styles are "
    "multiplied with",
    paper="Shen and Zhou 2021, arXiv:2007.06600, equation 5",
    misleads="A factor need not mean anything, and often moves several things at once. Its number "
    "and its sign mean nothing.",
    needs="nothing",
    options=(COUNT,),
)

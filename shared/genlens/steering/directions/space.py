"""Where directions are looked for: a generator's latents, or the styles of some of its layers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch

from genlens.common.checks import whole
from genlens.errors import InputError
from genlens.models.contracts import Generator
from genlens.steering.results import Space

SPACES: dict[Space, str] = {"latents": "latents z", "styles": "styles w"}
"""Space -> what it is called in words."""
_BATCH = 1024
_PROBED = 4


class CodeSpace:
    """Flat codes (n, width) of a generator's latents, and the pictures of codes.

    In "latents" a code is z. In "styles" it is the style w of ``layers``: one vector where these
    layers share it (a StyleGAN before anything is mixed), else one after the other; other layers
    keep the styles of their latent.

    Args:
        generator: any.
        space: "latents" or "styles".
        layers: indices into ``generator.layers``, each once; None for all. Only for styles.

    Raises:
        InputError: no such space or layer, a layer twice, none, or layers of latents.
    """

    def __init__(
        self, generator: Generator, space: Space = "latents", layers: Sequence[int] | None = None
    ) -> None:
        if space not in SPACES:
            raise InputError(f"there is no space {space!r}: take one of {', '.join(SPACES)}")
        if space == "latents" and layers is not None:
            raise InputError("latents have no layers: leave layers out, or take space='styles'")
        self.generator, self.space = generator, space
        self.layers = _checked(generator, layers)
        few = self._styles(generator.sample_latents(_PROBED, 0))  # (n, chosen, d)
        self.shared = bool((few == few[:, :1]).all())
        if space == "latents":
            self.width = math.prod(generator.latent_shape)
        else:
            self.width = int(few.shape[2]) * (1 if self.shared else len(self.layers))

    def codes(self, z: torch.Tensor) -> torch.Tensor:
        """(n, width) of latents ``z`` (n, *latent_shape); differentiable."""
        if self.space == "latents":
            return z.flatten(1).to(self.generator.device)
        styles = self._styles(z)
        return styles[:, 0] if self.shared else styles.flatten(1)

    @torch.no_grad()
    def many(self, z: torch.Tensor) -> np.ndarray:
        """(n, width) float64 of any number of latents."""
        return np.concatenate([self.codes(part).double().cpu().numpy() for part in z.split(_BATCH)])

    def pictures(self, z: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
        """(n, c, h, w) of ``codes`` (n, width) in the place of those of ``z``; differentiable."""
        if self.space == "latents":
            whole_z = codes.reshape(len(codes), *self.generator.latent_shape)
            return self.generator.synthesize(self.generator.to_styles(whole_z))
        styles = self.generator.to_styles(z).clone()  # (n, layers, d)
        chosen = codes.reshape(len(codes), -1, styles.shape[2])  # one row for all, or one each
        styles[:, list(self.layers)] = chosen.expand(-1, len(self.layers), -1)
        return self.generator.synthesize(styles)

    def as_vector(self, row: np.ndarray) -> np.ndarray:
        """``row`` (width,) as ``results.Direction`` has it: (d,), or (layers, d) with zeros in the
        rows of layers that stay."""
        if self.space == "latents":
            return np.asarray(row, np.float32)
        chosen = np.asarray(row, np.float32).reshape(1 if self.shared else len(self.layers), -1)
        vector = np.zeros((len(self.generator.layers), chosen.shape[1]), np.float32)
        vector[list(self.layers)] = chosen
        return vector

    def _styles(self, z: torch.Tensor) -> torch.Tensor:
        return self.generator.to_styles(z)[:, list(self.layers)]


def _checked(generator: Generator, layers: Sequence[int] | None) -> tuple[int, ...]:
    last = len(generator.layers) - 1
    if layers is None:
        return tuple(range(last + 1))
    chosen = tuple(whole("layer", layer, 0, last) for layer in layers)
    if not chosen or len(set(chosen)) < len(chosen):
        raise InputError(
            f"layers are {list(layers)}: name at least one of 0 to {last}, and none twice"
        )
    return tuple(sorted(chosen))

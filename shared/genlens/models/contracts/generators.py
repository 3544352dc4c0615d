"""Models that draw from noise: what steering and the anchors' criteria ask of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from genlens.models.contracts.values import ModelCard

if TYPE_CHECKING:
    import torch
    from torch import nn


@runtime_checkable
class Generator(Protocol):
    """Noise in, images out, by way of styles: one vector of d numbers for each layer.

    A generator without styles of its own (DCGAN, an autoencoder's decoder) has one layer, whose
    style is the latent.
    """

    card: ModelCard

    @property
    def device(self) -> torch.device | str:
        """Where it runs."""
        ...

    @property
    def module(self) -> nn.Module:
        """The networks, for hooks."""
        ...

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(channels, h, w) of one picture."""
        ...

    @property
    def latent_shape(self) -> tuple[int, ...]:
        """Of one latent z, whose prior is N(0, 1) in each number."""
        ...

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that take a style each, coarse to fine."""
        ...

    def sample_latents(self, n: int, seed: int) -> torch.Tensor:
        """(n, *latent_shape) float32 from the prior; the first of a larger draw are those of a
        smaller one."""
        ...

    def to_styles(self, z: torch.Tensor) -> torch.Tensor:
        """(n, layers, d): the style of each layer; differentiable."""
        ...

    def synthesize(self, styles: torch.Tensor) -> torch.Tensor:
        """(n, c, h, w) float32 in [0, 1] of ``styles`` (n, layers, d); differentiable."""
        ...


@runtime_checkable
class Layered(Generator, Protocol):
    """A generator whose styles can be analysed without a picture: a StyleGAN."""

    def style_weights(self, layer: int) -> torch.Tensor:
        """(channels, d): what the style of ``layer`` (an index) is multiplied with."""
        ...

    def truncated(self, psi: float) -> Generator:
        """The same generator with styles pulled towards the mean one: 1 leaves them, 0 is the
        mean."""
        ...


@runtime_checkable
class Dissectable(Generator, Protocol):
    """A generator whose layers have units: channels that may stand for something."""

    @property
    def unit_layers(self) -> tuple[str, ...]:
        """Names of submodules of ``module`` that put out (n, units, h, w), coarse to fine."""
        ...


@runtime_checkable
class Classed(Generator, Protocol):
    """A generator for each label, with shared weights; as a ``Generator`` it stands at one of
    them."""

    label: int
    """The label it stands at."""

    @property
    def labels(self) -> tuple[int, ...]:
        """All labels: 0 to classes - 1."""
        ...

    def given(self, label: int) -> Generator:
        """The same generator at another label."""
        ...


@runtime_checkable
class Guessing(Generator, Protocol):
    """A generator with an encoder that guesses the styles behind pictures."""

    def estimate_styles(self, images: torch.Tensor) -> torch.Tensor | None:
        """(n, layers, d) of ``images`` (n, c, h, w) in [0, 1]; None where this model came without
        its encoder."""
        ...


@runtime_checkable
class Denoiser(Protocol):
    """A diffusion model as PXGen asks it: how well does it know the noise on this picture?

    Time steps are whole numbers from 0 (clean) to ``timesteps`` - 1 (noise), as it was trained.
    """

    card: ModelCard

    @property
    def device(self) -> torch.device | str:
        """Where it runs."""
        ...

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(channels, h, w) of one picture."""
        ...

    @property
    def timesteps(self) -> int:
        """How many time steps it was trained with."""
        ...

    def to_latents(self, images: torch.Tensor) -> torch.Tensor:
        """What it denoises: ``images`` (n, c, h, w) themselves in [-1, 1], or their latents."""
        ...

    def to_images(self, latents: torch.Tensor) -> torch.Tensor:
        """(n, c, h, w) float32 in [0, 1]: the inverse of ``to_latents``."""
        ...

    def add_noise(self, latents: torch.Tensor, noise: torch.Tensor, t: int) -> torch.Tensor:
        """``latents`` at time step ``t`` (DDPM, Ho et al. 2020, arXiv:2006.11239, equation 4)."""
        ...

    def predict_noise(self, latents: torch.Tensor, t: int) -> torch.Tensor:
        """The noise it sees in ``latents`` at time step ``t``, shaped like them."""
        ...

    def invert(self, images: torch.Tensor, *, steps: int | None = None) -> torch.Tensor:
        """The noise that leads to ``images`` by deterministic sampling (DDIM inversion, Song et
        al. 2021, arXiv:2010.02502, equation 13)."""
        ...

    def generate(self, noise: torch.Tensor, *, steps: int | None = None) -> torch.Tensor:
        """(n, c, h, w) images in [0, 1] from ``noise`` by deterministic sampling (DDIM)."""
        ...

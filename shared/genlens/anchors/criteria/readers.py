"""How each kind of model is asked: what it makes of pictures, and for pictures of its own."""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import Protocol

import numpy as np
import torch

from genlens.anchors.criteria.view import Aggregate, View
from genlens.common.progress import Cancel
from genlens.errors import Cancelled, InputError, ModelError
from genlens.models.contracts import Autoencoder, Denoiser, Generator, ModelCard, Posterior
from genlens.models.generators.decoder import DecoderGenerator, prior_sample
from genlens.models.generators.inversion import Inversion, Inverter

AGGREGATE = 2_000
"""Own pictures from which the place of a model's codes is worked out."""
_PASS = 250
"""Own pictures that are worked on at a time."""

AnyModel = Autoencoder | Generator | Denoiser


class Reader(Protocol):
    """A model as criteria ask it. ``contract`` is one of ``view.PARTS_OF``; ``coded`` says that
    codes cost a single pass; ``calls`` counts pictures put through the model (of a
    ``Denoiser`` inversions and generations, whatever their steps)."""

    contract: str
    coded: bool
    calls: int

    @property
    def model(self) -> AnyModel:
        """The model."""
        ...

    def view(self, images: torch.Tensor) -> View:
        """``images`` (n, c, h, w) in [0, 1], on any device, as the model sees them."""
        ...

    def draw(self, n: int, seed: int) -> torch.Tensor:
        """(n, c, h, w) pictures of the model's own."""
        ...


def reader_of(model: AnyModel, *, seed: int = 0, cancel: Cancel | None = None) -> Reader:
    """The reader of ``model``; ``seed`` is of what criteria draw, ``cancel`` stops inversions.

    Raises:
        InputError: it is none of the three kinds.
    """
    if isinstance(model, Autoencoder):
        return AutoencoderReader(model, seed, cancel)
    if isinstance(model, Generator):
        return GeneratorReader(model, seed, cancel)
    if isinstance(model, Denoiser):
        return DenoiserReader(model)
    raise InputError(
        f"a {type(model).__name__} cannot be asked about anchors: pass an Autoencoder, a Generator "
        "or a Denoiser (genlens.models.contracts), such as genlens.load gives"
    )


class AutoencoderReader:
    """Codes are the encoder's means, rebuilt pictures are decoded from them."""

    contract, coded = "Autoencoder", True

    def __init__(self, model: Autoencoder, seed: int = 0, cancel: Cancel | None = None) -> None:
        self.model, self.calls = model, 0
        self._generator, self._seed, self._cancel = DecoderGenerator(model), seed, cancel
        self._inverter = Inverter(self._generator, seed=seed)

    def view(self, images: torch.Tensor) -> AutoencoderView:
        """See ``Reader``."""
        return AutoencoderView(self, images.to(self.model.device))

    def draw(self, n: int, seed: int) -> torch.Tensor:
        """Decoded from N(0, 1)."""
        with torch.no_grad():
            return self.decode(self._generator.sample_latents(n, seed))

    def encode(self, images: torch.Tensor) -> Posterior:
        """Counted."""
        self.calls += len(images)
        return self.model.encode(images)

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Counted, and looked at."""
        self.calls += len(latents)
        return _finite(self.model.decode(latents), self.model.card)

    def invert(self, images: torch.Tensor, codes: torch.Tensor) -> Inversion:
        """From the encoder's ``codes`` on."""
        self.calls += len(images) * (self._inverter.steps + 2)
        return self._inverter.invert(images, codes, cancel=self._cancel)

    @cached_property
    def aggregate(self) -> Aggregate:
        """Of the aggregate posterior, the mixture of the posteriors of the model's own pictures:
        the spread of their means, and the mean of their variances."""
        means, variances = [], []
        with torch.no_grad():
            for i in range(AGGREGATE // _PASS):
                if self._cancel is not None and self._cancel():
                    raise Cancelled("stopped while the place of the model's codes was worked out")
                posterior = self.encode(self.draw(_PASS, self._seed + i))
                means.append(posterior.mean.flatten(1).double().cpu())
                variances.append(posterior.logvar.flatten(1).double().exp().cpu())
        rows = torch.cat(means)
        spread = _covariance(rows.numpy()) + torch.diag(torch.cat(variances).mean(0))
        return Aggregate(rows.mean(0).float(), torch.linalg.inv(spread).float())


class AutoencoderView(View):
    """See ``AutoencoderReader``."""

    def __init__(self, reader: AutoencoderReader, images: torch.Tensor) -> None:
        super().__init__(images)
        self._reader = reader

    @cached_property
    def posterior(self) -> Posterior:
        """The encoder's."""
        return self._reader.encode(self.images)

    @cached_property
    def codes(self) -> torch.Tensor:
        """(n, d) posterior means."""
        return self.posterior.mean.flatten(1)

    @cached_property
    def rebuilt(self) -> torch.Tensor:
        """Decoded from the posterior means."""
        return self._reader.decode(self.posterior.mean)

    @cached_property
    def inverted(self) -> Inversion:
        """Found from the posterior means on."""
        return self._reader.invert(self.images, self.codes)

    @property
    def aggregate(self) -> Aggregate:
        """Of the whole model."""
        return self._reader.aggregate


class GeneratorReader:
    """Codes and rebuilt pictures come from latent inversion; the codes' place is the prior's."""

    contract, coded = "Generator", False

    def __init__(self, model: Generator, seed: int = 0, cancel: Cancel | None = None) -> None:
        self.model, self.calls = model, 0
        self._cancel, self._inverter = cancel, Inverter(model, seed=seed)

    def view(self, images: torch.Tensor) -> GeneratorView:
        """See ``Reader``."""
        return GeneratorView(self, images.to(self.model.device))

    def draw(self, n: int, seed: int) -> torch.Tensor:
        """Made from the prior."""
        self.calls += n
        with torch.no_grad():
            styles = self.model.to_styles(self.model.sample_latents(n, seed))
            return _finite(self.model.synthesize(styles), self.model.card)

    def invert(self, images: torch.Tensor) -> Inversion:
        """From the nearest of the generator's own pictures on."""
        self.calls += len(images) * (self._inverter.steps + 2)
        return self._inverter.invert(images, cancel=self._cancel)

    @cached_property
    def aggregate(self) -> Aggregate:
        """N(0, 1) in each latent."""
        d = prod(self.model.latent_shape)
        return Aggregate(torch.zeros(d), torch.eye(d))


class GeneratorView(View):
    """See ``GeneratorReader``."""

    def __init__(self, reader: GeneratorReader, images: torch.Tensor) -> None:
        super().__init__(images)
        self._reader = reader

    @cached_property
    def inverted(self) -> Inversion:
        """Codes and rebuilt pictures."""
        return self._reader.invert(self.images)

    @property
    def codes(self) -> torch.Tensor:
        """(n, d) of the inversion."""
        return self.inverted.codes

    @property
    def rebuilt(self) -> torch.Tensor:
        """Of the inversion."""
        return self.inverted.rebuilt

    @property
    def aggregate(self) -> Aggregate:
        """The prior."""
        return self._reader.aggregate


class DenoiserReader:
    """Codes are the noise that DDIM inversion leads to; rebuilt pictures are made from it."""

    contract, coded = "Denoiser", False

    def __init__(self, model: Denoiser) -> None:
        self.model, self.calls = model, 0

    def view(self, images: torch.Tensor) -> DenoiserView:
        """See ``Reader``."""
        return DenoiserView(self, images.to(self.model.device))

    def draw(self, n: int, seed: int) -> torch.Tensor:
        """Denoised from noise."""
        return self.generate(prior_sample(n, self._noise_shape, seed).to(self.model.device))

    def invert(self, images: torch.Tensor) -> torch.Tensor:
        """Counted."""
        self.calls += len(images)
        with torch.no_grad():
            return self.model.invert(images)

    def generate(self, noise: torch.Tensor) -> torch.Tensor:
        """Counted, and looked at."""
        self.calls += len(noise)
        with torch.no_grad():
            return _finite(self.model.generate(noise), self.model.card)

    @cached_property
    def _noise_shape(self) -> tuple[int, ...]:
        grey = torch.full((1, *self.model.image_shape), 0.5, device=self.model.device)
        with torch.no_grad():
            return tuple(self.model.to_latents(grey).shape[1:])


class DenoiserView(View):
    """See ``DenoiserReader``."""

    def __init__(self, reader: DenoiserReader, images: torch.Tensor) -> None:
        super().__init__(images)
        self._reader = reader

    @property
    def denoiser(self) -> Denoiser:
        """The model."""
        return self._reader.model

    @cached_property
    def noise(self) -> torch.Tensor:
        """(n, c', h', w')."""
        return self._reader.invert(self.images)

    @property
    def codes(self) -> torch.Tensor:
        """(n, d): the noise, flat."""
        return self.noise.flatten(1)

    @cached_property
    def rebuilt(self) -> torch.Tensor:
        """Made from the noise."""
        return self._reader.generate(self.noise)


def _finite(images: torch.Tensor, card: ModelCard) -> torch.Tensor:
    if not bool(images.isfinite().all()):
        raise ModelError(f"{card.id} drew pixels that are NaN or infinite")
    return images


def _covariance(rows: np.ndarray) -> torch.Tensor:
    """Ledoit and Wolf's, which stays invertible where dimensions outnumber the rows."""
    from sklearn.covariance import LedoitWolf

    return torch.from_numpy(LedoitWolf().fit(rows).covariance_)

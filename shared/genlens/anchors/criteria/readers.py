"""How each kind of model is asked: what it makes of pictures, and for pictures of its own."""

from __future__ import annotations

from functools import cached_property
from typing import Protocol

import numpy as np
import torch

from genlens.anchors.criteria.by_denoiser import DenoiserReader
from genlens.anchors.criteria.by_generator import GeneratorReader
from genlens.anchors.criteria.view import Aggregate, View, finite
from genlens.common.progress import Cancel
from genlens.errors import Cancelled, InputError
from genlens.models.contracts import Autoencoder, Denoiser, Generator, Posterior
from genlens.models.generators.decoder import DecoderGenerator
from genlens.models.generators.inversion import Inversion, Inverter

AGGREGATE = 2_000
"""Own pictures from which the place of a model's codes is worked out."""
_PASS = 250
"""Own pictures that are worked on at a time."""

AnyModel = Autoencoder | Generator | Denoiser


class Reader(Protocol):
    """A model as criteria ask it. ``contract`` is one of ``view.PARTS_OF``; ``coded`` says that
    codes cost a single pass; ``batch`` how many pictures it takes at a time at most; ``calls``
    counts pictures put through the model (of a ``Denoiser`` inversions and generations, whatever
    their steps)."""

    contract: str
    coded: bool
    batch: int
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


def reader_of(
    model: AnyModel, *, seed: int = 0, cancel: Cancel | None = None, steps: int | None = None
) -> Reader:
    """The reader of ``model``.

    Args:
        seed: of what criteria draw.
        cancel: stops inversions.
        steps: of each inversion of a ``Generator`` (None: 100), and of each inversion and
            generation of a ``Denoiser`` (None: what its card says).

    Raises:
        InputError: it is none of the three kinds.
    """
    if isinstance(model, Autoencoder):
        return AutoencoderReader(model, seed, cancel)
    if isinstance(model, Generator):
        return GeneratorReader(model, seed, cancel, steps)
    if isinstance(model, Denoiser):
        return DenoiserReader(model, cancel, steps)
    raise InputError(
        f"a {type(model).__name__} cannot be asked about anchors: pass an Autoencoder, a Generator "
        "or a Denoiser (genlens.models.contracts), such as genlens.load gives"
    )


def own_seed(seed: int, start: int = 0) -> int:
    """The seed of the model's own pictures from number ``start`` on: another one than that of the
    pictures at which inversions begin, which would be found again exactly."""
    return int(np.random.SeedSequence((seed, start)).generate_state(1)[0])


class AutoencoderReader:
    """Codes are the encoder's means, rebuilt pictures are decoded from them."""

    contract, coded, batch = "Autoencoder", True, 512

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
        return finite(self.model.decode(latents), self.model.card)

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


def _covariance(rows: np.ndarray) -> torch.Tensor:
    """Ledoit and Wolf's, which stays invertible where dimensions outnumber the rows."""
    from sklearn.covariance import LedoitWolf

    return torch.from_numpy(LedoitWolf().fit(rows).covariance_)

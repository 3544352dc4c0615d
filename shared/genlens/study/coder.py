"""An autoencoder as functions on flat latent vectors, with a count of the model's calls.

Maps, games and contrasts work on vectors ``(n, d)``; a spatial autoencoder's ``(n, c, h, w)``
latents are flattened in that order. ``Coder`` is the one place that flattens, batches, checks for
NaN, asks whether to stop and counts, so that every result can say what it cost.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from genlens.common.checks import whole
from genlens.common.progress import Cancel, Progress, batches
from genlens.common.records import MadeBy, Record, seconds_since
from genlens.errors import InputError, ModelError

if TYPE_CHECKING:
    from genlens.models.contracts import Autoencoder


@dataclass(frozen=True)
class Codes(Record):
    """What an encoder says of n images: ``mean`` and ``logvar`` (n, d) float64, flattened from
    ``latent_shape``; ``made_by`` names the model."""

    mean: np.ndarray
    logvar: np.ndarray
    latent_shape: tuple[int, ...]
    made_by: MadeBy = field(default_factory=MadeBy)

    def __len__(self) -> int:
        return len(self.mean)

    def take(self, rows: np.ndarray | Sequence[int]) -> Codes:
        """The codes of pictures ``rows`` (indices or a bool mask)."""
        chosen = np.asarray(rows)
        return replace(self, mean=self.mean[chosen], logvar=self.logvar[chosen])

    def kl(self) -> np.ndarray:
        """(n, d) float64: KL divergence of each latent's posterior from N(0, 1), in nats (Kingma
        and Welling 2014, appendix B)."""
        return 0.5 * (np.square(self.mean) + np.exp(self.logvar) - 1 - self.logvar)


class Coder:
    """``model`` on flat latents, batched and counted.

    Args:
        model: any ``Autoencoder``.
        batch_size: images or latents a call.
        progress: ``progress(done, total, text)`` after each batch.
        cancel: ``cancel() -> bool``, asked before each batch.

    Raises:
        InputError: a batch size below 1.
    """

    def __init__(
        self,
        model: Autoencoder,
        *,
        batch_size: int = 256,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> None:
        self.model = model
        self.latent_shape = tuple(int(n) for n in model.latent_shape)
        self.d = prod(self.latent_shape)
        self.batch_size = whole("batch_size", batch_size, 1, 100_000)
        self.model_calls = 0
        self._progress = progress
        self._cancel = cancel
        self._started = time.perf_counter()

    def encode(self, images: torch.Tensor | np.ndarray) -> Codes:
        """The posterior of ``images`` (n, c, h, w) in [0, 1], without gradients."""
        rows = as_images(images)
        means, logvars = [], []
        with torch.no_grad():
            for start in self._batches(len(rows), "Encoding"):
                posterior = self.model.encode(
                    rows[start : start + self.batch_size].to(self.model.device)
                )
                means.append(self._flat(posterior.mean))
                logvars.append(self._flat(posterior.logvar))
                self.model_calls += len(means[-1])
        return Codes(
            mean=np.concatenate(means),
            logvar=np.concatenate(logvars),
            latent_shape=self.latent_shape,
            made_by=self.made_by(),
        )

    def decode(self, vectors: np.ndarray) -> np.ndarray:
        """Images (n, c, h, w) float32 in [0, 1] of ``vectors`` (n, d), without gradients."""
        rows = as_vectors(vectors, self.d)
        images = []
        with torch.no_grad():
            for start in self._batches(len(rows), "Decoding"):
                batch = torch.from_numpy(rows[start : start + self.batch_size]).float()
                images.append(self.decode_tensor(batch).cpu().numpy())
        return np.concatenate(images)

    def decode_tensor(self, vectors: torch.Tensor) -> torch.Tensor:
        """Images of ``vectors`` (n, d) float32: one batch, keeping the graph where one is made."""
        latents = vectors.to(self.model.device).reshape(len(vectors), *self.latent_shape)
        images = self.model.decode(latents).float()
        self.model_calls += len(vectors)
        if not bool(images.isfinite().all()):
            raise ModelError(f"{self.model.card.id} decoded pixels that are NaN or infinite")
        return images

    def made_by(self, *, seed: int | None = None, **settings: Any) -> MadeBy:
        """What a result carries: model, seed, settings, seconds and model calls so far."""
        return made_by(
            self.model,
            started=self._started,
            model_calls=self.model_calls,
            seed=seed,
            settings=settings,
        )

    def _flat(self, latents: torch.Tensor) -> np.ndarray:
        flat = latents.detach().double().cpu().numpy().reshape(len(latents), -1)
        if flat.shape[1] != self.d:
            raise ModelError(
                f"{self.model.card.id} gave latents of {flat.shape[1]} numbers, its latent_shape "
                f"{self.latent_shape} has {self.d}"
            )
        if not np.isfinite(flat).all():
            raise ModelError(f"{self.model.card.id} gave latents that are NaN or infinite")
        return flat

    def _batches(self, total: int, text: str) -> Iterator[int]:
        return batches(total, self.batch_size, text, self._progress, self._cancel)


def made_by(
    model: Autoencoder | None = None,
    *,
    codes: object = None,
    started: float,
    model_calls: int = 0,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
) -> MadeBy:
    """What a result carries; the model is ``model`` or the one that made ``codes``."""
    origin = MadeBy()
    if model is not None:
        origin = model.card.made_by(model.device)
    elif isinstance(codes, Codes):  # where they were encoded is not where this was worked out
        origin = replace(codes.made_by, device="")
    return replace(
        origin,
        seed=seed,
        settings=dict(settings or {}),
        seconds=seconds_since(started),
        model_calls=int(model_calls),
    )


def as_images(images: torch.Tensor | np.ndarray) -> torch.Tensor:
    """``images`` as a float32 tensor (n, 1 or 3, h, w) in [0, 1], or InputError."""
    pixels = torch.as_tensor(images)
    if pixels.ndim != 4 or pixels.shape[1] not in (1, 3) or len(pixels) < 1:
        raise InputError(
            f"images have shape {tuple(pixels.shape)}: pass (n, 1 or 3, height, width), n >= 1"
        )
    if not pixels.is_floating_point():
        raise InputError(f"images are {pixels.dtype}: pass floats in [0, 1] (bytes / 255)")
    if not bool(pixels.isfinite().all()):
        raise InputError("images hold NaN or infinity")
    low, high = float(pixels.min()), float(pixels.max())
    if low < -1e-4 or high > 1 + 1e-4:
        raise InputError(f"images go from {low:.3g} to {high:.3g}: pass values in [0, 1]")
    return pixels.float()


def as_vectors(codes: object, d: int | None = None) -> np.ndarray:
    """``codes`` (``Codes`` or (n, d) numbers) as finite float64 rows (n, d), or InputError."""
    rows = np.asarray(codes.mean if isinstance(codes, Codes) else codes, dtype=np.float64)
    if rows.ndim != 2 or len(rows) < 1 or rows.shape[1] < 1 or (d and rows.shape[1] != d):
        raise InputError(f"latents have shape {rows.shape}: pass (n, {d or 'd'}), n at least 1")
    if not np.isfinite(rows).all():
        raise InputError("latents hold NaN or infinity")
    return rows


def as_vector(latent: object, d: int) -> np.ndarray:
    """One latent as finite float64 (d,), or InputError."""
    return as_vectors(np.asarray(latent, dtype=np.float64).reshape(1, -1), d)[0]

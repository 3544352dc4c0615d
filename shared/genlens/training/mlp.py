"""Training the fully connected VAE that PXGen explains, as that paper's code does.

*PXGen: A Post-hoc Explainable Method for Generative Models* (arXiv:2501.11827, section 4.1): binary
cross-entropy summed over pixels + KL, Adam at 1e-3, batches of 50, 35 epochs, seed 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from genlens.common.checks import number, whole
from genlens.common.limits import MAX_SEED
from genlens.common.progress import Cancel, Progress
from genlens.errors import Cancelled, InputError, ModelError
from genlens.models.autoencoders.mlp_vae import MlpVAE
from genlens.training.loss import bound, seeded

AfterEpoch = Callable[[int, MlpVAE], object]
"""``after_epoch(epochs_done, vae)``; the network goes on training: copy what is to be kept."""


@dataclass(frozen=True)
class MlpSettings:
    """The settings of a training; the defaults are the paper's model A.

    ``hidden`` and ``latents`` are the network's sizes, ``epochs`` 1 to 2,000 rounds over all
    pictures, ``batch`` pictures a step, ``rate`` Adam's step size; ``seed`` of weights, order and
    noise.

    Raises:
        InputError: a number out of range.
    """

    hidden: tuple[int, ...] = (400, 400)
    latents: int = 200
    epochs: int = 35
    batch: int = 50
    rate: float = 1e-3
    seed: int = 1

    def __post_init__(self) -> None:
        whole("epochs", self.epochs, 1, 2_000)
        whole("batch", self.batch, 1, 10_000)
        number("rate", self.rate, 1e-6, 1.0)
        whole("seed", self.seed, 0, MAX_SEED)


def train_mlp_vae(
    images: np.ndarray,
    settings: MlpSettings | None = None,
    *,
    after_epoch: AfterEpoch | None = None,
    device: str = "cpu",
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> MlpVAE:
    """A :class:`MlpVAE` trained on ``images``, in eval mode.

    Everything random is a function of the seed and the epoch, so that equal calls on one machine
    with one number of threads give equal weights.

    Args:
        images: (n, c, h, w), uint8, or float32 in [0, 1].
        after_epoch: called after each epoch, for checkpoints.
        device: "cpu", "cuda", ...

    Raises:
        InputError: no pictures, or of another shape or range.
        Cancelled: ``cancel()`` said so.
        ModelError: the loss became NaN or infinite.
    """
    settings = settings or MlpSettings()
    pixels = _pixels(images).to(device)
    shape = (pixels.shape[1], pixels.shape[2], pixels.shape[3])
    vae = seeded(MlpVAE(shape, settings.hidden, settings.latents), settings.seed).to(device)
    optimizer = torch.optim.Adam(vae.parameters(), settings.rate, fused=True)
    steps = -(-len(pixels) // settings.batch)
    for epoch in range(settings.epochs):
        generator = torch.Generator().manual_seed(settings.seed * 1_000_003 + epoch)
        order = torch.randperm(len(pixels), generator=generator)
        for at, rows in enumerate(order.split(settings.batch)):
            if cancel is not None and cancel():
                raise Cancelled(f"stopped in round {epoch + 1} of {settings.epochs}")
            miss, spread = bound(vae, pixels[rows], generator=generator)
            loss = miss + spread
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            if progress is not None:
                done, text = epoch * steps + at + 1, f"round {epoch + 1} of {settings.epochs}"
                progress(done, steps * settings.epochs, f"Training, {text}")
        if not bool(loss.isfinite()):
            raise ModelError(
                f"the training diverged in round {epoch + 1} (the loss is NaN or infinite): try "
                "a smaller rate"
            )
        if after_epoch is not None:
            after_epoch(epoch + 1, vae)
    return vae.eval()


def _pixels(images: np.ndarray) -> torch.Tensor:
    """``images`` as float32 (n, c, h, w), once they are pictures."""
    if not isinstance(images, np.ndarray) or images.ndim != 4 or not len(images):
        shape = getattr(images, "shape", type(images).__name__)
        raise InputError(f"the pictures are {shape}: give an array (n, channels, height, width)")
    if images.dtype == np.uint8:
        return torch.from_numpy(np.ascontiguousarray(images)).float() / 255
    floats = torch.from_numpy(np.ascontiguousarray(images, np.float32))
    if not bool(floats.isfinite().all()) or floats.min() < 0 or floats.max() > 1:
        raise InputError("the pictures hold values outside 0 to 1, or NaN: divide pixels by 255")
    return floats

"""What every part of steering does first: draw pictures of styles, and read their scores."""

from __future__ import annotations

import numpy as np
import torch

from genlens.common.progress import Cancel, Progress, batches
from genlens.errors import InputError, ModelError
from genlens.models.autoencoders.inputs import checked
from genlens.models.contracts import Assessor, Generator

BATCH = 32


@torch.no_grad()
def random_styles(generator: Generator, n: int, seed: int) -> torch.Tensor:
    """(n, layers, d): the styles of ``n`` latents from the prior."""
    return generator.to_styles(generator.sample_latents(n, seed))


@torch.no_grad()
def draw(
    generator: Generator,
    styles: torch.Tensor,
    *,
    batch: int = BATCH,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> torch.Tensor:
    """Pictures (n, c, h, w) float32 in [0, 1] of ``styles`` (n, layers, d), on the CPU.

    Raises:
        ModelError: the generator drew NaN or infinity.
        Cancelled: ``cancel()`` said so.
    """
    steps = batches(len(styles), batch, "Drawing", progress, cancel)
    parts = [generator.synthesize(styles[i : i + batch]).float().cpu() for i in steps]
    images = torch.cat(parts) if parts else torch.empty(0, *generator.image_shape)
    require_drawn(generator, images)
    return images


def require_drawn(generator: Generator, images: torch.Tensor) -> None:
    """ModelError unless every number of ``images`` is finite."""
    broken = int((~images.isfinite().flatten(1).all(1)).sum()) if len(images) else 0
    if broken:
        raise ModelError(
            f"{generator.card.id} drew {broken} of {len(images)} pictures with NaN or infinity: "
            "its weights are damaged, or styles are far outside what it was trained with"
        )


def ready(assessor: Assessor) -> Assessor:
    """``assessor``, once it can be asked.

    Raises:
        InputError: a network it needs is not here.
    """
    command = assessor.missing()
    if command:
        raise InputError(f"{assessor.title} needs a network that is not here: run {command}")
    return assessor


@torch.no_grad()
def score(
    assessor: Assessor, images: torch.Tensor, *, batch: int = 64, cancel: Cancel | None = None
) -> np.ndarray:
    """(n,) float64: the score of each of ``images`` (n, c, h, w) in [0, 1]; NaN where the assessor
    has none for a picture.

    Raises:
        InputError: a network the assessor needs is not here.
        ModelError: it gave another number of scores than pictures, infinity, or nothing but NaN.
        Cancelled: ``cancel()`` said so.
    """
    ready(assessor)
    steps = batches(len(images), batch, "Scoring", None, cancel)
    parts = [scored(assessor, images[i : i + batch]).double().cpu() for i in steps]
    scores = torch.cat(parts).numpy() if parts else np.empty(0)
    if np.isinf(scores).any():
        raise ModelError(f"{assessor.title} gave {int(np.isinf(scores).sum())} infinite scores")
    if len(scores) and np.isnan(scores).all():
        raise ModelError(
            f"{assessor.title} gave NaN for all {len(scores)} pictures: choose another assessor"
        )
    return scores


def scored(assessor: Assessor, images: torch.Tensor) -> torch.Tensor:
    """``assessor.score(images)``, once there is one score a picture."""
    scores = assessor.score(images)
    if tuple(scores.shape) != (len(images),):
        raise ModelError(
            f"{assessor.title} gave scores of shape {tuple(scores.shape)} for {len(images)} "
            f"pictures: an assessor gives ({len(images)},)"
        )
    return scores


def as_styles(generator: Generator, styles: torch.Tensor | np.ndarray, what: str) -> torch.Tensor:
    """``styles`` (n, layers, d) as a float32 tensor on the generator's device.

    Raises:
        InputError: another shape than the generator's, or NaN.
    """
    given = torch.as_tensor(styles)
    return checked(given, (len(generator.layers), -1), what).float().to(generator.device)

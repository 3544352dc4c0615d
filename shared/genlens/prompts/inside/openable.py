"""What the explainers of this folder need of a model, and share."""

from __future__ import annotations

import numpy as np
import torch

from genlens.errors import ModelError
from genlens.models.contracts import Openable, TextToImage
from genlens.prompts.explain import painter_of

BATCH = 32
"""Pictures drawn together at most; a model's own batch size where that is smaller."""


def openable(model: TextToImage | str) -> Openable:
    """``model``, loaded if it is a name, once its inside can be asked.

    Raises:
        ModelError: it cannot.
    """
    painter = painter_of(model, None)
    if not isinstance(painter, Openable):
        raise ModelError(
            f"{painter.card.id} does not show its inside: genlens opens diffusers pipelines that "
            "read the prompt by cross-attention (Stable Diffusion 1, 2, XL)"
        )
    return painter


def batch_of(model: TextToImage) -> int:
    """Pictures that ``model`` draws together."""
    return max(1, min(BATCH, int(model.card.settings.get("batch_size", BATCH))))


def pixels(images: torch.Tensor) -> np.ndarray:
    """(n, 3, h, w) in [0, 1] -> (n, h, w, 3) uint8."""
    found: np.ndarray = (images.permute(0, 2, 3, 1).numpy() * 255).round().astype(np.uint8)
    return found

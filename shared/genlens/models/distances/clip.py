"""The distance of two pictures in the space of a model of images and texts."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from genlens.models.contracts import ImageTextEncoder
from genlens.models.distances.pairs import checked_pair


@dataclass(frozen=True)
class ClipDistance:
    """1 - cosine of the pictures' embeddings, in [0, 2] (Radford et al. 2021, arXiv:2103.00020).

    It sees what a picture shows more than where. ``encoder`` is a model, or the name that
    ``genlens.load`` knows it by; then it is loaded when it is first needed, and not before.
    """

    encoder: ImageTextEncoder | str = "emoji-clip"
    name: str = "clip"
    title: str = "CLIP distance"
    unit: str = "1 - cosine"
    range: tuple[float, float] = (0.0, 2.0)

    def missing(self) -> str:
        """ "": the embedded encoder ships with genlens, others are fetched from the hub."""
        return ""

    @torch.no_grad()
    def between(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """See ``contracts.Distance``."""
        a, b = checked_pair(a, b)
        encoder = self._loaded()
        return 1 - (encoder.embed_images(a) * encoder.embed_images(b)).sum(1)

    def _loaded(self) -> ImageTextEncoder:
        if not isinstance(self.encoder, str):
            return self.encoder
        from genlens.models.catalog import load

        return load(self.encoder, contract="ImageTextEncoder")

"""LAION's aesthetics: how much people like a picture, by one linear layer on a CLIP.

The layout is that of simple-aesthetics-predictor on the hub (its class ``AestheticsPredictorV1``):
CLIP's image half, ViT-L/14, and beside it the layer ``predictor``, which LAION fitted to people's
marks from 1 to 10.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import torch
from torch import nn
from torch.nn import functional as F

from genlens.common import torchvision_guard
from genlens.errors import ModelError
from genlens.models import weights
from genlens.models.assessors.checks import checked_scores, colour_pictures
from genlens.models.cards import card_of
from genlens.models.contracts import ModelCard
from genlens.models.devices import pick_device
from genlens.models.loading.fitting import fill

MEAN, SPREAD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
"""Of CLIP's own training pictures."""
_BATCH = 32


class AestheticsNet(nn.Module):
    """Pictures (n, 3, side, side), normalised -> (n,) marks."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        torchvision_guard.ensure()
        from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

        own = CLIPVisionConfig(**{k: v for k, v in config.items() if k != "architectures"})
        clip = CLIPVisionModelWithProjection(own)
        self.vision_model, self.visual_projection = clip.vision_model, clip.visual_projection
        self.predictor = nn.Linear(own.projection_dim, 1)
        self.side = int(own.image_size)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        seen = self.visual_projection(self.vision_model(images).pooler_output)
        return torch.as_tensor(self.predictor(F.normalize(seen, dim=1)))[:, 0]


class AestheticsAssessor:
    """LAION's mark for a picture, whose middle square it looks at."""

    name = "aesthetics"
    title = "Aesthetics (LAION)"
    unit = "mark, about 1 to 10"
    range = (float("-inf"), float("inf"))
    differentiable = True
    help = (
        "How much people would like the picture, on a scale from 1 to 10, by a linear layer on "
        "CLIP ViT-L/14 that LAION fitted to people's marks. It learned from photographs and "
        "generated art, with its raters' taste."
    )

    def __init__(
        self, net: AestheticsNet, *, card: ModelCard | None = None, device: str | None = None
    ) -> None:
        self.card = card or ModelCard(id="aesthetics", contract="Assessor")
        self._device = torch.device(pick_device(device))
        self._net = net.to(self._device).float().eval().requires_grad_(False)

    @classmethod
    def from_folder(
        cls, folder: Path, card: ModelCard | None = None, *, device: str | None = None
    ) -> Self:
        """The model of a folder: ``config.json`` and ``model.safetensors``.

        Raises:
            ModelError: a file is missing, damaged or pickled, or weights and config do not fit.
        """
        config, here = weights.read_json(folder / "config.json"), weights.shown(folder)
        try:
            net = AestheticsNet(config)
        except (TypeError, ValueError, ZeroDivisionError, RuntimeError) as error:
            said = weights.said(error, folder)
            raise ModelError(f"{here}'s config.json describes no CLIP: {said}") from error
        state = weights.load_state(weights.find_weights(folder, "model.safetensors"))
        notes = fill(net, state, here)
        card = card_of(folder, card, contract="Assessor", defaults={}, notes=notes)
        return cls(net, card=card, device=device)

    @property
    def device(self) -> torch.device:
        """Where it runs."""
        return self._device

    def missing(self) -> str:
        """ "": its weights are here."""
        return ""

    def score(self, images: torch.Tensor) -> torch.Tensor:
        """(n,) marks of ``images``; differentiable.

        Raises:
            InputError: no pictures, or the network gives NaN for some.
        """
        pictures = self._prepared(colour_pictures(images).to(self._device))
        marks = torch.cat([self._net(batch) for batch in pictures.split(_BATCH)])
        return checked_scores(marks, len(images), self.name).to(images.device)

    def _prepared(self, images: torch.Tensor) -> torch.Tensor:
        """As CLIP wants them: the shorter side at ``side`` pixels, the middle cut out."""
        h, w = images.shape[-2:]
        scale, side = self._net.side / min(h, w), self._net.side
        size = (max(side, round(h * scale)), max(side, round(w * scale)))
        large = F.interpolate(images, size, mode="bicubic", align_corners=False, antialias=True)
        top, left = (size[0] - side) // 2, (size[1] - side) // 2
        cut = large[:, :, top : top + side, left : left + side].clamp(0, 1)
        mean, spread = (cut.new_tensor(v).view(1, 3, 1, 1) for v in (MEAN, SPREAD))
        return (cut - mean) / spread

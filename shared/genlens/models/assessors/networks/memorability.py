"""ResMem: how likely people are to remember a photograph.

Needell and Bainbridge 2022 (Embracing new techniques in deep learning for estimating image
memorability, Computational Brain & Behavior 5, 168-184): AlexNet's layers beside a ResNet-152,
whose answers seven more layers join. Its licence allows non-commercial use only.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from genlens.common import torchvision_guard
from genlens.errors import ModelError
from genlens.models import weights
from genlens.models.assessors.checks import checked_scores, colour_pictures, squared
from genlens.models.download.published import RESMEM
from genlens.models.loading.fitting import fill
from genlens.models.memory import MEMORY

SHA256 = "8e4b8ab0ac338909add68a674e9bd4c1602350731abe7f97bc060dc159706a53"
SIDE, CUT = 256, 227
_BATCH = 16
_HIDDEN = (9216 + 1000, 4096, 4096, 2048, 1024, 512, 256, 1)


class ResMemNet(nn.Module):
    """Pictures (n, 3, 227, 227) in [0, 1] -> (n,) in [0, 1]."""

    def __init__(self) -> None:
        super().__init__()
        torchvision_guard.ensure()
        from torchvision.models import resnet152

        self.features = resnet152(weights=None)
        self.conv1 = nn.Conv2d(3, 48, 11, 4)
        self.conv2 = nn.Conv2d(48, 256, 5, 1, 2, groups=2)
        self.conv3 = nn.Conv2d(256, 384, 3, 1, 1, groups=2)
        self.conv4 = nn.Conv2d(384, 384, 3, 1, 1, groups=2)
        self.conv5 = nn.Conv2d(384, 256, 3, 1, 1, groups=2)
        self.names = [f"fc{i}" for i in range(6, 13)]
        for name, inputs, outputs in zip(self.names, _HIDDEN[:-1], _HIDDEN[1:], strict=True):
            self.add_module(name, nn.Linear(inputs, outputs))
        self.norm = nn.LocalResponseNorm(5)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = self.norm(F.max_pool2d(F.relu(self.conv1(images)), 3, 2))
        x = self.norm(F.max_pool2d(F.relu(self.conv2(x)), 3, 2))
        for conv in (self.conv3, self.conv4, self.conv5):
            x = F.relu(conv(x))
        x = F.max_pool2d(x, 3, 2).flatten(1)  # (n, 9216)
        x = torch.cat([x, self.features(images)], 1)
        for name in self.names[:-1]:
            x = F.relu(self.get_submodule(name)(x))
        return torch.sigmoid(self.get_submodule(self.names[-1])(x))[:, 0]

    @classmethod
    def load(cls) -> ResMemNet:
        """From where ``genlens fetch resmem`` puts it.

        Raises:
            ModelError: it is not there, or it is another file.
        """
        here = RESMEM.here()
        if here is None:
            raise ModelError(f"{RESMEM.serves}: not on this machine: {RESMEM.command}")
        net, state = cls(), weights.load_state(here[0], sha256=SHA256)
        fill(net, state, "ResMem")
        return net.eval().requires_grad_(False)


@dataclass(frozen=True)
class MemorabilityAssessor:
    """ResMem's answer for a picture."""

    name: str = "memorability"
    title: str = "Memorability (ResMem)"
    unit: str = "chance of being remembered, 0 to 1"
    range: tuple[float, float] = (0.0, 1.0)
    differentiable: bool = True
    help: str = (
        "How likely people are to recognise the photograph when they see it again, by ResMem. For "
        "non-commercial use only (University of Chicago); trained on photographs, so of cartoons "
        "its numbers mean little."
    )

    def missing(self) -> str:
        """ "genlens fetch resmem", or ""."""
        return "" if RESMEM.here() else RESMEM.command

    def score(self, images: torch.Tensor) -> torch.Tensor:
        """(n,): see ``contracts.Assessor``; about half a second a picture on one core.

        Raises:
            ModelError: the network is not on this machine.
        """
        net = MEMORY.get(("assessor", SHA256), ResMemNet.load)
        edge = (SIDE - CUT) // 2
        cut = slice(edge, edge + CUT)
        pictures = squared(colour_pictures(images).cpu(), SIDE)[:, :, cut, cut]
        scores = torch.cat([net(part) for part in pictures.split(_BATCH)])
        return checked_scores(scores, len(images), self.name).to(images.device)


MEMORABILITY = MemorabilityAssessor()

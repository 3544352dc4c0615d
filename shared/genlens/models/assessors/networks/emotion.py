"""Seven facial emotions, and how pleased a face looks, by a small published network.

The network of the package facial_emotion_recognition (MIT): grey faces of 48 pixels to seven
answers. It takes the whole picture for a face, so give it faces that fill the picture.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import torch
from torch import nn

from genlens.errors import ModelError
from genlens.models.assessors.checks import checked_scores, colour_pictures, squared
from genlens.models.assessors.statistics.colours import luma
from genlens.models.download import published
from genlens.models.download.network import Network
from genlens.models.loading.fitting import fill
from genlens.models.memory import MEMORY

FILE = Network(
    published.EMOTION, "d2789940007ee6175130fefd3ed9a523a1afa4475fbdafbf64f2948db6c29537"
)
SIDE = 48
EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
PLEASED, DISPLEASED = ("happy",), ("angry", "disgust", "fear", "sad")
_DOUBT = (
    " A small network trained on photographs of faces, which it takes the whole picture for: of "
    "cartoons and of pictures without a face its numbers mean little."
)


class EmotionNet(nn.Module):
    """Grey faces (n, 1, 48, 48) in [0, 1] -> (n, 7) in [0, 1], in the order of ``EMOTIONS``."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_1, self.conv_2 = _layer(1, 32, 1), _layer(32, 64, 2)
        self.conv_3, self.conv_4 = _layer(64, 128, 2), _layer(128, 256, 2)
        self.linear = nn.Sequential(
            nn.Linear(256 * 6 * 6, 256), nn.ReLU(), nn.Linear(256, len(EMOTIONS)), nn.Sigmoid()
        )

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        x = faces * 2 - 1
        for layer in (self.conv_1, self.conv_2, self.conv_3, self.conv_4):
            x = layer(x)
        return torch.as_tensor(self.linear(x.flatten(1)))

    @classmethod
    def load(cls) -> EmotionNet:
        """From where ``genlens fetch emotion`` puts it.

        Raises:
            ModelError: it is not there, or it is another file.
        """
        held = torch.load(io.BytesIO(FILE.read()), map_location="cpu", weights_only=True)
        state = held.get("network") if isinstance(held, dict) else None
        if not isinstance(state, dict):
            raise ModelError("the file of the emotion network holds no network")
        net = cls()
        fill(net, state, "the emotion network")
        return net.eval().requires_grad_(False)


def _layer(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, 3, stride)
    return nn.Sequential(nn.ReflectionPad2d(1), conv, nn.BatchNorm2d(outputs), nn.ReLU())


def emotion_shares(images: torch.Tensor) -> torch.Tensor:
    """(n, 7): the network's answers for ``images`` (n, 1 or 3, h, w), divided by their sum;
    differentiable."""
    net = MEMORY.get(("assessor", FILE.sha256), EmotionNet.load)
    grey = luma(squared(colour_pictures(images), SIDE).cpu())[:, None]
    answers = net(grey).clamp_min(1e-6)
    return answers / answers.sum(1, keepdim=True)


@dataclass(frozen=True)
class EmotionAssessor:
    """The share of ``yes`` among the seven emotions, minus that of ``no``."""

    name: str
    title: str
    yes: tuple[str, ...]
    no: tuple[str, ...] = ()
    differentiable: bool = True

    @property
    def unit(self) -> str:
        """What its numbers count."""
        return "-1 displeased to 1 pleased" if self.no else "share of seven emotions, 0 to 1"

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest number."""
        return (-1.0, 1.0) if self.no else (0.0, 1.0)

    @property
    def help(self) -> str:
        """What it says, and its doubts."""
        if self.no:
            return (
                f"How pleased the face looks: the share of {' and '.join(self.yes)} minus that of "
                f"{', '.join(self.no)}." + _DOUBT
            )
        return f"How much the face looks {self.yes[0]}, among seven emotions." + _DOUBT

    def missing(self) -> str:
        """ "genlens fetch emotion", or ""."""
        return FILE.missing()

    def score(self, images: torch.Tensor) -> torch.Tensor:
        """(n,): see ``contracts.Assessor``.

        Raises:
            ModelError: the network is not on this machine.
        """
        shares = emotion_shares(images)
        signs = [(name in self.yes) - (name in self.no) for name in EMOTIONS]
        scores = shares @ torch.tensor(signs, dtype=shares.dtype)
        return checked_scores(scores, len(images), self.name).to(images.device)


VALENCE = EmotionAssessor("valence", "Emotional valence", PLEASED, DISPLEASED)
SEVEN = tuple(EmotionAssessor(f"emotion-{n}", f"Emotion: {n}", (n,)) for n in EMOTIONS)

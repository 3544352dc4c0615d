"""Which pixels of a cartoon face are hair, mouth, glasses ...: for pictures that a model drew, of
which nobody knows it. Used to judge what a generator's units stand for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from genlens.models import weights
from genlens.models.autoencoders.inputs import checked
from genlens.models.memory import MEMORY
from genlens.worlds.avatars import PARTS
from genlens.zoo.referee import RefereeNet

WEIGHTS = Path(__file__).with_name("weights") / "avatars-parts"
SIDE = 64  # faces are resized to this before they are read
NAMES = ("background", *PARTS)


class PartsNet(nn.Module):
    """Pictures (n, 3, 64, 64) in [0, 1] -> logits (n, parts, 64, 64): the referee's network at half
    the resolution, and a last look at the pixels themselves, because glasses are thin."""

    def __init__(self, parts: int = len(NAMES), widths: Sequence[int] = (12, 24, 36, 48)) -> None:
        super().__init__()
        self.widths, thin = tuple(widths), widths[0]
        self.coarse = RefereeNet(thin, widths)
        self.fine = nn.Conv2d(3, thin, 3, padding=1)
        self.join = nn.Conv2d(2 * thin, 2 * thin, 3, padding=1)
        self.head = nn.Conv2d(2 * thin, parts, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        wide = F.interpolate(self.coarse(x), scale_factor=2.0, mode="bilinear")
        near = self.fine(x * 2 - 1)
        joined = F.relu(self.join(F.relu(torch.cat([wide, near], 1))))
        return torch.as_tensor(self.head(joined))


class FaceParts:
    """Reads the parts of faces; ``names`` are the parts it can tell apart."""

    def __init__(self, net: PartsNet) -> None:
        self.net, self.names = net.eval().requires_grad_(False), NAMES

    @classmethod
    def load(cls, folder: Path = WEIGHTS) -> FaceParts:
        """The shipped reader.

        Raises:
            ModelError: a file is missing or damaged.
        """
        config = weights.read_json(folder / "config.json")
        net = PartsNet(len(config["parts"]), config["widths"])
        state = weights.load_state(weights.find_weights(folder, "model.safetensors"))
        net.load_state_dict(
            {k: v.float() if v.is_floating_point() else v for k, v in state.items()}
        )
        return cls(net)

    @torch.no_grad()
    def labels(self, images: torch.Tensor) -> torch.Tensor:
        """(n, h, w) int64, the index into ``names`` of each pixel of ``images`` (n, 3, h, w)."""
        images = checked(images, (3, -1, -1), "faces").float().cpu()
        h, w = images.shape[2:]
        found = []
        for chunk in images.split(64):
            small = chunk
            if (h, w) != (SIDE, SIDE):
                small = F.interpolate(chunk, (SIDE, SIDE), mode="bilinear", antialias=True)
            logits = self.net(small)
            if (h, w) != (SIDE, SIDE):
                logits = F.interpolate(logits, (h, w), mode="bilinear")
            found.append(logits.argmax(1))
        return torch.cat(found)


def load_face_parts() -> FaceParts:
    """The shipped reader, loaded once."""
    return MEMORY.get(("face parts", weights.folder_sha256(WEIGHTS)), FaceParts.load)


def save(net: PartsNet, folder: Path) -> None:
    """fp16 safetensors and a config."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = {k: v.half() if v.is_floating_point() else v for k, v in net.state_dict().items()}
    save_file({k: v.contiguous() for k, v in state.items()}, folder / "model.safetensors")
    config = {"parts": list(NAMES), "widths": list(net.widths)}
    (folder / "config.json").write_text(json.dumps(config) + "\n", encoding="utf-8")

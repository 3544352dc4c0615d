"""Which pixels of a cartoon face are hair, mouth, glasses ...: for pictures that a model drew, of
which nobody knows it. Used to judge what a generator's units stand for.

All faces stand at the same place, so a pixel's place and colour nearly tell its part: the reader is
a table of the commonest part for each place (32 x 32) and colour (6 x 6 x 6), counted on drawn
faces.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
import torch.nn.functional as F

from genlens.models import weights
from genlens.models.autoencoders.inputs import checked
from genlens.models.memory import MEMORY
from genlens.worlds.avatars import PARTS

WEIGHTS = Path(__file__).with_name("weights") / "avatars-parts"
PLACES, TONES, SIDE = 32, 6, 64
NAMES = ("background", *PARTS)


class FaceParts:
    """Reads the parts of faces; ``names`` are those it can tell apart, ``table`` (places, places,
    tones, tones, tones) uint8 holds indices into them."""

    def __init__(self, table: torch.Tensor) -> None:
        self.table, self.names = table, NAMES

    @classmethod
    def load(cls, folder: Path = WEIGHTS) -> FaceParts:
        """The shipped reader.

        Raises:
            ModelError: a file is missing or damaged.
        """
        return cls(weights.load_state(weights.find_weights(folder, "model.safetensors"))["table"])

    @torch.no_grad()
    def labels(self, images: torch.Tensor) -> torch.Tensor:
        """(n, h, w) int64, the index into ``names`` of each pixel of ``images`` (n, 3, h, w)."""
        images = checked(images, (3, -1, -1), "faces").float().cpu()
        h, w = images.shape[2:]
        if (h, w) != (SIDE, SIDE):
            images = F.interpolate(images, (SIDE, SIDE), mode="bilinear", antialias=True)
        found = self.table[bins(images, PLACES, TONES)]  # (n, 64, 64)
        votes = F.one_hot(found.long(), len(self.names)).permute(0, 3, 1, 2).float()
        votes = F.avg_pool2d(votes, 3, 1, 1) + 0.2 * votes  # lone pixels follow their neighbours
        return F.interpolate(votes, (h, w), mode="bilinear").argmax(1)


def bins(images: torch.Tensor, places: int, tones: int) -> tuple[torch.Tensor, ...]:
    """Row, column, red, green and blue of each pixel of (n, 3, h, w): indices, each (n, h, w)."""
    n, _, h, w = images.shape
    rows = (torch.arange(h) * places // h)[:, None].expand(n, h, w)
    columns = (torch.arange(w) * places // w).expand(n, h, w)
    red, green, blue = (images * tones).long().clamp(0, tones - 1).unbind(1)
    return rows, columns, red, green, blue


def load_face_parts() -> FaceParts:
    """The shipped reader, loaded once."""
    return MEMORY.get(("face parts", weights.folder_sha256(WEIGHTS)), FaceParts.load)


def save(reader: FaceParts, folder: Path) -> None:
    """The table as safetensors, and a config that names the parts."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file({"table": reader.table.contiguous()}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"parts": list(NAMES)}) + "\n", encoding="utf-8")

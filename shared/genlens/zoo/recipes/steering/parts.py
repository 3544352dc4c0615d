"""``avatars-parts``: the part of a cartoon face that each place and colour belongs to, counted.

``python -m genlens.zoo.recipes.steering.parts --export
shared/genlens/zoo/weights/avatars-parts``: seconds on one core. Counts of a place and colour that
were hardly seen lean on those of a wider place and a coarser colour.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from genlens.worlds.avatars import Faces, draw_faces
from genlens.zoo.face_parts import NAMES, PLACES, SIDE, TONES, FaceParts, bins, save

SEED, CHUNK = 41, 500
PRESETS = {"cpu": 3_000, "gpu": 30_000}
"""Faces that are counted."""
LEAN = 4.0
"""How many pixels the wider count is worth."""


def counted(faces: int, seed: int = SEED) -> FaceParts:
    """The table, counted on ``faces`` drawn faces."""
    fine = torch.zeros(PLACES, PLACES, TONES, TONES, TONES, len(NAMES))
    wide = torch.zeros(PLACES // 4, PLACES // 4, TONES // 2, TONES // 2, TONES // 2, len(NAMES))
    for start in range(0, faces, CHUNK):
        drawn = draw_faces(min(CHUNK, faces - start), seed + start, size=SIDE)
        images, labels = drawn.tensor(), part_labels(drawn)
        for counts in (fine, wide):
            at = (*bins(images, counts.shape[0], counts.shape[2]), labels)
            counts.index_put_(at, torch.ones(()), accumulate=True)
    shares = wide / wide.sum(-1, keepdim=True).clamp_min(1)
    for dim, times in enumerate((4, 4, 2, 2, 2)):
        shares = shares.repeat_interleave(times, dim)
    return FaceParts((fine + LEAN * shares).argmax(-1).to(torch.uint8))


def part_labels(faces: Faces) -> torch.Tensor:
    """(n, h, w) int64: which part one sees at each pixel; 0 is the background."""
    labels = np.zeros(faces.images.shape[:3], np.int64)
    for index, name in enumerate(NAMES[1:], 1):
        labels[faces.masks[name]] = index
    return torch.from_numpy(labels)


def ious(reader: FaceParts, faces: Faces) -> dict[str, float]:
    """Intersection over union of each part's pixels, read and true, over all ``faces``."""
    read, true = reader.labels(faces.tensor()), part_labels(faces)
    found = {}
    for index, name in enumerate(NAMES):
        a, b = read == index, true == index
        found[name] = round(float((a & b).sum() / (a | b).sum().clamp_min(1)), 3)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", choices=sorted(PRESETS), default="cpu")
    parser.add_argument("--export", type=Path, help="write the table to this folder")
    args = parser.parse_args()
    reader = counted(PRESETS[args.preset])
    print(json.dumps({"iou": ious(reader, draw_faces(200, SEED + 100_000, size=SIDE))}))
    if args.export:
        save(reader, args.export)


if __name__ == "__main__":
    main()

"""``avatars-no-glasses-vae``: cartoon faces of 64 px, 24 latents; it has never seen glasses.

``python -m genlens.zoo.recipes.anchors.no_glasses --run runs/avatars-no-glasses-vae --export
shared/genlens/zoo/weights/avatars-no-glasses-vae``. The network and its training are those of
``avatars-vae`` (``zoo/recipes/vaes/avatars.py``); only the faces differ: what it makes of a face
with glasses is a delusion whose truth is known.
"""

from __future__ import annotations

from typing import Any

import torch

from genlens.worlds.avatars import draw_faces
from genlens.zoo.recipes.common import Schedule
from genlens.zoo.recipes.vaes.avatars import build
from genlens.zoo.recipes.vaes.common import parse, run

BARE = {"glasses": "none"}
PRESETS: dict[str, dict[str, Any]] = {
    "cpu": {
        "faces": 15_000,
        "schedule": Schedule(steps=3_000, batch=64, lr=2e-3, weight_decay=0.0),
    },
    "gpu": {
        "faces": 120_000,
        "schedule": Schedule(steps=80_000, batch=256, lr=2e-3, weight_decay=0.0),
    },
}


def main() -> None:
    def flags(parser: Any) -> None:
        parser.add_argument("--faces", type=int, help="train on this many instead of the preset's")

    args = parse(__doc__ or "", PRESETS, flags)
    preset = PRESETS[args.preset]
    args.schedule = preset["schedule"]
    torch.manual_seed(0)
    faces = draw_faces(args.faces or preset["faces"], seed=1, fixed=BARE)
    held = draw_faces(1000, seed=2, fixed=BARE)
    about = {"data": "avatars", "trained_on": "faces without glasses"}
    run(build(), args, (faces.images, None), (held.images, None), about=about)


if __name__ == "__main__":
    main()

"""``avatars-vae``: cartoon faces of 64 px in colour, 24 latents.

``python -m genlens.zoo.recipes.vaes.avatars --run runs/avatars-vae --export
shared/genlens/zoo/weights/avatars-vae``. ``--confound smile glasses`` trains on faces where smiles
go with glasses.
"""

from __future__ import annotations

from typing import Any

import torch

from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.worlds.avatars import PROPERTIES, draw_faces
from genlens.zoo.recipes.common import Schedule
from genlens.zoo.recipes.vaes.common import parse, run

LATENTS, WIDTHS, HIDDEN = 24, (24, 48, 64, 64), 192
PRESETS: dict[str, dict[str, Any]] = {
    "cpu": {
        "faces": 30_000,
        "schedule": Schedule(steps=12_000, batch=64, lr=2e-3, weight_decay=0.0),
    },
    "gpu": {
        "faces": 120_000,
        "schedule": Schedule(steps=80_000, batch=256, lr=2e-3, weight_decay=0.0),
    },
}


def build() -> ConvVAE:
    """The untrained network."""
    return ConvVAE((3, 64, 64), LATENTS, WIDTHS, HIDDEN)


def main() -> None:
    def flags(parser: Any) -> None:
        parser.add_argument(
            "--confound", nargs=2, choices=sorted(PROPERTIES), help="cause and effect to tie"
        )
        parser.add_argument("--faces", type=int, help="train on this many instead of the preset's")

    args = parse(__doc__ or "", PRESETS, flags)
    preset = PRESETS[args.preset]
    args.schedule = preset["schedule"]
    torch.manual_seed(0)
    tie = (args.confound[0], args.confound[1]) if args.confound else None
    faces = draw_faces(args.faces or preset["faces"], seed=1, confound=tie)
    held = draw_faces(1000, seed=2, confound=tie)
    about = {"data": "avatars", "confound": list(tie) if tie else None}
    run(build(), args, (faces.images, None), (held.images, None), about=about)


if __name__ == "__main__":
    main()

"""How good the new scene models are: ``python -m genlens.zoo.recipes.scenes.measure --models M``.

The figures are those of ``genlens evaluate zoo``, with the referee beside the model and the layout
that it learnt from.
"""

from __future__ import annotations

import argparse
import json

import numpy as np
import torch

from genlens.models.text_to_image.diffusion import DiffusersTextToImage
from genlens.worlds.emoji_scenes import draw
from genlens.worlds.layout_full import FULL
from genlens.zoo.measures.diffusion import measure, pair_prompts, pictures
from genlens.zoo.recipes.sample_grid import sheet
from genlens.zoo.recipes.scenes.data import SIDE
from genlens.zoo.recipes.scenes.training import by_clock, existing
from genlens.zoo.referee import Referee


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=existing, required=True, help="folder of exported models")
    parser.add_argument("--preset", default="gpu", choices=("gpu", "cpu", "tiny"))
    parser.add_argument("--seed", type=int, default=4000)
    parser.add_argument("--n", type=int, help="prompts (left out: 500)")
    by_clock(parser)
    return parser


def main(arguments: list[str] | None = None) -> bool:
    """Write ``figures.json`` and ``sheet.webp`` beside the models."""
    args = options().parse_args(arguments)
    if args.threads:
        torch.set_num_threads(args.threads)
    n = args.n or (4 if args.preset == "tiny" else 500)
    model = DiffusersTextToImage.from_folder(args.models / "emoji-diffusion", device=args.device)
    referee = Referee.load(args.models / "emoji-referee")
    found = measure(model, referee, n, args.seed, layout=FULL)
    figures = {name: figure.to_dict() for name, figure in found.items()}
    (args.models / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
    texts = pair_prompts(min(n, 32), 2026)
    true = np.stack([draw(i, t, SIDE, FULL).image for i, t in enumerate(texts)])
    sheet(texts, pictures(model, texts, 2026), true).save(args.models / "sheet.webp", quality=88)
    print(json.dumps(figures), flush=True)
    args.run.mkdir(parents=True, exist_ok=True)
    (args.run / "complete").touch()
    return True


if __name__ == "__main__":
    main()

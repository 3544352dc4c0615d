"""``maritime-vae``: boats and lighthouses painted by ``emoji-diffusion``, 64 px, 16 latents.

The boat and lighthouse set of the survey that the VAE explorer answers was made in the same way
with Stable Diffusion ("photo realistic x"). ``python -m genlens.zoo.recipes.vaes.maritime --run
runs/maritime-vae --export shared/genlens/zoo/weights/maritime-vae`` paints the pictures first
(kept in the run's folder, picked up again when stopped), then trains, then exports the model. With
``--examples shared/genlens/worlds/data/maritime`` it also writes the pictures kept from training.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.models.catalog import load
from genlens.models.contracts import TextToImage
from genlens.worlds import vocabulary
from genlens.worlds.maritime import NAMES, Pictures, save_maritime
from genlens.zoo.recipes.common import Schedule
from genlens.zoo.recipes.vaes.common import parse, run

LATENTS, WIDTHS, HIDDEN = 16, (24, 48, 64, 64), 128
SIDE = 64  # pixels; what the painter makes is brought to this
HELD = 400  # pictures kept from training and shipped, half of each kind
PAINTER = "emoji-diffusion"
PRESETS: dict[str, dict[str, Any]] = {
    "cpu": {
        "pictures": 2_400,
        "schedule": Schedule(steps=6_000, batch=64, lr=2e-3, weight_decay=0.0),
    },
    "gpu": {
        "pictures": 11_000,
        "schedule": Schedule(steps=40_000, batch=256, lr=2e-3, weight_decay=0.0),
    },
}


def build() -> ConvVAE:
    """The untrained network."""
    return ConvVAE((3, SIDE, SIDE), LATENTS, WIDTHS, HIDDEN)


def prompt(noun: str, rng: np.random.Generator) -> str:
    """ "a boat", "a red boat", "a lighthouse on a blue background" ..."""
    words = [noun]
    if rng.random() < 0.5:
        words.insert(0, str(rng.choice(sorted(vocabulary.COLOURS))))
    text = f"{'an' if words[0][0] in 'aeiou' else 'a'} {' '.join(words)}"
    if rng.random() < 0.5:
        text += f" on a {rng.choice(sorted(vocabulary.BACKGROUNDS))} background"
    return text


def chunk(model: TextToImage, seed: int, each: int = 8) -> Pictures:
    """``each`` boats and ``each`` lighthouses. One call shares its noise, so every chunk has a
    seed of its own and, inside it, prompts that differ."""
    rng = np.random.default_rng(seed)
    prompts: list[str] = []
    for noun in NAMES:
        some: set[str] = set()
        while len(some) < each:
            some.add(prompt(noun, rng))
        prompts += sorted(some)
    images = F.interpolate(model.generate(prompts, seed).images, (SIDE, SIDE), mode="area")
    pixels = (images.permute(0, 2, 3, 1) * 255).round().byte().numpy()
    return Pictures(pixels, np.repeat(np.arange(len(NAMES)), each))


def paint(model: TextToImage, n: int, folder: Path, seed: int = 0) -> Pictures:
    """At least ``n`` pictures; chunks that ``folder`` holds already are not painted again."""
    folder.mkdir(parents=True, exist_ok=True)
    chunks: list[Pictures] = []
    while sum(map(len, chunks)) < n:
        at = seed + len(chunks)
        path = folder / f"{at:05d}.npz"
        if path.is_file():
            with np.load(path, allow_pickle=False) as data:
                chunks.append(Pictures(data["images"], data["labels"]))
            continue
        chunks.append(chunk(model, at))
        part = path.with_suffix(".part")
        with part.open("wb") as stream:
            np.savez_compressed(stream, images=chunks[-1].images, labels=chunks[-1].labels)
        part.replace(path)
        if len(chunks) % 10 == 0:
            print(f"{sum(map(len, chunks))} of {n} pictures", flush=True)
    return Pictures(
        np.concatenate([c.images for c in chunks]), np.concatenate([c.labels for c in chunks])
    )


def main() -> None:
    def flags(parser: Any) -> None:
        parser.add_argument("--pictures", type=int, help="paint this many, not the preset's")
        parser.add_argument("--examples", type=Path, help="write the held-out pictures here")
        parser.add_argument("--painter", default=PAINTER, help="another text-to-image model")

    args = parse(__doc__ or "", PRESETS, flags)
    preset = PRESETS[args.preset]
    args.schedule = preset["schedule"]
    torch.manual_seed(0)
    model = load(args.painter, contract="TextToImage", device=args.device)
    total = args.pictures or preset["pictures"]
    pictures = paint(model, total, args.run / "pictures")
    # chunks are half boats, half lighthouses, and so is any whole number of them
    held = min(HELD, len(pictures) // 2 // 16 * 16)
    kept = Pictures(pictures.images[:held], pictures.labels[:held])
    about = {"data": "maritime", "labels": list(NAMES), "painter": args.painter}
    train = (pictures.images[held:], None)
    run(build(), args, train, (kept.images, None), about=about)
    if args.examples:
        save_maritime(kept, args.examples)


if __name__ == "__main__":
    main()

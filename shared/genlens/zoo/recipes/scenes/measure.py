"""How good the new scene models are: ``python -m genlens.zoo.recipes.scenes.measure --models M``.

Prompts have noun pairs that training never saw. The referee beside the model says what is where;
what it says of the true scenes of the same prompts stands beside each figure, so that its own
mistakes can be told from the model's. Shares come with Wilson's 95 % interval.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy import ndimage

from genlens.models.contracts import TextToImage
from genlens.models.text_to_image.diffusion import DiffusersTextToImage
from genlens.worlds.captions import Element, Plan, parse
from genlens.worlds.emoji_scenes import draw
from genlens.worlds.layout_full import FULL
from genlens.zoo.measures.diffusion import ground_colour, pair_prompts, relation_holds
from genlens.zoo.recipes.common import to_tensor
from genlens.zoo.recipes.scenes.autoencoder import laplacian, quality
from genlens.zoo.recipes.scenes.captions import FullCaptions
from genlens.zoo.recipes.scenes.data import SIDE, held_out
from genlens.zoo.recipes.scenes.training import by_clock
from genlens.zoo.referee import Referee

BATCH = 20  # prompts that share one starting noise
APART = 2  # pixels a mask is shrunk by before its parts are counted: things may touch


def wilson(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if not n:
        return 0.0, 1.0
    share, spread = right / n, z * z / n
    middle = share + spread / 2
    half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    return (middle - half) / (1 + spread), (middle + half) / (1 + spread)


@dataclass
class Tally:
    """Judgements of one kind of picture, by figure."""

    rows: dict[str, list[bool]] = field(default_factory=dict)

    def add(self, figure: str, right: bool) -> None:
        self.rows.setdefault(figure, []).append(bool(right))

    def table(self) -> dict[str, dict[str, float]]:
        """Share, interval and number of judgements of each figure."""
        out = {}
        for figure, row in self.rows.items():
            low, high = wilson(sum(row), len(row))
            share = sum(row) / len(row)
            out[figure] = {"share": share, "low": low, "high": high, "n": float(len(row))}
        return out


def elements(plan: Plan) -> list[Element]:
    """Everything a plan draws."""
    return [e for g in plan.groups for e in (g.host, *(a for _, a in g.attachments))]


def parts(mask: np.ndarray) -> int:
    """How many separate things a mask (h, w) bool holds; specks are none."""
    inner = ndimage.binary_erosion(mask, iterations=APART)
    label, n = ndimage.label(inner)
    sizes = ndimage.sum_labels(inner, label, range(1, n + 1))
    return int((np.asarray(sizes) > 0.0015 * mask.size).sum())


def judge(plan: Plan, image: np.ndarray, referee: Referee, tally: Tally) -> None:
    """One picture (h, w, 3) uint8 against what its prompt asked for."""
    found = referee.locate(image, plan.nouns)
    rich = len(elements(plan)) > len(plan.groups) or any(e.count > 1 for e in elements(plan))
    for noun in plan.nouns:
        tally.add("objects, counted or worn" if rich else "objects", found[noun] is not None)
    tally.add("ground", ground_colour(image) == (plan.background or "plain"))
    hosts = [g.host.noun for g in plan.groups]
    for relation, a, b in zip(plan.relations, hosts, hosts[1:], strict=False):
        first, second = found[a], found[b]
        if relation and a != b and first is not None and second is not None:
            tally.add("relation", relation_holds(relation, first, second))
    for group in plan.groups:
        e, mask = group.host, found[group.host.noun]
        if e.count > 1 and mask is not None and plan.nouns.count(e.noun) == 1:
            tally.add("count", parts(mask) == e.count)


def detail(images: np.ndarray) -> float:
    """Mean absolute Laplacian of (n, h, w, 3) uint8."""
    return float(laplacian(to_tensor(images)).abs().mean())


def pictures(model: TextToImage, prompts: Sequence[str], seed: int) -> np.ndarray:
    """(n, h, w, 3) uint8, each ``BATCH`` of them from one noise."""
    out = []
    for i in range(0, len(prompts), BATCH):
        images = model.generate(list(prompts[i : i + BATCH]), seed + i).images
        out.append((images.permute(0, 2, 3, 1).numpy() * 255).round().astype(np.uint8))
    return np.concatenate(out)


def prompts(n: int, seed: int) -> list[str]:
    """Half two things beside each other, half what the new captions hold."""
    sampler = FullCaptions(seed, "test", fragments=0.0)
    return [*pair_prompts(n - n // 2, seed), *(sampler() for _ in range(n // 2))]


def sheet(
    texts: Sequence[str], made: np.ndarray, true: np.ndarray, columns: int = 8
) -> Image.Image:
    """Each picture beside its true scene, in the prompts' order."""
    rows = math.ceil(len(texts) / columns)
    out = Image.new("RGB", (columns * (2 * SIDE + 8), rows * (SIDE + 8)), "white")
    for i in range(len(texts)):
        x, y = i % columns * (2 * SIDE + 8), i // columns * (SIDE + 8)
        out.paste(Image.fromarray(made[i]), (x, y))
        out.paste(Image.fromarray(true[i]), (x + SIDE, y))
    return out


def measure(model: TextToImage, referee: Referee, n: int, seed: int) -> dict[str, object]:
    """The figures of the model, and the referee's on the true scenes of the same prompts."""
    texts = prompts(n, seed)
    made = pictures(model, texts, seed)
    true = np.stack([draw(seed + i, t, SIDE, FULL).image for i, t in enumerate(texts)])
    of_model, of_truth = Tally(), Tally()
    for text, a, b in zip(texts, made, true, strict=True):
        judge(parse(text), a, referee, of_model)
        judge(parse(text), b, referee, of_truth)
    return {
        "model": of_model.table(),
        "true scenes": of_truth.table(),
        "detail": detail(made) / detail(true),
        "n": n,
        "seed": seed,
    }


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, required=True, help="folder of exported models")
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
    figures = measure(model, Referee.load(args.models / "emoji-referee"), n, args.seed)
    held = to_tensor(np.stack([s.image for s in held_out(min(n, 256))]))
    figures["autoencoder"] = quality(model.pipeline.vae.float().cpu(), held)
    (args.models / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
    texts = pair_prompts(min(n, 32), 2026)
    true = np.stack([draw(i, t, SIDE, FULL).image for i, t in enumerate(texts)])
    model.pipeline.vae.to(args.device)
    sheet(texts, pictures(model, texts, 2026), true).save(args.models / "sheet.webp", quality=88)
    print(json.dumps(figures), flush=True)
    args.run.mkdir(parents=True, exist_ok=True)
    (args.run / "complete").touch()
    return True


if __name__ == "__main__":
    main()

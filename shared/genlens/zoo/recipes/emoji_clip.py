"""``emoji-clip``: a small CLIP of the emoji world, in open_clip's format.

Objective: the symmetric contrastive loss of Radford et al. 2021 (arXiv 2103.00020, figure 3),
in which pairs that mean the same are masked out, plus a term that gives the cosines a scale:
every scene has a bag of what is in it (nouns, coloured nouns, background, order ...), and the
cosine of two embeddings is drawn towards the cosine of their bags. With it, a picture that
shares one of two objects with another lies half-way, instead of wherever contrast pushed it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from genlens.worlds import vocabulary as V
from genlens.zoo.recipes.emoji_clip_data import Item, Items, batches, jitter
from genlens.zoo.recipes.words import MAX_TOKENS, build_tokenizer, encode

MEAN, STD = (0.75, 0.72, 0.68), (0.28, 0.28, 0.28)
SCALE_WEIGHT = 4.0
"""Weight of the bag-cosine term."""
SETTINGS: dict[str, Any] = {
    "size": 128,
    "embed": 160,
    # a small convolutional tower: with these few steps it learns far more than a ViT
    "vision": {"layers": [1, 2, 2, 1], "width": 16, "head_width": 64},
    "text": {"width": 128, "heads": 4, "layers": 2, "mlp_ratio": 2.0},
}
"""The model's shape."""


def config(preset: dict[str, Any]) -> dict[str, Any]:
    """The content of ``open_clip_config.json``."""
    text = {"context_length": MAX_TOKENS, "vocab_size": 4 + len(V.all_words()), "pool_type": "eos"}
    return {
        "model_cfg": {
            "embed_dim": preset["embed"],
            "vision_cfg": {"image_size": preset["size"], **preset["vision"]},
            "text_cfg": {**text, "eos_id": 2, "pad_id": 0, **preset["text"]},
        },
        "preprocess_cfg": {
            "size": preset["size"],
            "mean": MEAN,
            "std": STD,
            "interpolation": "bilinear",
            "resize_mode": "squash",
        },
    }


def bag_cosines(items: list[Item]) -> torch.Tensor:
    """(n, n) cosines of the items' bags."""
    places = {t: i for i, t in enumerate({t for item in items for t in item.things})}
    table = np.zeros((len(items), len(places)), np.float32)
    for row, item in enumerate(items):
        for thing, weight in item.things.items():
            table[row, places[thing]] = weight
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    return torch.from_numpy(table @ table.T)


def unfair(items: list[Item]) -> torch.Tensor:
    """(n, n) bool: pairs that must not count as wrong. Texts of one meaning, and a crop beside
    the same noun in another colour or size (its text leaves both unsaid)."""
    keys = np.array([item.key for item in items])
    nouns = np.array([item.noun for item in items])
    crops = np.array([item.crop for item in items])
    same = keys[:, None] == keys[None, :]
    loose = (nouns[:, None] == nouns[None, :]) & (nouns != "")[:, None]
    out = same | (loose & (crops[:, None] | crops[None, :]))
    np.fill_diagonal(out, False)
    return torch.from_numpy(out)


class Objective:
    """The loss of one mixed batch; holds the items, the tokenizer and the model."""

    def __init__(self, model: Any, items: Items, batch: int, crops: int, device: str) -> None:
        self.model, self.device = model, device
        self.stream = batches(*items, batch, crops, 12)
        self.tokenizer = build_tokenizer()
        self.rng = np.random.default_rng(13)
        self.mean = torch.tensor(MEAN, device=device).view(1, 3, 1, 1)
        self.std = torch.tensor(STD, device=device).view(1, 3, 1, 1)

    def pixels(self, items: list[Item]) -> torch.Tensor:
        stacked = torch.from_numpy(np.stack([item.image for item in items])).to(self.device)
        images = jitter(stacked.permute(0, 3, 1, 2).float() / 255, self.rng)
        out = (images - self.mean) / self.std
        return out.contiguous(memory_format=torch.channels_last)

    def __call__(self, _: int) -> torch.Tensor:
        items = next(self.stream)
        tokens = encode(self.tokenizer, [item.text for item in items]).to(self.device)
        image = F.normalize(self.model.encode_image(self.pixels(items)).float(), dim=-1)
        text = F.normalize(self.model.encode_text(tokens).float(), dim=-1)
        with torch.autocast(self.device, enabled=False):
            cosines = image @ text.T
            logits = cosines * self.model.logit_scale.exp().clamp(max=60)
            logits = logits.masked_fill(unfair(items).to(self.device), -1e4)
            target = torch.arange(len(items), device=self.device)
            contrast = (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
            wanted = bag_cosines(items).to(self.device)
            scale = sum(_apart(c, wanted) for c in (cosines, image @ image.T, text @ text.T)) / 3
        return contrast + SCALE_WEIGHT * scale


def _apart(cosines: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Mean squared error; pairs that share something, a minority, weigh as much as the rest."""
    error = (cosines - wanted).square()
    near = wanted > 0.15
    return error[near].mean() + error[~near].mean()


@torch.no_grad()
def settle(objective: Objective, rounds: int = 60) -> None:
    """Recompute the batch norms' statistics for the averaged weights."""
    norms = [m for m in objective.model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # cumulative mean over all rounds
    objective.model.train()
    for _ in range(rounds):
        objective.model.encode_image(objective.pixels(next(objective.stream)))
    objective.model.eval()


def export(model: Any, preset: dict[str, Any], folder: Path) -> None:
    """Write open_clip's two files and ``tokenizer.json``."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = {k: v.half() if v.is_floating_point() else v for k, v in model.state_dict().items()}
    save_file({k: v.contiguous() for k, v in state.items()}, folder / "open_clip_model.safetensors")
    text = json.dumps(config(preset), indent=2)
    (folder / "open_clip_config.json").write_text(text + "\n", encoding="utf-8")
    build_tokenizer().backend_tokenizer.save(str(folder / "tokenizer.json"))

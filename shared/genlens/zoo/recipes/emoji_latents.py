"""What ``emoji_diffusion`` is trained on: latents of scenes, their captions, and which noun is
where; and which of them a batch holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from genlens.worlds import vocabulary
from genlens.worlds.emoji_scenes import Scene
from genlens.zoo.recipes.common import Pool, to_tensor
from genlens.zoo.recipes.emoji_referee import label_map
from genlens.zoo.recipes.words import encode


@torch.no_grad()
def encode_latents(vae: Any, images: np.ndarray, device: str) -> tuple[torch.Tensor, float]:
    """(n, 4, h', w') float16 posterior means scaled to unit spread, and that scale."""
    out = []
    for i in range(0, len(images), 64):
        x = to_tensor(images[i : i + 64]).to(device) * 2 - 1
        with torch.autocast(device, torch.bfloat16):
            out.append(vae.encode(x).latent_dist.mode().float().cpu())
    latents = torch.cat(out)
    scale = float(1 / latents[:5000].std())
    return (latents * scale).half(), scale


def nouns_at(scene: Scene, side: int) -> np.ndarray:
    """(side, side) uint8: the noun at the middle of each cell, 0 for ground."""
    label = label_map(scene)  # half the picture's resolution
    cell = len(label) // side
    return label[cell // 2 :: cell, cell // 2 :: cell]


def prepare(args: Any, preset: dict[str, Any], vae: Any, tokenizer: Any) -> dict[str, Any]:
    """The training pool, kept on disk in the run's folder: ``latents`` and their ``scale``, token
    ``ids``, and ``labels``, the noun at each place of half the latents' resolution."""
    cache = args.run / "latents.pt"
    if cache.exists():
        return torch.load(cache, weights_only=True)
    side = preset["size"] // 8
    pool = Pool(
        preset["scenes"],
        seed=args.scenes or (12 if args.init else 11),
        size=preset["size"],
        fragments=0.33,
        extra=lambda scene: nouns_at(scene, side),
    )
    latents, scale = encode_latents(vae, pool.images, args.device)
    kept = {
        "latents": latents,
        "scale": scale,
        "ids": encode(tokenizer, pool.captions).to(torch.int16),
        "labels": torch.from_numpy(np.stack(pool.extras)),
    }
    args.run.mkdir(parents=True, exist_ok=True)
    torch.save(kept, cache)
    return kept


def augment(ids: torch.Tensor) -> torch.Tensor:
    """Into 5 % of the captions an unknown word is put at a random place, so that words the model
    has not learned learn to do nothing."""
    ids = ids.to(torch.int64, copy=True)
    for row in torch.nonzero(torch.rand(len(ids)) < 0.05).flatten().tolist():
        at = int(torch.randint(1, int((ids[row] == 2).nonzero()[0]) + 1, ()))
        ids[row] = torch.cat([ids[row, :at], torch.tensor([3]), ids[row, at:-1]])
    return ids


def single_noun(ids: torch.Tensor, tokenizer: Any) -> np.ndarray:
    """Indices of the captions that name exactly one thing."""
    words = [tokenizer.convert_ids_to_tokens(i) for i in range(len(tokenizer))]
    noun = torch.tensor([vocabulary.kind(w) == "noun" for w in words])
    return torch.nonzero(noun[ids.long()].sum(1) == 1).flatten().numpy()


def pick(
    rng: np.random.Generator, n: int, singles: np.ndarray, batch: int, progress: float
) -> torch.Tensor:
    """(batch,) int64 indices. Words are learnt first from scenes of one thing, where nothing
    else can explain the picture: their extra share is 50 % for a third of the run, none from
    60 %."""
    extra = rng.random(batch) < 0.5 * min(1.0, max(0.0, (0.6 - progress) / 0.27))
    return torch.from_numpy(np.where(extra, rng.choice(singles, batch), rng.integers(0, n, batch)))

"""``emoji-sam``: a tiny Segment Anything for the emoji world, in segment_anything's own classes.

Trained as in Kirillov et al. 2023 (arXiv 2304.02643, appendix A): clicks on objects, three masks
of which the best one is corrected (20 focal + 1 dice), and a head that learns each mask's IoU by
mean squared error. A click on the bare ground has no mask to learn; its three IoUs are to be 0,
so that automatic mask generation leaves the ground out. No weights of SAM are used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from genlens.worlds.emoji_scenes import Scene, draw
from genlens.worlds.layout_full import FULL
from genlens.worlds.layouts import Layout
from genlens.worlds.sampler import CaptionSampler
from genlens.zoo.recipes.common import soften, to_tensor

GROUND = 255
"""Owner of a pixel that no object drew."""
SMALLEST = 12
"""Objects with fewer visible pixels (of 64 x 64) are not clicked on."""
FOCAL, DICE = 20.0, 1.0
GENERATOR = {
    "points_per_side": 16,
    "points_per_batch": 256,
    "pred_iou_thresh": 0.5,
    "stability_score_thresh": 0.5,
    "stability_score_offset": 1.0,
    "box_nms_thresh": 0.5,
    "min_mask_region_area": 8,
}


def config(size: int, depth: int, width: int, prompt: int) -> dict[str, Any]:
    """``config.json``: 16 x 16 tokens and masks of 64 x 64, whatever the image size. ``width``
    is the encoder's, ``prompt`` the decoder's."""
    return {
        "image_size": size,
        "patch_size": size // 16,
        "encoder": {
            "embed_dim": width,
            "depth": depth,
            "num_heads": width // 32,
            "mlp_ratio": 2,
            "window_size": 8,
            "global_attn_indexes": list(range(1, depth, 2)),
        },
        "prompt_embed_dim": prompt,
        "decoder": {"depth": 2, "mlp_dim": 2 * prompt, "num_heads": 4},
        "pixel_mean": [190.0, 184.0, 174.0],
        "pixel_std": [72.0, 72.0, 72.0],
        "mask_generator": GENERATOR,
    }


SMALL, PASSED = 0.05, 0.85
"""A thing is small below this part of the picture; how many of the scenes without one are passed
over: four scenes in ten have one then, one in ten by itself. (At 0.06 and 0.6, two in ten, the
model found 94 to 96 % of large things, and 45 % of small ones.)"""
CLICKS = 3
"""Clicks on each picture of a batch."""


def owners(scene: Scene) -> np.ndarray:
    """(h, w) uint8: the index of the object each pixel belongs to, ``GROUND`` for none."""
    out = np.full(scene.image.shape[:2], GROUND, np.uint8)
    for i, o in enumerate(scene.objects):
        out[o.mask] = i
    return out


class Clicks:
    """Scenes and clicks on them. Of the scenes that hold large objects only, ``PASSED`` are passed
    over: most of what there is to learn lies in small things and where things touch."""

    def __init__(self, n: int, seed: int, size: int, layout: Layout = FULL) -> None:
        rng = np.random.default_rng(seed)
        sampler = CaptionSampler(seed, "train", 0.15)
        self.size = size
        self.images = np.empty((n, size, size, 3), np.uint8)
        self.owner = np.empty((n, 64, 64), np.uint8)
        for i in range(n):
            scene = draw(seed * 1_000_003 + i, sampler(), size, layout)
            while self._dull(scene) and (not scene.objects or rng.random() < PASSED):
                scene = draw(seed * 1_000_003 + i, sampler(), size, layout)
            self.images[i] = scene.image
            self.owner[i] = owners(scene)[:: size // 64, :: size // 64]

    @staticmethod
    def _dull(scene: Scene) -> bool:
        areas = [o.mask.mean() for o in scene.objects]
        return not areas or min(areas) > SMALL

    def rows(self, batch: int, seed: int) -> Iterator[np.ndarray]:
        """Endless batches of scene indices, reshuffled each epoch."""
        rng = np.random.default_rng(seed)
        while True:
            order = rng.permutation(len(self.images))
            yield from order[: len(order) // batch * batch].reshape(-1, batch)

    def click(
        self,
        owner: np.ndarray,
        n: int,
        points: int,
        rng: np.random.Generator,
        ground: bool = True,
    ) -> tuple[np.ndarray, np.ndarray]:
        """``n`` prompts for one scene, the last of them on the ground (if ``ground``): points
        (n, points, 2) as (x, y) in the image's pixels, and targets (n, 64, 64) bool, empty for
        the ground."""
        ids, counts = np.unique(owner, return_counts=True)
        things = ids[(ids != GROUND) & (counts >= SMALLEST)]
        at = np.empty((n, points, 2), np.float32)
        target = np.zeros((n, 64, 64), bool)
        # every object once before any object twice
        wanted = n - ground
        chosen: Any = np.resize(rng.permutation(things), wanted) if len(things) else []
        for k in range(n):
            thing = chosen[k] if k < len(chosen) else GROUND
            mask = owner == thing
            if not mask.any():
                mask = np.ones_like(mask)
            ys, xs = np.nonzero(mask)
            pick = rng.integers(0, len(xs), points)
            at[k] = np.stack([xs[pick], ys[pick]], -1) + rng.random((points, 2))
            if thing != GROUND:
                target[k] = mask
        return at * (self.size / 64), target


def decode(sam: Any, features: torch.Tensor, points: torch.Tensor) -> tuple[Any, Any]:
    """``MaskDecoder.predict_masks`` for prompts of many images at once.

    Args:
        features: (b, c, 16, 16) image embeddings.
        points: (b, n, p, 2) clicks on each image, all positive.

    Returns:
        mask logits (b * n, 4, 64, 64), the first one SAM's single mask, and predicted IoUs
        (b * n, 4).
    """
    b, n, p, _ = points.shape
    labels = torch.ones(b * n, p, device=points.device)
    sparse, dense = sam.prompt_encoder((points.reshape(b * n, p, 2), labels), None, None)
    d = sam.mask_decoder
    out = torch.cat([d.iou_token.weight, d.mask_tokens.weight], 0)
    tokens = torch.cat([out[None].expand(b * n, -1, -1), sparse], 1)
    source = features.repeat_interleave(n, 0) + dense
    position = sam.prompt_encoder.get_dense_pe().expand(b * n, -1, -1, -1)
    hidden, source = d.transformer(source, position, tokens)
    h, w = features.shape[-2:]
    fine = d.output_upscaling(source.transpose(1, 2).reshape(b * n, -1, h, w))
    heads = [mlp(hidden[:, 1 + i]) for i, mlp in enumerate(d.output_hypernetworks_mlps)]
    masks = torch.stack(heads, 1) @ fine.flatten(2)
    return masks.reshape(b * n, -1, 4 * h, 4 * w), d.iou_prediction_head(hidden[:, 0])


def mask_losses(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """(n, m, h, w) logits against (n, h, w) in {0, 1}: (n, m) 20 focal + dice."""
    t = target[:, None].expand_as(logits)
    p = logits.sigmoid()
    plain = F.binary_cross_entropy_with_logits(logits, t, reduction="none")
    right = p * t + (1 - p) * (1 - t)
    focal = (plain * (1 - right) ** 2).mean((2, 3))
    overlap = 2 * (p * t).sum((2, 3)) + 1
    dice = 1 - overlap / (p.sum((2, 3)) + t.sum((2, 3)) + 1)
    return FOCAL * focal + DICE * dice


@torch.no_grad()
def true_iou(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """(n, m) IoU of the thresholded masks; 0 where the target is empty."""
    mask, t = logits > 0, target[:, None] > 0.5
    both = (mask & t).sum((2, 3)).float()
    return both / (mask | t).sum((2, 3)).clamp_min(1)


class Objective:
    """The loss of one batch of images with several clicks each."""

    def __init__(self, sam: Any, data: Clicks, batch: int, device: str) -> None:
        self.sam, self.device, self.clicks = sam, device, CLICKS
        self.data = data
        self.stream = data.rows(batch, 22)
        self.rng = np.random.default_rng(23)

    def batch(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Normalised images (b, 3, s, s), points (b, n, p, 2), targets (b * n, 64, 64)."""
        rows, rng = next(self.stream), self.rng
        images, owner = self.data.images[rows], self.data.owner[rows]
        if rng.random() < 0.5:
            images, owner = images[:, :, ::-1], owner[:, :, ::-1]
        images = images[..., rng.permutation(3)]  # other hues than the world's own
        points = 1 if rng.random() < 0.8 else 2
        ground = bool(rng.random() < 0.5)
        made = [self.data.click(o, self.clicks, points, rng, ground) for o in owner]
        pixels = soften(to_tensor(images).to(self.device), rng) * 255
        pixels = (pixels - self.sam.pixel_mean) / self.sam.pixel_std
        at = torch.from_numpy(np.stack([m[0] for m in made]))
        target = torch.from_numpy(np.concatenate([m[1] for m in made])).float()
        return pixels, at.to(self.device), target.to(self.device)

    def __call__(self, _: int) -> torch.Tensor:
        pixels, at, target = self.batch()
        logits, quality = decode(self.sam, self.sam.image_encoder(pixels), at)
        with torch.autocast(self.device, enabled=False):
            logits, quality = logits.float(), quality.float()
            thing = target.flatten(1).any(1)
            losses = mask_losses(logits[thing], target[thing])
            # the best of three learns; SAM's single mask learns beside it
            best = losses[:, 1:].min(1).values.mean() + 0.3 * losses[:, 0].mean()
            iou = F.mse_loss(quality, true_iou(logits, target))
        return best + iou


def export(sam: Any, settings: dict[str, Any], folder: Path) -> None:
    """Write ``config.json`` and ``model.safetensors`` in half precision."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = {k: v.half().contiguous() for k, v in sam.state_dict().items()}
    save_file(state, folder / "model.safetensors")
    text = json.dumps(settings, indent=2)
    (folder / "config.json").write_text(text + "\n", encoding="utf-8")

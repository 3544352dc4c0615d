"""Segment Anything behind the ``Segmenter`` contract (Kirillov et al. 2023, arXiv:2304.02643).

The embedded tiny SAM and the official ViT-B/L/H run through the same classes of the
``segment_anything`` package: only the sizes in the config differ.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genlens.common import torchvision_guard
from genlens.errors import InputError, ModelError
from genlens.models import weights
from genlens.models.cards import card_of
from genlens.models.contracts import ModelCard, ObjectMask
from genlens.models.devices import pick_device
from genlens.models.masks import clean, object_mask, without_duplicates
from genlens.models.mobile_sam import build_mobile_sam, rename

if TYPE_CHECKING:
    import torch
    from segment_anything.modeling import Sam

# ImageNet statistics on the 0..255 scale, which is what SAM's preprocess expects.
_PIXEL_MEAN = (123.675, 116.28, 103.53)
_PIXEL_STD = (58.395, 57.12, 57.375)


def _official(embed_dim: int, depth: int, num_heads: int, globals_: list[int]) -> dict[str, Any]:
    """Config of a published checkpoint (Kirillov et al. 2023, appendix A)."""
    return {
        "image_size": 1024,
        "patch_size": 16,
        "encoder": {
            "embed_dim": embed_dim,
            "depth": depth,
            "num_heads": num_heads,
            "window_size": 14,
            "global_attn_indexes": globals_,
        },
        "prompt_embed_dim": 256,
        "decoder": {"depth": 2, "mlp_dim": 2048, "num_heads": 8},
    }


OFFICIAL: dict[str, dict[str, Any]] = {
    "vit_b": _official(768, 12, 12, [2, 5, 8, 11]),
    "vit_l": _official(1024, 24, 16, [5, 11, 17, 23]),
    "vit_h": _official(1280, 32, 16, [7, 15, 23, 31]),
}


def build_sam(config: dict[str, Any]) -> Sam:
    """A ``Sam`` with random weights and the sizes of ``config``, in eval mode on the CPU.

    Args:
        config: ``image_size`` and ``patch_size`` (pixels; the first a multiple of the second),
            ``encoder`` {embed_dim, depth, num_heads, window_size, global_attn_indexes,
            [mlp_ratio]}, ``prompt_embed_dim`` (a multiple of 8), ``decoder`` {depth, mlp_dim,
            num_heads, [iou_head_depth, iou_head_hidden_dim, num_multimask_outputs]},
            optional ``mask_in_chans``, ``pixel_mean``, ``pixel_std`` (0..255 scale) and
            ``mask_threshold`` (logit).

    Raises:
        ModelError: a key is missing or the sizes do not fit together.
    """
    torchvision_guard.ensure()
    import torch
    from segment_anything.modeling import (
        ImageEncoderViT,
        MaskDecoder,
        PromptEncoder,
        Sam,
        TwoWayTransformer,
    )

    try:
        size, patch = int(config["image_size"]), int(config["patch_size"])
        width, encoder = int(config["prompt_embed_dim"]), dict(config["encoder"])
        decoder = dict(config["decoder"])
        _check_sizes(size, patch, width, encoder, decoder)
        grid = size // patch
        sam = Sam(
            image_encoder=ImageEncoderViT(
                img_size=size,
                patch_size=patch,
                embed_dim=encoder["embed_dim"],
                depth=encoder["depth"],
                num_heads=encoder["num_heads"],
                mlp_ratio=encoder.get("mlp_ratio", 4),
                window_size=encoder["window_size"],
                global_attn_indexes=tuple(encoder["global_attn_indexes"]),
                out_chans=width,
                qkv_bias=True,
                use_rel_pos=True,
                norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
            ),
            prompt_encoder=PromptEncoder(
                embed_dim=width,
                image_embedding_size=(grid, grid),
                input_image_size=(size, size),
                mask_in_chans=config.get("mask_in_chans", 16),
            ),
            mask_decoder=MaskDecoder(
                transformer_dim=width,
                transformer=TwoWayTransformer(
                    depth=decoder["depth"],
                    embedding_dim=width,
                    num_heads=decoder["num_heads"],
                    mlp_dim=decoder["mlp_dim"],
                ),
                num_multimask_outputs=decoder.get("num_multimask_outputs", 3),
                iou_head_depth=decoder.get("iou_head_depth", 3),
                # 256 in the official models, whose prompt_embed_dim is 256 too.
                iou_head_hidden_dim=decoder.get("iou_head_hidden_dim", width),
            ),
            pixel_mean=list(config.get("pixel_mean", _PIXEL_MEAN)),
            pixel_std=list(config.get("pixel_std", _PIXEL_STD)),
        )
    except KeyError as error:
        raise ModelError(f"the SAM config has no key {error}: see build_sam for the list") from None
    sam.mask_threshold = float(config.get("mask_threshold", 0.0))
    return sam.eval()


def _check_sizes(
    size: int, patch: int, width: int, encoder: dict[str, Any], decoder: dict[str, Any]
) -> None:
    """Refuse sizes that segment_anything would only stumble over deep inside a forward pass."""
    if size <= 0 or patch <= 0 or size % patch:
        raise ModelError(f"SAM image_size {size} is not a multiple of patch_size {patch}")
    if width % 8:
        raise ModelError(f"SAM prompt_embed_dim {width} is not a multiple of 8")
    if encoder["embed_dim"] % encoder["num_heads"]:
        raise ModelError(
            f"SAM encoder embed_dim {encoder['embed_dim']} is not divisible by "
            f"num_heads {encoder['num_heads']}"
        )
    # Cross-attention runs at half the width (TwoWayTransformer's attention_downsample_rate=2).
    if (width // 2) % decoder["num_heads"]:
        raise ModelError(
            f"half of SAM prompt_embed_dim {width} is not divisible by decoder "
            f"num_heads {decoder['num_heads']}"
        )


class SamSegmenter:
    """A SAM that finds all objects of an image, or the one at given points.

    ``card.settings["mask_generator"]`` holds the arguments of ``SamAutomaticMaskGenerator``
    (points_per_side, pred_iou_thresh, ...). Calls are serialised: the predictor keeps the image.
    """

    def __init__(self, sam: Sam, card: ModelCard, device: str) -> None:
        import torch
        from segment_anything import SamAutomaticMaskGenerator, SamPredictor

        self.model = sam.to(device).eval().requires_grad_(False)
        self.card = card
        self.device = torch.device(device)
        settings = dict(card.settings.get("mask_generator", {}))
        # segment_anything would need OpenCV for this one step, so it is done here.
        self._min_area = int(settings.pop("min_mask_region_area", 0))
        self._overlap = float(settings.get("box_nms_thresh", 0.7))
        try:
            self._generator = SamAutomaticMaskGenerator(sam, **settings)
        except TypeError as error:
            raise ModelError(f"mask_generator settings of {card.id}: {error}") from error
        self._predictor = SamPredictor(sam)
        self._lock = threading.RLock()

    @classmethod
    def from_folder(
        cls, folder: Path, card: ModelCard | None = None, *, device: str | None = None
    ) -> SamSegmenter:
        """Load ``config.json`` (see :func:`build_sam`; ``mask_generator`` holds the settings) and
        ``model.safetensors``.

        Raises:
            ModelError: a file is missing, damaged or pickled, or weights and config do not fit.
        """
        config = weights.read_json(folder / "config.json")
        state = weights.load_state(weights.find_weights(folder, "model.safetensors"))
        sam = build_sam(config)
        weights.fill(sam, state, str(folder))
        defaults = {"mask_generator": config.get("mask_generator", {})}
        card = card_of(folder, card, contract="Segmenter", defaults=defaults)
        return cls(sam, card, pick_device(device))

    @classmethod
    def from_checkpoint(
        cls, path: Path, card: ModelCard, *, sha256: str, device: str | None = None
    ) -> SamSegmenter:
        """Load an official checkpoint; ``card.settings["variant"]`` is vit_b, vit_l, vit_h, or
        vit_t for MobileSAM.

        The file is a pickle: it is read with ``weights_only`` and only if it has ``sha256``.

        Raises:
            ModelError: another variant, or the content does not fit ``sha256``.
        """
        variant = str(card.settings.get("variant"))
        if variant not in (*OFFICIAL, "vit_t"):
            raise ModelError(f"SAM variant {variant!r} is not one of {', '.join(OFFICIAL)}, vit_t")
        state = weights.load_state(path, sha256=sha256)
        if variant == "vit_t":
            sam, state = build_mobile_sam(OFFICIAL["vit_b"]), rename(state)
        else:
            sam = build_sam(OFFICIAL[variant])
        weights.fill(sam, state, str(path))
        return cls(sam, replace(card, bytes=path.stat().st_size), pick_device(device))

    def segment(self, image: torch.Tensor) -> list[ObjectMask]:
        """All objects of one image (3, h, w) in [0, 1], largest score first.

        Raises:
            InputError: not a float (3, h, w) tensor.
        """
        pixels = _to_uint8(image)
        with self._lock:
            found = self._generator.generate(pixels)
        masks = [
            object_mask(clean(entry["segmentation"], self._min_area), entry["predicted_iou"])
            for entry in found
        ]
        masks = [mask for mask in masks if mask.area > 0]
        masks.sort(key=lambda mask: -mask.score)
        # Cleaning can make two masks the same one.
        return without_duplicates(masks, self._overlap) if self._min_area else masks

    def segment_at(
        self, image: torch.Tensor, points: Sequence[tuple[float, float]]
    ) -> list[ObjectMask]:
        """The best mask that holds all ``points`` (x, y in pixels of the image), then its
        alternatives, best first; masks without any pixel are left out.

        Raises:
            InputError: no point, a point outside the image, or not a float (3, h, w) tensor.
        """
        pixels = _to_uint8(image)
        height, width = pixels.shape[:2]
        if not points:
            raise InputError("segment_at needs at least one point")
        for x, y in points:
            if not (0 <= x < width and 0 <= y < height):
                raise InputError(f"point ({x:g}, {y:g}) is outside the {width} x {height} image")
        with self._lock:
            self._predictor.set_image(pixels)
            try:
                masks, scores, _ = self._predictor.predict(
                    np.asarray(points, dtype=np.float64), np.ones(len(points), dtype=np.int64)
                )
            finally:
                self._predictor.reset_image()
        found = [
            object_mask(clean(np.asarray(mask, dtype=bool), self._min_area), float(score))
            for mask, score in zip(masks, scores, strict=True)
        ]
        inside = [_covers(mask.mask, points) for mask in found]
        order = sorted(range(len(found)), key=lambda i: (-inside[i], -found[i].score))
        return [found[i] for i in order if found[i].area > 0]


def _covers(mask: np.ndarray, points: Sequence[tuple[float, float]]) -> float:
    """Share of the points that lie on the mask."""
    return float(np.mean([mask[int(y), int(x)] for x, y in points]))


def _to_uint8(image: torch.Tensor) -> np.ndarray:
    """(3, h, w) floats in [0, 1] to (h, w, 3) uint8, which segment_anything expects."""
    if image.ndim != 3 or image.shape[0] != 3 or not image.is_floating_point():
        raise InputError(
            f"the image must be floats (3, h, w) in [0, 1], not {tuple(image.shape)} {image.dtype}"
        )
    pixels = (image.detach().clamp(0, 1) * 255).round().byte().permute(1, 2, 0)
    return np.ascontiguousarray(pixels.cpu().numpy())

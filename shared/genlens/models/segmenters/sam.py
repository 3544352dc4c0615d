"""Segment Anything behind the ``Segmenter`` contract (Kirillov et al. 2023, arXiv:2304.02643).

The embedded tiny SAM and the official ViT-B/L/H run through the same classes of the
``segment_anything`` package: only the sizes in the config differ.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from genlens.errors import InputError, ModelError
from genlens.models import weights
from genlens.models.cards import card_of
from genlens.models.contracts import ModelCard, ObjectMask
from genlens.models.devices import pick_device
from genlens.models.loading.fitting import fill
from genlens.models.pictures.masks import clean, object_mask, resized, without_duplicates
from genlens.models.segmenters.build import OFFICIAL, build_sam
from genlens.models.segmenters.mobile_sam import build_mobile_sam, rename

if TYPE_CHECKING:
    from segment_anything.modeling import Sam


_MOST_POINTS = 256
_MOST_LOGITS = 100_000_000
"""Bytes of mask logits that are held at once; a few copies of them are."""
_LARGEST = 1024
"""SAM's own image size (the official ones'); more shows it nothing more."""


class SamSegmenter:
    """A SAM that finds all objects of an image, or the one at given points.

    ``card.settings["mask_generator"]`` holds the arguments of ``SamAutomaticMaskGenerator``
    (points_per_side, pred_iou_thresh, ...); ``card.settings["most_masks"]``, where it is given, how
    many masks of an image are kept. Calls are serialised: the predictor keeps the image.
    """

    def __init__(self, sam: Sam, card: ModelCard, device: str) -> None:
        from segment_anything import SamAutomaticMaskGenerator, SamPredictor

        self.model = sam.to(device).eval().requires_grad_(False)
        self.card = card
        self.device = torch.device(device)
        try:
            settings = dict(card.settings.get("mask_generator", {}))
            # segment_anything would need OpenCV for this one step, so it is done here.
            self._min_area = int(settings.pop("min_mask_region_area", 0))
            self._overlap = float(settings.get("box_nms_thresh", 0.7))
            points = settings.get("points_per_side", 32)
            if not isinstance(points, int) or not 1 <= points <= _MOST_POINTS:
                raise ValueError(f"points_per_side is {points!r}: take 1 to {_MOST_POINTS}")
            self._generator = SamAutomaticMaskGenerator(sam, **settings)
            self._points = int(self._generator.points_per_batch)
            most = card.settings.get("most_masks")
            if most is not None and (not isinstance(most, int) or most < 1):
                raise ValueError(f"most_masks is {most!r}: take 1 or more")
            self._most: int | None = most
        except (TypeError, ValueError, AssertionError) as error:
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
        notes = fill(sam, state, card.id if card else weights.shown(folder))
        defaults = {"mask_generator": config.get("mask_generator", {})}
        card = card_of(folder, card, contract="Segmenter", defaults=defaults, notes=notes)
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
        fill(sam, state, card.id)
        return cls(sam, replace(card, bytes=path.stat().st_size), pick_device(device))

    def segment(self, image: torch.Tensor) -> list[ObjectMask]:
        """All objects of one image (3, h, w) in [0, 1], largest score first.

        An image with more than ``_LARGEST`` pixels a side is cut up at that size, since segment
        anything keeps its logits at the size of the image; the masks are enlarged.

        Raises:
            InputError: not a float (3, h, w) tensor.
        """
        size = (image.shape[-2], image.shape[-1])
        pixels = _to_uint8(_bounded(image))
        with self._lock:
            self._generator.points_per_batch = _at_once(
                pixels.shape[0] * pixels.shape[1], self._points
            )
            entries = self._generator.generate(pixels)
        masks = [
            object_mask(clean(entry["segmentation"], self._min_area), entry["predicted_iou"])
            for entry in entries
        ]
        masks = [mask for mask in masks if mask.area > 0]
        masks.sort(key=lambda mask: -mask.score)
        if self._min_area:  # cleaning can make two masks the same one
            masks = without_duplicates(masks, self._overlap)
        masks = masks[: self._most]
        if pixels.shape[:2] == size:
            return masks
        return [object_mask(resized(mask.mask, size), mask.score) for mask in masks]

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
        candidates = [
            object_mask(clean(np.asarray(mask, dtype=bool), self._min_area), float(score))
            for mask, score in zip(masks, scores, strict=True)
        ]
        inside = [_covers(mask.mask, points) for mask in candidates]
        order = sorted(range(len(candidates)), key=lambda i: (-inside[i], -candidates[i].score))
        return [candidates[i] for i in order if candidates[i].area > 0]


def _covers(mask: np.ndarray, points: Sequence[tuple[float, float]]) -> float:
    """Share of the points that lie on the mask."""
    return float(np.mean([mask[int(y), int(x)] for x, y in points]))


def _bounded(image: torch.Tensor) -> torch.Tensor:
    """(3, h, w) with at most ``_LARGEST`` pixels a side."""
    if image.ndim != 3 or max(image.shape[-2:]) <= _LARGEST or not image.is_floating_point():
        return image
    scale = _LARGEST / max(image.shape[-2:])
    size = [max(1, round(side * scale)) for side in image.shape[-2:]]
    return torch.nn.functional.interpolate(
        image[None], size, mode="bilinear", antialias=True, align_corners=False
    )[0]


def _at_once(places: int, most: int) -> int:
    """How many points, at most ``most``, are asked at once: three masks a point, float32, at the
    size of the image, ``places`` pixels. The answer does not depend on it."""
    return max(1, min(most, _MOST_LOGITS // (3 * 4 * places)))


def _to_uint8(image: torch.Tensor) -> np.ndarray:
    """(3, h, w) floats in [0, 1] to (h, w, 3) uint8, which segment_anything expects."""
    if image.ndim != 3 or image.shape[0] != 3 or not image.is_floating_point():
        raise InputError(
            f"the image must be floats (3, h, w) in [0, 1], not {tuple(image.shape)} {image.dtype}"
        )
    pixels = (image.detach().clamp(0, 1) * 255).round().byte().permute(1, 2, 0)
    return np.ascontiguousarray(pixels.cpu().numpy())

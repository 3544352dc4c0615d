"""How good a segmenter is on the emoji world: two of ``genlens evaluate zoo``'s figures."""

from __future__ import annotations

import numpy as np

from genlens.common.measures import Measure, mean, share
from genlens.models.contracts import ObjectMask, Segmenter
from genlens.models.pictures.masks import iou
from genlens.worlds.emoji_scenes import Scene
from genlens.zoo.measures.clip import SMALLEST, held_out_scenes, hidden, to_tensor

FOUND = 0.5
"""An object counts as found when one mask overlaps it at least this much (IoU)."""


def middle(mask: np.ndarray) -> tuple[float, float]:
    """(x, y) of the pixel farthest from the mask's edge: where SAM's authors click to evaluate."""
    from scipy.ndimage import distance_transform_edt

    depth = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    y, x = np.unravel_index(int(depth.argmax()), mask.shape)
    return float(x) + 0.5, float(y) + 0.5


def best_iou(mask: np.ndarray, masks: list[ObjectMask]) -> float:
    """The largest IoU of ``mask`` with any of ``masks``; 0 where there are none."""
    return max((iou(mask, f.mask) for f in masks), default=0.0)


def measure_scenes(segmenter: Segmenter, scenes: list[Scene]) -> dict[str, Measure]:
    """The figures of :func:`measure` for given scenes."""
    clicked, automatic, of, spurious, small = [], [], [], [], 0
    for i, scene in enumerate(scenes):
        image = to_tensor(scene.image[None])[0]
        masks = [o.mask for o in scene.objects if o.mask.sum() >= SMALLEST]
        small += len(scene.objects) - len(masks)
        proposals = segmenter.segment(image)
        for mask in masks:
            clicked.append(best_iou(mask, segmenter.segment_at(image, [middle(mask)])))
            automatic.append(best_iou(mask, proposals))
            of.append(i)
        spurious.append(sum(all(iou(f.mask, m) < FOUND for m in masks) for f in proposals))
    found = [x >= FOUND for x in automatic]
    return {
        "mean_best_iou": mean(clicked, hidden(small), groups=of),
        "objects_found": share(found, hidden(small), groups=of),
        "mean_best_iou_automatic": mean(automatic, hidden(small), groups=of),
        "spurious_per_scene": mean(spurious),
    }


def measure(segmenter: Segmenter, n: int = 500, seed: int = 0) -> dict[str, Measure]:
    """How well true objects of ``n`` held-out scenes are segmented.

    Returns:
        ``mean_best_iou``: mean over objects of the best IoU among the masks for one click on the
        object's middle (each scene counts alike). ``objects_found``: share of objects that
        automatic mask generation covers with IoU >= 0.5. Besides: ``mean_best_iou_automatic`` (the
        best automatic mask) and ``spurious_per_scene`` (automatic masks that fit no object).
    """
    return measure_scenes(segmenter, held_out_scenes(n, 90_002 + seed))

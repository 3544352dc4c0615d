"""Objects cut out of a picture and laid on a plain ground, as encoders get to see them.

One function for the links between objects and words and for the recipes that train encoders: a
crop has to look the same in both places.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from genlens.models.contracts import ObjectMask


def crop_objects(
    image: np.ndarray, objects: Sequence[ObjectMask], *, ground: float, margin: float = 0.1
) -> torch.Tensor:
    """Each object alone, centred in a square of plain grey: (k, 3, h, h) float32 in [0, 1].

    The ground is one light grey for all, not the picture's own corner colour: with that, the crop
    of a cat on blue would be evidence for the word "blue". Light rather than mid grey because
    that is what encoders see most around a single thing (product shots, stickers); the source
    paper's white would swallow white objects' edges.

    Args:
        image: (h, w, 3) uint8.
        objects: k masks on it.
        ground: the grey, 0 to 1.
        margin: empty border on each side, as a part of the object's longer side.
    """
    from torch.nn.functional import interpolate

    pixels = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).float() / 255
    size = image.shape[0]
    crops = torch.empty(len(objects), 3, size, size)
    for i, o in enumerate(objects):
        x0, y0, x1, y1 = o.box
        side = round(max(x1 - x0, y1 - y0) * (1 + 2 * margin))
        left, top = (side - (x1 - x0)) // 2, (side - (y1 - y0)) // 2
        square = torch.full((3, side, side), ground)
        inside = torch.from_numpy(o.mask[y0:y1, x0:x1])
        window = square[:, top : top + y1 - y0, left : left + x1 - x0]
        window[:] = torch.where(inside, pixels[:, y0:y1, x0:x1], window)
        crops[i] = interpolate(
            square[None], (size, size), mode="bilinear", antialias=True, align_corners=False
        )[0].clamp(0, 1)
    return crops

"""The brightness of a region: of a decoded picture by latents, of a reconstruction by pixels.

A reconstruction's way from pixel to pixel, in by the encoder and out by the decoder, is one chain
of layers, so that LRP walks it whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from genlens.attribution.target import Target
from genlens.common.checks import whole
from genlens.errors import InputError
from genlens.latents.targets.build import decode_flat, flat_means, target_of
from genlens.latents.targets.kind import Box, Built, Put, Question, TargetKind
from genlens.models.contracts import Autoencoder, Walkable

if TYPE_CHECKING:
    from genlens.study.study import Study

BOX = "box"
"""The region whose edges ``Question.box`` gives."""
REGIONS = ("middle", "top half", "bottom half", "left half", "right half", "whole picture", BOX)


def decoded_region(model: Autoencoder, mask: np.ndarray) -> Target:
    """Mean of the decoded pixels inside ``mask`` (h, w) bool, over all channels, in [0, 1].

    Raises:
        InputError: a mask of another size, or an empty one.
    """
    channels, height, width = model.image_shape
    inside = np.asarray(mask).astype(bool)
    if inside.shape != (height, width):
        raise InputError(
            f"the mask has shape {inside.shape}: this model's pictures are {(height, width)}"
        )
    if not inside.any():
        raise InputError("the mask is empty: mark at least one pixel")
    share = np.broadcast_to(inside / (channels * inside.sum()), (channels, height, width))
    flat = np.array(share, dtype=np.float64).reshape(-1)  # (c * h * w,)
    weights = torch.from_numpy(flat)
    return target_of(
        model,
        f"mean of {int(inside.sum())} decoded pixels",
        "latent",
        "pixel value",
        lambda z: decode_flat(model, z).flatten(1) @ weights.to(z),
        network=model.decoder_module() if isinstance(model, Walkable) else None,
        weights=flat,
        scale=1.0,
    )


def rebuilt_region(model: Autoencoder, mask: np.ndarray) -> Target:
    """Mean of the reconstruction's pixels inside ``mask`` (h, w) bool, as a function of the image:
    over all channels, of decode(mean code of x), in [0, 1].

    Raises:
        InputError: a mask of another size, or an empty one.
    """
    region = decoded_region(model, mask)
    chain = None
    if isinstance(model, Walkable):
        chain = nn.Sequential(model.mean_module(), model.decoder_module()).eval()
    return replace(
        region,
        name=region.name.replace("decoded", "rebuilt"),
        kind="image",
        input_shape=tuple(model.image_shape),
        function=lambda x: region.function(flat_means(model, x)),
        network=chain,
    )


def regions_of(study: Study, index: int) -> list[tuple[str, str]]:
    """(words, value of ``Question.region``): the parts known to be in this picture, then boxes."""
    whole("picture", index, 0, len(study) - 1)
    parts = [name for name, masks in study.masks.items() if masks[index].any()]
    own = [(f"the {name.replace('_', ' ')} (known mask)", name) for name in parts]
    boxes = [(f"the {name}" if name != BOX else "a box of my own", name) for name in REGIONS]
    return own + boxes


def mask_of(study: Study, index: int, question: Question) -> np.ndarray:
    """(h, w) bool: the pixels of ``question.region``.

    Raises:
        InputError: no such region, a part that this picture does not show, or a box outside it.
    """
    height, width = study.images.shape[2:]
    name = question.region
    if name in study.masks:
        mask = np.asarray(study.masks[name][index]).astype(bool)
        if not mask.any():
            raise InputError(
                f"picture {index} shows no {name.replace('_', ' ')}: choose another region, or a "
                "picture that has it"
            )
        return mask
    if name not in REGIONS:
        known = ", ".join(dict.fromkeys((*study.masks, *REGIONS)))
        raise InputError(f"there is no region {name!r} here: take one of {known}")
    left, top, right, bottom = _edges(name, question.box, height, width)
    mask = np.zeros((height, width), dtype=bool)
    mask[top:bottom, left:right] = True
    return mask


def _edges(name: str, box: Box | None, height: int, width: int) -> Box:
    if name == BOX:
        if box is None or len(box) != 4:
            raise InputError("the box is missing: give left, top, right and bottom in pixels")
        left, right = whole("left", box[0], 0, width - 1), whole("right", box[2], 1, width)
        top, bottom = whole("top", box[1], 0, height - 1), whole("bottom", box[3], 1, height)
        if left >= right or top >= bottom:
            raise InputError(
                f"the box from ({left}, {top}) to ({right}, {bottom}) is empty: right must be "
                "larger than left, bottom larger than top"
            )
        return left, top, right, bottom
    y, x = height // 2, width // 2
    return {
        "middle": (width // 4, height // 4, width - width // 4, height - height // 4),
        "top half": (0, 0, width, y),
        "bottom half": (0, y, width, height),
        "left half": (0, 0, x, height),
        "right half": (x, 0, width, height),
        "whole picture": (0, 0, width, height),
    }[name]


def _build_rebuilt(put: Put) -> Built:
    return _named(put, rebuilt_region, "rebuilt")


def _build_decoded(put: Put) -> Built:
    return _named(put, decoded_region, "decoded")


def _named(put: Put, region: Callable[[Autoencoder, np.ndarray], Target], how: str) -> Built:
    question, mask = put.question, mask_of(put.study, put.index, put.question)
    where = f"box {question.box}" if question.region == BOX else question.region.replace("_", " ")
    name = f"mean brightness of the {how} {where}"
    return Built(lambda model: replace(region(model, mask), name=name), mask=mask)


REGION = TargetKind(
    name="region",
    title="A region of the reconstruction, by pixels",
    kind="image",
    help="Which pixels of the input decide how bright this region is rebuilt?",
    needs="region",
    word="region",
    example="region:x0,y0,x1,y1 (pixels; or a known part, region:glasses)",
    build=_build_rebuilt,
)
DECODED_REGION = TargetKind(
    name="decoded-region",
    title="A decoded region, by latents",
    kind="latent",
    help="Which latents decide how bright this region of the decoded picture is?",
    needs="region",
    word=REGION.word,
    example=REGION.example,
    build=_build_decoded,
)

"""Edits of any picture: a region blurred, its colours turned or taken away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.nn import functional as F

from genlens.common.checks import number
from genlens.errors import InputError
from genlens.models.assessors.statistics.colours import luma
from genlens.steering.hypotheses.edits.edit import Pairs
from genlens.steering.hypotheses.edits.faces import Faces
from genlens.steering.hypotheses.edits.shams import moved_change

Box = tuple[float, float, float, float]
"""Top, left, bottom, right, as parts of the picture's height and width."""
REGIONS: dict[str, Box] = {
    "whole picture": (0.0, 0.0, 1.0, 1.0),
    "hair": (0.0, 0.2, 0.38, 0.8),
    "eyes": (0.36, 0.26, 0.53, 0.74),
    "mouth": (0.54, 0.34, 0.72, 0.66),
    "clothes": (0.78, 0.1, 1.0, 0.9),
}
"""Where parts of a face usually are: the avatars', and about those of aligned photographs."""


@dataclass(frozen=True)
class Change:
    """One way to change pixels.

    ``function(images, amount)`` takes and gives (n, c, h, w) in [0, 1]; ``amount`` runs from
    ``low`` to ``high``, in ``unit``.
    """

    name: str
    title: str
    help: str
    unit: str
    low: float
    high: float
    usual: float
    function: Callable[[torch.Tensor, float], torch.Tensor]


def blurred(images: torch.Tensor, amount: float) -> torch.Tensor:
    """A Gaussian blur whose standard deviation is ``amount`` of the picture's width."""
    sigma = amount * images.shape[3]
    reach = max(1, round(3 * sigma))
    x = torch.arange(-reach, reach + 1, dtype=torch.float32)
    kernel = torch.exp(-0.5 * (x / max(sigma, 1e-6)) ** 2)
    kernel = (kernel / kernel.sum()).repeat(images.shape[1], 1, 1, 1)  # (c, 1, 1, k)
    channels = images.shape[1]
    padded = F.pad(images, (reach, reach, reach, reach), mode="replicate")
    across = F.conv2d(padded, kernel, groups=channels)
    return F.conv2d(across, kernel.transpose(2, 3), groups=channels)


def greyed(images: torch.Tensor, amount: float) -> torch.Tensor:
    """Colours taken away, their brightness kept; ``amount`` 1 leaves none."""
    if images.shape[1] == 1:
        return images
    return images + amount * (luma(images)[:, None] - images)


def turned(images: torch.Tensor, amount: float) -> torch.Tensor:
    """Hues turned by ``amount`` degrees about the grey axis; greys stay as they are."""
    if images.shape[1] == 1:
        return images
    angle = torch.tensor(amount * torch.pi / 180)
    third, cos, sin = 1 / 3, torch.cos(angle), torch.sin(angle) * (1 / 3) ** 0.5
    same, left, right = cos + (1 - cos) * third, (1 - cos) * third - sin, (1 - cos) * third + sin
    matrix = torch.stack([same, left, right, right, same, left, left, right, same]).reshape(3, 3)
    return torch.einsum("ij,njhw->nihw", matrix, images).clamp(0, 1)


def brightened(images: torch.Tensor, amount: float) -> torch.Tensor:
    """``amount`` added to every pixel."""
    return (images + amount).clamp(0, 1)


CHANGES: dict[str, Change] = {
    change.name: change
    for change in (
        Change(
            "blur", "blurred", "Takes the form away and leaves the colours.",
            "of the picture’s width", 0.01, 0.3, 0.06, blurred,
        ),
        Change(
            "grey", "without colour", "Takes the colours away and leaves the form.",
            "of all colour", 0.05, 1.0, 1.0, greyed,
        ),
        Change(
            "hue", "in other hues", "Turns every colour; the form stays.",
            "degrees", -180.0, 180.0, 120.0, turned,
        ),
        Change(
            "brightness", "brighter or darker", "Adds the same to every pixel.",
            "of the scale from black to white", -0.8, 0.8, 0.25, brightened,
        ),
    )
}  # fmt: skip
"""All changes by name, in the order of a list."""


@dataclass(frozen=True)
class ChangePicture:
    """``change`` (of ``CHANGES``) in a region of each of ``faces``.

    Args:
        faces: which ones.
        change: "blur", "grey", "hue" or "brightness".
        region: a name of ``REGIONS``, or a box of your own.
        amount: how much; None for the usual.

    Raises:
        InputError: no such change or region, an empty box, or an amount out of range.
    """

    faces: Faces
    change: str
    region: str | Box = "whole picture"
    amount: float | None = None
    aims: Mapping[str, int] = field(default_factory=dict)
    control_title: str = "the same change of pixels, moved elsewhere on the face"
    exact: bool = True  # no pixel outside the region changes

    def __post_init__(self) -> None:
        if self.change not in CHANGES:
            raise InputError(f"no change is {self.change!r}: take one of {', '.join(CHANGES)}")
        kind = CHANGES[self.change]
        amount = kind.usual if self.amount is None else self.amount
        number(f"the amount of {self.change}", amount, kind.low, kind.high)
        object.__setattr__(self, "amount", float(amount))
        top, left, bottom, right = self.box
        if not (0 <= top < bottom <= 1 and 0 <= left < right <= 1):
            raise InputError(
                f"the region {self.box} is empty or outside the picture: give top, left, bottom "
                "and right from 0 to 1, top above bottom"
            )

    @property
    def box(self) -> Box:
        """The region as numbers."""
        if not isinstance(self.region, str):
            return self.region
        if self.region not in REGIONS:
            raise InputError(f"no region is {self.region!r}: take one of {', '.join(REGIONS)}")
        return REGIONS[self.region]

    @property
    def title(self) -> str:
        """See ``Edit``."""
        place = self.region if isinstance(self.region, str) else "a region"
        return f"{place} {CHANGES[self.change].title}"

    def pairs(self, start: int, n: int, seed: int) -> Pairs:
        """See ``Edit``."""
        before = self.faces.faces(start, n, seed)
        height, width = before.shape[2:]
        top, left, bottom, right = self.box
        rows = slice(int(top * height), max(int(top * height) + 1, round(bottom * height)))
        columns = slice(int(left * width), max(int(left * width) + 1, round(right * width)))
        assert self.amount is not None
        after = before.clone()
        changed = CHANGES[self.change].function(before, self.amount)
        after[:, :, rows, columns] = changed[:, :, rows, columns]
        return Pairs(before, after, moved_change(before, after, start, seed))

    def spec(self) -> dict[str, Any]:
        """See ``Edit``."""
        return {
            "kind": "picture",
            "change": self.change,
            "box": list(self.box),
            "amount": self.amount,
            **self.faces.spec(),
        }

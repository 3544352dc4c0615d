"""Static maps beside the edit: where four methods say that a classifier looks (S2, figure 2).

A map says where pixels matter on one picture as it is. It cannot point at what is not there, and it
cannot say what about a place matters: its colour, its form, or that something covers it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from genlens.attribution.faithfulness import mass_inside
from genlens.attribution.methods import METHODS, attribute
from genlens.attribution.results import Attribution
from genlens.attribution.run import watched
from genlens.attribution.target import Target
from genlens.common.progress import Cancel
from genlens.common.records import Record
from genlens.errors import InputError
from genlens.models.contracts import Assessor
from genlens.steering.hypotheses.networks import network_of
from genlens.worlds.avatars import Faces

MAPS: dict[str, dict[str, Any]] = {
    "integrated-gradients": {"steps": 200},
    "smoothgrad": {"kind": "smoothgrad_sq", "samples": 50},
    "guided-backprop": {},
    "guided-grad-cam": {},
}
"""The paper's four methods with its settings, but for the noisy copies, of which it takes 200."""


REACH = 1 / 32
"""How far parts of a few pixels reach beyond their outline, of the picture's width."""


@dataclass(frozen=True)
class PartShare(Record):
    """A part of the face: which share of a map's weight lies on it (``weight``), which share of the
    picture's pixels it has (``pixels``), and how many times more weight than a flat map would put
    there (``times``)."""

    part: str
    weight: float
    pixels: float

    @property
    def times(self) -> float:
        """1 is no more than any other place."""
        return self.weight / self.pixels if self.pixels else float("nan")


@dataclass(frozen=True)
class StaticMap(Record):
    """One method's map of one face; ``shares`` by part, the largest ``times`` first, where parts
    are known."""

    title: str
    attribution: Attribution
    shares: tuple[PartShare, ...] = field(default=())

    @property
    def points_at(self) -> str:
        """The part with most weight for its size; "" where parts are not known."""
        return self.shares[0].part if self.shares else ""


def static_maps(
    assessor: Assessor,
    image: torch.Tensor | np.ndarray,
    parts: Mapping[str, np.ndarray] | None = None,
    *,
    seed: int = 0,
    cancel: Cancel | None = None,
) -> tuple[StaticMap, ...]:
    """The maps of ``MAPS`` of what ``assessor`` says about ``image`` (3, h, w) in [0, 1].

    Args:
        parts: name -> (h, w) bool, where parts of the face are; see ``face_parts``.

    Raises:
        InputError: an assessor that is no network: there is nothing to take gradients of.
        Cancelled: ``cancel()`` said so.
    """
    target = watched(target_of(assessor), cancel=cancel)
    found = []
    for name, settings in MAPS.items():
        random = {"seed": seed} if METHODS[name].random else {}
        attribution = attribute(name, target, image, **settings, **random)
        shares = shares_of(attribution, parts or {})
        title = "SmoothGrad-squared" if name == "smoothgrad" else METHODS[name].title
        found.append(StaticMap(title, attribution, shares))
    return tuple(found)


def target_of(assessor: Assessor) -> Target:
    """The assessor's score as what attribution methods explain.

    Raises:
        InputError: it is no network, or not differentiable.
    """
    own = network_of(assessor)
    if own is None or not own.differentiable:
        raise InputError(
            f"{assessor.title} is no network with gradients: maps explain classifiers, such as "
            "smile-planted"
        )
    low, high = assessor.range
    return Target(
        name=f"score of {assessor.title}",
        kind="image",
        unit=assessor.unit,
        function=own.score,
        modules=(own.module,),
        model=own.card.id,
        revision=own.card.revision,
        scale=high - low if np.isfinite(high - low) else 0.0,
    )


def shares_of(attribution: Attribution, parts: Mapping[str, np.ndarray]) -> tuple[PartShare, ...]:
    """Of every part that is seen, the most weight for its size first."""
    found = [
        PartShare(name, *mass_inside(attribution, mask))
        for name, mask in parts.items()
        if mask.any()
    ]
    return tuple(sorted(found, key=lambda share: -np.nan_to_num(share.times)))


def face_parts(faces: Faces, row: int) -> dict[str, np.ndarray]:
    """Name -> (h, w) bool of one drawn face: where "mouth", "glasses", "hair" ... are, with the
    background, so that every pixel belongs to one of them.

    Parts of a few pixels reach a thirtieth of the picture's width beyond their outline, since maps
    light up around what they mean ("the region around the mouth", S2).
    """
    from scipy.ndimage import binary_dilation

    masks = {name: found[row] for name, found in faces.masks.items()}
    small = {
        "mouth": masks["mouth"],
        "glasses": masks["glasses"],
        "eyes and brows": masks["eyes"] | masks["brows"],
        "nose": masks["nose"],
    }
    reach = max(1, round(faces.images.shape[1] * REACH))
    taken = np.any(list(small.values()), axis=0)
    parts = {}
    for name, mask in small.items():
        grown = binary_dilation(mask, iterations=reach) if mask.any() else mask
        parts[name] = mask | (grown & ~taken)
        taken = taken | parts[name]
    for name in ("hair", "beard", "clothing", "skin"):
        parts[name] = masks[name] & ~taken
    return {**parts, "background": ~np.any([taken, *parts.values()], axis=0)}

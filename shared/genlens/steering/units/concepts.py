"""Concepts that units are compared with: where in a picture each is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from genlens.common.progress import Cancel, Progress, batches
from genlens.errors import InputError
from genlens.models.contracts import Generator, Segmenter
from genlens.zoo.face_parts import WEIGHTS, load_face_parts


class Concepts(Protocol):
    """Names, and the pixels of each."""

    @property
    def title(self) -> str:
        """For readers."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Of the concepts."""
        ...

    def masks(self, images: torch.Tensor) -> torch.Tensor:
        """(n, concepts, h, w) bool of ``images`` (n, c, h, w) in [0, 1]."""
        ...


HUES = (
    ("red", 345, 15),
    ("brown or orange", 15, 45),
    ("yellow", 45, 70),
    ("green", 70, 165),
    ("blue", 165, 260),
    ("violet or pink", 260, 345),
)
"""Names of hues, from and up to before an angle in degrees."""


@dataclass(frozen=True)
class ColourConcepts:
    """Colours by hue, and white, grey and black; each pixel has one. They need no network."""

    title = "colours"
    names = (*(name for name, _, _ in HUES), "white", "grey", "black")

    def masks(self, images: torch.Tensor) -> torch.Tensor:
        x = images.expand(-1, 3, -1, -1) if images.shape[1] == 1 else images
        high, low = x.max(1).values, x.min(1).values
        dark, pale = high < 0.25, (high - low) < 0.12 * high.clamp_min(1e-6)
        hue = _hue(x, high, high - low)
        masks = []
        for _, start, stop in HUES:
            turn = (hue >= start) & (hue < stop) if start < stop else (hue >= start) | (hue < stop)
            masks.append(turn & ~dark & ~pale)
        masks += [pale & ~dark & (high >= 0.85), pale & ~dark & (high < 0.85), dark]
        return torch.stack(masks, 1)


def _hue(x: torch.Tensor, high: torch.Tensor, spread: torch.Tensor) -> torch.Tensor:
    """(n, h, w) angles from 0 to 360 of colours (n, 3, h, w)."""
    red, green, blue = x.unbind(1)
    c = spread.clamp_min(1e-6)
    sector = torch.where(
        high == red,
        ((green - blue) / c) % 6,
        torch.where(high == green, (blue - red) / c + 2, (red - green) / c + 4),
    )
    return sector * 60 % 360


@dataclass(frozen=True)
class PartConcepts:
    """Parts of a cartoon face, as a small network reads them (``avatars-parts``)."""

    title = "parts of a face"

    @property
    def names(self) -> tuple[str, ...]:
        return load_face_parts().names

    def masks(self, images: torch.Tensor) -> torch.Tensor:
        labels = load_face_parts().labels(images)
        return torch.stack([labels == i for i in range(len(self.names))], 1)


OBJECTS = "objects, cut out by SAM"


@dataclass(frozen=True)
class ObjectConcepts:
    """Kinds of objects: masks of a ``segmenter`` (SAM), each of the kind whose ``centres`` row is
    nearest. Slow: every picture is segmented; ``cancel`` is asked before each. See ``objects``."""

    segmenter: Segmenter
    names: tuple[str, ...]
    centres: np.ndarray
    cancel: Cancel | None = None
    title: str = OBJECTS

    def masks(self, images: torch.Tensor) -> torch.Tensor:
        masks = torch.zeros(len(images), len(self.names), *images.shape[2:], dtype=torch.bool)
        for row in batches(len(images), 1, "Cutting out objects", None, self.cancel):
            for mask, facts in _objects_in(self.segmenter, images[row]):
                kind = int(np.square(self.centres - facts).sum(1).argmin())
                masks[row, kind] |= torch.from_numpy(mask)
        return masks


def objects(
    segmenter: Segmenter,
    examples: torch.Tensor,
    kinds: int = 5,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ObjectConcepts:
    """The objects that ``segmenter`` cuts out of the ``examples`` (n, c, h, w) in [0, 1], grouped
    by colour, place and size (k-means).

    Raises:
        InputError: fewer objects than kinds.
        Cancelled: ``cancel()`` said so.
    """
    from sklearn.cluster import KMeans

    n, found = len(examples), []
    for row in batches(n, 1, "Cutting out objects", progress, cancel):
        found += [facts for _, facts in _objects_in(segmenter, examples[row])]
    if len(found) < kinds:
        raise InputError(
            f"{segmenter.card.id} found {len(found)} objects in {n} pictures: too few for {kinds} "
            "kinds"
        )
    centres = KMeans(kinds, n_init=4, random_state=0).fit(np.array(found)).cluster_centers_
    return ObjectConcepts(segmenter, tuple(map(_described, range(kinds), centres)), centres)


def _objects_in(segmenter: Segmenter, image: torch.Tensor) -> list[tuple[np.ndarray, np.ndarray]]:
    """Masks (h, w) and six facts of each: colour, centre (x, y) and side, all 0 to 1."""
    colours = image.expand(3, -1, -1).cpu().numpy()
    h, w = colours.shape[1:]
    found = []
    for each in segmenter.segment(image.expand(3, -1, -1)):
        y, x = np.nonzero(each.mask)
        if len(y):
            colour = colours[:, y, x].mean(1)
            place = [x.mean() / w, y.mean() / h, (len(y) / (h * w)) ** 0.5]
            found.append((each.mask, np.array([*colour, *place])))
    return found


def _described(kind: int, centre: Sequence[float]) -> str:
    """ "object 1: dark, middle left, 10 % of the picture"."""
    light = "dark" if np.mean(centre[:3]) < 0.4 else "light" if np.mean(centre[:3]) > 0.7 else "mid"
    across = "left" if centre[3] < 0.4 else "right" if centre[3] > 0.6 else "centre"
    down = "top" if centre[4] < 0.4 else "bottom" if centre[4] > 0.6 else "middle"
    return (
        f"object {kind + 1}: {light}, {down} {across}, {100 * centre[5] ** 2:.0f} % of the picture"
    )


def concepts_for(generator: Generator) -> dict[str, Concepts]:
    """The sets of concepts that fit a generator's pictures, by title, best first."""
    sets: list[Concepts] = [ColourConcepts()]
    faces = generator.card.settings.get("data") == "avatars" and generator.image_shape[0] == 3
    if faces and WEIGHTS.is_dir():
        sets.insert(0, PartConcepts())
    return {each.title: each for each in sets}

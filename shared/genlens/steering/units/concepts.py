"""Concepts that units are compared with: where in a picture each is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch

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


@dataclass
class ObjectConcepts:
    """Kinds of objects: masks of a ``segmenter`` (SAM) in the ``examples`` (n, c, h, w), grouped by
    colour, place and size (k-means). Slow: every picture is segmented."""

    segmenter: Segmenter
    examples: torch.Tensor
    kinds: int = 5
    title: str = "objects"
    names: tuple[str, ...] = ()
    _centres: np.ndarray = field(default_factory=lambda: np.empty((0, 6)), repr=False)

    def __post_init__(self) -> None:
        from sklearn.cluster import KMeans

        found = [facts for image in self.examples for _, facts in self._objects(image)]
        if len(found) < self.kinds:
            raise InputError(
                f"{self.segmenter.card.id} found {len(found)} objects in {len(self.examples)} "
                f"pictures: too few for {self.kinds} kinds"
            )
        fitted = KMeans(self.kinds, n_init=4, random_state=0).fit(np.array(found))
        self._centres = fitted.cluster_centers_
        self.names = tuple(_described(i, centre) for i, centre in enumerate(self._centres))

    def masks(self, images: torch.Tensor) -> torch.Tensor:
        masks = torch.zeros(len(images), self.kinds, *images.shape[2:], dtype=torch.bool)
        for row, image in enumerate(images):
            for mask, facts in self._objects(image):
                kind = int(np.square(self._centres - facts).sum(1).argmin())
                masks[row, kind] |= torch.from_numpy(mask)
        return masks

    def _objects(self, image: torch.Tensor) -> list[tuple[np.ndarray, np.ndarray]]:
        """Masks (h, w) and six facts of each: colour, centre (x, y) and side, all 0 to 1."""
        colours = image.expand(3, -1, -1).cpu().numpy()
        h, w = colours.shape[1:]
        found = []
        for each in self.segmenter.segment(image.expand(3, -1, -1)):
            y, x = np.nonzero(each.mask)
            if len(y):
                colour = colours[:, y, x].mean(1)
                place = [x.mean() / w, y.mean() / h, (len(y) / (h * w)) ** 0.5]
                found.append((each.mask, np.array([*colour, *place])))
        return found


def _described(kind: int, centre: Sequence[float]) -> str:
    """ "object 1: middle left, a tenth of the picture"."""
    across = "left" if centre[3] < 0.4 else "right" if centre[3] > 0.6 else "centre"
    down = "top" if centre[4] < 0.4 else "bottom" if centre[4] > 0.6 else "middle"
    return f"object {kind + 1}: {down} {across}, {100 * centre[5] ** 2:.0f} % of the picture"


def concepts_for(generator: Generator) -> dict[str, Concepts]:
    """The sets of concepts that fit a generator's pictures, by title, best first."""
    sets: list[Concepts] = [ColourConcepts()]
    faces = generator.card.settings.get("data") == "avatars" and generator.image_shape[0] == 3
    if faces and WEIGHTS.is_dir():
        sets.insert(0, PartConcepts())
    return {each.title: each for each in sets}

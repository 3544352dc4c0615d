"""Pictures that somebody brought for a diffusion model: it has no codes to study them by, and is
asked about each by inversion."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from genlens.anchors.sets import own
from genlens.anchors.sets.pictures import Pictures
from genlens.models.contracts import Denoiser
from genlens.models.pictures.sets import PictureSet


@dataclass(frozen=True, eq=False)
class Brought:
    """``model`` and the n pictures it is asked about: ``images`` (n, c, h, w) float32 in [0, 1],
    ``labels`` (n,) into ``names`` (-1 each and () where there are no classes), ``ids`` (n,) numbers
    of the pictures where they came from, and ``data``, what they are in words."""

    model: Denoiser
    images: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    ids: np.ndarray
    data: str

    def __len__(self) -> int:
        return len(self.images)

    @property
    def anchors(self) -> Pictures:
        """The pictures as a set that the model is asked about."""
        return own.array(self.images, self.labels, self.names, self.ids, self.data)

    @property
    def nbytes(self) -> int:
        """What the pictures take in memory."""
        return self.images.nbytes

    @cached_property
    def content(self) -> str:
        """A sha256 over the model's card, the pictures and all that is known of them."""
        digest = hashlib.sha256(repr((self.model.card, self.names, self.data)).encode())
        for array in (self.images, self.labels, self.ids):
            digest.update(repr((array.shape, array.dtype)).encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def brought(model: Denoiser, pictures: PictureSet, n: int, seed: int = 0) -> Brought:
    """``n`` of ``pictures`` (all, where there are no more) for ``model``: those that
    ``anchor_set(file, model.image_shape, n=n, seed=seed)`` has, folders as classes."""
    some = own.of_set(pictures, "your pictures", model.image_shape).some(n, seed)
    all_of_them = len(some) == len(pictures)  # the set's title says how many there are
    data = "your pictures" if all_of_them else f"out of your {len(pictures):,} pictures"
    images = some.pictures(np.arange(len(some)))
    return Brought(model, images, some.labels, some.names, some.ids, data)

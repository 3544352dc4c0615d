"""What can be changed in a code: each latent, or, where there are too many of them, the
principal directions in which the codes of a set differ.

A spatial code (4 x 16 x 16 numbers) has no latent worth a slider of its own: each is one small
place of the picture. Its principal directions move many at once, as the set's own pictures do.
Traversals, grids and sliders then work on the directions' coordinates as they do on latents,
because ``Handles.decoder`` is a decoder of those coordinates around one picture's code.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from genlens.latents.traversals.traversal import LatentUse, latent_use
from genlens.study.coder import Codes, as_vector

if TYPE_CHECKING:
    from genlens.models.contracts import Autoencoder, Posterior

MOST_LATENTS = 256
"""With more latents than this, or spatial ones, directions take their place."""
MOST_DIRECTIONS = 32


@dataclass(frozen=True)
class Handles:
    """k handles on codes of d numbers.

    ``names`` ("z3" or "PC 1"); ``use`` their mean, variance, range and order over the set's
    pictures (``kl`` is NaN for directions, which have no posterior of their own); ``axes`` (k, d)
    the directions, of length 1, and ``centre`` (d,) the codes' mean; both empty for latents.
    ``share`` is the part of the codes' variance that all handles together reach: 1 for latents.
    """

    names: tuple[str, ...]
    use: LatentUse
    axes: np.ndarray
    centre: np.ndarray
    share: float

    @property
    def directions(self) -> bool:
        """Whether the handles are principal directions and not latents."""
        return len(self.axes) > 0

    def places(self, code: np.ndarray) -> np.ndarray:
        """Where ``code`` (d,) stands on each handle: (k,), in latent units."""
        if not self.directions:
            return as_vector(code, len(self.names))
        return self.axes @ (as_vector(code, self.axes.shape[1]) - self.centre)

    def decoder(self, model: Autoencoder, code: np.ndarray) -> Autoencoder:
        """An ``Autoencoder`` whose latents are the handles' places, for decoding around ``code``
        (d,): places(code) gives exactly ``code``'s picture."""
        if not self.directions:
            return model
        return DirectionDecoder(model, self.axes, code - self.places(code) @ self.axes)


class DirectionDecoder:
    """``model``'s decoder on coordinates: decode(a) is the picture of ``base`` + a · ``axes``.

    What the axes do not reach stays as it is in ``base`` (d,).
    """

    def __init__(self, model: Autoencoder, axes: np.ndarray, base: np.ndarray) -> None:
        self.card, self.device, self.module = model.card, model.device, model.module
        self.image_shape, self.latent_shape = model.image_shape, (len(axes),)
        self._model = model
        self._shape = model.latent_shape
        self._axes = torch.from_numpy(np.asarray(axes, dtype=np.float32)).to(self.device)
        self._base = torch.from_numpy(np.asarray(base, dtype=np.float32)).to(self.device)

    def encode(self, images: torch.Tensor) -> Posterior:
        """The model's own posterior: pictures have codes, not coordinates."""
        return self._model.encode(images)

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Images (n, c, h, w) of coordinates (n, k)."""
        codes = self._base + latents.to(self.device) @ self._axes  # (n, d)
        return self._model.decode(codes.reshape(len(codes), *self._shape))


def handles(codes: Codes, *, most: int = MOST_DIRECTIONS, seed: int = 0) -> Handles:
    """The handles on ``codes``: all latents of a flat code of at most 256 numbers, most varying
    first in ``use.order``; else the ``most`` first principal directions.

    Raises:
        InputError: fewer than two codes.
    """
    d = codes.mean.shape[1]
    if len(codes.latent_shape) == 1 and d <= MOST_LATENTS:
        names = tuple(f"z{j}" for j in range(d))
        return Handles(names, latent_use(codes), np.zeros((0, d)), np.zeros(0), 1.0)
    from sklearn.decomposition import PCA

    latent_use(codes)  # refuses what has no variance
    k = min(most, *codes.mean.shape)
    fitted = PCA(n_components=k, random_state=seed).fit(codes.mean)
    axes, centre = np.asarray(fitted.components_), np.asarray(fitted.mean_)
    places = Codes(
        mean=(codes.mean - centre) @ axes.T,
        logvar=np.zeros((len(codes.mean), k)),
        latent_shape=(k,),
        made_by=codes.made_by,
    )
    return Handles(
        names=tuple(f"PC {i + 1}" for i in range(k)),
        use=replace(latent_use(places), kl=np.full(k, np.nan)),
        axes=axes,
        centre=centre,
        share=float(np.sum(fitted.explained_variance_ratio_)),
    )

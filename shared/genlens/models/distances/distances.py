"""Every distance between two pictures by name. A new one is a class in a module and one line
here."""

from __future__ import annotations

from genlens.models.contracts import Distance
from genlens.models.distances.clip import ClipDistance
from genlens.models.distances.inception import InceptionDistance
from genlens.models.distances.lpips import LpipsDistance
from genlens.models.distances.ssim import DssimDistance, SsimDistance

_ALL: tuple[Distance, ...] = (
    SsimDistance(),
    DssimDistance(),
    LpipsDistance(),
    InceptionDistance(),
    ClipDistance(),
)
DISTANCES: dict[str, Distance] = {distance.name: distance for distance in _ALL}

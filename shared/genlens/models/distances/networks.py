"""The networks that distances look through: which packages carry them, and whether they are here.

Nothing is downloaded when a distance is asked for: ``genlens fetch lpips`` does that, once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from genlens.errors import ModelError
from genlens.models.download import published
from genlens.models.download.archives import Archive, place_of


@dataclass(frozen=True)
class Network:
    """One file of a published package: ``name`` is what ``genlens fetch`` calls it, ``sha256`` the
    file's, ``size`` in bytes of what is downloaded."""

    name: str
    title: str
    licence: str
    archive: Archive
    sha256: str
    size: int

    def missing(self) -> str:
        """The command that brings it; "" where it is on this machine."""
        return "" if place_of(self.archive).is_file() else f"genlens fetch {self.name}"

    def read(self, path: Path | None = None) -> bytes:
        """Its content, once its sha256 is right; ``path`` where it lies elsewhere.

        Raises:
            ModelError: it is not there, or it is another file.
        """
        place = path or place_of(self.archive)
        if not place.is_file():
            raise ModelError(f"{self.title} is missing on this machine: genlens fetch {self.name}")
        data = place.read_bytes()
        found = hashlib.sha256(data).hexdigest()
        if found != self.sha256:
            raise ModelError(
                f"{place.name} has sha256 {found[:12]}..., not {self.sha256[:12]}...: it is not "
                f"used. Delete it, then: genlens fetch {self.name}"
            )
        return data


LPIPS = Network(
    "lpips",
    "LPIPS with AlexNet",
    "BSD-2-Clause",
    published.LPIPS.archive,
    "b356b382f96010f77d085ee8343ecd9fd322d0a56e8de2b2d0549fafcad8b9ee",
    published.LPIPS.bytes,
)

INCEPTION = Network(
    "inception",
    "Inception, as FID uses it",
    "MIT",
    published.INCEPTION.archive,
    "7ff4a85c3a6378f0dfc8433ffd789663b01176bec0a683a435651739c091fa34",
    published.INCEPTION.bytes,
)

NETWORKS = {network.name: network for network in (LPIPS, INCEPTION)}

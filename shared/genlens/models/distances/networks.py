"""The networks that distances look through."""

from __future__ import annotations

from genlens.models.download import published
from genlens.models.download.network import Network

LPIPS = Network(published.LPIPS, "b356b382f96010f77d085ee8343ecd9fd322d0a56e8de2b2d0549fafcad8b9ee")
INCEPTION = Network(
    published.INCEPTION, "7ff4a85c3a6378f0dfc8433ffd789663b01176bec0a683a435651739c091fa34"
)

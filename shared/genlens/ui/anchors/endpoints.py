"""What the anchor browser computes, for programs."""

from __future__ import annotations


def register_endpoints() -> None:
    """Add the endpoints to the ``gr.Blocks`` around the call."""

"""A port of this process's own: tests run side by side, and two that look for the first free one at
the same moment find the same."""

from __future__ import annotations

import socket


def own_port() -> int:
    """A port that the system gives to nobody else for a while."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

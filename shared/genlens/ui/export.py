"""Files to take away: where they lie for an hour, and what makes them safe."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from genlens.ui.serving.lifetimes import exports


@dataclass(frozen=True)
class Written:
    """``paths`` of files by kind, what a reader has to know of them, and the ``link`` (a query such
    as "?model=…") to what they show; "" where no link may."""

    paths: Mapping[str, str]
    notes: tuple[str, ...] = ()
    link: str = ""


def fresh_folder() -> Path:
    """A new folder for one export; it is deleted within the hour."""
    return exports().new(secrets.token_hex(8))


def file_stem(text: str) -> str:
    """``genlens-`` and the letters and digits of ``text``, for the name of a file."""
    readable = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"
    return f"genlens-{readable}"[:60]

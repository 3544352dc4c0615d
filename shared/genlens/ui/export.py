"""Files to take away: where they lie for an hour, and what makes them safe."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

KEPT_SECONDS = 3600
"""Older exports are deleted when new ones are written."""


def fresh_folder() -> Path:
    """A new folder for one export, after deleting those older than ``KEPT_SECONDS``."""
    root = Path(tempfile.gettempdir()) / "genlens-exports"
    root.mkdir(exist_ok=True)
    for old in root.iterdir():
        if old.is_dir() and time.time() - old.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=root))


def file_stem(text: str) -> str:
    """``genlens-`` and the letters and digits of ``text``, for the name of a file."""
    readable = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"
    return f"genlens-{readable}"[:60]


def csv_cell(value: Any) -> Any:
    """``value``, with an apostrophe in front where a spreadsheet would take it for a formula."""
    return "'" + value if isinstance(value, str) and value[:1] in "=+-@\t\r" else value

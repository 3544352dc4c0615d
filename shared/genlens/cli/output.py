"""What every command writes: files of numbers, and lines on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from genlens.errors import InputError


def check_writable(*files: Path | None) -> None:
    """Refuse a file that cannot be written before minutes of work, not after."""
    for file in files:
        if file is None:
            continue
        if file.is_dir():
            raise InputError(f"{file} is a folder: name a file in it.")
        if not file.absolute().parent.is_dir():
            raise InputError(f"{file.absolute().parent} is not there: make the folder first.")


def check_suffix(out: Path | None, allowed: Sequence[str]) -> None:
    """Refuse a file name that says another format than ``allowed`` suffixes (".png" …)."""
    if out is not None and out.suffix.lower() not in allowed:
        raise InputError(f"--out {out}: name a file that ends in {' or '.join(allowed)}")


def write_json(file: Path, values: Mapping[str, Any]) -> None:
    from genlens.common.records import plain  # numpy: the command line starts without it

    text = json.dumps(plain(values), ensure_ascii=False, indent=2, allow_nan=False)
    file.write_text(text + "\n", encoding="utf-8")
    say(f"numbers written to {file}")


def say(text: str) -> None:
    print(text, file=sys.stderr)

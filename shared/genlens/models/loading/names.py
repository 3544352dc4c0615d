"""What the name of a model stands for: a folder of this machine, or a repository of the hub."""

from __future__ import annotations

import re
from pathlib import Path

from genlens.errors import ModelError
from genlens.models import weights
from genlens.models.loading.strangers import refuse_stranger

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def is_path(name: str) -> bool:
    """Whether ``load`` takes ``name`` for a folder of this machine."""
    return bool(name.startswith((".", "/", "~", "\\")) or re.match(r"[A-Za-z]:[\\/]", name))


def hub_name(name: str) -> str | None:
    """The repository of the hub that ``load`` takes ``name`` for, or None."""
    if ":" in name and "/" not in name:
        from genlens.models.encoders.openclip import hub_repository

        return hub_repository(*name.split(":", 1))
    return name if _HUB_NAME.fullmatch(name) else None


def as_folder(name: str) -> Path | None:
    """The folder ``name`` points to, where it is written as a path; hub names and ids are not."""
    if not is_path(name):
        return None
    folder = Path(name).expanduser().resolve()
    if folder.is_file() and folder.suffix.lower() in weights.PICKLES:
        refuse_stranger(folder)
        raise ModelError(weights.only_safetensors(f"{folder.name} is a pickle", folder))
    if folder.is_file():
        raise ModelError(f"{folder.name} is a file: name the folder that holds the model")
    if not folder.is_dir():
        raise ModelError(f"there is no folder {name}: check the path")
    return folder

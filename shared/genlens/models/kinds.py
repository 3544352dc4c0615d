"""What a model's name stands for, before it is loaded."""

from __future__ import annotations

from pathlib import Path

from genlens.errors import ModelError
from genlens.models.catalog import find
from genlens.models.families import FAMILIES, recognise
from genlens.models.loading.names import is_path


def contract_of(name: str) -> str:
    """The contract of the model that ``load`` takes ``name`` for; "" where only a download would
    tell, or where ``load`` will say what is wrong with it."""
    entry = find(name)
    if entry is not None:
        return entry.contract
    folder = Path(name).expanduser()
    if not is_path(name) or not folder.is_dir():
        return ""
    try:
        return recognise(folder, None).contract
    except ModelError:
        return ""


def has_part(name: str, contract: str) -> bool:
    """Whether a model of the catalog has a part that fulfils ``contract``: a text-to-image pipeline
    is a "Denoiser" too."""
    entry = find(name)
    family = FAMILIES.get(entry.family) if entry is not None else None
    return family is not None and contract in family.parts

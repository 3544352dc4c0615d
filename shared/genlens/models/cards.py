"""The card of a loaded model: what the catalog says, completed by what its folder holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from genlens.common.limits import MAX_GUIDANCE, MAX_STEPS
from genlens.errors import ModelError
from genlens.models import weights
from genlens.models.contracts import ModelCard

# Keys of a genlens.json that describe the model; all others are settings it runs with.
_ABOUT = ("licence", "title")
# Numbers among the settings of all families, and how small and large they may be.
_RANGES: dict[str, tuple[int, int]] = {
    "batch_size": (1, 4096),
    "steps": (1, MAX_STEPS),
    "guidance": (0, int(MAX_GUIDANCE)),
    "height": (8, 4096),
    "width": (8, 4096),
}


def card_of(
    folder: Path,
    card: ModelCard | None,
    *,
    contract: str,
    defaults: dict[str, Any],
    notes: tuple[str, ...] = (),
) -> ModelCard:
    """The card for the model in ``folder``.

    Settings come from ``defaults``, then ``card``, then the folder's ``genlens.json``; the last
    one wins. Where the card has no revision, it becomes "sha256:" and 16 digits of the folder's
    content hash; where it has no size, the size of the safetensors. ``notes`` are added to it.

    Raises:
        ModelError: ``genlens.json`` is damaged, or holds a number out of range.
    """
    card = card or ModelCard(id=folder.name, contract=contract, source="folder")
    local = weights.read_settings(folder)
    about = {key: str(local[key]) for key in _ABOUT if local.get(key)}
    own = {key: value for key, value in local.items() if key not in _ABOUT}
    for name, (low, high) in _RANGES.items():
        value = own.get(name, low)
        whole = isinstance(value, int) or (name == "guidance" and isinstance(value, float))
        if isinstance(value, bool) or not whole or not low <= value <= high:
            raise ModelError(
                f"{weights.shown(folder / 'genlens.json')} says {name} {value!r}: take a number "
                f"from {low} to {high}"
            )
    return replace(
        card,
        settings={**defaults, **card.settings, **own},
        revision=card.revision or f"sha256:{weights.folder_sha256(folder)[:16]}",
        bytes=card.bytes or weights.folder_bytes(folder),
        licence=about.get("licence", card.licence),
        title=about.get("title", card.title),
        notes=(*card.notes, *notes),
    )

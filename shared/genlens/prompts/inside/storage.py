"""What the tab "Inside the model" opens with: one NPZ a result, arrays and a line of JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from genlens.common.records import MadeBy, plain
from genlens.errors import InputError
from genlens.models.contracts import CrossLayer
from genlens.prompts.inside.edit.pictures import EditPictures
from genlens.prompts.inside.layers.exchange import LayerExchange


def write(path: Path, facts: dict[str, Any], **arrays: np.ndarray) -> Path:
    """Write ``facts``, JSON-able, and ``arrays``; the path."""
    with path.open("wb") as file:
        held: dict[str, Any] = {"facts": np.array(json.dumps(plain(facts))), **arrays}
        np.savez_compressed(file, **held)
    return path


def read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What ``write`` wrote.

    Raises:
        InputError: another file.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            facts = json.loads(str(stored["facts"]))
            return facts, {name: stored[name] for name in stored.files if name != "facts"}
    except (KeyError, ValueError, OSError) as error:
        raise InputError(f"{path.name} holds nothing that was stored here: {error}") from error


def save_exchange(found: LayerExchange, path: Path) -> Path:
    """Write an exchange; the path."""
    return write(
        path, found.to_dict(), own=found.own, others=found.others, images=found.images,
        towards=found.towards,
    )  # fmt: skip


def load_exchange(path: Path) -> LayerExchange:
    """What ``save_exchange`` wrote; raises as ``read``."""
    facts, arrays = read(path)
    try:
        return LayerExchange(
            facts["prompt"],
            facts["other"],
            layers_in(facts["layers"]),
            tuple(tuple(window) for window in facts["windows"]),
            every=facts["every"],
            made_by=MadeBy(**facts["made_by"]),
            notes=tuple(facts["notes"]),
            **arrays,
        )
    except (KeyError, TypeError) as error:
        raise InputError(f"{path.name} holds no exchange of layers: {error}") from error


def save_edit(found: EditPictures, path: Path) -> Path:
    """Write pictures before and after an edit; the path."""
    return write(path, found.to_dict(), before=found.before, after=found.after)


def load_edit(path: Path) -> EditPictures:
    """What ``save_edit`` wrote; raises as ``read``."""
    facts, arrays = read(path)
    try:
        return EditPictures(
            facts["word"],
            facts["target"],
            tuple(facts["prompts"]),
            moved=facts["moved"],
            kept=facts["kept"],
            made_by=MadeBy(**facts["made_by"]),
            **arrays,
        )
    except (KeyError, TypeError) as error:
        raise InputError(f"{path.name} holds no pictures of an edit: {error}") from error


def layers_in(written: list[dict[str, Any]]) -> tuple[CrossLayer, ...]:
    """Layers from what ``to_dict`` wrote."""
    return tuple(
        CrossLayer(layer["name"], layer["part"], (layer["grid"][0], layer["grid"][1]))
        for layer in written
    )

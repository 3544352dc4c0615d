"""Weights of a TensorFlow.js model: ``model.json`` names them in order, ``*.bin`` files hold them
one after the other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from genlens.errors import ModelError
from genlens.models import weights

_TYPES = {"float32": np.dtype("<f4"), "int32": np.dtype("<i4")}


def read_tensors(folder: Path) -> dict[str, torch.Tensor]:
    """Every tensor of the model in ``folder`` by name, float32 or int32; the graph is not read.

    Raises:
        ModelError: a file is missing, cut short or too long, or tensors are of another type
            (quantised ones).
    """
    found: dict[str, torch.Tensor] = {}
    for group in _listed(weights.read_json(folder / "model.json"), "weightsManifest"):
        data = b"".join(_read(folder, name) for name in group.get("paths", ()))
        at = 0
        for entry in _listed(group, "weights"):
            name, kind, size = _described(entry)
            if at + size > len(data):
                raise ModelError(_wrong(folder, f"ends before {name} does"))
            rows = np.frombuffer(data, kind, size // kind.itemsize, at)
            found[name] = torch.from_numpy(rows.reshape(entry["shape"]).copy())
            at += size
        if at != len(data):
            raise ModelError(_wrong(folder, f"is {len(data) - at} bytes too long"))
    return found


def _listed(thing: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    rows = thing.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ModelError(f"model.json has no list {name}: it is no TensorFlow.js model")
    yield from rows


def _described(entry: Mapping[str, Any]) -> tuple[str, np.dtype[Any], int]:
    """Name, type and bytes of a tensor."""
    name, shape, kind = entry.get("name"), entry.get("shape"), _TYPES.get(str(entry.get("dtype")))
    whole = isinstance(shape, list) and all(isinstance(n, int) and n >= 0 for n in shape)
    if kind is None or not whole or not isinstance(name, str) or "quantization" in entry:
        raise ModelError(
            f"model.json describes the tensor {name!r} as {entry.get('dtype')} of shape {shape}: "
            "genlens reads float32 and int32 that are not quantised"
        )
    return name, kind, math.prod(shape or ()) * kind.itemsize


def _read(folder: Path, name: object) -> bytes:
    path = folder / Path(str(name)).name  # a path in the file leads nowhere else
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{weights.shown(path)} cannot be read: {error.strerror}") from error


def _wrong(folder: Path, how: str) -> str:
    return f"the weights of {weights.shown(folder)} {how}: fetch them again"

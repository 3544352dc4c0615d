"""Recorded attention as one NPZ file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from genlens.common.records import MadeBy
from genlens.errors import InputError
from genlens.models.contracts import Word
from genlens.prompts.attention.results import AttentionMaps

VERSION = 1


def save(maps: AttentionMaps, path: Path) -> Path:
    """Write ``maps`` to ``path``; the path."""
    words = [[w.text, list(w.token_ids), w.known, list(w.suggestions)] for w in maps.words]
    facts = {
        "version": VERSION,
        "prompt": maps.prompt,
        "words": words,
        "layers": maps.layers,
        "read": maps.read,
        "timesteps": maps.timesteps,
        "made_by": maps.made_by.to_dict(),
        "notes": maps.notes,
    }
    arrays: dict[str, Any] = {f"map{i}": one for i, one in enumerate(maps.maps)}
    with path.open("wb") as file:
        np.savez_compressed(file, facts=np.array(json.dumps(facts)), image=maps.image, **arrays)
    return path


def load(path: Path) -> AttentionMaps:
    """What ``save`` wrote.

    Raises:
        InputError: another file.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            facts = json.loads(str(stored["facts"]))
            return AttentionMaps(
                prompt=facts["prompt"],
                words=tuple(Word(t, tuple(ids), k, tuple(s)) for t, ids, k, s in facts["words"]),
                image=stored["image"],
                layers=tuple(facts["layers"]),
                maps=tuple(stored[f"map{i}"] for i in range(len(facts["layers"]))),
                read=tuple(facts["read"]),
                timesteps=tuple(facts["timesteps"]),
                made_by=MadeBy(**facts["made_by"]),
                notes=tuple(facts["notes"]),
            )
    except (KeyError, ValueError, TypeError, OSError) as error:
        raise InputError(f"{path.name} holds no recorded attention: {error}") from error

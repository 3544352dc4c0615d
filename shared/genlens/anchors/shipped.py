"""The scores that ship, so that a page opens at once: ``zeros-vae`` on 66,000 digits."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from genlens.anchors.results import AnchorScores, Threshold
from genlens.anchors.sets.pictures import Pictures
from genlens.anchors.sets.sets import anchor_set
from genlens.common.records import MadeBy
from genlens.worlds.shipped import verified

MODEL = "zeros-vae"
FILE = Path(__file__).with_name("data") / "zeros-vae.npz"
SHA256 = "c3f949fa14d4d52200c9c19c5cf7b14c61ff8dff00cc01cdbbb79a17e4e8a330"
STEPS = 64
"""Steps of a shipped code in 1."""
SAMPLES = 60_000
"""Pictures whose expected maximum the shipped thresholds are, and that were drawn for them."""
PAPERS = 56_000
"""The first so many anchors are those of PXGen (section 4.1): the rest of MNIST's training set."""


@lru_cache(maxsize=1)
def shipped_scores() -> AnchorScores:
    """What ``zeros-vae`` makes of all 66,000 digits that it was not trained on.

    Criteria are KLD, squared error, SSIM and Mahalanobis distance. Codes are (n, a): the latents
    that carry at least 0.1 nats on zeros, in steps of 1/64.

    Raises:
        ModelError: the file is missing or damaged.
    """
    with _stored() as stored:
        about = json.loads(stored["about"].tobytes())
        return AnchorScores(
            criteria=tuple(about["criteria"]),
            sides=tuple(about["sides"]),
            units=tuple(about["units"]),
            values=np.ascontiguousarray(joined(stored["values"], np.float32).T),
            codes=np.ascontiguousarray(joined(stored["codes"], np.int16).T) / np.float32(STEPS),
            labels=stored["labels"].astype(np.int64),
            ids=np.cumsum(stored["ids"], dtype=np.int64),
            names=tuple(about["names"]),
            data=about["data"],
            made_by=MadeBy(**about["made_by"]),
        )


def shipped_latents() -> np.ndarray:
    """(a,) int64: which of the model's latents ``shipped_scores().codes`` are."""
    with _stored() as stored:
        return stored["latents"].astype(np.int64)


def shipped_thresholds() -> dict[str, Threshold]:
    """A threshold for each criterion of ``shipped_scores``, read off 60,000 drawn pictures."""
    with _stored() as stored:
        rows = json.loads(stored["about"].tobytes())["thresholds"]
    return {
        row["criterion"]: Threshold(**{**row, "made_by": MadeBy(**row["made_by"])}) for row in rows
    }


def _stored() -> Any:
    """The shipped file's arrays, once its sha256 is right."""
    data = verified(FILE, SHA256).read_bytes()
    return np.load(io.BytesIO(data), allow_pickle=False)


def shipped_anchors() -> Pictures:
    """The pictures of ``shipped_scores``, in its order. Those that do not ship cannot be shown
    until they are fetched: ``Pictures.here(rows)`` says which can."""
    scores, found = shipped_scores(), anchor_set("digits")
    if len(found) == len(scores):
        return found
    place = np.searchsorted(scores.ids, found.ids)  # of what ships among all
    row = np.full(len(scores), -1, np.int64)
    row[place] = np.arange(len(found))
    return replace(
        found,
        title=scores.data,
        labels=scores.labels,
        ids=scores.ids,
        read=lambda rows: found.read(row[rows]),
        held=row >= 0,
        command="genlens fetch digits",
    )


def planes(numbers: np.ndarray) -> np.ndarray:
    """``numbers`` (r, n) of b bytes each as (b, r, n) uint8, the first bytes of all together: the
    bytes that hardly change stand side by side, which packs better."""
    parts = np.ascontiguousarray(numbers).view(np.uint8).reshape(*numbers.shape, -1)
    return np.ascontiguousarray(np.moveaxis(parts, -1, 0))


def joined(parts: np.ndarray, dtype: type[np.number]) -> np.ndarray:
    """The numbers (r, n) of :func:`planes`."""
    return np.ascontiguousarray(np.moveaxis(parts, 0, -1)).view(dtype)[..., 0]

"""How often the classifier of cartoon faces names their factors right."""

from __future__ import annotations

import numpy as np
import torch

from genlens.common.measures import Measure, share
from genlens.models.assessors.shipped import attributes_classifier
from genlens.worlds.avatars import CHOICES, draw_faces
from genlens.zoo.measures.faces import FACTORS, HELD_SEED


def measure(n: int = 500, seed: int = 0) -> dict[str, Measure]:
    """On ``n`` drawn faces that it was not trained on: ``four_factors``, the share of skins, hairs,
    mouths and glasses that it names right, and ``all_factors`` that of all eleven. Some of what it
    misses cannot be seen: eyes behind sunglasses, the hair colour of the bald.

    Raises:
        ModelError: its weights are missing.
    """
    faces, judge = draw_faces(n, HELD_SEED + seed), attributes_classifier()
    named = {name: rows.argmax(1) for name, rows in judge.probabilities(faces.tensor()).items()}
    right = {name: named[name] == torch.from_numpy(faces.codes[name]) for name in CHOICES}
    return {
        "four_factors": _share([right[name].numpy() for name in FACTORS]),
        "all_factors": _share([rows.numpy() for rows in right.values()]),
    }


def _share(right: list[np.ndarray]) -> Measure:
    """Of all answers; those about one face are not independent."""
    faces = np.tile(np.arange(len(right[0])), len(right))
    return share(np.concatenate(right).tolist(), groups=faces.tolist())

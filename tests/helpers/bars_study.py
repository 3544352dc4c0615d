"""A study of bars on black with a tiny VAE, and maps of it that are blind or random by design."""

from __future__ import annotations

import numpy as np
import torch

from genlens.attribution.controls import edges as sobel
from genlens.attribution.results import Attribution
from genlens.study.study import study_of
from tiny_vaes import conv_model

SIDE = 16


def pictures(n=40, side=SIDE, seed=0):
    """Two classes on black: a bar at the top or at the bottom, of random brightness and place."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    images = np.zeros((n, 1, side, side), np.float32)
    for i, label in enumerate(labels):
        top = (2 if label == 0 else side // 2 + 2) + rng.integers(0, 2)
        images[i, 0, top : top + 3, 2:-2] = rng.uniform(0.6, 1.0)
    return images, labels


def study(n=40, **more):
    images, labels = pictures(n)
    return study_of(conv_model(**more), images, labels=labels, names=("top", "bottom"))


def attribution(values, **more):
    return Attribution(np.asarray(values, dtype=float), "planted", "t", **more)


def edges(target, case, x, seed):
    """A map that runs the model and ignores it: the picture's own edges."""
    target.function(torch.from_numpy(x)[None])
    return attribution(sobel(x), signed=False)


def noise(target, case, x, seed):
    target.function(torch.from_numpy(x)[None])
    return attribution(np.random.default_rng(seed + int(1e6 * x.sum())).random(x.shape[1:]))

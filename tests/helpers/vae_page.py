"""The VAE page with or without weights: a stand-in for the digits model where a checkout lacks it,
since what is tested then is the page, not what the model knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

import tiny_vaes
from genlens.models import catalog
from genlens.models.memory import MEMORY
from genlens.study.study import Study, study_of
from genlens.ui import studies as vae_studies

MODEL = "digits-vae"
VAES = ("digits-vae", "digits-cvae", "avatars-vae", "maritime-vae")


def lacks(*models: str) -> list[str]:
    """Those of ``models`` that the catalog does not list or whose weights are not here."""
    return [
        name
        for name in models
        if catalog.find(name) is None
        or not any(catalog.weights_folder(name).glob("**/*.safetensors"))
    ]


def small_study(n: int = 60, d: int = 4, seed: int = 0) -> Study:
    """Random weights on pictures of three kinds, with classes and one attribute."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    images = 0.3 * rng.random((n, 1, 16, 16), dtype=np.float32)
    for i, label in enumerate(labels):
        images[i, 0, 5 * label : 5 * label + 5] += 0.6
    model = tiny_vaes.conv_model(d=d)
    for parameter in model.module["decoder"].parameters():
        parameter.data *= 3.0  # so that different codes give clearly different pictures
    return study_of(
        model,
        images.clip(0, 1),
        labels=labels,
        names=("top", "middle", "bottom"),
        attributes={"bright": images.mean((1, 2, 3)) > images.mean()},
        data="stripes",
    )


@contextmanager
def standing_in(study: Study, model: str = MODEL) -> Iterator[str]:
    """The page believes that ``study`` is the one of ``model``; gives ``model``."""
    shelf = vae_studies._STUDIES._own  # looked through before anything is loaded
    shelf[model] = study
    try:
        yield model
    finally:
        del shelf[model]
        MEMORY.drop(study.content)

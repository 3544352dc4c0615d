"""A tiny model whose latents are its pixels, and the tab "Rebuild" that knows it."""

from __future__ import annotations

import numpy as np
import pytest
from torch import nn

from genlens.models.autoencoders.module import ModuleAutoencoder
from genlens.models.contracts import ModelCard
from genlens.study.study import study_of
from genlens.ui.latents.rebuild import handlers as vae_rebuild_events
from genlens.ui.latents.rebuild import tab as vae_rebuild

D = 4


def pixels(d=D, name="pixels", **settings):
    """A model whose latents are its pixels: every slider is one pixel's brightness."""
    return ModuleAutoencoder(
        nn.Flatten(),
        nn.Unflatten(1, (1, 1, d)),
        image_shape=(1, 1, d),
        latent_shape=(d,),
        card=ModelCard(id=name, contract="Autoencoder", settings=settings),
        device="cpu",
    )


def study_with(d=D, name="pixels", factors=None, **settings):
    images = np.random.default_rng(0).random((40, 1, 1, d)).astype(np.float32)
    return study_of(pixels(d, name, **settings), images, factors=factors)


@pytest.fixture(scope="module")
def studies():
    return {"pixels": study_with(), "other": study_with(name="other"), "wide": study_with(50)}


@pytest.fixture(autouse=True)
def known(studies, monkeypatch):
    for module in (vae_rebuild, vae_rebuild_events):
        monkeypatch.setattr(module, "study", studies.__getitem__)
    monkeypatch.setattr(vae_rebuild_events, "load_board", tuple)


def seat_of(values):
    return values["seat"]


def started(number=1, model="pixels"):
    return seat_of(vae_rebuild_events.start(vae_rebuild_events.first_seat(), model, number))

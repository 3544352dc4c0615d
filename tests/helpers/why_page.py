"""Tiny models for the tests of the tab "Why", and its controls as the page sends them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from genlens.attribution.methods import METHODS
from genlens.errors import InputError
from genlens.models.autoencoders.conditional import ConditionalAutoencoder
from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.study.study import Study, study_of
from genlens.ui.latents.why import handlers as why_events
from genlens.ui.latents.why.controls import NAMES
from genlens.ui.latents.why.handlers import BOX_EDGES
from genlens.ui.messages import as_toasts
from tiny_vaes import conv_model, linear_model

SIDE, N = 16, 40
REQUEST = SimpleNamespace(session_hash="a")


def quiet(*_: object, **__: object) -> None:
    """Progress that nobody watches."""


def pictures(channels: int = 1) -> np.ndarray:
    """Bright squares on black, left for class 0 and right for class 1."""
    images = np.zeros((N, channels, SIDE, SIDE), dtype=np.float32)
    rng = np.random.default_rng(0)
    for i in range(N):
        left = 1 + (i % 2) * 8
        images[i, :, 4:11, left : left + 6] = rng.uniform(0.4, 1.0, (channels, 7, 6))
    return images


def tiny_study(model: object = None, **more: object) -> Study:
    labels = np.arange(N) % 2
    masks = {"glasses": np.zeros((N, SIDE, SIDE), dtype=bool)}
    masks["glasses"][::2, 5:7, 2:6] = True
    more = {"labels": labels, "names": ("left", "right"), "masks": masks} | more
    return study_of(model or conv_model(shape=(1, SIDE, SIDE)), pictures(), **more)


def spatial_model() -> object:
    """Latents are a map of 2 x 4 x 4."""
    from torch import nn

    from genlens.models.autoencoders.module import ModuleAutoencoder

    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Conv2d(1, 4, 4, 4), nn.ReLU(), nn.Conv2d(4, 2, 1))
    decoder = nn.Sequential(nn.ConvTranspose2d(2, 1, 4, 4), nn.Sigmoid())
    return ModuleAutoencoder(encoder, decoder, image_shape=(1, SIDE, SIDE), device="cpu")


def conditional_model() -> ConditionalAutoencoder:
    torch.manual_seed(1)
    net = ConvVAE((1, SIDE, SIDE), latents=4, widths=(6, 8), hidden=16, classes=2)
    return ConditionalAutoencoder(net, device="cpu")


@pytest.fixture(scope="module")
def studies() -> dict[str, Study]:
    return {
        "plain": tiny_study(),
        "nameless": tiny_study(labels=None, names=(), masks=None),
        "spatial": tiny_study(spatial_model()),
        "conditional": tiny_study(conditional_model()),
        "linear": tiny_study(linear_model(shape=(1, SIDE, SIDE), bias=True)),
    }


@pytest.fixture(autouse=True)
def page(studies: dict[str, Study], monkeypatch: pytest.MonkeyPatch) -> None:
    """The page knows these models, and keeps its files for itself."""

    def study(model_id: str) -> Study:
        if model_id not in studies:
            raise InputError(f"no model {model_id}")
        return studies[model_id]

    monkeypatch.setattr(why_events, "study_of_page", study)


def controls(
    model: str = "plain", picture: object = 0, target: str = "latent", method: str = "saliency",
    latent: object = 1, label: object = "class/left", region: str = "middle",
    box: tuple = (4, 4, 12, 12), **settings: object,
) -> dict[str, object]:  # fmt: skip
    """The values of all controls by name, as the page sends them."""
    values = METHODS[method].defaults() if method in METHODS else {}
    values = {**values, **settings}
    edges = dict(zip(BOX_EDGES, box, strict=True))
    return {
        "model": model, "picture": picture, "target": target, "latent": latent, "label": label,
        "region": region, **edges, "method": method, **{name: values.get(name) for name in NAMES},
        "other": settings.get("other"),
    }  # fmt: skip


def show(**asks: object) -> dict[str, object]:
    return as_toasts(why_events.show)(REQUEST, quiet, **asks)


FEW = {
    "smoothgrad": {"samples": 10}, "integrated-gradients": {"steps": 20},
    "gradient-shap": {"samples": 20}, "kernel-shap": {"samples": 30},
    "lime": {"samples": 60, "count": 10}, "lime-latents": {"samples": 60},
}  # fmt: skip

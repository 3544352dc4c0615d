"""How well the small VAEs rebuild pictures of their worlds that training never saw."""

from __future__ import annotations

from typing import Any

import torch

from genlens.errors import ModelError
from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.models.catalog import weights_folder
from genlens.models.weights import read_json
from genlens.training.loss import measure as measure_net

VAES = ("digits-vae", "digits-cvae", "avatars-vae", "maritime-vae")
"""The shipped ones; the autoencoder of ``emoji-diffusion`` is measured with it."""
FIGURES = ("psnr_db", "kl", "active")


def left_out(model: str) -> str:
    """Why ``model`` cannot be measured, "" where it can."""
    if weights_folder(model).is_dir():
        return ""
    return f"no weights in zoo/weights/{weights_folder(model).name}: not trained or not shipped yet"


def held_out(data: str, n: int, seed: int = 90_003) -> tuple[torch.Tensor, torch.Tensor]:
    """At most ``n`` pictures (m, c, h, w) in [0, 1] of a world ("digits", "avatars", "maritime"),
    and their classes (m,) int64, where -1 is none.

    Raises:
        ModelError: no such world.
    """
    if data == "digits":
        from genlens.worlds.digits import COUNTS, load_digits

        digits = load_digits("test", min(n, COUNTS["test"]), seed)
        return digits.tensor(), torch.from_numpy(digits.labels)
    if data == "avatars":
        from genlens.worlds.avatars import draw_faces

        return draw_faces(n, seed).tensor(), torch.full((n,), -1)
    if data == "maritime":
        from genlens.worlds.maritime import load_maritime

        pictures = load_maritime(None, seed)
        return pictures.tensor()[:n], torch.from_numpy(pictures.labels[:n])
    raise ModelError(f"no world is called {data!r}: a VAE's config names digits, avatars, maritime")


def measure(model: str, n: int = 500) -> dict[str, Any]:
    """The figures of one shipped VAE on at most ``n`` held-out pictures.

    Returns:
        ``psnr_db``: mean over pictures of 10 log10(1 / MSE) of the reconstruction from the mean
        code; ``mse`` of a pixel value, 0 to 1; ``kl``: mean divergence from the prior, nats;
        ``active``: latents whose mean varies by more than 0.01 (Burda et al. 2016); ``latents``;
        and ``n``. A conditional VAE is given the label.

    Raises:
        ModelError: the weights are missing or damaged.
    """
    folder = weights_folder(model)
    net = ConvVAE.from_folder(folder)
    images, labels = held_out(str(read_json(folder / "config.json").get("data")), n)
    figures = measure_net(net, images, labels if net.classes else None)
    return {**figures, "latents": net.latents, "n": len(images)}

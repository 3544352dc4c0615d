"""How well the small VAEs rebuild pictures of their worlds that training never saw."""

from __future__ import annotations

import numpy as np
import torch

from genlens.common.measures import Measure, mean
from genlens.errors import ModelError
from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.models.catalog import weights_folder
from genlens.models.contracts import ACTIVE
from genlens.models.weights import read_json
from genlens.training.loss import measure_each

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


def measure(model: str, n: int = 500, seed: int = 0) -> dict[str, Measure]:
    """The figures of one shipped VAE on at most ``n`` held-out pictures.

    Returns:
        ``psnr_db``: mean over pictures of 10 log10(1 / MSE) of the reconstruction from the mean
        code; ``mse`` of a pixel value, 0 to 1; ``kl``: mean divergence from the prior, nats;
        ``active``: latents whose mean varies by more than 0.01 (Burda et al. 2016), with the
        interval of 500 resamples of the pictures. A conditional VAE is given the label.

    Raises:
        ModelError: the weights are missing or damaged.
    """
    folder = weights_folder(model)
    net = ConvVAE.from_folder(folder)
    images, labels = held_out(str(read_json(folder / "config.json").get("data")), n, 90_003 + seed)
    each = measure_each(net, images, labels if net.classes else None)
    fewer = {"no more pictures are shipped": n - len(images)} if len(images) < n else {}
    psnr = -10 * torch.log10(each.mse.clamp_min(1e-10))
    return {
        "mse": mean(each.mse.tolist(), fewer),
        "psnr_db": mean(psnr.tolist(), fewer),
        "kl": mean(each.kl.tolist(), fewer),
        "active": _active(each.mean, seed, fewer),
    }


def _active(codes: torch.Tensor, seed: int, fewer: dict[str, int]) -> Measure:
    """How many of the latents of ``codes`` (n, d) are in use."""
    rng, n = np.random.default_rng(seed), len(codes)
    drawn = [int((codes[rng.integers(0, n, n)].var(0) > ACTIVE).sum()) for _ in range(500)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Measure(float((codes.var(0) > ACTIVE).sum()), float(low), float(high), n, fewer)

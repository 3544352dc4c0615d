"""A generator with pictures of its own, as a study: what the latent map and all that starts from a
``Study`` take, without an encoder.

::

    generator = genlens.load("avatars-gan", contract="Generator")
    study = study_of_generator(generator, n=1000, seed=0)
    latent_map(study.codes, "pca")          # of the styles
"""

from __future__ import annotations

import time
from dataclasses import replace
from math import log

import numpy as np
import torch
from torch import nn

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.common.progress import Cancel, Progress, batches
from genlens.errors import InputError, ModelError
from genlens.models.autoencoders.inputs import checked
from genlens.models.catalog import load
from genlens.models.contracts import Autoencoder, Generator, Guessing, Posterior
from genlens.models.kinds import contract_of
from genlens.models.memory import MEMORY
from genlens.study.coder import Codes, made_by
from genlens.study.study import MAX_PICTURES, SPATIAL_PICTURES, Study, load_study

KNOWN = 1e-6
"""Variance of the style of a picture that was drawn from it: it is known."""


class StyleAutoencoder:
    """``generator`` as an ``Autoencoder`` whose latents are styles (d,) that all layers share.

    It decodes any style; it encodes pictures where the generator has an encoder (``Guessing``).
    """

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self.card = replace(generator.card, contract="Autoencoder")
        with torch.no_grad():
            example = generator.to_styles(generator.sample_latents(1, 0))
        self.latent_shape: tuple[int, ...] = (int(example.shape[2]),)

    @property
    def device(self) -> torch.device | str:
        """Where it runs."""
        return self.generator.device

    @property
    def module(self) -> nn.Module:
        """The generator's networks."""
        return self.generator.module

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(channels, h, w) of one picture."""
        return self.generator.image_shape

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures (n, c, h, w) in [0, 1] of ``latents`` (n, d), each for all layers."""
        styles = checked(latents, self.latent_shape, f"{self.card.id}'s styles")
        layers = len(self.generator.layers)
        return self.generator.synthesize(styles[:, None].expand(-1, layers, -1))

    def encode(self, images: torch.Tensor) -> Posterior:
        """The styles that the generator's encoder guesses behind ``images``, the mean over layers.

        Raises:
            InputError: the generator came without an encoder.
        """
        guesses = self.generator
        styles = guesses.estimate_styles(images) if isinstance(guesses, Guessing) else None
        if styles is None:
            raise InputError(
                f"{self.card.id} has no encoder: it can be looked at with its own pictures, whose "
                "styles are known, and not with others"
            )
        mean = styles.mean(1)
        return Posterior(mean, torch.full_like(mean, log(KNOWN)))


def autoencoder_named(name: str) -> Autoencoder:
    """The model called ``name``; a generator as an ``Autoencoder`` of its styles.

    Raises:
        ModelError, DownloadError: as ``load``.
    """
    if contract_of(name) == "Generator":
        return StyleAutoencoder(load(name, contract="Generator"))
    return load(name, contract="Autoencoder")


def study_named(name: str, n: int = 2000, seed: int = 0, *, cancel: Cancel | None = None) -> Study:
    """The study of any model that has latents: an autoencoder on pictures of its own world
    (``load_study``), or a generator with at most 400 pictures that it draws itself.

    Raises:
        InputError, ModelError, DownloadError, Cancelled: as ``load_study`` and
            ``study_of_generator``.
    """
    if contract_of(name) != "Generator":
        return load_study(name, n, seed, cancel=cancel)
    generator = load(name, contract="Generator")
    card, n = (
        generator.card,
        min(whole("the number of pictures", n, 1, MAX_PICTURES), SPATIAL_PICTURES),
    )
    key = ("study", card.id, card.source, card.revision, str(generator.device), n, seed)
    return MEMORY.get(key, lambda: study_of_generator(generator, n, seed, cancel=cancel))


def study_of_generator(
    generator: Generator,
    n: int = 1000,
    seed: int = 0,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Study:
    """``n`` pictures (1 to 10,000) that ``generator`` draws from ``seed``: their styles are the
    codes, the pictures themselves what they decode to.

    Raises:
        InputError: n or seed out of range, or a generator whose layers do not share one style.
        ModelError: it drew NaN or infinity.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    n, seed = whole("the number of pictures", n, 1, MAX_PICTURES), whole("seed", seed, 0, MAX_SEED)
    model = StyleAutoencoder(generator)
    latents = generator.sample_latents(n, seed)
    images, codes = [], []
    for start in batches(n, 64, "Drawing", progress, cancel):
        with torch.no_grad():
            styles = generator.to_styles(latents[start : start + 64])
            images.append(generator.synthesize(styles).float().cpu())
        if not bool((styles == styles[:, :1]).all()):
            raise InputError(
                f"{generator.card.id} gives each layer a style of its own: one code cannot stand "
                "for all of them"
            )
        codes.append(styles[:, 0].double().cpu())
    pictures, means = torch.cat(images), torch.cat(codes).numpy()
    if not bool(pictures.isfinite().all()):
        raise ModelError(f"{generator.card.id} drew NaN or infinity: its weights are damaged")
    return Study(
        model=model,
        images=pictures.clamp(0, 1).numpy(),
        codes=Codes(
            means,
            np.full_like(means, log(KNOWN)),
            model.latent_shape,
            made_by(model, started=started, model_calls=n, seed=seed),
        ),
        errors=np.zeros(n),
        labels=np.full(n, -1, np.int64),
        data=f"pictures that {generator.card.id} draws itself",
        notes=generator.card.notes,
    )

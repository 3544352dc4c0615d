"""How each family of models is read: a request to an adapter, which each function imports itself,
so that listing the families imports nothing heavy."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from pathlib import Path

from genlens.errors import ModelError
from genlens.models.contracts import (
    Autoencoder,
    Denoiser,
    Generator,
    ImageTextEncoder,
    Model,
    ModelCard,
    Segmenter,
    TextToImage,
)


@dataclass(frozen=True)
class Request:
    """What is to be loaded.

    ``path`` is a folder, or a single file where a source fetches one; ``card`` what the catalog
    says of it, None for a folder the catalog does not list; ``device`` "cpu", "cuda", ... or None
    for a GPU if there is one. ``suggest`` and ``sha256`` are the catalog's: see ``catalog.toml``.
    ``precision`` of a pipeline: None for the model's own setting; ``decoder`` the folder of the
    small autoencoder that takes the place of a pipeline's own, None to keep that.
    """

    path: Path
    card: ModelCard | None = None
    device: str | None = None
    suggest: str = ""
    sha256: str = ""
    precision: str | None = None
    decoder: Path | None = None


def pipeline(asked: Request) -> TextToImage:
    from genlens.models.text_to_image.diffusion import DiffusersTextToImage

    suggest = pkgutil.resolve_name(asked.suggest) if asked.suggest else None
    return DiffusersTextToImage.from_folder(
        asked.path,
        asked.card,
        device=asked.device,
        precision=asked.precision,
        suggest=suggest,
        decoder=asked.decoder,
    )


def pixel_denoiser(asked: Request) -> Denoiser:
    from genlens.models.denoisers.pixels import PixelDenoiser

    return PixelDenoiser.from_folder(asked.path, asked.card, device=asked.device)


def latent_denoiser(asked: Request) -> Denoiser:
    from genlens.models.denoisers.latents import LatentDenoiser

    return LatentDenoiser.from_folder(asked.path, asked.card, device=asked.device)


def decoder(asked: Request) -> Generator:
    from genlens.models.generators.decoder import decoder_of

    return decoder_of(own_vae(asked))


def stylegan2(asked: Request) -> Generator:
    from genlens.models.generators.stylegan2.adapter import StyleGAN2Generator

    return StyleGAN2Generator.from_folder(asked.path, asked.card, device=asked.device)


def classifier(asked: Request) -> Model:
    from genlens.models.assessors.classifiers.classifier import PictureClassifier

    return PictureClassifier.from_folder(asked.path, asked.card, device=asked.device)


def biggan(asked: Request) -> Generator:
    from genlens.models.generators.biggan.adapter import BigGANGenerator

    return BigGANGenerator.from_folder(asked.path, asked.card, device=asked.device)


def dcgan(asked: Request) -> Generator:
    from genlens.models.generators.published import dcgan

    return dcgan.load(asked.path, _listed(asked), sha256=asked.sha256, device=asked.device)


def progan(asked: Request) -> Generator:
    from genlens.models.generators.published import progan

    return progan.load(asked.path, _listed(asked), device=asked.device)


def aesthetics(asked: Request) -> Model:
    from genlens.models.assessors.networks.aesthetics import AestheticsAssessor

    return AestheticsAssessor.from_folder(asked.path, asked.card, device=asked.device)


def diffusers_vae(asked: Request) -> Autoencoder:
    from genlens.models.autoencoders.diffusers_vae import DiffusersAutoencoder

    return DiffusersAutoencoder.from_folder(asked.path, asked.card, device=asked.device)


def open_clip(asked: Request) -> ImageTextEncoder:
    from genlens.models.encoders.openclip import OpenClipEncoder

    return OpenClipEncoder.from_folder(asked.path, asked.card, device=asked.device)


def sam(asked: Request) -> Segmenter:
    from genlens.models.segmenters.sam import SamSegmenter

    return SamSegmenter.from_folder(asked.path, asked.card, device=asked.device)


def sam_checkpoint(asked: Request) -> Segmenter:
    from genlens.models.segmenters.sam import SamSegmenter

    return SamSegmenter.from_checkpoint(
        asked.path, _listed(asked), sha256=asked.sha256, device=asked.device
    )


def own_vae(asked: Request) -> Autoencoder:
    from genlens.models.autoencoders.folder import load_folder

    return load_folder(asked.path, asked.card, device=asked.device)


def _listed(asked: Request) -> ModelCard:
    """The catalog's card, of a model that only the catalog can name."""
    if asked.card is None:
        raise ModelError("a checkpoint is only read where the catalog lists it")
    return asked.card

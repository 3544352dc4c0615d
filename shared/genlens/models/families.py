"""Families of models: which folders each recognises, and how it reads them.

A new family is one function here (a request to an adapter, which it imports itself, so that listing
the families imports nothing heavy) and one ``Family`` in ``FAMILIES``.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genlens.errors import ModelError
from genlens.models import weights
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
from genlens.models.loading.layout import AESTHETICS, AUTOENCODERS, is_biggan, is_stylegan2
from genlens.models.loading.strangers import refuse_stranger

UNCONDITIONAL = ("DDPMPipeline", "DDIMPipeline")
"""Diffusers' pipelines without a prompt."""


@dataclass(frozen=True)
class Request:
    """What is to be loaded.

    ``path`` is a folder, or a single file where a source fetches one; ``card`` what the catalog
    says of it, None for a folder the catalog does not list; ``device`` "cpu", "cuda", ... or None
    for a GPU if there is one. ``suggest`` and ``sha256`` are the catalog's: see ``catalog.toml``.
    ``precision`` of a pipeline: None for the model's own setting.
    """

    path: Path
    card: ModelCard | None = None
    device: str | None = None
    suggest: str = ""
    sha256: str = ""
    precision: str | None = None


@dataclass(frozen=True)
class Family:
    """Models that one function reads.

    ``contract`` is what the adapter fulfils; ``reads`` names the family in messages. A folder is
    recognised by the file ``sign`` in it, where its content ``fits``, or by the names of its
    weights where these are ``named`` so; without either, no folder is. ``parts`` names the families
    that read the parts of such a model, by contract. With ``if_asked``, a folder is recognised only
    where somebody asks for the contract.
    """

    name: str
    contract: str
    load: Callable[[Request], Model]
    reads: str = ""
    sign: str = ""
    fits: Callable[[dict[str, Any]], bool] | None = None
    named: Callable[[Collection[str]], bool] | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    if_asked: bool = False

    def recognises(self, folder: Path) -> bool:
        """Whether ``folder`` holds a model of this family.

        Raises:
            ModelError: the file that would tell is damaged.
        """
        if self.named is not None and self.named(weights.tensor_names(folder)):
            return True
        if not self.sign or not (folder / self.sign).is_file():
            return False
        return self.fits is None or self.fits(weights.read_json(folder / self.sign))

    def part(self, contract: str | None) -> Family:
        """The family that reads the part which fulfils ``contract``, or this one."""
        return FAMILIES[self.parts.get(contract or "", self.name)]


def recognise(folder: Path, contract: str | None) -> Family:
    """The family that reads ``folder``, or the part of it that fulfils ``contract``.

    Raises:
        ModelError: none does; the message says what was looked for.
    """
    for family in FAMILIES.values():
        if family.if_asked and family.contract != contract:
            continue
        if family.recognises(folder):
            return family.part(contract)
    known = ", ".join(family.reads for family in FAMILIES.values() if family.reads)
    signs = dict.fromkeys(family.sign for family in FAMILIES.values() if family.sign)
    here = weights.shown(folder)
    if (folder / "config.json").is_file():
        kind = _kind(weights.read_json(folder / "config.json"))
        raise ModelError(f"{here} holds a {kind}, which is not one of: {known}")
    pickles = weights.pickles_in(folder)
    if pickles:
        file = folder / pickles[0]
        refuse_stranger(file)
        raise ModelError(weights.only_safetensors(f"{here} holds {file.name}", file))
    raise ModelError(
        f"{here} holds no model genlens knows ({weights.what_is_there(folder)}): looked for "
        f"{', '.join(signs)}, which say that it is one of: {known}"
    )


def _kind(config: dict[str, Any]) -> str:
    """What a ``config.json`` calls its model, "" where it does not."""
    return str(config.get("model_type") or config.get("_class_name") or "")


def _pipeline(asked: Request) -> TextToImage:
    from genlens.models.text_to_image.diffusion import DiffusersTextToImage

    suggest = pkgutil.resolve_name(asked.suggest) if asked.suggest else None
    return DiffusersTextToImage.from_folder(
        asked.path, asked.card, device=asked.device, precision=asked.precision, suggest=suggest
    )


def _pixel_denoiser(asked: Request) -> Denoiser:
    from genlens.models.denoisers.pixels import PixelDenoiser

    return PixelDenoiser.from_folder(asked.path, asked.card, device=asked.device)


def _latent_denoiser(asked: Request) -> Denoiser:
    from genlens.models.denoisers.latents import LatentDenoiser

    return LatentDenoiser.from_folder(asked.path, asked.card, device=asked.device)


def _decoder(asked: Request) -> Generator:
    from genlens.models.generators.decoder import decoder_of

    return decoder_of(_own_vae(asked))


def _stylegan2(asked: Request) -> Generator:
    from genlens.models.generators.stylegan2.adapter import StyleGAN2Generator

    return StyleGAN2Generator.from_folder(asked.path, asked.card, device=asked.device)


def _classifier(asked: Request) -> Model:
    from genlens.models.assessors.classifiers.classifier import PictureClassifier

    return PictureClassifier.from_folder(asked.path, asked.card, device=asked.device)


def _biggan(asked: Request) -> Generator:
    from genlens.models.generators.biggan.adapter import BigGANGenerator

    return BigGANGenerator.from_folder(asked.path, asked.card, device=asked.device)


def _dcgan(asked: Request) -> Generator:
    from genlens.models.generators.published import dcgan

    return dcgan.load(asked.path, _listed(asked), sha256=asked.sha256, device=asked.device)


def _progan(asked: Request) -> Generator:
    from genlens.models.generators.published import progan

    return progan.load(asked.path, _listed(asked), device=asked.device)


def _aesthetics(asked: Request) -> Model:
    from genlens.models.assessors.networks.aesthetics import AestheticsAssessor

    return AestheticsAssessor.from_folder(asked.path, asked.card, device=asked.device)


def _diffusers_vae(asked: Request) -> Autoencoder:
    from genlens.models.autoencoders.diffusers_vae import DiffusersAutoencoder

    return DiffusersAutoencoder.from_folder(asked.path, asked.card, device=asked.device)


def _open_clip(asked: Request) -> ImageTextEncoder:
    from genlens.models.encoders.openclip import OpenClipEncoder

    return OpenClipEncoder.from_folder(asked.path, asked.card, device=asked.device)


def _sam(asked: Request) -> Segmenter:
    from genlens.models.segmenters.sam import SamSegmenter

    return SamSegmenter.from_folder(asked.path, asked.card, device=asked.device)


def _sam_checkpoint(asked: Request) -> Segmenter:
    from genlens.models.segmenters.sam import SamSegmenter

    return SamSegmenter.from_checkpoint(
        asked.path, _listed(asked), sha256=asked.sha256, device=asked.device
    )


def _own_vae(asked: Request) -> Autoencoder:
    from genlens.models.autoencoders.folder import load_folder

    return load_folder(asked.path, asked.card, device=asked.device)


def _listed(asked: Request) -> ModelCard:
    """The catalog's card, of a model that only the catalog can name."""
    if asked.card is None:
        raise ModelError("a checkpoint is only read where the catalog lists it")
    return asked.card


# The first that recognises a folder reads it; a SAM's config.json is known by what it lacks.
FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family(
            "pixel_denoiser",
            "Denoiser",
            _pixel_denoiser,
            reads="an unconditional diffusion pipeline",
            sign="model_index.json",
            fits=lambda index: index.get("_class_name") in UNCONDITIONAL,
            parts={"Autoencoder": "diffusers_vae"},  # which says that it has none
        ),
        Family(
            "diffusers",
            "TextToImage",
            _pipeline,
            reads="a diffusers pipeline",
            sign="model_index.json",
            parts={"Autoencoder": "diffusers_vae", "Denoiser": "latent_denoiser"},
        ),
        Family("latent_denoiser", "Denoiser", _latent_denoiser),
        Family(
            "open_clip",
            "ImageTextEncoder",
            _open_clip,
            reads="an open_clip model",
            sign="open_clip_config.json",
        ),
        Family(
            "diffusers_vae",
            "Autoencoder",
            _diffusers_vae,
            reads=", ".join(AUTOENCODERS),
            sign="config.json",
            fits=lambda config: config.get("_class_name") in AUTOENCODERS,
        ),
        Family(
            "diffusers_vae_inside",
            "Autoencoder",
            _diffusers_vae,
            sign="vae/config.json",
            fits=lambda config: config.get("_class_name") in AUTOENCODERS,
            if_asked=True,
        ),
        Family(
            "autoencoder",
            "Autoencoder",
            _own_vae,
            reads="a VAE of genlens",
            sign="config.json",
            fits=lambda config: _kind(config) in ("genlens-conv-vae", "genlens-mlp-vae"),
            parts={"Generator": "decoder"},
        ),
        Family("decoder", "Generator", _decoder),
        Family(
            "stylegan2",
            "Generator",
            _stylegan2,
            reads="a StyleGAN2",
            sign="config.json",
            fits=lambda config: _kind(config) == "genlens-stylegan2",
            named=is_stylegan2,
        ),
        Family("biggan", "Generator", _biggan, reads="a BigGAN-deep", named=is_biggan),
        Family(
            "classifier",
            "Assessor",
            _classifier,
            reads="a classifier of genlens",
            sign="config.json",
            fits=lambda config: _kind(config) == "genlens-classifier",
        ),
        Family(
            "aesthetics",
            "Assessor",
            _aesthetics,
            reads="LAION's aesthetics on a CLIP",
            sign="config.json",
            fits=lambda config: config.get("architectures") == list(AESTHETICS),
        ),
        Family(
            "sam",
            "Segmenter",
            _sam,
            reads="a tiny SAM",
            sign="config.json",
            fits=lambda config: "image_size" in config or not _kind(config),
        ),
        Family("dcgan", "Generator", _dcgan),
        Family("progan", "Generator", _progan),
        Family("sam_checkpoint", "Segmenter", _sam_checkpoint),
    )
}

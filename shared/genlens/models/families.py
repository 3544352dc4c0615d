"""Families of models: which folders each recognises, and how it reads them.

A new family is one function of ``loading/readers.py`` and one ``Family`` in ``FAMILIES``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genlens.errors import ModelError
from genlens.models import weights
from genlens.models.contracts import Model
from genlens.models.loading import readers
from genlens.models.loading.layout import AESTHETICS, AUTOENCODERS, is_biggan, is_stylegan2
from genlens.models.loading.readers import Request
from genlens.models.loading.strangers import refuse_stranger

UNCONDITIONAL = ("DDPMPipeline", "DDIMPipeline")
"""Diffusers' pipelines without a prompt."""


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


# The first that recognises a folder reads it; a SAM's config.json is known by what it lacks.
FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family(
            "pixel_denoiser",
            "Denoiser",
            readers.pixel_denoiser,
            reads="an unconditional diffusion pipeline",
            sign="model_index.json",
            fits=lambda index: index.get("_class_name") in UNCONDITIONAL,
            parts={"Autoencoder": "diffusers_vae"},  # which says that it has none
        ),
        Family(
            "diffusers",
            "TextToImage",
            readers.pipeline,
            reads="a diffusers pipeline",
            sign="model_index.json",
            parts={"Autoencoder": "diffusers_vae", "Denoiser": "latent_denoiser"},
        ),
        Family("latent_denoiser", "Denoiser", readers.latent_denoiser),
        Family(
            "open_clip",
            "ImageTextEncoder",
            readers.open_clip,
            reads="an open_clip model",
            sign="open_clip_config.json",
        ),
        Family(
            "diffusers_vae",
            "Autoencoder",
            readers.diffusers_vae,
            reads=", ".join(AUTOENCODERS),
            sign="config.json",
            fits=lambda config: config.get("_class_name") in AUTOENCODERS,
        ),
        Family(
            "diffusers_vae_inside",
            "Autoencoder",
            readers.diffusers_vae,
            sign="vae/config.json",
            fits=lambda config: config.get("_class_name") in AUTOENCODERS,
            if_asked=True,
        ),
        Family(
            "autoencoder",
            "Autoencoder",
            readers.own_vae,
            reads="a VAE of genlens",
            sign="config.json",
            fits=lambda config: _kind(config) in ("genlens-conv-vae", "genlens-mlp-vae"),
            parts={"Generator": "decoder"},
        ),
        Family("decoder", "Generator", readers.decoder),
        Family(
            "stylegan2",
            "Generator",
            readers.stylegan2,
            reads="a StyleGAN2",
            sign="config.json",
            fits=lambda config: _kind(config) == "genlens-stylegan2",
            named=is_stylegan2,
        ),
        Family("biggan", "Generator", readers.biggan, reads="a BigGAN-deep", named=is_biggan),
        Family(
            "classifier",
            "Assessor",
            readers.classifier,
            reads="a classifier of genlens",
            sign="config.json",
            fits=lambda config: _kind(config) == "genlens-classifier",
        ),
        Family(
            "aesthetics",
            "Assessor",
            readers.aesthetics,
            reads="LAION's aesthetics on a CLIP",
            sign="config.json",
            fits=lambda config: config.get("architectures") == list(AESTHETICS),
        ),
        Family(
            "sam",
            "Segmenter",
            readers.sam,
            reads="a tiny SAM",
            sign="config.json",
            fits=lambda config: "image_size" in config or not _kind(config),
        ),
        Family("dcgan", "Generator", readers.dcgan),
        Family("progan", "Generator", readers.progan),
        Family("sam_checkpoint", "Segmenter", readers.sam_checkpoint),
    )
}

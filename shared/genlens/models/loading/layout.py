"""Which of a folder's weight files to read: one precision, whole or in shards.

diffusers and transformers name them ``<base>[.<variant>][-00001-of-00002].safetensors``, where
``<base>`` is diffusion_pytorch_model or model and the variant a precision, such as fp16; shards
come with an index, ``<base>.safetensors.index[.<variant>].json``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

AUTOENCODERS = (
    "AutoencoderKL",
    "AutoencoderTiny",
    "AutoencoderDC",
    "AsymmetricAutoencoderKL",
    "AutoencoderKLFlux2",
)
"""Classes of diffusers that genlens reads as an ``Autoencoder``."""
AESTHETICS = ("AestheticsPredictorV1",)
"""What a config calls a CLIP with LAION's aesthetics layer."""
STYLEGAN2 = ("mapping.fc0.weight", "synthesis.b4.const")
"""Tensors of a StyleGAN2 as its authors name them."""
BIGGAN = ("embeddings.weight", "generator.gen_z")
"""How tensors of a BigGAN-deep begin, in the PyTorch weights that are published."""
_NAME = re.compile(
    r"(?P<base>model|diffusion_pytorch_model)"
    r"(?:\.(?P<variant>[a-z0-9_]+))?"
    r"(?P<shard>-\d+-of-\d+)?(?:\.(?P<old>[a-z0-9_]+))?\.safetensors"
    r"(?P<index>\.index(?:\.(?P<indexed>[a-z0-9_]+))?\.json)?"
)
# What is taken where neither the wanted variant nor plain weights are there; then any other.
_NEXT = ("fp32", "fp16", "bf16")


@dataclass(frozen=True)
class Weights:
    """The weight files of one variant ("" the plain one), an index among them if in shards."""

    variant: str
    files: tuple[str, ...] = field(default=())


def choose(names: Iterable[str], wanted: str = "") -> Weights | None:
    """The files to read among a folder's ``names``: those of the ``wanted`` variant, else the plain
    ones, else another precision; None where there are no weights of diffusers or transformers."""
    whole: dict[str, list[str]] = {}
    shards: dict[str, list[str]] = {}
    for name in names:
        match = _NAME.fullmatch(name)
        if match:
            variant = match["variant"] or match["old"] or match["indexed"] or ""
            kind = shards if match["shard"] or match["index"] else whole
            kind.setdefault(variant, []).append(name)
    there = {**shards, **whole}  # one file is read before shards, as the libraries do
    for variant in (wanted, "", *_NEXT, *sorted(there)):
        if variant in there:
            return Weights(variant, tuple(sorted(there[variant])))
    return None


def is_index(name: str) -> bool:
    """Whether a file's name is that of an index of shards."""
    match = _NAME.fullmatch(name)
    return bool(match and match["index"])


def is_stylegan2(names: Collection[str]) -> bool:
    """Whether tensors of these names, under any prefix, are a StyleGAN2's, or those of something
    near to it that is refused in words."""
    return any(name == STYLEGAN2[0] or name.endswith(f".{STYLEGAN2[0]}") for name in names)


def is_biggan(names: Collection[str]) -> bool:
    """Whether tensors of these names are a BigGAN-deep's."""
    return all(any(name.startswith(start) for name in names) for start in BIGGAN)

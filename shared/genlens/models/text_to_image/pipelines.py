"""Reading a saved diffusers pipeline: safetensors only, offline, without bars or notices."""

from __future__ import annotations

import contextlib
import pkgutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from genlens.common import torchvision_guard
from genlens.errors import ModelError
from genlens.models import weights
from genlens.models.loading.components import class_of, quoted, read_component
from genlens.models.loading.quiet import quiet

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline, SchedulerMixin

# Pipelines that take (prompt, latents, guidance_scale) and denoise with `unet`, and their parts.
_PARTS = ("vae", "unet", "text_encoder", "tokenizer", "scheduler")
FAMILIES = {
    "StableDiffusionPipeline": _PARTS,
    "StableDiffusionXLPipeline": (*_PARTS, "text_encoder_2", "tokenizer_2"),
}
_NO_LIMIT = 1_000_000
"""A tokenizer that was saved without one says that it reads 1e30 tokens."""


def load_pipeline(
    folder: Path, settings: dict[str, Any], device: str, what: str
) -> tuple[DiffusionPipeline, tuple[str, ...]]:
    """The pipeline in ``folder`` on ``device``, called ``what`` in messages, and what its card
    should say of how it was read.

    ``settings`` hold precision ("fp16": weights in half precision, else fp32), and may hold variant
    (weights to prefer, such as "fp16") and scheduler (a diffusers class to use instead, by name).

    Raises:
        ModelError: not a supported pipeline, incomplete, pickled, damaged, or no such scheduler;
            the message names the part at fault.
    """
    index = weights.read_json(folder / "model_index.json")
    family = index.get("_class_name")
    if family not in FAMILIES:
        raise ModelError(f"{what} is a {family}; genlens runs {' and '.join(sorted(FAMILIES))}")
    named = weights.pipeline_components(index)
    for part in FAMILIES[family]:
        if part not in named:
            raise ModelError(
                f"{what} has no {part}, which a {family} needs: its model_index.json does not name "
                "one. Save the pipeline again with all of its parts"
            )
    files = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]
    weights.refuse_pickled(what, files, named, folder)
    torchvision_guard.ensure()
    import diffusers

    half = settings["precision"] == "fp16"
    dtype = torch.float16 if half else torch.float32
    with quiet():
        parts, notes = _read_parts(folder, {n: index[n] for n in named}, settings, dtype, what)
        pipeline = quoted(
            lambda: diffusers.DiffusionPipeline.from_pretrained(
                folder, dtype=dtype, local_files_only=True, **parts
            ),
            folder,
            what,
        )
    _require_fitting(pipeline, family, what)
    notes += _limit_tokens(pipeline, what)
    if settings.get("scheduler"):
        scheduler = _scheduler_class(str(settings["scheduler"]), what)
        pipeline.scheduler = scheduler.from_config(pipeline.scheduler.config)
    if half and pipeline.vae.config.get("force_upcast", False):
        pipeline.vae.to(torch.float32)  # its activations overflow float16
    pipeline.to(device)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline, notes


def _read_parts(
    folder: Path,
    named: dict[str, Any],
    settings: dict[str, Any],
    dtype: torch.dtype,
    what: str,
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Every part of the pipeline by name, each read and checked by itself."""
    parts: dict[str, Any] = {}
    notes: tuple[str, ...] = ()
    for name, (library, class_name) in named.items():
        part, inside = f"the {name} of {what}", folder / name
        kind = class_of(str(library), str(class_name), part)
        if not issubclass(kind, torch.nn.Module):
            parts[name] = quoted(partial(_plain_part, kind, inside), inside, part)
            continue
        hint = "Save the pipeline again with all of its weights"
        variant = str(settings.get("variant") or "")
        read = read_component(kind, inside, part, variant=variant, dtype=dtype, hint=hint)
        parts[name], notes = read.module, (*notes, *read.notes)
    return parts, notes


_OFFLINE: dict[str, Any] = {"local_files_only": True}


def _require_fitting(pipeline: DiffusionPipeline, family: str, what: str) -> None:
    """Refuse parts that are whole but not made for each other, or not for text alone."""
    unet = pipeline.unet.config
    latents = pipeline.vae.config.get("latent_channels", unet.in_channels)
    texts = [pipeline.text_encoder.config.hidden_size]
    if family == "StableDiffusionXLPipeline":
        texts.append(pipeline.text_encoder_2.config.hidden_size)
    added = "text_time" if len(texts) > 1 else None
    projected = unet.encoder_hid_dim_type == "text_proj"
    wide = unet.encoder_hid_dim if projected else unet.cross_attention_dim
    widths = {wide} if isinstance(wide, int) else set(wide)
    faults = [
        (
            unet.in_channels != latents or unet.out_channels != latents,
            f"takes {unet.in_channels} channels and gives {unet.out_channels}, while the vae has "
            f"{latents}: an inpainting or image-editing model needs a picture beside the prompt",
        ),
        (
            unet.num_class_embeds is not None or unet.class_embed_type is not None,
            "needs a class label beside the prompt, which genlens does not give",
        ),
        (
            unet.addition_embed_type != added
            or unet.encoder_hid_dim_type not in (None, "text_proj"),
            f"needs further inputs ({unet.addition_embed_type or unet.encoder_hid_dim_type}) that "
            f"a {family} does not give it",
        ),
        (
            widths != {sum(texts)},
            f"reads texts of width {wide}, while the text encoder writes {sum(texts)}",
        ),
    ]
    for wrong, why in faults:
        if wrong:
            raise ModelError(f"the unet of {what} {why}: take a text-to-image model")


def _plain_part(kind: Any, folder: Path) -> Any:
    """A part without weights. A tokenizer is tried, since a damaged template shows at first use."""
    from transformers import PreTrainedTokenizerBase

    part = kind.from_pretrained(folder, **_OFFLINE)
    if isinstance(part, PreTrainedTokenizerBase):
        part("a cat")
    return part


def _limit_tokens(pipeline: DiffusionPipeline, what: str) -> tuple[str, ...]:
    """Give tokenizers that were saved without a length that of their text encoder."""
    notes: tuple[str, ...] = ()
    for end in ("", "_2"):
        tokenizer = pipeline.components.get(f"tokenizer{end}")
        encoder = pipeline.components.get(f"text_encoder{end}")
        if tokenizer is None or encoder is None:
            continue
        most = int(encoder.config.max_position_embeddings)
        if tokenizer.model_max_length > _NO_LIMIT:
            tokenizer.model_max_length = most
            notes += (
                f"the tokenizer{end} of {what} names no model_max_length: the {most} positions of "
                "its text encoder were taken",
            )
        if tokenizer.model_max_length > most or len(tokenizer) > encoder.config.vocab_size:
            raise ModelError(
                f"the tokenizer{end} of {what} makes {tokenizer.model_max_length} tokens of a "
                f"vocabulary of {len(tokenizer)}, its text encoder reads {most} of "
                f"{encoder.config.vocab_size}: they belong to different models"
            )
    return notes


def _scheduler_class(name: str, what: str) -> type[SchedulerMixin]:
    if name.endswith("Scheduler"):
        with contextlib.suppress(AttributeError):
            return pkgutil.resolve_name(f"diffusers:{name}")
    raise ModelError(f"{what} asks for the scheduler {name!r}, which diffusers does not have")

"""Reading a saved diffusers pipeline: safetensors only, offline, without bars or notices."""

from __future__ import annotations

import contextlib
import importlib.util
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
from genlens.models.text_to_image.kinds import KINDS, kind_of

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline, SchedulerMixin

_NO_LIMIT = 1_000_000
"""A tokenizer that was saved without one says that it reads 1e30 tokens."""


def load_pipeline(
    folder: Path,
    settings: dict[str, Any],
    device: str,
    what: str,
    decoder: Path | None = None,
) -> tuple[DiffusionPipeline, tuple[str, ...]]:
    """The pipeline in ``folder`` on ``device``, called ``what`` in messages, and what its card
    should say of how it was read.

    ``settings`` hold precision ("fp16": weights in half precision, else fp32), and may hold variant
    (weights to prefer, such as "fp16") and scheduler (a diffusers class to use instead, by name).
    ``decoder`` is the folder of an ``AutoencoderTiny`` to use in place of the pipeline's vae.

    Raises:
        ModelError: not a supported pipeline, incomplete, pickled, damaged, or no such scheduler;
            the message names the part at fault.
    """
    index = weights.read_json(folder / "model_index.json")
    family = index.get("_class_name")
    if family not in KINDS:
        raise ModelError(f"{what} is a {family}; genlens runs {', '.join(sorted(KINDS))}")
    named = weights.pipeline_components(index)
    for part in KINDS[family].parts:
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
        listed = {n: index[n] for n in named if not (decoder and n == "vae")}
        parts, notes = _read_parts(folder, listed, settings, dtype, what)
        if decoder is not None:
            parts["vae"], told = _small_decoder(decoder, dtype, what)
            notes += told
        pipeline = quoted(
            lambda: diffusers.DiffusionPipeline.from_pretrained(
                folder, dtype=dtype, local_files_only=True, **parts
            ),
            folder,
            what,
        )
    _require_fitting(pipeline, what)
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


def _small_decoder(
    folder: Path, dtype: torch.dtype, what: str
) -> tuple[torch.nn.Module, tuple[str, ...]]:
    """TAESD (an ``AutoencoderTiny`` of O. Bohan Madebyollin's) in place of a vae."""
    part = f"the small decoder of {what}"
    config = weights.read_json(folder / "config.json")
    if config.get("_class_name") != "AutoencoderTiny":
        raise ModelError(f"{part} is a {config.get('_class_name')}: take an AutoencoderTiny")
    read = read_component(class_of("diffusers", "AutoencoderTiny", part), folder, part, dtype=dtype)
    note = (
        f"Images of {what} are decoded by TAESD, a small network in the place of the model’s own "
        "decoder: faster, with slightly other fine detail. What a word is worth may differ a "
        "little from the model with its own decoder."
    )
    return read.module, (note, *read.notes)


_OFFLINE: dict[str, Any] = {"local_files_only": True}


def _require_fitting(pipeline: DiffusionPipeline, what: str) -> None:
    """Refuse parts that are whole but not made for each other, or not for text alone."""
    kind = kind_of(pipeline)
    for wrong, why in kind.faults(pipeline):
        if wrong:
            raise ModelError(f"the {kind.network} of {what} {why}: take a text-to-image model")


def _plain_part(kind: Any, folder: Path) -> Any:
    """A part without weights. A tokenizer is tried, since a damaged template shows at first use."""
    from transformers import PreTrainedTokenizerBase

    if (folder / "spiece.model").is_file() and not (folder / "tokenizer.json").is_file():
        _require_sentencepiece()
    part = kind.from_pretrained(folder, **_OFFLINE)
    if isinstance(part, PreTrainedTokenizerBase):
        part("a cat")
    return part


def _require_sentencepiece() -> None:
    """T5's tokenizer is often saved as a SentencePiece model alone, which transformers converts."""
    lacking = [name for name in ("sentencepiece", "google.protobuf") if not _installed(name)]
    if lacking:
        raise ModelError(
            "it is a SentencePiece file (spiece.model), which takes two further packages: "
            "pip install sentencepiece protobuf"
        )


def _installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # of the package around it
        return False


def _limit_tokens(pipeline: DiffusionPipeline, what: str) -> tuple[str, ...]:
    """Give tokenizers that were saved without a length that of their text encoder."""
    notes: tuple[str, ...] = ()
    for end in ("", "_2"):
        tokenizer = pipeline.components.get(f"tokenizer{end}")
        encoder = pipeline.components.get(f"text_encoder{end}")
        if tokenizer is None or encoder is None:
            continue
        kind = kind_of(pipeline)
        most = kind.tokens or int(encoder.config.max_position_embeddings)
        if kind.tokens:  # T5 has no last position: the pipeline cuts
            tokenizer.model_max_length = min(tokenizer.model_max_length, most)
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

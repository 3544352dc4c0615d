"""Reading a saved diffusers pipeline: safetensors only, offline, without bars or notices."""

from __future__ import annotations

import contextlib
import pkgutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from genlens.common import torchvision_guard
from genlens.errors import ModelError
from genlens.models import weights

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline, SchedulerMixin

# Pipelines that take (prompt, latents, guidance_scale) and denoise with `unet`.
FAMILIES = frozenset({"StableDiffusionPipeline", "StableDiffusionXLPipeline"})


def load_pipeline(folder: Path, settings: dict[str, Any], device: str) -> DiffusionPipeline:
    """The pipeline in ``folder`` on ``device``.

    ``settings`` hold precision ("fp16": weights in half precision, else fp32), and may hold variant
    (weights to prefer, such as "fp16") and scheduler (a diffusers class to use instead, by name).

    Raises:
        ModelError: not a supported pipeline, incomplete, pickled, damaged, or no such scheduler.
    """
    index = weights.read_json(folder / "model_index.json")
    if index.get("_class_name") not in FAMILIES:
        raise ModelError(
            f"{folder} holds a {index.get('_class_name')}; genlens runs "
            f"{', '.join(sorted(FAMILIES))}"
        )
    files = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]
    weights.refuse_pickled(str(folder), files, weights.pipeline_components(index))
    torchvision_guard.ensure()
    import diffusers
    from safetensors import SafetensorError

    half = settings["precision"] == "fp16"
    try:
        with _quiet():
            pipeline = diffusers.DiffusionPipeline.from_pretrained(
                folder,
                dtype=torch.float16 if half else torch.float32,
                variant=_variant(files, settings.get("variant")),
                use_safetensors=True,
                local_files_only=True,
            )
            if settings.get("scheduler"):
                scheduler = _scheduler_class(str(settings["scheduler"]))
                pipeline.scheduler = scheduler.from_config(pipeline.scheduler.config)
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        first = " ".join(str(error).split())[:300]
        raise ModelError(f"the pipeline in {folder} cannot be loaded: {first}") from error
    if half and pipeline.vae.config.get("force_upcast", False):
        pipeline.vae.to(torch.float32)  # its activations overflow float16
    pipeline.to(device)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _scheduler_class(name: str) -> type[SchedulerMixin]:
    if name.endswith("Scheduler"):
        with contextlib.suppress(AttributeError):
            return pkgutil.resolve_name(f"diffusers:{name}")
    raise ValueError(f"diffusers has no scheduler class {name!r}")


def _variant(files: list[str], wanted: object) -> str | None:
    """``wanted`` where some component has such weights; the plain ones serve the others."""
    return str(wanted) if wanted and any(f".{wanted}." in name for name in files) else None


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No loading bars and no deprecation notices about files that are not the caller's."""
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging

    noisy = [m for m in (diffusers_logging, transformers_logging) if m.is_progress_bar_enabled()]
    for module in noisy:
        module.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        for module in noisy:
            module.enable_progress_bar()

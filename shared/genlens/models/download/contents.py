"""Which files of a repository a model needs, by the kind of model it holds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from genlens.errors import ModelError
from genlens.models import weights
from genlens.models.loading import layout

GENERATOR = "generator"
_SIDE_FILES = (".json", ".txt", ".model")
_PIPELINE, _CLIP, _CONFIG = "model_index.json", "open_clip_config.json", "config.json"


def needed(
    repo: str,
    files: Collection[str],
    read: Callable[[str], dict[str, Any]],
    variant: str = "",
    part: str = "",
) -> list[str]:
    """The files to download.

    Args:
        repo: the repository's name, for messages.
        files: the paths of all that it holds.
        read: the JSON object in one of them.
        variant: preferred weights, such as "fp16".
        part: only the model in this folder, such as "vae", where there is one; "generator" asks
            for a single file of safetensors, whatever lies beside it.

    Raises:
        ModelError: no model that genlens can read, or one with pickled weights only.
    """
    if part == GENERATOR and _PIPELINE not in files:
        return _generator_files(repo, files)
    if _PIPELINE in files:
        components = weights.pipeline_components(read(_PIPELINE))
        if part and part not in components:
            raise ModelError(f"the pipeline {repo} has no part named {part}")
        components = [part] if part else components
        weights.refuse_pickled(repo, files, components, repo)
        return pipeline_files(files, components, variant)
    if _CLIP in files:
        chosen = [n for n in weights.CLIP_WEIGHTS if n in files][:1]
        side = [n for n in files if "/" not in n and n.endswith(_SIDE_FILES)]
    elif _CONFIG in files:
        _require_readable(repo, read(_CONFIG))
        found = layout.choose(files, variant)  # below a folder there are none of its names
        chosen = list(found.files) if found else []
        side = [n for n in (_CONFIG, "genlens.json") if n in files]
    elif part and f"{part}/{_CONFIG}" in files:
        _require_readable(repo, read(f"{part}/{_CONFIG}"))
        weights.refuse_pickled(repo, files, [part], repo)
        return pipeline_files(files, [part], variant)
    else:
        raise ModelError(
            f"{repo} has neither model_index.json (a diffusers pipeline), config.json (an "
            "autoencoder) nor open_clip_config.json (a CLIP model): genlens cannot load it"
        )
    return sorted({*_found(repo, files, chosen), *side})


def _generator_files(repo: str, files: Collection[str]) -> list[str]:
    """A GAN's: one file of weights, with what describes it."""
    name = weights.the_weights(files)
    several = [n for n in files if n.endswith(".safetensors")]
    if not name and several:
        raise ModelError(
            f"{repo} has {', '.join(sorted(several)[:4])} and no model.safetensors: download the "
            "one you mean to a folder, and name that"
        )
    side = [n for n in (_CONFIG, "genlens.json") if n in files]
    return sorted({*_found(repo, files, [name] if name else []), *side})


def _found(repo: str, files: Collection[str], chosen: Sequence[str]) -> Sequence[str]:
    """``chosen``, once there are weights among them."""
    if chosen:
        return chosen
    pickles = [n for n in files if Path(n).suffix.lower() in weights.PICKLES]
    if pickles:
        what = f"{repo} has {', '.join(pickles[:3])} and no safetensors"
        raise ModelError(weights.only_safetensors(what, repo))
    raise ModelError(f"{repo} has no safetensors weights")


def _require_readable(repo: str, config: dict[str, Any]) -> None:
    """Refuse a model of another kind before its weights are downloaded."""
    said = config.get("_class_name") or config.get("architectures") or []
    kinds = [said] if isinstance(said, str) else [str(kind) for kind in said]
    readable = (*layout.AUTOENCODERS, *layout.AESTHETICS)
    if kinds and not set(kinds) & set(readable):
        raise ModelError(
            f"{repo} is a {', '.join(kinds)}, which is not one of {', '.join(readable)}"
        )


def pipeline_files(files: Collection[str], components: list[str], variant: str) -> list[str]:
    """The files of a pipeline's components: configs, vocabularies, and one variant of the weights.

    Repositories also carry whole-model checkpoints, other precisions and other frameworks, often
    several times the size of what is needed.
    """
    chosen = [n for n in files if n in ("model_index.json", "genlens.json")]
    for component in components:
        start = f"{component}/"
        inside = [n.removeprefix(start) for n in files if n.startswith(start)]
        found = layout.choose(inside, variant)
        side = [n for n in inside if n.endswith(_SIDE_FILES) and not fnmatch(n, "*.index*.json")]
        chosen += [start + name for name in (*(found.files if found else ()), *side)]
    return sorted(set(chosen))

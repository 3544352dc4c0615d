"""A part of a diffusers pipeline, or a diffusers autoencoder, from its folder: all or none of it.

diffusers and transformers fill what they find no weights for with random numbers, and say so in a
log at most. Here that is an error which names the part.
"""

from __future__ import annotations

import contextlib
import pkgutil
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genlens.errors import ModelError
from genlens.models import weights
from genlens.models.loading import fitting, layout
from genlens.models.loading.panics import no_panics

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Component:
    """A network that was read: ``notes`` are sentences for the model's card, () for most."""

    module: torch.nn.Module
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Attempt:
    """What reading gave: a network and what is wrong with it ("" for nothing), or no network."""

    module: torch.nn.Module | None
    fault: str
    missing: bool = False


def read_component(
    kind: type[Any],
    folder: Path,
    what: str,
    *,
    variant: str = "",
    dtype: torch.dtype | None = None,
    hint: str = "",
) -> Component:
    """The network in ``folder``.

    Args:
        kind: its class, of diffusers or transformers.
        folder: holds ``config.json`` and safetensors.
        what: how messages call it, such as "the unet of my-pipeline".
        variant: weights to prefer, such as "fp16".
        dtype: of the weights in memory; float32 when left out.
        hint: what to do where weights are missing.

    Raises:
        ModelError: a file is missing, pickled or damaged; a weight is missing, superfluous, of
            another shape, NaN or infinite. Prefixes of names are taken off, and noted.
    """
    chosen = layout.choose((p.name for p in folder.glob("*") if p.is_file()), variant)
    if chosen is None:
        weights.find_weights(folder, what=what)
    assert chosen is not None  # find_weights raises
    files = [folder / name for name in chosen.files if not layout.is_index(name)]
    dtypes = weights.dtypes_of(files, what)
    first = _attempt(kind, folder, chosen.variant, dtypes, dtype)
    if first.module is None:  # for a better message: which shapes differ
        first = _attempt(kind, folder, chosen.variant, dtypes, dtype, first)
    if first.module is not None and not first.fault:
        return _checked(first.module, what)
    bare, notes = fitting.without_prefixes(dtypes)
    if notes:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
            renamed = _renamed(folder, files, Path(place))
            second = _attempt(kind, renamed, "", bare, dtype)
        if second.module is not None and not second.fault:
            return _checked(second.module, what, tuple(f"{what}: {note}" for note in notes))
    also = f". {hint}" if hint and first.missing else ""
    raise ModelError(f"{what} cannot be loaded: {first.fault}{also}")


def class_of(library: str, name: str, what: str) -> type[Any]:
    """The class that a pipeline's index or a config names: of diffusers, of one of its pipelines'
    folders, or of transformers. Code in the model's folder is never run.

    Raises:
        ModelError: the installed libraries have no such class; the message names ``what``.
    """
    known = library in ("diffusers", "transformers")
    place = library if known else f"diffusers.pipelines.{library}"
    found: object = None
    with contextlib.suppress(ImportError, AttributeError, ValueError):
        found = pkgutil.resolve_name(f"{place}:{name}")
    if isinstance(found, type) and hasattr(found, "from_pretrained"):
        return found
    raise ModelError(
        f"{what} is a {library}.{name}, which the installed diffusers and transformers do not have"
    )


def _checked(module: torch.nn.Module, what: str, notes: tuple[str, ...] = ()) -> Component:
    fitting.require_finite(module.state_dict(), what)
    return Component(module.eval(), notes)


def _attempt(
    kind: type[Any],
    folder: Path,
    variant: str,
    dtypes: Mapping[str, str],
    dtype: torch.dtype | None,
    failed: _Attempt | None = None,
) -> _Attempt:
    """What the class makes of the folder; once that ``failed``, without a look at shapes, which
    come out as a fault, or ``failed`` again."""
    import torch

    options: dict[str, Any] = {}
    if failed is not None:
        options["ignore_mismatched_sizes"] = True
        if kind.__module__.startswith("diffusers."):
            options["low_cpu_mem_usage"] = False  # diffusers asks for it then
    try:
        module, found = kind.from_pretrained(
            folder,
            variant=variant or None,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
            dtype=dtype or torch.float32,
            **options,
        )
    except Exception as error:  # two libraries, on files that anybody made
        return failed or _Attempt(None, weights.said(error, folder))
    # Old checkpoints hold integers that are computed now (position_ids): those change nothing.
    unexpected = [n for n in found["unexpected_keys"] if dtypes.get(n, "F32").startswith(_REAL)]
    missing = list(found["missing_keys"])
    shapes = {name: (tuple(a), tuple(b)) for name, a, b in found["mismatched_keys"]}
    fault = fitting.differences(missing, unexpected, shapes)
    lost = _lost(missing, module)
    if lost:
        fault = f"it lacks {len(missing)} weights of its {' and '.join(lost)}, such as {missing[0]}"
    return _Attempt(module, fault, bool(missing))


_REAL = ("F", "BF")
"""How safetensors' names of floating-point types begin."""


def _lost(missing: Collection[str], module: torch.nn.Module) -> list[str]:
    """The parts (first words of names) of which nothing was found."""
    names = module.state_dict()
    parts = sorted({name.split(".")[0] for name in missing if "." in name})
    gone = [p for p in parts if all(n in missing for n in names if n.startswith(f"{p}."))]
    return gone if len(gone) < len({name.split(".")[0] for name in names}) else []


def _renamed(folder: Path, files: list[Path], place: Path) -> Path:
    """A copy of ``folder`` in ``place`` whose weights have no prefixes."""
    from safetensors.torch import load_file, save_file

    state: dict[str, torch.Tensor] = {}
    for path in files:
        state |= load_file(path)
    bare, _ = fitting.without_prefixes(state)
    base = files[0].name.split(".")[0].split("-")[0]
    save_file(bare, place / f"{base}.safetensors", metadata={"format": "pt"})
    for path in folder.glob("*.json"):
        if not layout.is_index(path.name):
            shutil.copy(path, place)
    return place


def quoted(build: Callable[[], Any], folder: Path, what: str) -> Any:
    """``build()``, which reads something without weights (a tokenizer, a scheduler) in ``folder``.

    Raises:
        ModelError: it cannot be read; the message names ``what``.
    """
    if not folder.is_dir():
        raise ModelError(f"{what} is missing: there is no folder {folder.name} in the pipeline")
    try:
        with no_panics():
            return build()
    except Exception as error:
        raise ModelError(f"{what} cannot be read: {weights.said(error, folder)}") from error

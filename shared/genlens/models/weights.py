"""Weight files: what is read, what is refused, and how a folder is identified by its content.

Only safetensors are loaded. A pickle (``.bin``, ``.pt``, ``.ckpt``, ``.pkl``) can run any code when
it is opened, so it is refused; the one exception is an official checkpoint whose sha256 the catalog
pins, and even that goes through torch's ``weights_only`` reader.
"""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from genlens.errors import ModelError

if TYPE_CHECKING:
    import torch

PICKLES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"})
# Files whose content decides what a model computes; a README does not change the revision.
_MODEL_FILES = frozenset({".safetensors", ".json", ".txt", ".model"})
# Weights of other programs: named in a message, never opened.
_FOREIGN = frozenset({".onnx", ".gguf", ".h5", ".hdf5", ".keras", ".tflite", ".msgpack", ".pb"})
# What open_clip's weights are called, the preferred name first.
CLIP_WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors")
_BLOCK = 1 << 20


def sha256_of(path: Path) -> str:
    """The hex sha256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def model_files(folder: Path) -> list[Path]:
    """The folder's model files (weights, configs, vocabularies), sorted by their relative path."""
    files = [p for p in folder.rglob("*") if p.suffix in _MODEL_FILES and p.is_file()]
    return sorted(files, key=lambda p: p.relative_to(folder).as_posix())


def folder_sha256(folder: Path) -> str:
    """One hex sha256 for a model folder: over the names and contents of its model files."""
    digest = hashlib.sha256()
    for path in model_files(folder):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{sha256_of(path)}\n".encode())
    return digest.hexdigest()


def folder_bytes(folder: Path) -> int:
    """Size of the folder's safetensors in bytes."""
    return sum(p.stat().st_size for p in folder.rglob("*.safetensors"))


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in ``path``.

    Raises:
        ModelError: the file is missing, is not JSON, or holds something other than an object.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{path.parent} has no {path.name}: the folder is incomplete") from None
    except (ValueError, OSError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(data, dict):
        raise ModelError(f"{path} should hold a JSON object, but holds a {type(data).__name__}")
    return data


def read_settings(folder: Path) -> dict[str, Any]:
    """The optional ``genlens.json`` of a model folder: default settings and licence."""
    path = folder / "genlens.json"
    return read_json(path) if path.is_file() else {}


def find_weights(folder: Path, *names: str) -> Path:
    """The first of ``names`` that exists in ``folder``.

    Raises:
        ModelError: none exists; when pickled weights lie there instead, the message says how to
            convert them.
    """
    for name in names:
        if (folder / name).is_file():
            return folder / name
    pickles = sorted(p.name for p in folder.glob("*") if p.suffix in PICKLES)
    if pickles:
        raise ModelError(only_safetensors(f"{folder} holds {', '.join(pickles)}"))
    raise ModelError(f"{folder} has no {' or '.join(names)}: the model folder is incomplete")


def what_is_there(folder: Path) -> str:
    """What a folder that is not a model holds instead, in words for a message."""
    names = sorted(p.name for p in folder.iterdir())[:200]
    pickles = [name for name in names if Path(name).suffix.lower() in PICKLES]
    if pickles:
        return f"{pickles[0]} is a pickle, which can run any code: only safetensors are loaded"
    foreign = [name for name in names if Path(name).suffix.lower() in _FOREIGN]
    if foreign:
        return f"{foreign[0]} is in a format that genlens does not read"
    if any(name.endswith(".safetensors") for name in names):
        return "it has weights, but no config.json that says what they are"
    return f"it holds {', '.join(names[:4])}" if names else "the folder is empty"


def pipeline_components(index: dict[str, Any]) -> list[str]:
    """The folders a ``model_index.json`` names: its entries that hold a library and a class."""
    return [
        name
        for name, value in index.items()
        if isinstance(value, list) and len(value) == 2 and all(value)
    ]


def refuse_pickled(folder: str, files: Iterable[str], components: Iterable[str]) -> None:
    """Refuse a pipeline in which a component's weights come only as pickles.

    ``files`` are the pipeline's relative POSIX paths, on disk or on the hub; ``folder`` names it.

    Raises:
        ModelError: with the component, the file and how to convert it.
    """
    paths = [PurePosixPath(name) for name in files]
    for component in components:
        inside = [p for p in paths if p.parts[0] == component]
        pickles = [p for p in inside if p.suffix in PICKLES]
        if pickles and not any(p.suffix == ".safetensors" for p in inside):
            raise ModelError(only_safetensors(f"{folder} has {pickles[0]} and no safetensors"))


def only_safetensors(what: str) -> str:
    """The message for pickled weights; ``what`` names them."""
    return (
        f"{what}, but only safetensors are loaded, because a pickle can run any code. Convert it "
        "where you trust its source: for a pipeline DiffusionPipeline.from_pretrained(...)"
        ".save_pretrained(folder, safe_serialization=True), for one file safetensors.torch."
        "save_file(torch.load(file, weights_only=True), 'model.safetensors')"
    )


def load_state(path: Path, *, sha256: str = "") -> dict[str, torch.Tensor]:
    """The tensors of a safetensors file on the CPU, half precision upcast to float32.

    A pickled ``.pth``/``.pt`` is read only when ``sha256`` is given and fits its content.

    Raises:
        ModelError: the content does not fit ``sha256``, is damaged, or is an unpinned pickle.
    """
    import torch

    if sha256 and sha256_of(path) != sha256:
        raise ModelError(
            f"{path} does not have the sha256 the catalog pins ({sha256[:12]}...): "
            "delete it and load the model again"
        )
    if path.suffix in PICKLES:
        if not sha256:
            raise ModelError(only_safetensors(f"{path} is a pickle"))
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
        except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
            raise ModelError(f"{path} holds more than tensors, or is damaged: {error}") from error
    else:
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            state = load_file(path)
        except (SafetensorError, OSError) as error:
            raise ModelError(f"{path} is damaged or not a safetensors file: {error}") from error
    halves = (torch.float16, torch.bfloat16)
    return {k: v.float() if v.dtype in halves else v for k, v in state.items()}


def fill(model: torch.nn.Module, state: dict[str, torch.Tensor], what: str) -> None:
    """Load ``state`` into ``model``; every name and shape has to fit.

    Raises:
        ModelError: names or shapes differ; the message shows the first of them.
    """
    try:
        model.load_state_dict(state, strict=True)
    except RuntimeError as error:
        first = " ".join(str(error).split())[:300]
        raise ModelError(f"the weights do not fit the config of {what}: {first}") from error

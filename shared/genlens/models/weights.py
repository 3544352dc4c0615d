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
from genlens.models.loading.conversion import PICKLES, only_safetensors
from genlens.models.loading.strangers import refuse_stranger

if TYPE_CHECKING:
    import torch

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


def shown(path: Path) -> str:
    """How messages call a file or folder: its last two names, or the repository it was fetched
    from. Where it lies on this machine is nobody's business on a public page."""
    for parent in (path, *path.parents):
        if parent.parent.name == "snapshots" and parent.parent.parent.name.startswith("models--"):
            repository = parent.parent.parent.name.removeprefix("models--").replace("--", "/", 1)
            inside = path.relative_to(parent).as_posix()
            return repository if inside == "." else f"{repository}/{inside}"
    return path.name if path.is_dir() else f"{path.parent.name}/{path.name}"


def said(error: BaseException, folder: Path) -> str:
    """The start of a library's message in one line, without where ``folder`` lies."""
    text = " ".join(str(error).split()) or type(error).__name__
    for place in (folder, folder.resolve()):
        text = text.replace(str(place), shown(folder))
    for place in (folder.resolve().parent, Path.home()):
        text = text.replace(str(place), "...")
    return text[:300]


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in ``path``.

    Raises:
        ModelError: the file is missing, is not JSON, or holds something other than an object.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(
            f"{shown(path.parent)} has no {path.name}: the folder is incomplete"
        ) from None
    except OSError as error:
        raise ModelError(f"{shown(path)} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{shown(path)} cannot be read as JSON: {error}") from error
    if not isinstance(data, dict):
        kind = type(data).__name__
        raise ModelError(f"{shown(path)} should hold a JSON object, but holds a {kind}")
    return data


def read_settings(folder: Path) -> dict[str, Any]:
    """The optional ``genlens.json`` of a model folder: default settings and licence."""
    path = folder / "genlens.json"
    return read_json(path) if path.is_file() else {}


def find_weights(folder: Path, *names: str, what: str = "") -> Path:
    """The first of ``names`` that exists in ``folder``, which messages call ``what``.

    Raises:
        ModelError: none exists; when pickled weights lie there instead, the message says how to
            convert them.
    """
    for name in names:
        if (folder / name).is_file():
            return folder / name
    what = what or shown(folder)
    if not folder.is_dir():
        raise ModelError(f"{what} is missing: there is no folder {folder.name}")
    pickles = pickles_in(folder)
    if pickles:
        refuse_stranger(folder / pickles[0])
        place = folder / pickles[0] if len(pickles) == 1 else folder
        raise ModelError(only_safetensors(f"{what} holds {', '.join(pickles[:3])}", place))
    looked = " or ".join(names) or "safetensors weights"
    raise ModelError(f"{what} has no {looked}: the model folder is incomplete")


def the_weights(names: Iterable[str]) -> str:
    """Which of a folder's files has a generator's weights: its safetensors; of several
    ``model.safetensors``, or the one that is named after the average ("ema"). "" where there is
    none, or no telling."""
    found = [name for name in names if "/" not in name and name.endswith(".safetensors")]
    likely = [name for name in found if name == "model.safetensors"]
    likely = likely or [name for name in found if "ema" in name.lower()] or found
    return likely[0] if len(likely) == 1 else ""


def only_weights(folder: Path) -> Path:
    """The file that :func:`the_weights` finds in ``folder``.

    Raises:
        ModelError: there is none, or several.
    """
    names = sorted(path.name for path in folder.glob("*.safetensors"))
    name = the_weights(names)
    if len(names) > 1 and not name:
        raise ModelError(
            f"{shown(folder)} holds {', '.join(names[:4])}: leave one of them in the folder, or "
            "call it model.safetensors"
        )
    return find_weights(folder, name or "model.safetensors")


def tensor_names(folder: Path) -> frozenset[str]:
    """The names in the headers of a folder's weights (of the first few files); none where there are
    no such weights, or they are damaged (which reading them will say)."""
    try:
        return frozenset(dtypes_of(sorted(folder.glob("*.safetensors"))[:8], folder.name))
    except ModelError:
        return frozenset()


def pickles_in(folder: Path) -> list[str]:
    """The names of the pickled weights in a folder, sorted."""
    return sorted(p.name for p in folder.glob("*") if p.suffix.lower() in PICKLES)


def what_is_there(folder: Path) -> str:
    """What a folder that is not a model holds instead, in words for a message. Other files are not
    named: which there are is nobody's business on a public page."""
    kinds = {path.suffix.lower() for path in folder.iterdir()}
    foreign = sorted(kinds & _FOREIGN)
    if foreign:
        return f"it has weights as {', '.join(foreign)}, which genlens does not read"
    if ".safetensors" in kinds:
        return "it has weights, but no config.json that says what they are"
    return "it holds other files" if kinds else "the folder is empty"


def pipeline_components(index: dict[str, Any]) -> list[str]:
    """The folders a ``model_index.json`` names: its entries that hold a library and a class."""
    return [
        name
        for name, value in index.items()
        if isinstance(value, list) and len(value) == 2 and all(value)
    ]


def refuse_pickled(
    what: str, files: Iterable[str], components: Iterable[str], place: Path | str
) -> None:
    """Refuse a pipeline in which a component's weights come only as pickles.

    ``files`` are the pipeline's relative POSIX paths, on disk or on the hub; ``what`` names it,
    ``place`` is its folder or its repository.

    Raises:
        ModelError: with the component, the file and how to convert it.
    """
    paths = [PurePosixPath(name) for name in files]
    for component in components:
        inside = [p for p in paths if p.parts[0] == component]
        pickles = [p for p in inside if p.suffix in PICKLES]
        if pickles and not any(p.suffix == ".safetensors" for p in inside):
            raise ModelError(only_safetensors(f"{what} has {pickles[0]} and no safetensors", place))


def dtypes_of(files: Iterable[Path], what: str) -> dict[str, str]:
    """The names and safetensors types (F16, I64, ...) in the headers of ``files``.

    Raises:
        ModelError: a file is damaged: its header does not fit its content, say.
    """
    from safetensors import SafetensorError, safe_open

    found: dict[str, str] = {}
    for path in files:
        try:
            with safe_open(path, framework="pt") as stored:
                found |= {name: str(stored.get_slice(name).get_dtype()) for name in stored.keys()}  # noqa: SIM118
        except (SafetensorError, OSError) as error:
            refuse_stranger(path)
            raise ModelError(
                f"{what}: {path.name} is damaged or not a safetensors file "
                f"({said(error, path.parent)}): download or save it again"
            ) from error
    return found


def load_state(path: Path, *, sha256: str = "") -> dict[str, torch.Tensor]:
    """The tensors of a safetensors file on the CPU, half and double precision as float32.

    A pickled ``.pth``/``.pt`` is read only when ``sha256`` is given and fits its content.

    Raises:
        ModelError: the content does not fit ``sha256``, is damaged, or is an unpinned pickle.
    """
    if path.suffix in PICKLES:
        if not sha256:
            raise ModelError(only_safetensors(f"{shown(path)} is a pickle", path))
        state = load_pinned(path, sha256)
    else:
        if sha256:
            _require_sha256(path, sha256)
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            state = load_file(path)
        except (SafetensorError, OSError) as error:
            refuse_stranger(path)
            raise ModelError(
                f"{shown(path)} is damaged or not a safetensors file: {said(error, path.parent)}"
            ) from error
    return {k: v.float() if v.is_floating_point() else v for k, v in state.items()}


def load_pinned(path: Path, sha256: str) -> Any:
    """The tensors, numbers and texts of a pickled checkpoint whose content must have ``sha256``, on
    the CPU.

    Raises:
        ModelError: the content does not fit ``sha256``, or is damaged.
    """
    import torch

    _require_sha256(path, sha256)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise ModelError(
            f"{shown(path)} holds more than tensors, or is damaged: {said(error, path.parent)}"
        ) from error


def _require_sha256(path: Path, sha256: str) -> None:
    if sha256_of(path) != sha256:
        raise ModelError(
            f"{shown(path)} does not have the sha256 the catalog pins ({sha256[:12]}...): "
            "delete it and load the model again"
        )

"""Pickled weights (.ckpt, .pt, .bin, .pkl): how they are refused, and how they become safetensors.

genlens loads safetensors only, because a pickle can run any code when it is opened. ``convert`` is
what the refusal advises, as a command: ``python -m genlens convert FILE``. It reads tensors only,
which runs nothing. A whole pickled network needs its own code, which genlens never runs: for that
one, the command prints ``UNPACK``, a program that leaves only the tensors, for people to read and
to run where they trust the file.
"""

from __future__ import annotations

import pickle
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from genlens.errors import InputError, ModelError
from genlens.models.loading.strangers import refuse_stranger

if TYPE_CHECKING:
    import torch

    State = dict[str, torch.Tensor]

PICKLES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"})
COMMAND = "python -m genlens convert"
# What the weights are called in a checkpoint, the likeliest name first.
_NAMES = (
    "state_dict", "model_state_dict", "model", "net", "network", "params", "weights", "module",
    "vae", "autoencoder", "generator", "G",
)  # fmt: skip
_NOT_WEIGHTS = ("optim", "sched", "scaler", "callback", "loop", "rng", "amp")
UNPACK = """\
# Runs the code in the file, so use it only where you trust who made that. Run it in the folder of
# the network's own code. Where a class is not found, import it here: from my_script import *
import pickle, torch

def tensors(held):
    if isinstance(held, torch.nn.Module):
        return dict(held.state_dict())
    if isinstance(held, dict):
        return {name: tensors(value) for name, value in held.items()}
    return held if isinstance(held, torch.Tensor) else None

try:
    held = torch.load(FILE, map_location="cpu", weights_only=False)
except (RuntimeError, pickle.UnpicklingError):  # a plain pickle
    held = pickle.load(open(FILE, "rb"))
torch.save(tensors(held), NEW)
"""
"""The program: ``FILE`` and ``NEW`` stand for the names of the pickle and of what it writes."""
_SHARD = re.compile(r"(.+)-\d+-of-\d+")


def only_safetensors(what: str, place: PurePath | str = "") -> str:
    """The message for pickled weights; ``what`` names them, ``place`` is where they lie: a file, a
    folder, or a repository of the hub (a string)."""
    if isinstance(place, PurePath):
        target = place.name if place.suffix.lower() in PICKLES else "."
        where = "in the model's folder run"
    else:
        target = "."
        where = f"run 'hf download {place} --local-dir model', and in that folder"
    return (
        f"{what}, but only safetensors are loaded, because a pickle can run any code. Convert it "
        f"where you trust its source: {where} '{COMMAND} {shlex.quote(target)}', which reads "
        "tensors only"
    )


@dataclass(frozen=True)
class Converted:
    """``file`` holds ``count`` tensors; ``notes`` say in sentences what was chosen or left out."""

    file: Path
    count: int
    notes: tuple[str, ...]


def convert(path: Path, out: Path | None = None, *, key: str = "") -> list[Converted]:
    """Write the weights of a pickle, or of all pickles below a folder, as safetensors.

    A checkpoint may be a state dict or hold one anywhere inside (the moving average of the weights,
    "ema", is preferred). Shared and non-contiguous tensors are copied.

    Args:
        path: the file, or a folder; shards (``x-00001-of-00002.bin``) become one file.
        out: the file to write, for a single ``path``; beside it when left out.
        key: where in the checkpoint the weights are, such as "ema" or "models.generator".

    Raises:
        InputError: no such file, nothing to convert, or ``out`` exists.
        ModelError: no weights were found, or several; or the file holds a whole network: then the
            message ends with the program that unpacks it.
    """
    groups = _groups(path)
    if out is not None and len(groups) > 1:
        raise InputError(f"{path} holds {len(groups)} pickled models: convert them one by one")
    return [_convert(files, out or target, key) for target, files in groups.items()]


def _convert(files: list[Path], target: Path, key: str) -> Converted:
    from safetensors.torch import save_file

    if target.exists():
        raise InputError(f"{target} exists already: name another file with --out")
    state: State = {}
    notes: list[str] = []
    for path in files:
        part, said = _weights_in(_open(path), path.name, key)
        state |= part
        notes += [note for note in said if note not in notes]
    averages = [name for name in state if name.startswith("model_ema.")]
    if averages and len(averages) < len(state):
        notes.append(f"{len(averages)} tensors of model_ema were left out")
        state = {name: value for name, value in state.items() if name not in averages}
    # safetensors takes no two names for one memory, and no strides
    ready = {name: value.detach().cpu().contiguous().clone() for name, value in state.items()}
    save_file(ready, target, metadata={"format": "pt"})
    return Converted(target, len(ready), tuple(notes))


def _groups(path: Path) -> dict[Path, list[Path]]:
    """The pickles to convert, by the file to write."""
    if path.is_dir():
        files = [p for p in sorted(path.rglob("*")) if p.suffix.lower() in PICKLES]
        files = [p for p in files if not any(p.parent.glob("*.safetensors"))]
    elif path.is_file():
        match = _SHARD.fullmatch(path.stem)
        shards = f"{match[1]}-*-of-*{path.suffix}" if match else path.name
        files = sorted(path.parent.glob(shards)) if match else [path]
    else:
        raise InputError(f"there is no file {path}")
    if not files:
        raise InputError(
            f"there is nothing to convert in {path}: no pickle ({', '.join(sorted(PICKLES))}) in a "
            "folder without safetensors"
        )
    groups: dict[Path, list[Path]] = {}
    for file in files:
        match = _SHARD.fullmatch(file.stem)
        stem = match[1] if match else file.stem
        # what transformers calls its weights as a pickle, and as safetensors
        stem = "model" if stem == "pytorch_model" else stem
        groups.setdefault(file.with_name(f"{stem}.safetensors"), []).append(file)
    return groups


def _open(path: Path) -> Any:
    """The tensors, numbers and texts of the pickle."""
    import torch

    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        refuse_stranger(path)
        new = path.with_name(f"{path.stem}.tensors{path.suffix}")
        program = UNPACK.replace("FILE", repr(path.name)).replace("NEW", repr(new.name))
        raise ModelError(
            f"{path} holds more than tensors, or is damaged. If it is a whole network and you "
            "trust its source, save the program below as unpack.py beside it, run 'python "
            f"unpack.py', then '{COMMAND} {shlex.quote(new.name)}'.\n\n{program}"
        ) from error


def _weights_in(thing: Any, name: str, key: str) -> tuple[State, list[str]]:
    """The weights of a checkpoint, and what was chosen."""
    found = dict(_states(thing, ""))
    if not found:
        raise ModelError(f"{name} holds no weights: no tensors under names were found in it")
    chosen = key if key else _choose(list(found))
    inside = {at: state for at, state in found.items() if at == chosen or _below(at, chosen)}
    if not inside:
        named = ", ".join(repr(at) for at in found)
        what = f"no weights at {key!r}" if key else "several networks"
        raise ModelError(f"{name} holds {what}: choose by --key, one of {named}")
    state = {
        f"{at.removeprefix(chosen).strip('.')}.{weight}".removeprefix("."): value
        for at, part in inside.items()
        for weight, value in part.items()
    }
    others = [repr(at) for at in found if at not in inside]
    notes = [f"the weights at {chosen!r} were taken"] if chosen else []
    notes += [f"left out: {', '.join(others)} (--key takes another)"] if others else []
    return state, notes


def _states(thing: Any, at: str) -> Iterator[tuple[str, State]]:
    """Every state dict in ``thing``, by where it is."""
    import torch

    if isinstance(thing, Mapping) and not {"state", "param_groups"} <= thing.keys():
        named = {name: value for name, value in thing.items() if isinstance(name, str)}
        state = {name: value for name, value in named.items() if isinstance(value, torch.Tensor)}
        if any(value.ndim for value in state.values()):  # numbers alone count something
            yield at, state
        for name, value in named.items():
            if not name.lower().startswith(_NOT_WEIGHTS):
                yield from _states(value, f"{at}.{name}".removeprefix("."))


def _choose(places: list[str]) -> str:
    """Where the weights most likely are, "?" where that is not clear."""
    if len(places) == 1:
        return places[0]
    averaged = [at for at in places if "ema" in re.split(r"[._]", at.lower())]
    if averaged:
        places = averaged
    owners = list(dict.fromkeys(at.rpartition(".")[0] for at in places))
    halves = {at.rpartition(".")[2][:3].lower() for at in places}
    if len(places) == 1:
        return places[0]
    if len(owners) == 1 and {"enc", "dec"} <= halves:
        return owners[0]
    likely = [at for name in _NAMES for at in places if at == name]
    return likely[0] if likely else "?"


def _below(at: str, owner: str) -> bool:
    return not owner or at.startswith(f"{owner}.")

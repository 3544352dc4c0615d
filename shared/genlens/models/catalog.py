"""``genlens.load``: from a name to a model that fulfils a contract.

A name is an id of ``catalog.toml`` ("emoji-diffusion"), a hub name ("stabilityai/sd-turbo", also
one that the catalog does not list), open_clip's own naming ("ViT-B-32:laion2b_s34b_b79k"), or a
local folder ("./my-pipeline", an absolute path).
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, overload

from genlens.errors import InputError, ModelError
from genlens.models.contracts import (
    Assessor,
    Autoencoder,
    Denoiser,
    Generator,
    ImageTextEncoder,
    Model,
    Segmenter,
    TextToImage,
)
from genlens.models.entries import Entry
from genlens.models.families import FAMILIES, Family, Request, recognise
from genlens.models.loading.names import as_folder, hub_name
from genlens.models.memory import MEMORY
from genlens.models.sources import Embedded, HubFile, HubModel, LocalFolder, RegistryArchive, Source

CONTRACTS = (
    *("TextToImage", "Autoencoder", "Generator", "Denoiser"),
    *("ImageTextEncoder", "Segmenter", "Assessor"),
)
PARTS = {"Autoencoder": "vae", "Generator": "generator"}
"""What of a hub's repository is wanted, by contract; for the others all of it."""


@lru_cache(maxsize=1)
def entries() -> tuple[Entry, ...]:
    """Every model of the catalog, in the order of the file."""
    text = Path(__file__).with_name("catalog.toml").read_text(encoding="utf-8")
    return tuple(
        Entry(**{**model, "aliases": tuple(model.get("aliases", ()))})
        for model in tomllib.loads(text)["model"]
    )


def find(name: str) -> Entry | None:
    """The catalog's entry of that id or alias, or None."""
    return next((e for e in entries() if name == e.id or name in e.aliases), None)


def weights_folder(model_id: str) -> Path:
    """Where the weights of an embedded model lie: a folder of its name, or of its ``repo``."""
    entry = find(model_id)
    name = entry.repo or model_id if entry else model_id
    return Path(__file__).parents[1] / "zoo" / "weights" / name


def _embedded(entry: Entry, _: str) -> Source:
    return Embedded(entry.id, weights_folder(entry.id), entry.sha256)


def _hub(entry: Entry, revision: str) -> Source:
    repo, revision = entry.repo or entry.id, revision or entry.revision
    if entry.file:
        return HubFile(repo, entry.file, entry.sha256, revision)
    variant = str(entry.settings.get("variant", ""))
    return HubModel(repo, revision, variant, PARTS.get(entry.contract, ""))


def _registry(entry: Entry, _: str) -> Source:
    return RegistryArchive(entry.id, whole=not entry.sha256)


# What the catalog calls a source -> the source of an entry at the revision asked for.
SOURCES: dict[str, Callable[[Entry, str], Source]] = {
    "embedded": _embedded,
    "hub": _hub,
    "registry": _registry,
}


@overload
def load(
    name: str,
    *,
    contract: Literal["TextToImage"],
    device: str | None = None,
    revision: str | None = None,
    precision: str | None = None,
) -> TextToImage: ...
@overload
def load(
    name: str,
    *,
    contract: Literal["Autoencoder"],
    device: str | None = None,
    revision: str | None = None,
) -> Autoencoder: ...
@overload
def load(
    name: str,
    *,
    contract: Literal["Generator"],
    device: str | None = None,
    revision: str | None = None,
) -> Generator: ...
@overload
def load(
    name: str,
    *,
    contract: Literal["Denoiser"],
    device: str | None = None,
    revision: str | None = None,
) -> Denoiser: ...
@overload
def load(
    name: str,
    *,
    contract: Literal["ImageTextEncoder"],
    device: str | None = None,
    revision: str | None = None,
) -> ImageTextEncoder: ...
@overload
def load(
    name: str,
    *,
    contract: Literal["Segmenter"],
    device: str | None = None,
    revision: str | None = None,
) -> Segmenter: ...
@overload
def load(
    name: str,
    *,
    contract: Literal["Assessor"],
    device: str | None = None,
    revision: str | None = None,
) -> Assessor: ...
@overload
def load(
    name: str,
    *,
    contract: str | None = None,
    device: str | None = None,
    revision: str | None = None,
    precision: str | None = None,
) -> Any: ...
def load(
    name: str,
    *,
    contract: str | None = None,
    device: str | None = None,
    revision: str | None = None,
    precision: str | None = None,
) -> Any:
    """The model called ``name``, ready to use; loaded once and then shared.

    Args:
        name: catalog id, "owner/name" on the hub, "architecture:tag" of open_clip, or a folder.
        contract: what it must fulfil ("TextToImage", "ImageTextEncoder", "Segmenter", ...). Of
            a text-to-image pipeline, "Autoencoder" takes the autoencoder in it, and "Denoiser" asks
            it without a prompt; of a VAE, "Generator" takes its decoder.
        device: "cpu", "cuda", ...; None takes a GPU if there is one.
        revision: commit, branch or tag on the hub; None takes what the catalog pins, else the
            newest. ``card.revision`` of the result always names the commit or content hash.
        precision: of a text-to-image pipeline: "fp32", "bf16", "fp16", or "auto" and "fast"
            (``devices.pick_precision``); None takes the environment's ``GENLENS_PRECISION``, else
            the model's own setting. ``card.settings["precision"]`` of the result says what it is.

    Raises:
        InputError: the arguments make no sense.
        ModelError: no such model, another contract, incomplete or pickled weights, wrong hash.
        DownloadError: the hub does not have it or cannot be reached.
    """
    if not isinstance(name, str) or not name.strip():
        raise InputError("name a model: an id of the catalog, owner/name on the hub, or a folder")
    if contract is not None and contract not in CONTRACTS:
        raise InputError(f"contract {contract!r} is not one of {', '.join(CONTRACTS)}")
    name = name.strip().removeprefix("hf-hub:")
    folder = as_folder(name)
    entry: Entry | None = None
    source: Source
    family: Family | None
    if folder is not None:
        source, family = LocalFolder(folder), recognise(folder, contract)
    else:
        entry = _part_of(find(name) or _entry_from_hub_name(name, contract), contract)
        _require(entry.id, entry.contract, contract)
        source, family = SOURCES[entry.source](entry, revision or ""), FAMILIES.get(entry.family)
    if revision and not source.has_revisions:
        raise InputError(f"{name} has no revisions to choose from: only hub models do")
    reader = family.name if family else contract or ""
    # version() not before: a folder that is not a model may be "/"
    precision = precision or os.environ.get("GENLENS_PRECISION") or None
    key = ("model", entry.id if entry else "", source, source.version(), reader, device, precision)
    model = MEMORY.get(key, lambda: _build(source, family, entry, device, precision))
    _require(name, model.card.contract, contract)
    return model


def unload() -> None:
    """Forget every loaded model and what was made with it, so that their memory can be freed."""
    MEMORY.clear()


def _build(
    source: Source,
    family: Family | None,
    entry: Entry | None,
    device: str | None,
    precision: str | None,
) -> Model:
    """Fetch the files and read them; a model that no entry describes is recognised by its files."""
    files = source.fetch()
    family = family or recognise(files.path, entry.contract if entry else None)
    if entry is None:
        return family.load(Request(files.path, device=device, precision=precision))
    card = replace(entry.card(files.revision), contract=family.contract)
    return family.load(
        Request(
            files.path, card, device, entry.suggest, entry.sha256, precision, _decoder_of(entry)
        )
    )


def _decoder_of(entry: Entry) -> Path | None:
    """The folder of the autoencoder that decodes in place of a pipeline's own, fetched."""
    other = find(entry.decoder) if entry.decoder else None
    return SOURCES[other.source](other, "").fetch().path if other else None


def _part_of(entry: Entry, contract: str | None) -> Entry:
    """``entry``, or the part of that model which fulfils ``contract``, where it has one."""
    family = FAMILIES.get(entry.family)
    part = family.part(contract) if family else None
    if part is family or part is None:
        return entry
    kept = {k: v for k, v in entry.settings.items() if k in ("variant", "data")}
    return replace(
        entry, contract=part.contract, family=part.name, settings=kept, suggest="", decoder=""
    )


def _entry_from_hub_name(name: str, contract: str | None) -> Entry:
    """An entry for a hub model that the catalog does not list."""
    repository = hub_name(name)
    if repository is not None and repository != name:
        return find(repository) or Entry(repository, "ImageTextEncoder", "open_clip", "hub")
    if repository is not None:
        return Entry(name, contract or "", "", "hub")
    known = [n for e in entries() for n in (e.id, *e.aliases) if contract in (None, e.contract)]
    near = difflib.get_close_matches(name, known, 3, cutoff=0.4) or known
    raise ModelError(
        f"no model is called {name!r}. Nearest: {', '.join(near)}. A hub model is named "
        "owner/name, a local folder ./name"
    )


def _require(name: str, has: str, wanted: str | None) -> None:
    if wanted and has and has != wanted:
        fitting = ", ".join(e.id for e in entries() if e.contract == wanted) or "none yet"
        raise ModelError(
            f"{name} is for another contract: it is {_an(has)}, not {_an(wanted)}. "
            f"Models of that kind: {fitting}"
        )


def _an(noun: str) -> str:
    return f"{'an' if noun[0] in 'AEIOU' else 'a'} {noun}"

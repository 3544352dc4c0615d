"""``genlens.load``: from a name to a model that fulfils a contract.

A name is an id of ``catalog.toml`` ("emoji-diffusion"), a hub name ("stabilityai/sd-turbo", also
one that the catalog does not list), open_clip's own naming ("ViT-B-32:laion2b_s34b_b79k"), or a
local folder ("./my-pipeline", an absolute path).
"""

from __future__ import annotations

import difflib
import importlib
import re
import tomllib
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from genlens.errors import InputError, ModelError
from genlens.models import weights
from genlens.models.contracts import ModelCard
from genlens.models.download import hub
from genlens.models.memory import ModelCache

CONTRACTS = ("TextToImage", "Autoencoder", "Generator", "ImageTextEncoder", "Segmenter", "Assessor")
# family -> ("module:class.constructor", contract). A constructor takes (path, card, device=...);
# "sam_checkpoint" also takes the sha256 it may trust.
FAMILIES: dict[str, tuple[str, str]] = {
    "diffusers": (
        "genlens.models.text_to_image.diffusion:DiffusersTextToImage.from_folder",
        "TextToImage",
    ),
    "open_clip": (
        "genlens.models.encoders.openclip:OpenClipEncoder.from_folder",
        "ImageTextEncoder",
    ),
    "sam": ("genlens.models.segmenters.sam:SamSegmenter.from_folder", "Segmenter"),
    "sam_checkpoint": ("genlens.models.segmenters.sam:SamSegmenter.from_checkpoint", "Segmenter"),
    "autoencoder": (
        "genlens.models.autoencoders.folder:load_folder",
        "Autoencoder",
    ),
    "diffusers_vae": (
        "genlens.models.autoencoders.diffusers_vae:DiffusersAutoencoder.from_folder",
        "Autoencoder",
    ),
}
# The file that gives a folder's family away; a config.json has to say more.
_SIGNS = {
    "model_index.json": "diffusers",
    "open_clip_config.json": "open_clip",
    "config.json": "sam",
}
# What a config.json may call itself (model_type or _class_name); all others are a tiny SAM's.
_TYPES = {
    "genlens-conv-vae": "autoencoder",
    "AutoencoderKL": "diffusers_vae",
    "AutoencoderTiny": "diffusers_vae",
}
_KNOWN = (
    "a diffusers pipeline, AutoencoderKL or AutoencoderTiny, an open_clip model, a tiny SAM, a VAE "
    "of genlens"
)
# (family, wanted contract) -> the family that reads the part of it that fulfils that contract.
_PARTS = {("diffusers", "Autoencoder"): "diffusers_vae"}
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_loaded = ModelCache(max_models=8, max_bytes=8_000_000_000)


@dataclass(frozen=True)
class Entry:
    """One line of the catalog; the fields are explained at the top of ``catalog.toml``."""

    id: str
    contract: str
    family: str
    source: str
    title: str = ""
    licence: str = ""
    repo: str = ""
    file: str = ""
    revision: str = ""
    sha256: str = ""
    bytes: int = 0
    suggest: str = ""
    aliases: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    def card(self, revision: str) -> ModelCard:
        """The card of this model as loaded at ``revision``."""
        return ModelCard(
            id=self.id,
            contract=self.contract,
            source=self.source,
            revision=revision,
            licence=self.licence,
            title=self.title,
            settings=dict(self.settings),
        )


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


def load(
    name: str,
    *,
    contract: str | None = None,
    device: str | None = None,
    revision: str | None = None,
) -> Any:
    """The model called ``name``, ready to use; loaded once and then shared.

    Args:
        name: catalog id, "owner/name" on the hub, "architecture:tag" of open_clip, or a folder.
        contract: what it must fulfil ("TextToImage", "ImageTextEncoder", "Segmenter", ...). Of
            a text-to-image pipeline, "Autoencoder" takes the autoencoder in it.
        device: "cpu", "cuda", ...; None takes a GPU if there is one.
        revision: commit, branch or tag on the hub; None takes what the catalog pins, else the
            newest. ``card.revision`` of the result always names the commit or content hash.

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
    folder = _as_folder(name)
    entry = None if folder else find(name)
    if folder is None and entry is None:
        entry = _entry_from_hub_name(name, contract)
    if entry is not None:
        entry = _part_of(entry, contract)
        _require(entry.id, entry.contract, contract)
    if revision and (entry is None or entry.source != "hub"):
        raise InputError(f"{name} has no revisions to choose from: only hub models do")
    which = entry.id if entry else str(folder)
    family = entry.family if entry else _family_of(Path(which), contract)
    stamp = _stamp(folder) if folder else ""  # not before: a folder that is no model may be "/"
    key = (which, family or contract or "", revision or "", device or "", stamp)
    model = _loaded.get(key, lambda: _build(entry, folder, device, revision or "", family))
    _require(name, model.card.contract, contract)
    return model


def unload() -> None:
    """Forget every loaded model, so that their memory can be freed."""
    _loaded.clear()


def _build(
    entry: Entry | None, folder: Path | None, device: str | None, revision: str, family: str
) -> Any:
    if folder is not None:
        return _construct(family, folder, None, device)
    assert entry is not None  # load() gives one or the other
    if entry.source == "embedded":
        folder = weights_folder(entry.id)
        if not folder.is_dir():
            raise ModelError(
                f"this installation lacks the weights of {entry.id} (no {folder}): install genlens "
                "again, or train them with the recipe in genlens/zoo/recipes"
            )
        if entry.sha256 and weights.folder_sha256(folder) != entry.sha256:
            raise ModelError(
                f"the weights in {folder} do not have the sha256 the catalog pins for {entry.id} "
                f"({entry.sha256[:12]}...): install genlens again"
            )
        return _construct(entry.family, folder, entry.card(""), device, entry)
    revision = revision or entry.revision
    repo = entry.repo or entry.id
    if entry.file:
        found = hub.fetch_file(repo, entry.file, sha256=entry.sha256, revision=revision)
    else:
        variant = str(entry.settings.get("variant", ""))
        found = hub.fetch_model(repo, revision, variant=variant)
    family = family or _family_of(found.path, entry.contract)
    return _construct(family, found.path, entry.card(found.commit), device, entry)


def _construct(
    family: str, path: Path, card: ModelCard | None, device: str | None, entry: Entry | None = None
) -> Any:
    """Call the family's adapter."""
    target, contract = FAMILIES[family]
    if card is not None:
        card = replace(card, contract=contract)
    constructor = _resolve(target)
    extra: dict[str, Any] = {}
    if entry is not None and entry.suggest:
        extra["suggest"] = _resolve(entry.suggest)
    if family == "sam_checkpoint" and entry is not None:
        extra["sha256"] = entry.sha256
    return constructor(path, card, device=device, **extra)


def _resolve(target: str) -> Any:
    """What "package.module:name.attribute" names."""
    module, _, path = target.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found


def _as_folder(name: str) -> Path | None:
    """The folder ``name`` points to, where it is written as a path; hub names and ids are not."""
    looks_local = name.startswith((".", "/", "~", "\\")) or re.match(r"[A-Za-z]:[\\/]", name)
    if not looks_local:
        return None
    folder = Path(name).expanduser().resolve()
    if not folder.is_dir():
        raise ModelError(f"there is no folder {folder}: check the path")
    return folder


def _family_of(folder: Path, contract: str | None) -> str:
    """The family that reads ``folder``, or the part of it that fulfils ``contract``."""
    for sign, family in _SIGNS.items():
        if (folder / sign).is_file():
            if sign == "config.json":
                config = weights.read_json(folder / sign)
                says = config.get("model_type") or config.get("_class_name")
                family = _TYPES.get(str(says), family)
                if family == "sam" and says and "image_size" not in config:
                    raise ModelError(f"{folder} holds a {says}, which is none of: {_KNOWN}")
            return _PARTS.get((family, contract or ""), family)
    raise ModelError(
        f"{folder} holds no model genlens knows ({weights.what_is_there(folder)}): looked for "
        f"{', '.join(_SIGNS)}, which say that it is one of: {_KNOWN}"
    )


def _part_of(entry: Entry, contract: str | None) -> Entry:
    """``entry``, or the part of that model which fulfils ``contract``, where it has one."""
    family = _PARTS.get((entry.family, contract or ""))
    if family is None:
        return entry
    kept = {k: v for k, v in entry.settings.items() if k == "variant"}
    return replace(entry, contract=str(contract), family=family, settings=kept, suggest="")


def _entry_from_hub_name(name: str, contract: str | None) -> Entry:
    """An entry for a hub model that the catalog does not list."""
    if ":" in name and "/" not in name:
        from genlens.models.encoders.openclip import hub_repository

        name = hub_repository(*name.split(":", 1))
        return find(name) or Entry(name, "ImageTextEncoder", "open_clip", "hub")
    if _HUB_NAME.fullmatch(name):
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


def _stamp(folder: Path) -> str:
    """Changes when the folder's model files do, so that a retrained model is loaded anew."""
    newest = [(p.stat().st_mtime_ns, p.stat().st_size) for p in weights.model_files(folder)]
    return f"{len(newest)}-{hash(tuple(newest))}"

"""What a visitor may make the server do: which models it loads by name, how much it downloads, how
long one job may take. The operator says so, by ``genlens demo`` or by the environment:

    GENLENS_ALLOW_FOLDERS   folders whose models may be named, separated as in PATH
    GENLENS_ALLOW_HUB       1: any repository of the hub, not only those of the catalog
    GENLENS_MAX_DOWNLOAD_GB the largest download that a visitor may start (default 8)
    GENLENS_MAX_SECONDS     the longest job, as estimated beforehand (default 300)

A page allows no folder and no foreign repository unless told to. ``genlens demo``, which only this
machine reaches, adds the models below the folder it was started in (``genlens train`` leaves them
there), and sets no limit of time.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from pathlib import Path

from genlens.errors import InputError
from genlens.models.catalog import PARTS, entries, find
from genlens.models.download import hub
from genlens.models.families import FAMILIES
from genlens.models.loading.names import hub_name, is_path

_SIGNS = ("model_index.json", "config.json", "open_clip_config.json", "vae/config.json")


@dataclass(frozen=True)
class Access:
    """``folders``: models below these may be named, relative names count from the first of them;
    ``any_repository``: also repositories that the catalog does not list; ``most_gb`` of one
    download; ``most_seconds`` of one job."""

    folders: tuple[Path, ...] = ()
    any_repository: bool = False
    most_gb: float = 8.0
    most_seconds: float = 300.0

    @classmethod
    def of_environment(cls) -> Access:
        """What the environment variables say.

        Raises:
            InputError: one of them is no number, or names no folder.
        """
        listed = os.environ.get("GENLENS_ALLOW_FOLDERS", "").split(os.pathsep)
        return cls(
            tuple(allowed_folder(name) for name in listed if name),
            os.environ.get("GENLENS_ALLOW_HUB", "") not in ("", "0"),
            _number("GENLENS_MAX_DOWNLOAD_GB", cls.most_gb),
            _number("GENLENS_MAX_SECONDS", cls.most_seconds),
        )

    def on_own_machine(self, folders: tuple[Path, ...], any_repository: bool) -> Access:
        """This for a page that only its operator reaches: with ``folders`` in front, perhaps all of
        the hub, and jobs as long as they like unless the environment sets a limit."""
        limited = bool(os.environ.get("GENLENS_MAX_SECONDS", ""))
        return replace(
            self,
            folders=(*folders, *self.folders),
            any_repository=self.any_repository or any_repository,
            most_seconds=self.most_seconds if limited else math.inf,
        )

    def admit(self, name: str, contract: str) -> str:
        """The name by which to load what a visitor calls ``name``: checked, a folder's resolved.

        Raises:
            InputError: not allowed here, no model, or too large a download. A refusal does not say
                whether there is such a folder, nor what is in it.
            DownloadError: the hub does not have it or cannot be reached.
        """
        name = name.strip().removeprefix("hf-hub:")
        entry = find(name)
        if entry is not None:
            # (A pipeline holds an autoencoder too; ``load`` refuses all other kinds unfetched.)
            if entry.source == "hub" and entry.contract in (contract, "TextToImage"):
                size = (
                    entry.bytes if entry.file else self._ask(name, entry.repo or entry.id, contract)
                )
                self._require_small(name, size)
            return name
        if is_path(name):
            return str(self._folder(name, contract))
        repository = hub_name(name) if self.any_repository else None
        if repository is None:
            raise InputError(self._not_offered(name, contract))
        self._require_small(name, self._ask(name, repository, contract))
        return name

    def offers(self) -> str:
        """What may be typed beside the catalog's ids, in words; empty where nothing may."""
        kinds = ["./folder"] * bool(self.folders) + ["owner/name (hub)"] * self.any_repository
        return " or ".join(kinds)

    def _folder(self, name: str, contract: str) -> Path:
        start = self.folders[0] if self.folders else Path.cwd()
        folder = (start / Path(name).expanduser()).resolve()
        if not any(top in folder.parents for top in self.folders):
            raise InputError(self._not_offered(name, contract))
        bare = contract == "Generator" and any(folder.glob("*.safetensors"))
        if not bare and not any((folder / sign).is_file() for sign in _SIGNS):
            raise InputError(
                f"there is no model in {name[:80]!r}: a model's folder holds {', '.join(_SIGNS)}"
            )
        return folder

    def _not_offered(self, name: str, contract: str) -> str:
        whole = [e.id for e in entries() if e.contract == contract]
        parts = [e.id for e in entries() if contract in FAMILIES[e.family].parts]
        offered = ", ".join(whole or parts)
        also = f", or type {self.offers()}" if self.offers() else ""
        return (
            f"this page does not offer the model {name[:80]!r}: take one of {offered}{also}. Run "
            "genlens on your own machine for other models, or ask who runs this page to start it "
            "with --allow-folders or --allow-hub"
        )

    def _ask(self, name: str, repository: str, contract: str) -> int:
        entry = find(name)
        variant = str(entry.settings.get("variant", "")) if entry else ""
        revision = entry.revision if entry else ""
        return hub.missing_bytes(
            repository, revision, variant=variant, part=PARTS.get(contract, "")
        )

    def _require_small(self, name: str, size: int) -> None:
        if size > self.most_gb * 1e9:
            raise InputError(
                f"{name} is a download of {size / 1e9:.2f} GB, and this page fetches at most "
                f"{self.most_gb:g} GB: take a smaller model, or run genlens on your own machine"
            )


def allowed_folder(name: str | Path) -> Path:
    """An operator's folder, resolved.

    Raises:
        InputError: there is none.
    """
    folder = Path(name).expanduser().resolve()
    if not folder.is_dir():
        raise InputError(f"--allow-folders: there is no folder {folder}")
    return folder


def _number(variable: str, default: float) -> float:
    text = os.environ.get(variable, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1.0
    if not value > 0:
        raise InputError(f"{variable} is {text!r}: set a number above 0")
    return value


_access: Access | None = None


def access() -> Access:
    """What visitors of this process may do: what ``allow`` set, else what the environment says."""
    return _access if _access is not None else Access.of_environment()


def allow(chosen: Access | None) -> None:
    """Set what ``access`` gives; None: the environment again."""
    global _access
    _access = chosen

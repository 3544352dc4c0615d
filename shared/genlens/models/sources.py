"""Where a model's files come from. A source is one class: ``fetch()`` brings the files to this
machine, ``version()`` tells contents apart before anything is fetched or read.

A new source is one more class here and one more line in ``catalog.SOURCES``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from genlens.errors import ModelError
from genlens.models import weights
from genlens.models.download import hub
from genlens.models.download.published import published


@dataclass(frozen=True)
class Fetched:
    """A model's files on this machine: ``path`` its folder, or its single file; ``revision`` the
    commit it was taken from, "" where its content hash says what it is."""

    path: Path
    revision: str = ""


class Source(Protocol):
    """A place that models come from. Sources are frozen dataclasses: equal ones give the same
    model, as long as ``version`` does not change."""

    has_revisions: ClassVar[bool]
    """Whether a caller may ask for another revision."""

    def version(self) -> str:
        """Another text whenever the files are known to have changed; cheap."""
        ...

    def fetch(self) -> Fetched:
        """The files, downloaded where they are not here yet.

        Raises:
            ModelError: they are not there, or not what the catalog pins.
            DownloadError: they cannot be downloaded.
        """
        ...


@dataclass(frozen=True)
class Embedded:
    """A folder that ships with genlens; ``sha256`` of the folder is checked where it is given."""

    has_revisions: ClassVar[bool] = False
    id: str
    folder: Path
    sha256: str = ""

    def version(self) -> str:
        """Changes when a model file does."""
        return _stamp(self.folder)

    def fetch(self) -> Fetched:
        """The folder."""
        if not self.folder.is_dir():
            raise ModelError(
                f"this installation lacks the weights of {self.id} (zoo/weights/"
                f"{self.folder.name}): install genlens again, or train them with the recipe in "
                "genlens/zoo/recipes"
            )
        if self.sha256 and weights.folder_sha256(self.folder) != self.sha256:
            raise ModelError(
                f"the weights of {self.id} do not have the sha256 the catalog pins for them "
                f"({self.sha256[:12]}...): install genlens again"
            )
        return Fetched(self.folder)


@dataclass(frozen=True)
class LocalFolder:
    """A folder of the user's."""

    has_revisions: ClassVar[bool] = False
    folder: Path

    def version(self) -> str:
        """Changes when a model file does, so that a model trained again is loaded again."""
        return _stamp(self.folder)

    def fetch(self) -> Fetched:
        """The folder."""
        return Fetched(self.folder)


@dataclass(frozen=True)
class HubModel:
    """A repository of the hub; ``revision`` "" is the newest, ``variant`` the preferred weights,
    ``part`` the part of a pipeline that is wanted, "" for all of it."""

    has_revisions: ClassVar[bool] = True
    repo: str
    revision: str = ""
    variant: str = ""
    part: str = ""

    def version(self) -> str:
        """The revision; what "" stands for is asked when the model is fetched."""
        return self.revision

    def fetch(self) -> Fetched:
        """The repository's files that are needed, and their commit."""
        snapshot = hub.fetch_model(self.repo, self.revision, variant=self.variant, part=self.part)
        return Fetched(snapshot.path, snapshot.commit)


@dataclass(frozen=True)
class HubFile:
    """One file of a hub's repository, whose content must have ``sha256``."""

    has_revisions: ClassVar[bool] = True
    repo: str
    file: str
    sha256: str
    revision: str = ""

    def version(self) -> str:
        """The hash the content has."""
        return self.sha256

    def fetch(self) -> Fetched:
        """The file and its commit."""
        snapshot = hub.fetch_file(self.repo, self.file, sha256=self.sha256, revision=self.revision)
        return Fetched(snapshot.path, snapshot.commit)


@dataclass(frozen=True)
class RegistryArchive:
    """Files of a package that ``genlens fetch`` brings: ``name`` is what users type. The path is
    its first file, or with ``whole`` their folder. Nothing is downloaded here."""

    has_revisions: ClassVar[bool] = False
    name: str
    whole: bool = False

    def version(self) -> str:
        """The archive's sha256, by which it was checked, and whether it is here."""
        entry = published(self.name)
        return f"{entry.archive.sha256} {entry.here() is not None}"

    def fetch(self) -> Fetched:
        """The files, where they are on this machine."""
        entry = published(self.name)
        here = entry.here()
        if here is None:
            raise ModelError(
                f"the weights of {self.name} are not on this machine: run `{entry.command}` "
                f"({entry.bytes / 1e6:.0f} MB, {entry.licence})"
            )
        return Fetched(
            here[0].parent if self.whole else here[0], f"sha256:{entry.archive.sha256[:16]}"
        )


def _stamp(folder: Path) -> str:
    """Names, times and sizes of the folder's model files."""
    return "|".join(
        f"{path.relative_to(folder)} {path.stat().st_mtime_ns} {path.stat().st_size}"
        for path in weights.model_files(folder)
    )

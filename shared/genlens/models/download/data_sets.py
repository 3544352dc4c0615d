"""Data sets of the hub: which of their files hold pictures, and how much that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from genlens.errors import InputError
from genlens.models.download.hub import Announced, fetch_chosen
from genlens.models.pictures.archives import SUFFIXES
from genlens.models.pictures.tables import require_pyarrow

MOST_TABLES = 2_000_000_000
"""Bytes of Parquet files that are downloaded at most."""
CARD, TABLE = "README.md", ".parquet"


@dataclass(frozen=True)
class DataFiles:
    """A downloaded data set: ``folder`` holds its picture files, or ``tables`` are its Parquet
    files, in order, and ``card`` the text of its README, "" where there is none."""

    folder: Path
    commit: str
    tables: tuple[Path, ...] = ()
    card: str = ""


def fetch_data_set(repo: str, revision: str = "", *, part: str = "", most: int) -> DataFiles:
    """The picture files of a data set or its Parquet files, whichever are more bytes: the card of a
    set of tables may show a few pictures.

    Args:
        repo: "owner/name".
        revision: commit, branch or tag; empty for the newest.
        part: a folder of picture files, or how the paths of Parquet files begin ("data/test").
        most: picture files that are taken at most.

    Raises:
        InputError: neither kind of file, too many of them, too large ones, or Parquet files without
            pyarrow: all of that is asked before anything is downloaded.
        DownloadError: as for ``hub.fetch_model``.
    """

    def choose(tree: Mapping[str, Announced]) -> list[str]:
        sizes = {name: announced.bytes for name, announced in tree.items()}
        pictures, tables = _kinds(sizes, part)
        if tables:
            require_pyarrow()  # before it is downloaded
            _require_small(repo, {name: sizes[name] for name in tables})
            return [*tables, *(name for name in (CARD,) if name in tree)]
        if not 1 <= len(pictures) <= most:
            raise InputError(_refused(repo, part, len(pictures), tree, most))
        return pictures

    found = fetch_chosen(repo, revision, part, choose)
    files = [path for path in found.path.rglob("*") if path.is_file()]
    sizes = {path.relative_to(found.path).as_posix(): path.stat().st_size for path in files}
    _, tables = _kinds(sizes, part)
    if not tables:
        return DataFiles(found.path / part, found.commit)
    card = found.path / CARD
    text = card.read_text("utf-8", "replace") if card.is_file() else ""
    return DataFiles(found.path, found.commit, tuple(found.path / name for name in tables), text)


def _kinds(sizes: Mapping[str, int], part: str) -> tuple[list[str], list[str]]:
    """Picture files and Parquet files among all files, one of the two lists empty."""
    folder = f"{part}/" if part else ""
    suffixes = SUFFIXES - {""}  # LICENSE and .gitattributes are no pictures
    pictures = [n for n in sizes if n.startswith(folder) and Path(n).suffix.lower() in suffixes]
    tables = sorted(n for n in sizes if n.startswith(part) and n.lower().endswith(TABLE))
    if sum(sizes[n] for n in tables) > sum(sizes[n] for n in pictures):
        return [], tables
    return pictures, []


def _refused(repo: str, part: str, pictures: int, tree: Iterable[str], most: int) -> str:
    others = sorted({Path(name).suffix for name in tree if name.startswith(part)} - {""})
    return (
        f"{repo} has {pictures:,} picture files{f' in {part}' if part else ''}"
        f" (there are {', '.join(others) or 'no files'}): genlens reads 1 to {most:,} PNG, JPEG or "
        "WebP files of a data set, or its Parquet files"
    )


def _require_small(repo: str, sizes: Mapping[str, int]) -> None:
    total = sum(sizes.values())
    if total <= MOST_TABLES:
        return
    least = min(sizes, key=lambda name: sizes[name])
    raise InputError(
        f"the {len(sizes)} Parquet files of {repo} are a download of {total / 1e9:.2f} GB, and at "
        f"most {MOST_TABLES / 1e9:g} GB are fetched: name some of them by how their paths begin, "
        f"such as hub:{repo}:{least} ({sizes[least] / 1e9:.2f} GB)"
    )

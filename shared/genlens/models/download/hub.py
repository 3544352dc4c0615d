"""Downloads from a Hugging Face hub: only what is needed, only safetensors, checked, kept.

``HF_ENDPOINT`` names another hub, ``HF_HUB_CACHE`` another cache folder, ``HF_HUB_OFFLINE=1``
forbids the network; a model downloaded once is then found in the cache.
"""

from __future__ import annotations

import contextlib
import glob
import json
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genlens.errors import DownloadError
from genlens.models import weights
from genlens.models.download import contents
from genlens.models.download.records import read_record, write_record

logger = logging.getLogger("genlens")

_ADVICE = "or give the path of a local folder that holds the model"


@dataclass(frozen=True)
class Snapshot:
    """A downloaded model: its folder (or single file) and the commit it was taken from."""

    path: Path
    commit: str


def fetch_model(repo: str, revision: str = "", *, variant: str = "", part: str = "") -> Snapshot:
    """Download a diffusers pipeline or autoencoder, an open_clip model or a tiny SAM from the hub.

    Args:
        repo: "owner/name".
        revision: commit, branch or tag; empty for the newest. A commit already in the cache is
            used without asking the network.
        variant: preferred weights, such as "fp16"; the plain ones are taken where it is missing,
            then any others.
        part: of a pipeline, only this part, such as "vae".

    Raises:
        DownloadError: not found, no access, offline and not in the cache, cut short, or content
            that does not have the hash the hub announces. Nothing half done is ever loaded.
        ModelError: no model genlens can read, or one with pickled weights only.
    """
    key = _key(repo, revision, variant, part)
    known = read_record(key)
    if known and _is_commit(revision):
        return Snapshot(*known)
    try:
        with _explained(repo, revision):
            commit, tree = _tree(repo, revision)
            wanted = _choose(repo, commit, tree, variant, part)
            folder = _download(repo, commit, wanted)
    except Unreachable as error:
        if known:
            logger.warning("%s Using the copy in the cache.", error)
            return Snapshot(*known)
        raise
    for name in wanted:
        _verify(folder / name, tree[name].sha256)
    write_record(key, folder, commit, wanted)
    return Snapshot(folder, commit)


def is_here(repo: str, revision: str = "", *, variant: str = "", part: str = "") -> bool:
    """Whether what ``fetch_model`` of the same arguments brings is in the cache, whole."""
    return read_record(_key(repo, revision, variant, part)) is not None


def missing_bytes(repo: str, revision: str = "", *, variant: str = "", part: str = "") -> int:
    """How much ``fetch_model`` of the same arguments would download, in bytes; 0 where all of it is
    in the cache. Only lists of files are fetched for the answer, and a pipeline's index.

    Raises:
        DownloadError, ModelError: as ``fetch_model``.
    """
    known = read_record(_key(repo, revision, variant, part))
    if known and _is_commit(revision):
        return 0
    try:
        with _explained(repo, revision):
            commit, tree = _tree(repo, revision)
            if known and known[1] == commit:
                return 0
            return sum(tree[name].bytes for name in _choose(repo, commit, tree, variant, part))
    except Unreachable:
        if known:  # the copy will be used
            return 0
        raise


def fetch_file(repo: str, name: str, *, sha256: str, revision: str = "") -> Snapshot:
    """Download one file whose content must have ``sha256``.

    Raises:
        DownloadError: as for :func:`fetch_model`; a file with another content is deleted.
    """
    from huggingface_hub import hf_hub_download

    with _explained(repo, revision, name):
        path = Path(
            hf_hub_download(
                repo, name, revision=revision or None, cache_dir=_cache(), endpoint=_endpoint()
            )
        )
    _verify(path, sha256)
    # .../snapshots/<commit>/<name>
    return Snapshot(path, path.parents[len(Path(name).parts) - 1].name)


def fetch_chosen(
    repo: str, revision: str, part: str, choose: Callable[[Mapping[str, Announced]], list[str]]
) -> Snapshot:
    """Download those files of the data set ``repo`` that ``choose`` names, given all of them by
    path; ``part`` is what they are remembered as, so that a commit is asked for once.

    Raises:
        DownloadError: as for :func:`fetch_model`.
    """
    key = _key(f"datasets/{repo}", revision, "", part)
    known = read_record(key)
    if known and _is_commit(revision):
        return Snapshot(*known)
    with _explained(repo, revision):
        commit, tree = _tree(repo, revision, "dataset")
        wanted = choose(tree)
        path = _download(repo, commit, wanted, "dataset")
    for name in wanted:
        _verify(path / name, tree[name].sha256)
    write_record(key, path, commit, wanted)
    return Snapshot(path, commit)


def _key(repo: str, revision: str, variant: str, part: str) -> str:
    """What a download is remembered under."""
    return f"{repo}@{revision or 'main'}@{variant}{f'@{part}' if part else ''}"


class Unreachable(DownloadError):
    """The hub did not answer, or answered that it is in trouble: a cached copy will do."""


@dataclass(frozen=True)
class Announced:
    """What the hub says of a file; ``sha256`` is empty for small ones."""

    sha256: str
    bytes: int


def _tree(repo: str, revision: str, kind: str = "model") -> tuple[str, dict[str, Announced]]:
    """The commit ``revision`` stands for, and its files."""
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    api = HfApi(endpoint=_endpoint())
    commit: str | None = revision
    if not _is_commit(revision):
        commit = api.repo_info(repo, revision=revision or None, repo_type=kind).sha
    files: dict[str, Announced] = {}
    for item in api.list_repo_tree(repo, recursive=True, revision=commit, repo_type=kind):
        if isinstance(item, RepoFile):
            files[item.path] = Announced(item.lfs.sha256 if item.lfs else "", item.size)
    return str(commit), files


def _choose(
    repo: str, commit: str, tree: Mapping[str, Announced], variant: str, part: str
) -> list[str]:
    """The files to download; small ones are read for the answer."""

    def read(name: str) -> dict[str, Any]:
        return weights.read_json(_download(repo, commit, [name]) / name)

    return contents.needed(repo, tree, read, variant, part)


def _download(repo: str, commit: str, names: list[str], kind: str = "model") -> Path:
    from huggingface_hub import snapshot_download

    patterns = [glob.escape(name) for name in names]
    return Path(
        snapshot_download(
            repo,
            repo_type=kind,
            revision=commit,
            allow_patterns=patterns,
            cache_dir=_cache(),
            endpoint=_endpoint(),
            max_workers=4,
        )
    )


def _verify(path: Path, sha256: str) -> None:
    """Compare a file with the hash it should have; delete it where they differ."""
    if not path.is_file():
        raise DownloadError(f"{path.name} is missing after the download: try again")
    if sha256 and weights.sha256_of(path) != sha256:
        path.resolve().unlink(missing_ok=True)  # the cache's blob
        path.unlink(missing_ok=True)  # the link to it
        raise DownloadError(
            f"{path.name} does not have the expected sha256 {sha256[:12]}...: it was damaged on "
            "the way, or is not the file it claims to be. It was deleted; try again"
        )


def _is_commit(revision: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{40}", revision) is not None


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT") or None


def _cache() -> str | None:
    return os.environ.get("HF_HUB_CACHE") or None


@contextlib.contextmanager
def _explained(repo: str, revision: str, name: str = "") -> Iterator[None]:
    """Turn what huggingface_hub raises into a DownloadError that says what to do."""
    from huggingface_hub import errors

    where = f"{repo}{f' at {revision}' if revision else ''}"
    try:
        yield
    except errors.GatedRepoError as error:
        raise DownloadError(
            f"{repo} asks you to accept its licence first: do so on its page, then run "
            "`hf auth login`"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise DownloadError(f"{repo} has no revision {revision!r}: check the commit") from error
    except errors.RepositoryNotFoundError as error:
        raise DownloadError(
            f"the hub has no {repo}, or it is private: check the name, run `hf auth login` "
            f"for a private one, {_ADVICE}"
        ) from error
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled) as error:
        raise Unreachable(_offline(where)) from error
    except errors.EntryNotFoundError as error:
        what = name or "that its list names"
        raise DownloadError(f"{where} has no file {what}: {_short(error)}") from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code
        kind: type[DownloadError] = Unreachable if status >= 500 else DownloadError
        raise kind(
            f"the hub answered with status {status} for {where}: try again later, {_ADVICE}"
        ) from error
    except errors.HFValidationError as error:
        raise DownloadError(f'{repo!r} is not a hub name like "owner/name"') from error
    except errors.HTTPError as error:  # no connection, time-out, closed too early
        raise Unreachable(f"{_offline(where)} ({_short(error)})") from error
    except json.JSONDecodeError as error:
        raise DownloadError(f"the hub's answer for {where} is not JSON: {_short(error)}") from error
    except OSError as error:  # a consistency check, a full disk, a cache that cannot be written
        raise DownloadError(f"downloading {where} failed: {_without_place(error)}") from error


def _offline(where: str) -> str:
    return (
        f"{where} is not in the cache and the hub cannot be reached: connect to the network, "
        f"set HF_ENDPOINT to a hub that can be reached, {_ADVICE}."
    )


def _without_place(error: OSError) -> str:
    """What went wrong, without which file of this machine it happened to."""
    return error.strerror or _short(error)


def _short(error: Any) -> str:
    """The start of a message in one line, without the address of the hub that is used."""
    text = " ".join(str(error).split())
    return text.replace(_endpoint() or "https://huggingface.co", "the hub")[:300]

"""A data set of the hub as anchors: its picture files, read here, no code of it run."""

from __future__ import annotations

from dataclasses import replace

from genlens.anchors.sets import own
from genlens.anchors.sets.ask import Ask
from genlens.anchors.sets.pictures import Pictures
from genlens.errors import InputError
from genlens.models.download.hub import fetch_pictures


def hub_set(name: str, ask: Ask) -> Pictures:
    """The pictures of the data set ``name``, "owner/name@revision" (the newest without one), or of
    a folder in it, "owner/name@revision:folder". Folders become classes.

    Raises:
        InputError: not such a name, no picture files, or too many of them.
        DownloadError: it is not there, or the hub cannot be reached.
    """
    where, _, folder = name.partition(":")
    repo, _, revision = where.partition("@")
    if repo.count("/") != 1:
        raise InputError(f"{name!r} is no data set of the hub: write hub:owner/name@revision")
    most = own.MOST_FILES
    snapshot = fetch_pictures(repo, revision, folder=folder.strip("/"), most=most)
    found = own.files(snapshot.path, ask)
    kept = found.title.partition(", ")[2]
    return replace(found, title=f"{repo} at {snapshot.commit[:8]}, {kept}")

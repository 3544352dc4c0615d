"""A data set of the hub as anchors: its picture files or Parquet tables, no code of it run."""

from __future__ import annotations

from dataclasses import replace

from genlens.anchors.sets import own
from genlens.anchors.sets.ask import Ask
from genlens.anchors.sets.pictures import Pictures
from genlens.errors import InputError
from genlens.models.download.data_sets import DataFiles, fetch_data_set
from genlens.models.pictures.tables import read_tables


def hub_set(name: str, ask: Ask) -> Pictures:
    """The pictures of the data set ``name``, "owner/name@revision" (the newest without one), or of
    a part of it: of a folder of picture files, whose folders become classes, or of the Parquet
    files whose paths begin so, "owner/name@revision:data/test".

    Raises:
        InputError: not such a name, no pictures, too many or too large ones, or Parquet files
            without pyarrow on this machine.
        DownloadError: it is not there, or the hub cannot be reached.
    """
    where, _, part = name.partition(":")
    repo, _, revision = where.partition("@")
    if repo.count("/") != 1:
        raise InputError(f"{name!r} is no data set of the hub: write hub:owner/name@revision")
    found = fetch_data_set(repo, revision, part=part.strip("/"), most=own.MOST_FILES)
    pictures = _of_tables(found, ask) if found.tables else own.files(found.folder, ask)
    kept = pictures.title.partition(", ")[2]
    return replace(pictures, title=f"{repo} at {found.commit[:8]}, {kept}")


def _of_tables(found: DataFiles, ask: Ask) -> Pictures:
    """Classes come from the tables, ids are rows of all of them together."""
    shape, most = own.square(ask)
    read = read_tables(
        found.tables, shape[1], card=found.card, n=ask.n, seed=ask.seed, most=most,
        progress=ask.progress, cancel=ask.cancel,
    )  # fmt: skip
    pictures = own.of_set(read.pictures, "pictures", shape)
    return replace(pictures, labels=read.labels, names=read.names, ids=read.rows)

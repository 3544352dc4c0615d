"""Pictures in Parquet files, as most data sets of the hub ship them, read row by row.

Only two columns are read: the pictures, a struct of ``bytes`` and ``path``, and the classes where
there are any. No code of a data set is run.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.models.pictures.archives import Entry, megabytes
from genlens.models.pictures.picture import MAX_BYTES
from genlens.models.pictures.sets import MAX_CLASSES, PictureSet, collect

if TYPE_CHECKING:
    import pyarrow as pa

INSTALL = 'pip install "pyarrow>=17"'
_CLASSES = ("label", "labels", "fine_label", "class", "category")
"""What a column of classes is called where nothing says that it is one."""
_ROWS = 16  # decoded at a time
_LARGEST_GROUP = 4_000_000_000  # bytes of one row group: it is looked through as a whole
_HEAD = re.compile(r"\A---\n(.*?)\n---", re.DOTALL)


@dataclass(frozen=True)
class TablePictures:
    """``pictures`` of n rows; ``rows`` (n,) int64 are their numbers in all tables together;
    ``labels`` (n,) int64 index ``names``, -1 each and () where no classes are known."""

    pictures: PictureSet
    rows: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]


def read_tables(
    tables: Sequence[Path],
    side: int,
    *,
    card: str = "",
    n: int | None = None,
    seed: int = 0,
    most: int,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> TablePictures:
    """The pictures of ``tables``, at most ``n`` of them.

    Args:
        tables: Parquet files, in order.
        side: pixels of the result along each side; each picture is cut to its centre.
        card: the data set's README, which may name the classes.
        n: so many rows, drawn by ``seed`` and kept in order; None for all.
        most: pictures that are taken at most.
        progress, cancel: reported and asked after each picture.

    Raises:
        InputError: pyarrow is not installed, a damaged file, no column of pictures, too many rows,
            or no picture that can be used.
        Cancelled: ``cancel()`` said so.
    """
    opened = [_opened(path) for path in tables]
    total = sum(file.metadata.num_rows for file in opened)
    wanted = total if n is None else min(n, total)
    if not 1 <= wanted <= most:
        raise InputError(
            f"the tables have {total:,} pictures, and 1 to {most:,} are taken: ask for fewer "
            "(--n, or n= in Python), or name one of the files"
        )
    chosen = np.sort(np.random.default_rng(seed).permutation(total)[:wanted])
    columns = _columns(opened[0].schema_arrow, tables[0])
    classes: dict[str, Any] = {}

    def entries() -> Iterator[Entry]:
        start = 0
        for path, file in zip(tables, opened, strict=True):
            rows = file.metadata.num_rows
            inside = chosen[(chosen >= start) & (chosen < start + rows)] - start
            for row, picture, label in _rows(path, file, columns, inside):
                name = f"row {start + row}"
                classes[name] = label
                yield name, partial(_bytes, picture)
            start += rows

    found = collect(entries(), wanted, side, 1, [], [], progress=progress, cancel=cancel)
    labels, names = _named(
        [classes[name] for name in found.names],
        _class_names(opened[0].schema_arrow, columns[1:], card),
    )
    numbers = np.array([int(name.removeprefix("row ")) for name in found.names], np.int64)
    return TablePictures(found, numbers, labels, names)


def require_pyarrow() -> None:
    """Refuse Parquet files where pyarrow is not installed.

    Raises:
        InputError: with the line that installs it.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise InputError(f"reading Parquet files needs pyarrow: run {INSTALL}")


def _opened(path: Path) -> Any:
    require_pyarrow()
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, thrift_string_size_limit=100_000_000)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path.name} cannot be read as Parquet: {_why(error)}") from error
    for i in range(file.metadata.num_row_groups):
        size = file.metadata.row_group(i).total_byte_size
        if size > _LARGEST_GROUP:
            raise InputError(
                f"{path.name} has a row group of {megabytes(size)}, and at most "
                f"{megabytes(_LARGEST_GROUP)} are read: name another file"
            )
    return file


def _columns(schema: pa.Schema, path: Path) -> list[str]:
    """The column of pictures, and that of classes where there is one."""
    import pyarrow.types as kinds

    pictures = [
        field.name
        for field in schema
        if kinds.is_struct(field.type) and field.type.get_field_index("bytes") >= 0
    ]
    if not pictures:
        raise InputError(
            f"{path.name} has no column of pictures (a struct of bytes and path): it has "
            f"{', '.join(schema.names)}"
        )
    said = [name for name in schema.names if name in _features(schema)]
    usual = [name for name in _CLASSES if name in schema.names]
    plain = [
        name
        for name in (*said, *usual)
        if kinds.is_integer(schema.field(name).type) or kinds.is_string(schema.field(name).type)
    ]
    return [pictures[0], *plain[:1]]


def _rows(
    path: Path, file: Any, columns: list[str], inside: np.ndarray
) -> Iterator[tuple[int, Any, Any]]:
    """(row, picture, class) of the rows ``inside``; row groups without one are not looked at."""
    import pyarrow as pa

    start = 0
    for group in range(file.metadata.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        wanted = set(inside[(inside >= start) & (inside < start + rows)].tolist())
        at, start = start, start + rows
        if not wanted:
            continue
        try:
            for batch in file.iter_batches(_ROWS, row_groups=[group], columns=columns):
                here = [i for i in range(len(batch)) if at + i in wanted]
                for i in here:
                    label = batch[columns[1]][i].as_py() if len(columns) > 1 else None
                    yield at + i, batch[columns[0]][i], label
                at += len(batch)
        except (pa.ArrowException, OSError, KeyError) as error:
            raise InputError(f"{path.name} is damaged or unusual: {_why(error)}") from error


def _bytes(picture: Any) -> bytes:
    value = picture["bytes"] if picture.is_valid else None
    if value is None or not value.is_valid:
        raise InputError("holds no picture, but only the name of a file")
    size = len(value.as_buffer())
    if size > MAX_BYTES:
        raise InputError(f"has more than {megabytes(MAX_BYTES)}")
    return bytes(value.as_py())


def _features(schema: pa.Schema) -> dict[str, list[str]]:
    """Column -> names of its classes, as the ``datasets`` library writes them into a table."""
    try:
        said = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = said.get("info", {}).get("features", {})
        return {
            str(column): [str(name) for name in kind["names"]]
            for column, kind in features.items()
            if isinstance(kind, dict) and kind.get("_type") == "ClassLabel"
        }
    except (ValueError, AttributeError, KeyError, TypeError):
        return {}  # not what that library writes: the table is read without it


def _class_names(schema: pa.Schema, column: list[str], card: str) -> list[str]:
    """Names of the classes of ``column``, from the table or the card; [] where neither has them, or
    it holds names itself."""
    import pyarrow.types as kinds

    if not column or not kinds.is_integer(schema.field(column[0]).type):
        return []
    return _features(schema).get(column[0]) or _in_card(card, column[0])


def _in_card(card: str, column: str) -> list[str]:
    """From the card's head: ``dataset_info``, ``features``, ``class_label``, ``names``."""
    head = _HEAD.match(card.replace("\r\n", "\n"))
    if head is None:
        return []
    try:
        info = yaml.safe_load(head[1])["dataset_info"]
        for part in info if isinstance(info, list) else [info]:
            for feature in part["features"]:
                if feature["name"] == column:
                    names = feature["dtype"]["class_label"]["names"]
                    return [str(names[key]) for key in sorted(names, key=int)]
    except (yaml.YAMLError, KeyError, TypeError, ValueError):
        pass  # written in another way: the classes stay numbers
    return []


def _named(values: list[Any], names: list[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels (n,) and the names of their classes, -1 and () without 2 to 30 of them."""
    known = [value for value in values if value is not None]
    if not names:
        names = [str(value) for value in sorted(set(known))]
        values = [None if value is None else names.index(str(value)) for value in values]
    if not known or not 2 <= len(names) <= MAX_CLASSES:
        return np.full(len(values), -1, np.int64), ()
    inside = [
        value if isinstance(value, int) and 0 <= value < len(names) else -1 for value in values
    ]
    return np.array(inside, np.int64), tuple(names)


def _why(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__

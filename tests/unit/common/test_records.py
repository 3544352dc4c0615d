"""Results are written by one method, and each says what made it."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError, dataclass, field, fields, is_dataclass

import numpy as np
import pytest

import genlens
from genlens.common.records import MERGED, UNWRITTEN, MadeBy, Record, plain, written_as

pytestmark = pytest.mark.unit

ROOMS = ("attribution", "common", "latents", "models", "prompts", "study", "training", "worlds")


@dataclass(frozen=True)
class Part(Record):
    name: str
    score: float


@dataclass(frozen=True)
class Whole(Record):
    """Everything ``to_dict`` has to cope with."""

    also_written = ("total",)

    values: np.ndarray
    parts: tuple[Part, ...]
    by_name: dict[str, Part]
    merged: Part = field(metadata=MERGED)
    picture: np.ndarray = field(metadata=UNWRITTEN)
    function: Callable[[], int] = field(metadata=UNWRITTEN)
    bits: np.ndarray = field(metadata=written_as(lambda bits: bits.astype(int)))
    count: np.int64
    missing: float = float("nan")
    made_by: MadeBy = field(default_factory=MadeBy)

    @property
    def total(self) -> float:
        return float("inf")


def whole() -> Whole:
    part = Part("a", float("-inf"))
    return Whole(
        values=np.array([[1.5, np.nan], [np.inf, 2.0]], dtype=np.float32),
        parts=(part, Part("b", 0.5)),
        by_name={"a": part},
        merged=Part("c", 1.0),
        picture=np.zeros((3, 4, 4)),
        function=lambda: 1,
        bits=np.array([True, False]),
        count=np.int64(3),
        made_by=MadeBy(model="m", settings={"k": np.int64(2), "none": np.nan}),
    )


def test_fields_are_written_and_survive_json() -> None:
    found = whole().to_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["values"] == [[1.5, None], [None, 2.0]]
    assert found["parts"] == [{"name": "a", "score": None}, {"name": "b", "score": 0.5}]
    assert found["by_name"] == {"a": {"name": "a", "score": None}}
    assert found["count"] == 3 and type(found["count"]) is int
    assert found["missing"] is None and found["total"] is None
    assert found["made_by"]["settings"] == {"k": 2, "none": None}


def test_marked_fields_are_left_out_merged_or_converted() -> None:
    found = whole().to_dict()
    assert "picture" not in found and "function" not in found
    assert "merged" not in found and (found["name"], found["score"]) == ("c", 1.0)
    assert found["bits"] == [1, 0] and type(found["bits"][0]) is int


def test_plain_leaves_what_json_has_as_it_is() -> None:
    assert plain({1: (True, None, "x", 2)}) == {"1": [True, None, "x", 2]}
    assert plain(np.float64("nan")) is None and plain(np.bool_(True)) is True
    assert plain(np.zeros((0, 3))) == []


def test_a_note_of_what_made_a_result_names_versions_and_cannot_be_changed() -> None:
    made = MadeBy()
    assert made.versions["genlens"] == genlens.__version__ and made.versions["numpy"]
    with pytest.raises(FrozenInstanceError):
        made.seed = 3  # type: ignore[misc]


def classes() -> Iterator[type]:
    """Every dataclass of the rooms that results come from."""
    for room in ROOMS:
        package = importlib.import_module(f"genlens.{room}")
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            yield from (
                one
                for one in vars(module).values()
                if isinstance(one, type) and one.__module__ == info.name and is_dataclass(one)
            )


def test_every_result_is_a_record() -> None:
    results = [one for one in classes() if hasattr(one, "to_dict")]
    assert len(results) >= 36
    own = [one.__qualname__ for one in results if one.to_dict is not Record.to_dict]
    assert not own, "derive from Record and mark the fields that differ"
    notes = {(one, f.type) for one in results for f in fields(one) if f.name == "made_by"}
    assert {kind for _, kind in notes} == {"MadeBy"} and len(notes) >= 20

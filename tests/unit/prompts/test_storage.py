"""Explanations on disk: exact round trips, and files that are not explanations."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from genlens.common.records import MadeBy
from genlens.errors import InputError
from genlens.prompts.explain import explain_prompt
from genlens.prompts.storage import OLD_FORMAT, load, save
from prompt_painter import Components, Painter, PaletteEncoder

pytestmark = pytest.mark.unit


def explain(prompt):
    return explain_prompt(
        Painter(), prompt, seed=2, encoder=PaletteEncoder(), segmenter=Components()
    )


def assert_same(a, b):
    """Equal bit by bit, all the way down, with types."""
    assert type(a) is type(b)
    if isinstance(a, np.ndarray):
        assert a.dtype == b.dtype and a.shape == b.shape
        assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    elif isinstance(a, tuple):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    elif hasattr(a, "__dataclass_fields__"):
        for name in a.__dataclass_fields__:
            assert_same(getattr(a, name), getattr(b, name))
    else:
        assert a == b


@pytest.mark.parametrize(
    "prompt", ["a cat, and the car", "cat", "the nice", "cat cat", "\u05d7\u05ea\u05d5 \U0001f408"]
)
def test_round_trip_is_exact(prompt, tmp_path):
    explanation = explain(prompt)
    path = save(explanation, tmp_path / "stored.npz")
    assert_same(load(path), explanation)
    assert load(path).to_dict() == explanation.to_dict()


def test_suffix_is_added_and_equal_pictures_are_stored_once(tmp_path):
    explanation = explain("nice the please just cat")  # 32 coalitions, 2 different pictures
    path = save(explanation, tmp_path / "stored")
    assert path.name == "stored.npz"
    with np.load(path, allow_pickle=False) as stored:
        assert len(stored["pictures"]) == 2
        assert all(stored[name].dtype != object for name in stored.files)
    assert load(path).coalition_images.shape == explanation.coalition_images.shape


def test_numpy_scalars_in_made_by_become_plain_numbers(tmp_path):
    made = MadeBy(seconds=np.float64(1.5), settings={"n": np.int64(3)})
    again = load(save(replace(explain("cat"), made_by=made), tmp_path / "a.npz")).made_by
    assert again.seconds == 1.5 and again.settings == {"n": 3}


def test_files_from_before_made_by_was_a_record_can_be_read(tmp_path):
    path = save(explain("cat"), tmp_path / "a.npz")
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    text = json.loads(arrays["json"].tobytes())
    text["format"] = OLD_FORMAT
    text["made_by"] = {"model": "m", "model_revision": "r", "seed": 3, "steps": 8, "genlens": "0.1"}
    arrays["json"] = np.frombuffer(json.dumps(text).encode(), dtype=np.uint8)
    np.savez(path, **arrays)
    made = MadeBy(model="m", revision="r", seed=3, settings={"steps": 8})
    assert load(path).made_by == replace(made, versions={"genlens": "0.1"})


def test_what_is_not_json_is_refused(tmp_path):
    with pytest.raises(InputError, match="JSON"):
        save(replace(explain("cat"), made_by=MadeBy(model=object())), tmp_path / "a.npz")


def test_other_files_are_refused_with_their_name(tmp_path):
    with pytest.raises(InputError, match=r"no file .*missing"):
        load(tmp_path / "missing.npz")
    wrong = tmp_path / "wrong.npz"
    contents = [b"", b"not a zip", b"PK\x03\x04broken"]
    for content in contents:
        wrong.write_bytes(content)
        with pytest.raises(InputError, match=r"wrong\.npz is not an explanation"):
            load(wrong)
    np.savez(wrong, image=np.zeros(3))
    with pytest.raises(InputError, match="not an explanation"):
        load(wrong)
    text = np.frombuffer(json.dumps({"format": "something else"}).encode(), np.uint8)
    np.savez(wrong, json=text)
    with pytest.raises(InputError, match="something else"):
        load(wrong)


def test_pickles_are_never_opened(tmp_path):
    path = tmp_path / "pickled.npz"
    np.savez(path, json=np.array([{"format": "x"}], dtype=object))
    with pytest.raises(InputError, match="not an explanation"):
        load(path)

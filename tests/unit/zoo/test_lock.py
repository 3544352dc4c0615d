"""The lock of the shipped weights: it says what is there, and notices what changed."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from safetensors.numpy import save_file

from genlens.errors import ModelError
from genlens.zoo import lock

pytestmark = pytest.mark.unit


def test_the_lock_lists_the_weights_that_ship() -> None:
    locked = lock.read_lock()
    assert locked, "run 'python -m genlens.zoo.lock'"
    assert lock.measure(known=locked) == locked, "weights changed: python -m genlens.zoo.lock"
    for file in locked:
        assert importlib.util.find_spec(file.recipe), f"{file.path}: there is no {file.recipe}"


def test_a_date_lives_as_long_as_its_content(tmp_path) -> None:
    weights, path = tmp_path / "weights", tmp_path / "weights.lock"
    for model, value in (("digits-vae", 0), ("emoji-sam", 1)):
        (weights / model).mkdir(parents=True)
        save_file({"a": np.full(3, value)}, weights / model / "model.safetensors")
    lock.write_lock(lock.measure(weights, today="2026-01-01"), path)
    save_file({"a": np.full(3, 2)}, weights / "emoji-sam" / "model.safetensors")
    first, second = lock.measure(weights, lock.read_lock(path), today="2026-02-02")
    assert (first.path, first.date) == ("digits-vae/model.safetensors", "2026-01-01")
    assert (second.recipe, second.date) == ("genlens.zoo.recipes.scenes.companions", "2026-02-02")


def test_large_files_and_unknown_folders_are_refused(tmp_path, monkeypatch) -> None:
    (tmp_path / "someone").mkdir()
    save_file({"a": np.zeros(3)}, tmp_path / "someone" / "model.safetensors")
    with pytest.raises(ModelError, match="add its folder to RECIPES"):
        lock.measure(tmp_path)
    monkeypatch.setattr(lock, "MAX_BYTES", 10)
    with pytest.raises(ModelError, match="the limit is .*shard it"):
        lock.measure(tmp_path)

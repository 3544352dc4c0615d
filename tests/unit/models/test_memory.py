"""The one cache: bounded in bytes, built once, keyed by content."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from genlens.errors import ModelError
from genlens.models.memory import Memory, held_bytes

pytestmark = pytest.mark.unit


def array(size: int = 1) -> np.ndarray:
    return np.zeros(size, np.uint8)


def test_the_bound_is_in_bytes_and_the_oldest_goes() -> None:
    memory = Memory(max_bytes=100)
    a, b, c = array(40), array(40), array(40)
    memory.get("a", lambda: a)
    memory.get("b", lambda: b)
    memory.get("a", array)  # used again: b is the oldest now
    memory.get("c", lambda: c)
    assert len(memory) == 2 and memory.bytes == 80
    assert memory.get("a", array) is a and memory.get("c", array) is c
    assert memory.get("b", array) is not b


def test_the_newest_stays_however_large() -> None:
    memory = Memory(max_bytes=100)
    huge = array(1000)
    memory.get("small", array)
    memory.get("huge", lambda: huge)
    assert memory.get("huge", array) is huge and len(memory) == 1
    memory.clear()
    assert len(memory) == 0 and memory.bytes == 0


def together(memory: Memory, keys: list[str], build) -> list[object]:
    got: list[object] = []

    def ask(key: str) -> None:
        try:
            got.append(memory.get(key, build))
        except ModelError as error:
            got.append(error)

    threads = [threading.Thread(target=ask, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return got


def test_threads_build_a_value_once_and_share_it() -> None:
    built: list[np.ndarray] = []

    def build() -> np.ndarray:
        time.sleep(0.05)
        built.append(array())
        return built[-1]

    got = together(Memory(max_bytes=100), ["x"] * 8, build)
    assert len(built) == 1 and len(got) == 8 and all(value is built[0] for value in got)


def test_different_values_are_built_side_by_side() -> None:
    both = threading.Barrier(2, timeout=60)  # each build waits for the other
    assert len(together(Memory(max_bytes=100), ["x", "y"], both.wait)) == 2


def test_a_failed_build_is_tried_again_by_one_at_a_time() -> None:
    memory, tries, inside = Memory(max_bytes=100), [0], threading.Lock()

    def fail_twice() -> np.ndarray:
        assert inside.acquire(blocking=False), "two threads build one value"
        time.sleep(0.02)
        tries[0] += 1
        inside.release()
        if tries[0] <= 2:
            raise ModelError("no")
        return array()

    got = together(memory, ["x"] * 6, fail_twice)
    assert tries[0] == 3 and sum(isinstance(value, ModelError) for value in got) == 2
    assert len(memory) == 1


def test_a_build_may_ask_for_another_value() -> None:
    memory = Memory(max_bytes=100)
    assert memory.get("outer", lambda: [memory.get("inner", lambda: 1)]) == [1]


def test_sizes_are_those_of_arrays_and_weights() -> None:
    layer = torch.nn.Linear(3, 2)
    layer.register_buffer("seen", torch.zeros(5))
    pictures = np.zeros((4, 2), np.float32)
    value = SimpleNamespace(module=layer, also=[layer, {"pictures": pictures}], again=pictures)
    value.itself, value.library = value, np
    assert held_bytes(value) == 4 * (6 + 2 + 5) + 32
    assert held_bytes(layer.half()) == 2 * (6 + 2 + 5)

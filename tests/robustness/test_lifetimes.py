"""What visitors leave behind goes by a timer: nobody has to come for it."""

from __future__ import annotations

import gc
import os
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from genlens.models.memory import MEMORY
from genlens.study import judges
from genlens.ui.latents import charts
from genlens.ui.latents.sliders import steer
from genlens.ui.serving import heap
from genlens.ui.serving import page as page_module
from genlens.ui.serving.lifetimes import LIFETIME_S, TrainingStore
from genlens.ui.serving.page import KEPT_S, SWEEP_S, Page
from genlens.ui.studies import Studies
from genlens.ui.theme import launch_options
from vae_page import small_study

pytestmark = pytest.mark.robustness
PATIENCE_S = 60


def until(done: Callable[[], bool]) -> None:
    """Wait for ``done()``; nothing of the page is touched meanwhile."""
    end = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < end, "nobody tidied up"
        time.sleep(0.02)


def test_an_abandoned_training_leaves_the_disk() -> None:
    kept = TrainingStore(seconds=0.2)
    folder = kept.new("anna")
    (folder / "pictures.npz").write_bytes(b"x")
    until(lambda: not folder.exists())
    assert kept.find("anna") is None


def test_using_a_folder_does_not_make_it_younger() -> None:
    kept = TrainingStore(seconds=0.5)
    folder = kept.new("anna")
    until(lambda: kept.find("anna") is None)
    assert not folder.exists() and kept.age(folder) >= 0.5


def test_a_visitors_model_leaves_the_memory() -> None:
    shelf, study = Studies(seconds=0.2), small_study()
    judges.class_scores(study)
    shelf.register("mine", study)
    gone = weakref.ref(study)
    del study
    until(lambda: not shelf._own)
    gc.collect()
    assert gone() is None, "the pictures are still in memory"


def test_pictures_do_not_get_younger_by_being_used_again() -> None:
    shelf = Studies(seconds=1000)
    first = shelf.register("mine", small_study(), age=400)
    second = shelf.register("mine", small_study(), age=shelf.age(first))
    assert 400 <= shelf.age(second) < 1000 and shelf.age("digits-vae") == 0


def test_what_was_made_of_a_visitors_model_goes_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from genlens.ui import studies

    shelf = studies._STUDIES
    own = shelf.register("mine", small_study())
    charts.chart(own)
    steer.steering(own, 0)
    judges.class_scores(shelf.get(own))
    content = shelf.get(own).content
    made = {key[0] for key in MEMORY._held if content in key}
    assert {"chart", "handles", "steering", "judge"} <= made
    monkeypatch.setattr(shelf, "_seconds", -1.0)
    shelf.tidy()
    assert not [key for key in MEMORY._held if content in key]


def test_a_keeper_that_is_gone_has_no_timer() -> None:
    before = threading.active_count()
    kept = TrainingStore(seconds=0.2)
    root = Path(kept._root.name)
    assert threading.active_count() == before + 1
    del kept
    until(lambda: threading.active_count() == before and not root.exists())


def test_all_lifetimes_end_below_an_hour() -> None:
    page = Page("a page")
    assert page.delete_cache == (SWEEP_S, KEPT_S)
    assert SWEEP_S + KEPT_S < 3600 and LIFETIME_S + 60 < 3600
    assert launch_options()["run_history"] is False


def rss() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="reads Linux's /proc")
def test_freed_memory_goes_back_to_the_system() -> None:
    """A page once held 5.3 GB after an hour, of which a quarter was in use."""
    if not heap.give_back():
        pytest.skip("not glibc")
    before = rss()
    kept = [np.ones(12_000) for _ in range(4_000)]  # 400 MB in pieces
    pins = kept[::200]  # as caches lie between what is freed
    full = rss()
    del kept
    heap.give_back()
    assert full - before > 300e6 and rss() - before < 0.25 * (full - before)
    assert len(pins) == 20


def test_a_page_gives_memory_back_by_a_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    monkeypatch.setattr(heap, "give_back", lambda: given.append(1))
    monkeypatch.setattr(page_module, "SWEEP_S", 0.05)
    page = Page("a page")
    until(lambda: bool(given))
    assert page is not None

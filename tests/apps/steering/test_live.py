"""What a tab that fills itself shows: how far it is, what was found, and that it was stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from genlens.errors import Cancelled, InputError
from genlens.ui.steering.live import Told, looking

pytestmark = pytest.mark.apps


def test_it_says_why_and_how_far_it_is_and_then_what_was_found() -> None:
    go_on = threading.Event()

    def work(progress: Told, cancel: Callable[[], bool]) -> int:
        progress(2, 8, "Drawing <faces>: 2 of 8")
        assert go_on.wait(60)
        return 7

    steps = looking("It takes a while.", work)
    said = str(next(steps))
    assert "It takes a while." in said and 'max="8" value="2"' in said
    assert "Drawing &lt;faces&gt;: 2 of 8" in said
    go_on.set()
    assert list(steps)[-1] == 7


def test_what_is_done_at_once_is_shown_at_once() -> None:
    assert list(looking("Why", lambda progress, cancel: "found")) == ["found"]


def test_work_stops_when_the_page_is_closed() -> None:
    stopped = threading.Event()

    def work(progress: Told, cancel: Callable[[], bool]) -> None:
        while not cancel():
            stopped.wait(0.01)
        stopped.set()

    steps = looking("Why", work)
    next(steps)
    steps.close()
    assert stopped.wait(60)


@pytest.mark.parametrize(
    ("error", "says"), [(InputError("no such layer"), "no such layer"), (Cancelled(""), "half-way")]
)
def test_a_note_stands_where_nothing_was_found(error: Exception, says: str) -> None:
    def work(progress: Told, cancel: Callable[[], bool]) -> None:
        raise error

    steps = looking("Why", work)
    assert says in str(next(steps))
    with pytest.raises(type(error)):
        next(steps)

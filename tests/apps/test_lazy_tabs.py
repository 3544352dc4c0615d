"""Tabs that are filled when they are opened first: what gradio is asked to run, and when."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from genlens.ui import lazy_tabs
from genlens.ui.kit import Fill, html, on
from genlens.ui.serving.page import Page

pytestmark = pytest.mark.apps
NAMES = ("map", "notes", "truth")


class Filled:
    """A tab that shows the chosen number in two steps."""

    def __init__(self, number: gr.Number) -> None:
        said, more = html(""), html("")
        self.opened = [
            Fill(lambda number: f"{number}", {"number": number}, said),
            Fill(lambda number: f"{number + 1}", {"number": number}, more),
        ]


@pytest.fixture
def page() -> tuple[Page, Any]:
    """The page, and the event that follows a change of what it is about."""
    with Page("lazy") as demo:
        number = gr.Number(1)
        parts: dict[str, Any] = {}
        with gr.Tabs():
            for name in NAMES:
                with gr.Tab(name, id=name) as tab:
                    parts[name] = (tab, Filled(number))
        settled = on(number.change, lambda number: None, {"number": number}, None)
        about = {name: {"number": number} for name in NAMES}
        lazy_tabs.wire(parts, [settled], about, NAMES[0], {})
    (start,) = _at(demo, number, "change")
    # Only one: for each event that begins or ends the browser goes through all components.
    (follows,) = (event for event in demo.fns.values() if event.trigger_after == start._id)
    return demo, follows


def test_browsers_are_told_whose_turn_it_is(page: tuple[Page, Any]) -> None:
    assert page[1].queue is not False, "outside the queue no browser is told of a changed state"


@pytest.mark.parametrize("name", NAMES)
def test_it_is_the_open_tabs_turn(page: tuple[Page, Any], name: str) -> None:
    demo, follows = page
    ((state, one),) = follows.fn(name).items()
    ((same, other),) = follows.fn(name).items()
    assert same is state and one != other, "a value that it did not have"
    (step,) = _at(demo, state, "change")
    (tab,) = (b for b in demo.blocks.values() if isinstance(b, gr.Tab) and b.id == name)
    assert step.outputs[0] in tab.children


def _at(demo: Page, component: Any, event: str) -> list[Any]:
    return [each for each in demo.fns.values() if (component._id, event) in each.targets]

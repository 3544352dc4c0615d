"""What pages share: events with names, through gradio itself; the stop button; number fields."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.queueing import Queue
from gradio_client import Client
from gradio_client.exceptions import AppError

from genlens.errors import InputError
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import on, stop_button, whole_number
from genlens.ui.serving.page import Page
from ports import own_port

pytestmark = pytest.mark.apps


def divide(
    request: gr.Request, upper: float, progress: gr.Progress = gr.Progress(), **more: float
) -> dict[str, object]:
    """Names come in any order; an answer may leave outputs out."""
    assert request.session_hash
    progress(0)
    if not more["lower"]:
        raise InputError("the lower number is 0: take another")
    quotient = upper / more["lower"]
    return {"said": f"{quotient:g}"} if quotient < 1 else {"value": quotient, "said": "large"}


def count(last: float) -> Iterator[dict[str, object]]:
    for i in range(int(last)):
        yield {"value": i}
    yield {}


@pytest.fixture(scope="module")
def page() -> Page:
    with Page("kit") as demo:
        lower, upper = gr.Number(label="lower"), gr.Number(label="upper")
        outputs = {"value": gr.Number(), "said": gr.Textbox()}
        button, public = gr.Button(), {"api_visibility": "public"}
        on(button.click, divide, {"lower": lower, "upper": upper}, outputs, **public)
        on([button.click, lower.change], count, {"last": upper}, outputs, **public)
        on(button.click, lambda last: last + 1, {"last": upper}, lower, api_name="one", **public)
        on(button.click, divide, {"lower": lower, "upper": upper}, outputs, api_name="private")
    return demo


@pytest.fixture(scope="module")
def client(page: Page) -> Iterator[Client]:
    _, address, _ = page.launch(prevent_thread_lock=True, quiet=True, server_port=own_port())
    try:
        yield Client(address, verbose=False)
    finally:
        page.close(verbose=False)


def test_values_go_by_name(client: Client) -> None:
    assert client.predict(lower=2, upper=8, api_name="/divide") == (4, "large")
    value, said = client.predict(lower=8, upper=2, api_name="/divide")
    assert said == "0.25" and value["__type__"] == "update", "what is not named stays"
    assert client.predict(2, api_name="/one") == 3


def test_refusals_are_said_in_words(client: Client) -> None:
    with pytest.raises(AppError, match="The lower number is 0"):
        client.predict(lower=0, upper=2, api_name="/divide")


def test_generators_stream(client: Client) -> None:
    job = client.submit(3, api_name="/count")
    job.result(timeout=30)
    assert [value for value, _ in job.outputs()][:3] == [0, 1, 2]


def test_events_are_no_endpoints_unless_asked(client: Client) -> None:
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert set(named) == {"/divide", "/count", "/one"}


def test_no_statistics_are_worked_out_after_each_event(page: Page, client: Client) -> None:
    for _ in range(3):
        client.predict(2, api_name="/one")
    assert page._queue.event_analytics, "the calls are known"
    assert page._queue.cached_event_analytics_summary == {"functions": {}}


def test_a_page_that_nobody_uses_rests(
    page: Page, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside a page of gradio's own, whose queue looks for events a thousand times a second."""
    looks: Counter[int] = Counter()
    length = Queue.__len__

    def counted(queue: Queue) -> int:
        looks[id(queue)] += 1
        return length(queue)

    with gr.Blocks() as plain:
        gr.Button().click(lambda: None)
    plain.launch(prevent_thread_lock=True, quiet=True, server_port=own_port())
    try:
        monkeypatch.setattr(Queue, "__len__", counted)
        while looks[id(plain._queue)] < 300:
            time.sleep(0.05)
    finally:
        plain.close(verbose=False)
    assert 0 < looks[id(page._queue)] < 150


def test_the_stop_button_stops_this_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(gr, "Info", lambda text, **_: said.append(text))
    flags = CancelFlags()
    with gr.Blocks() as demo:
        stop_button(flags, "Stopping.")
    (event,) = demo.fns.values()
    mine, other = flags.start("a"), flags.start("b")
    for session in ("a", "nobody"):
        asyncio.run(event.fn(SimpleNamespace(session_hash=session)))
    assert mine() and not other() and said == ["Stopping.", "Nothing is running."]


@pytest.mark.parametrize("value", [None, "", 1.5, math.nan, math.inf, "x", True])
def test_numbers_are_checked(value: object) -> None:
    with pytest.raises(InputError, match="Parts is .*: type a whole number"):
        whole_number("Parts", value)
    assert whole_number("Parts", 3.0) == 3

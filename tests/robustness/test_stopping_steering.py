"""Property steering: work ends when nobody waits for it, and gives way to what is asked meanwhile.

The page with its own generator, whose passes are counted; no time is measured.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from genlens.models.catalog import load
from genlens.ui.steering.directions.find import ALL, FITTING
from page_requests import Endpoint, endpoints, join, messages
from steering_page import served_steering

pytestmark = pytest.mark.robustness

PATIENCE_S = 300
BATCHES = 4
"""Passes of the generator that may still be made: the batch at work, and the short call after."""
FACE = "0"
FIND = "Find the direction"


@dataclass
class Count:
    """Passes of the generator, by all jobs together."""

    passes: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, *_: Any) -> None:
        with self.changed:
            self.passes += 1
            self.changed.notify_all()

    def wait_for(self, passes: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.passes >= passes, PATIENCE_S)


@dataclass(frozen=True)
class Served:
    """The page's ``address``, its generator's name, and the count of its passes."""

    address: str
    model: str
    count: Count
    client: httpx.Client

    def events(self) -> dict[str, Endpoint]:
        """The page's own buttons by what is written on them, of several alike the first from
        "Find the direction" on: "Cancel" is the one beside it."""
        config = self.client.get(f"{self.address}/config").json()
        known = {e.number: e for e in endpoints(self.address, self.client)}
        named = {c["id"]: str(c["props"].get("value")) for c in config["components"]}
        clicks = sorted(
            (target, dependency["id"])
            for dependency in config["dependencies"]
            for target, event in dependency["targets"]
            if event == "click" and dependency["id"] in known
        )
        first = next(i for i, (target, _) in enumerate(clicks) if named[target] == FIND)
        found: dict[str, Endpoint] = {}
        for target, number in clicks[first:]:
            found.setdefault(named[target], known[number])
        return found

    def looks(self, pictures: int = 5000) -> list[Any]:
        """What "Find the direction" sends."""
        settings = ["logistic", "styles", ALL, [], FITTING, pictures, 20, 2, 0]
        return [self.model, FACE, "brightness", *settings]

    def draws(self) -> str:
        """A short call of a program: what the server says of it."""
        address = f"{self.address}/gradio_api/call/draw_faces"
        asked = {"data": [self.model, [FACE], "brightness"]}
        event = self.client.post(address, json=asked).json()["event_id"]
        return self.client.get(f"{address}/{event}").text


@pytest.fixture(scope="module")
def page() -> Iterator[Served]:
    with (
        served_steering("stopping_steering") as (address, model),
        httpx.Client(timeout=PATIENCE_S) as client,
    ):
        count = Count()
        network = load(model, contract="Generator").module
        handle = network.synthesis.register_forward_pre_hook(count)
        yield Served(address, model, count, client)
        handle.remove()


def ends(said: list[dict[str, Any]]) -> list[bool]:
    return [m["success"] for m in said if m["msg"] == "process_completed"]


@pytest.mark.parametrize(
    ("endpoint", "asked"),
    [
        ("find_direction", ["brightness", "logistic", "styles", ALL, [], FITTING, 5000, 20, 2, 0]),
        ("find_units", ["", "colours", 400]),
        ("unit_effect", ["blue", None, 400, "", "colours"]),
        ("generator_quality", [2000, 0]),
    ],
)
def test_a_program_that_hangs_up_stops_computing(
    page: Served, endpoint: str, asked: list[Any]
) -> None:
    before = page.count.passes
    address = f"{page.address}/gradio_api/call/{endpoint}"
    event = page.client.post(address, json={"data": [page.model, *asked]}).json()["event_id"]
    with page.client.stream("GET", f"{address}/{event}"):
        page.count.wait_for(before + 1)
    gone = page.count.passes
    assert "event: complete" in page.draws()
    assert page.count.passes - gone <= BATCHES


def test_a_closed_page_stops_computing(page: Served) -> None:
    before = page.count.passes
    find = page.events()[FIND].number
    session, _ = join(page.address, page.client, find, page.looks())
    heard = messages(page.address, page.client, session)
    assert next(heard)
    page.count.wait_for(before + 1)
    heard.close()  # the tab is closed: the browser drops its connections
    gone = page.count.passes
    assert "event: complete" in page.draws()
    assert page.count.passes - gone <= BATCHES


def test_cancel_is_a_note_and_no_error(page: Served) -> None:
    before, events = page.count.passes, page.events()
    session, _ = join(page.address, page.client, events[FIND].number, page.looks())
    heard = messages(page.address, page.client, session)
    page.count.wait_for(before + 1)
    pressed = page.count.passes
    join(page.address, page.client, events["Cancel"].number, [], session)
    said = list(heard)
    assert ends(said) == [True, True]
    notes = [m["log"] for m in said if m["msg"] == "log"]
    assert sorted(notes) == ["Cancelled; the last result stays.", "Stopping …"]
    assert page.count.passes - pressed <= BATCHES


def test_a_job_is_cancelled_while_it_waits(page: Served) -> None:
    before, events = page.count.passes, page.events()
    find = events[FIND].number
    busy, _ = join(page.address, page.client, find, page.looks())
    running = messages(page.address, page.client, busy)
    assert next(running)
    page.count.wait_for(before + 1)
    waiting, _ = join(page.address, page.client, find, page.looks())
    heard = messages(page.address, page.client, waiting)
    assert next(heard)["msg"] == "estimation", "visitors see their place"
    join(page.address, page.client, events["Cancel"].number, [], waiting)
    said = list(heard)
    assert False not in ends(said) and "Cancelled" in json.dumps(said)
    running.close()
    gone = page.count.passes
    assert "event: complete" in page.draws()
    assert page.count.passes - gone <= BATCHES


def test_a_second_click_replaces_the_first(page: Served) -> None:
    before, find = page.count.passes, page.events()[FIND].number
    session, first = join(page.address, page.client, find, page.looks())
    heard = messages(page.address, page.client, session)
    page.count.wait_for(before + 1)
    _, second = join(page.address, page.client, find, page.looks(200), session)
    said = {m["event_id"]: m for m in heard if m["msg"] == "process_completed"}
    old = json.dumps(said[first.json()["event_id"]]["output"]["data"])
    new = json.dumps(said[second.json()["event_id"]]["output"]["data"])
    assert "<img" not in old, "the first click changed the page"
    assert "Learned from 200" in new


def test_a_tab_that_fills_itself_gives_way_to_what_is_asked(page: Served) -> None:
    """A quick look at a direction is under way; its visitor chooses another one: that comes next,
    not after it."""
    config = page.client.get(f"{page.address}/config").json()
    kinds = {c["id"]: c["props"].get("elem_id") for c in config["components"]}
    opening = [
        d["id"]
        for d in config["dependencies"]
        if "gl-direction-strip" in [kinds[i] for i in d["outputs"]]
        and any(event == "select" for _, event in d["targets"])
    ]
    takes = {e.number: e.takes for e in endpoints(page.address, page.client)}
    fill = opening[-1]  # that of the tab's own opening
    names = [kinds[i] for i in config["dependencies"][fill]["inputs"]]
    known = {"gl-model": "avatars-vae", "gl-assessor": "brightness"}
    data = [known.get(str(name), FACE if kind == "textbox" else None)
            for name, kind in zip(names, takes[fill], strict=True)]  # fmt: skip
    assert data.count("avatars-vae") >= 1
    session, first = join(page.address, page.client, fill, data)
    heard = messages(page.address, page.client, session)
    waited = time.monotonic() + PATIENCE_S
    for message in heard:
        assert time.monotonic() < waited
        if "quick look" in json.dumps(message):
            break
    find = page.events()[FIND].number
    _, second = join(page.address, page.client, find, page.looks(200), session)
    said = {m["event_id"]: m for m in heard if m["msg"] == "process_completed"}
    assert "<img" not in json.dumps(said[first.json()["event_id"]]["output"]["data"])
    assert "Learned from 200" in json.dumps(said[second.json()["event_id"]]["output"]["data"])

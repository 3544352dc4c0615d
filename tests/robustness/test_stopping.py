"""Work ends when nobody waits for it: a closed page, a cancel, a second click, too high a cost.

The prompt page with its own model; the model's denoising steps are counted, and no time is.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from genlens.models.catalog import load
from genlens.prompts.explain import NOISES
from genlens.ui.prompts.view import FIRST_RULE
from genlens.ui.serving import cost
from genlens.ui.serving.access import Access, allow
from page_requests import Endpoint, endpoints, join, messages
from page_server import missing_weights, served

pytestmark = [
    pytest.mark.robustness,
    pytest.mark.skipif(bool(missing_weights()), reason="needs the shipped weights"),
]

LONG = "a cat next to a red car"  # 7 words: 128 images in 4 batches
STEPS = 20
PATIENCE_S = 240
BATCH = STEPS  # calls of the network for one batch
# The word and the empty prompt, together or one after the other, and the other starting noises.
ONE_WORD = (2 + NOISES) * STEPS


@dataclass
class Count:
    """Calls of the denoising network, by all jobs together."""

    calls: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, *_: Any) -> None:
        with self.changed:
            self.calls += 1
            self.changed.notify_all()

    def wait_for(self, calls: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.calls >= calls, PATIENCE_S)


@pytest.fixture(scope="module")
def steps() -> Iterator[Count]:
    count = Count()
    network = load("emoji-diffusion", contract="TextToImage").pipeline.unet
    handle = network.register_forward_pre_hook(count)
    yield count
    handle.remove()


@pytest.fixture(scope="module")
def page(steps: Count) -> Iterator[str]:
    with served("prompt_attribution", "stopping_prompts") as address:
        yield address


@pytest.fixture(autouse=True)
def no_limits() -> Iterator[None]:
    allow(Access(most_seconds=float("inf")))
    yield
    allow(None)


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=PATIENCE_S) as made:
        yield made


@pytest.fixture(scope="module")
def buttons(page: str) -> dict[str, Endpoint]:
    """The page's own Explain and Cancel, found by what they do."""
    with httpx.Client(timeout=PATIENCE_S) as client:
        config = client.get(f"{page}/config").json()
        found = {e.number: e for e in endpoints(page, client)}
    names = {c["id"]: c["props"].get("value") for c in config["components"]}
    clicked = {}
    for dependency in config["dependencies"]:
        for target, event in dependency["targets"]:
            if event == "click" and dependency["id"] in found:
                # the first Cancel is the column's beside Explain, others are of tabs
                clicked.setdefault(str(names.get(target)), found[dependency["id"]])
    return clicked


def asked(prompt: str, steps: int = STEPS) -> list[Any]:
    return [prompt, 0, "emoji-diffusion", steps, 0, "", "", FIRST_RULE]


def told(page: str, client: httpx.Client, session: str) -> list[dict[str, Any]]:
    return list(messages(page, client, session))


def ends(said: list[dict[str, Any]]) -> list[bool]:
    return [m["success"] for m in said if m["msg"] == "process_completed"]


def test_a_closed_page_stops_computing(
    page: str, client: httpx.Client, buttons: dict[str, Endpoint], steps: Count
) -> None:
    before = steps.calls
    session, _ = join(page, client, buttons["Explain"].number, asked(LONG))
    heard = messages(page, client, session)
    assert next(heard)
    steps.wait_for(before + 1)
    heard.close()  # the tab is closed: the browser drops its connections
    gone = steps.calls
    next_one, _ = join(page, client, buttons["Explain"].number, asked("cat"))
    assert ends(told(page, client, next_one)) == [True]
    assert steps.calls - gone <= BATCH + ONE_WORD


def test_a_program_that_hangs_up_stops_computing(
    page: str, client: httpx.Client, steps: Count
) -> None:
    before = steps.calls
    address = f"{page}/gradio_api/call/explain_prompt"
    event = client.post(address, json={"data": asked(LONG)[:7]}).json()["event_id"]
    with client.stream("GET", f"{address}/{event}"):
        steps.wait_for(before + 1)
    gone = steps.calls
    event = client.post(address, json={"data": asked("cat")[:7]}).json()["event_id"]
    assert "event: complete" in client.get(f"{address}/{event}").text
    assert steps.calls - gone <= BATCH + ONE_WORD


def test_cancel_is_a_note_and_no_error(
    page: str, client: httpx.Client, buttons: dict[str, Endpoint], steps: Count
) -> None:
    before = steps.calls
    session, _ = join(page, client, buttons["Explain"].number, asked(LONG))
    heard = messages(page, client, session)
    steps.wait_for(before + 1)
    pressed = steps.calls
    join(page, client, buttons["Cancel"].number, [], session)
    said = list(heard)
    assert ends(said) == [True, True]
    notes = [m["log"] for m in said if m["msg"] == "log"]
    assert sorted(notes) == ["Cancelled; the last result stays.", "Stopping …"]
    assert steps.calls - pressed <= BATCH


def test_a_job_is_cancelled_while_it_waits(
    page: str, client: httpx.Client, buttons: dict[str, Endpoint], steps: Count
) -> None:
    before = steps.calls
    busy, _ = join(page, client, buttons["Explain"].number, asked(LONG))
    running = messages(page, client, busy)
    assert next(running)
    steps.wait_for(before + 1)
    waiting, _ = join(page, client, buttons["Explain"].number, asked("a dog"))
    heard = messages(page, client, waiting)
    place = next(heard)
    assert place["msg"] == "estimation" and place["rank"] == 0 and place["queue_size"] == 1
    third, _ = join(page, client, buttons["Explain"].number, asked("a lamp"))
    others = messages(page, client, third)
    assert next(others)["rank"] == 1, "visitors see their place"
    # What a browser sends for ``cancels=``: the job leaves the queue at once.
    event = place["event_id"]
    body = {"session_hash": waiting, "fn_index": buttons["Explain"].number, "event_id": event}
    client.post(f"{page}/gradio_api/cancel", json=body)
    assert ends(list(heard)) == [True]
    # And a cancel that comes without it is remembered until the job's turn.
    join(page, client, buttons["Cancel"].number, [], third)
    pressed = steps.calls
    running.close()
    said = list(others)
    assert "Cancelled; the last result stays." in json.dumps(said) and False not in ends(said)
    assert steps.calls - pressed <= BATCH


def test_gradios_own_cancel_stops_the_thread_too(
    page: str, client: httpx.Client, buttons: dict[str, Endpoint], steps: Count
) -> None:
    before = steps.calls
    session, answer = join(page, client, buttons["Explain"].number, asked(LONG))
    heard = messages(page, client, session)
    steps.wait_for(before + 1)
    body = {"session_hash": session, "fn_index": buttons["Explain"].number}
    client.post(f"{page}/gradio_api/cancel", json=body | {"event_id": answer.json()["event_id"]})
    assert ends(list(heard)) == [True]
    stopped = steps.calls
    other, _ = join(page, client, buttons["Explain"].number, asked("cat"))
    assert ends(told(page, client, other)) == [True]
    assert steps.calls - stopped <= BATCH + ONE_WORD


def test_a_second_click_replaces_the_first(
    page: str, client: httpx.Client, buttons: dict[str, Endpoint], steps: Count
) -> None:
    before = steps.calls
    session, first = join(page, client, buttons["Explain"].number, asked(LONG))
    heard = messages(page, client, session)
    steps.wait_for(before + 1)
    clicked = steps.calls
    _, second = join(page, client, buttons["Explain"].number, asked("a dog"), session)
    said = {m["event_id"]: m for m in heard if m["msg"] == "process_completed"}
    old = said[first.json()["event_id"]]["output"]["data"]
    new = said[second.json()["event_id"]]["output"]["data"]
    assert '"value"' not in json.dumps(old), "the first click changed the page"
    assert "dog" in json.dumps(new)
    assert steps.calls - clicked <= BATCH + ONE_WORD


def test_programs_do_not_replace_each_other(page: str, client: httpx.Client) -> None:
    number = next(e.number for e in endpoints(page, client) if e.name == "explain_prompt")
    session, first = join(page, client, number, asked("cat", 2)[:7])
    _, second = join(page, client, number, asked("dog", 2)[:7], session)
    said = {m["event_id"]: m for m in messages(page, client, session) if "output" in m}
    for event, word in ((first, "cat"), (second, "dog")):
        assert word in json.dumps(said[event.json()["event_id"]]["output"]["data"])


def test_too_long_a_job_is_refused_with_the_sum(
    page: str, client: httpx.Client, buttons: dict[str, Endpoint], steps: Count
) -> None:
    allow(Access(most_seconds=1))
    cost.PACE._seconds.clear()
    said = []
    for expected in (BATCH, 0):  # first use: one batch is measured; then it is known beforehand
        before = steps.calls
        session, _ = join(page, client, buttons["Explain"].number, asked(LONG))
        said = told(page, client, session)
        assert ends(said) == [False]
        assert steps.calls - before == expected
    text = json.dumps(said, ensure_ascii=False)
    assert "128 images × 20 steps × " in text and "this page allows 1 s" in text

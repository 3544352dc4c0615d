"""Asking on the prompt page: queue and cancel, examples, words, history, rules, small screens."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from genlens.ui.prompts import endpoints
from genlens.ui.prompts.tabs import GROUPS, title_of
from page_browser import PATIENCE_MS, visitor
from prompt_page import ask, explain, open_tab

pytestmark = pytest.mark.ui

expect.set_options(timeout=60_000)


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The real work, but it waits for its cancel, or for this event, so that a fast machine is not
    done before a person could click."""
    compute, let_go = endpoints._compute_lent, threading.Event()

    def held(*args, progress, cancel):
        def wait(done: int, total: int, text: str) -> None:
            progress(done, total, text)
            while not cancel() and not let_go.is_set():
                time.sleep(0.05)

        return compute(*args, progress=wait, cancel=cancel)

    monkeypatch.setattr(endpoints, "_compute_lent", held)
    yield let_go
    let_go.set()


def test_cancel_stops_and_keeps_the_last_result(
    page: Page, address: str, hold: threading.Event
) -> None:
    page.goto(address)
    before = page.locator(".gl-head h2").inner_text()
    place = page.locator("#gl-settings").bounding_box()
    ask(page, "a cat and a dog")
    expect(page.locator("#gl-progress .progress-level").first).to_be_visible()
    assert page.locator("#gl-settings").bounding_box() == place, "what stands below jumped"
    bar = page.locator("#gl-progress").evaluate("e => [e.scrollHeight, e.clientHeight]")
    assert bar[0] <= bar[1], "the progress is cut off"
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_text("Cancelled; the last result stays")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".toast-body.error")).to_have_count(0)
    expect(page.locator(".gl-head h2")).to_have_text(before)
    expect(page.get_by_text("The question has changed")).to_be_visible()


def test_who_waits_sees_the_place_in_the_queue_and_can_leave_it(
    browser: Browser, page: Page, address: str, hold: threading.Event
) -> None:
    page.goto(address)
    ask(page, "a cat and a dog")
    expect(page.locator("#gl-progress .progress-level").first).to_be_visible()
    with visitor(browser, address) as second, visitor(browser, address) as third:
        for place, tab in ((1, second), (2, third)):
            tab.goto(address)
            ask(tab, "a lamp")
            expect(tab.locator("#gl-progress")).to_contain_text(f"queue: {place}/{place}")
        third.get_by_role("button", name="Cancel", exact=True).click()
        expect(third.get_by_text("Cancelled; the last result stays")).to_be_visible()
        expect(third.locator("#gl-progress .progress-text")).to_have_count(0)
        expect(third.locator(".toast-body.error")).to_have_count(0)
        hold.set()
        expect(second.locator(".gl-head h2")).to_have_text("“a lamp”", timeout=PATIENCE_MS)
        expect(third.locator(".gl-head h2")).not_to_have_text("“a lamp”")


def test_an_example_runs_and_an_old_answer_is_marked(page: Page, address: str) -> None:
    page.goto(address)
    old = page.get_by_text("The question has changed")
    expect(old).to_be_hidden()
    page.get_by_text("a lamp with flowers", exact=True).click()
    title = page.locator(".gl-head h2")
    expect(title).to_have_text("“a lamp with flowers”", timeout=PATIENCE_MS)
    expect(old).to_be_hidden()
    seed = page.get_by_label("Seed")
    asked = seed.input_value()
    seed.fill(f"{int(asked) + 3}")
    expect(old).to_be_visible()
    seed.fill(asked)
    expect(old).to_be_hidden()
    page.locator("#gl-ask textarea").fill("a cat")
    expect(old).to_be_visible()
    expect(page.locator("#gl-progress")).to_contain_text("2 words: 4 images, about")


def test_back_leads_to_the_result_before(page: Page, address: str) -> None:
    page.goto(address)
    title = page.locator(".gl-head h2")
    opening = title.inner_text()
    explain(page, "a cat")
    explain(page, "a red cat")
    open_tab(page, "Pixels")
    expect(page).to_have_url(re.compile("red.*tab=pixels"))
    page.go_back()
    expect(title).to_have_text("“a cat”", timeout=PATIENCE_MS)
    page.go_back()
    expect(title).to_have_text(opening)
    page.go_forward()
    expect(title).to_have_text("“a cat”", timeout=PATIENCE_MS)


def test_another_rule_changes_the_whole_page(page: Page, address: str) -> None:
    page.goto(address)
    shares, sentence = page.locator(".gl-share"), page.locator(".gl-reading")
    before, said = shares.all_inner_texts(), sentence.inner_text()
    page.get_by_label("without it, as in the source paper").check()
    expect(page.locator(".gl-linked")).to_contain_text("as in the source paper")
    assert shares.all_inner_texts() != before and sentence.inner_text() != said
    expect(page).to_have_url(re.compile("rule=nonempty"))
    open_tab(page, "Export")
    with page.expect_download() as download:
        page.get_by_text("JSON (all numbers)").click()
    assert '"shapley-nonempty"' in download.value.path().read_text("utf-8")


def test_sub_prompts_can_be_enlarged(page: Page, address: str) -> None:
    page.goto(f"{address}/?tab=sub-prompts")
    large = page.locator("dialog.gl-large:visible")
    expect(large).to_have_count(0)
    page.locator(".gl-enlarge").nth(2).click()
    expect(large).to_have_count(1)
    first = large.locator(".gl-large-this figcaption").inner_text()
    assert large.locator("img").first.bounding_box()["width"] > 250
    page.keyboard.press("ArrowRight")
    expect(large.locator(".gl-large-this figcaption")).not_to_have_text(first)
    page.keyboard.press("Escape")
    expect(large).to_have_count(0)
    page.locator(".gl-enlarge").nth(2).focus()
    page.keyboard.press("Enter")
    expect(large.locator(".gl-large-this figcaption")).to_have_text(first)


def test_a_click_puts_a_word_into_the_prompt(page: Page, address: str) -> None:
    page.goto(address)
    box = page.locator("#gl-ask textarea")
    box.fill("a red")
    page.get_by_text("All words that emoji-diffusion knows").click()
    page.get_by_role("button", name="boat", exact=True).click()
    expect(box).to_have_value("a red boat")
    ask_again = page.get_by_role("button", name="pink", exact=True)
    ask_again.last.click()  # the first is the colour, the last the ground
    expect(box).to_have_value("a red boat on a pink background")
    expect(page.locator("#gl-progress")).to_contain_text("7 words")  # the server knows it too


def test_on_a_phone_every_tab_and_setting_is_in_reach(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)
    for name in ("Numbers", "Pixels", "Sub-prompts", *map(title_of, GROUPS)):
        expect(page.get_by_role("tab", name=name, exact=True)).to_be_visible()
    result = page.locator("#gl-result").bounding_box()["y"]
    for part in ("#gl-seed-model", "#gl-model", "#gl-examples"):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= result, part
    assert result < 844, "the result begins on the first screen"

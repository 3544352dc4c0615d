"""The prompt page as a person uses it, in headless Chromium, on the embedded models."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from genlens.ui.prompts import endpoints
from genlens.ui.prompts.report import html_report
from page_browser import PATIENCE_MS, opened_browser, visitor
from page_explanations import linear_explanation
from page_server import missing_weights, served

pytestmark = pytest.mark.ui

expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    missing = missing_weights()
    assert not missing, f"this checkout has no weights for {', '.join(missing)}"
    with served("prompt_attribution", "prompt_page_of_browser_tests") as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with visitor(browser, address) as tab:
        yield tab


def explain(page: Page, prompt: str) -> None:
    page.locator("#gl-ask textarea").fill(prompt)
    page.get_by_role("button", name="Explain", exact=True).click()
    expect(page.locator(".gl-head h2")).to_have_text(f"“{prompt}”", timeout=PATIENCE_MS)


def first_linked_object(page: Page):
    shape = page.locator('.gl-object:not([data-word="-1"])').first
    expect(shape).to_be_attached()
    return shape, shape.get_attribute("data-word")


def test_type_a_prompt_choose_a_word_see_its_object(page: Page, address: str) -> None:
    page.goto(address)
    explain(page, "a dog and a blue boat")
    chips = page.locator(".gl-chip")
    expect(chips).to_have_count(6)
    shape, word = first_linked_object(page)
    assert word in ("1", "4", "5")  # a noun or its colour, no article
    chip = page.locator(f'.gl-chip[data-word="{word}"]')
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(shape).to_have_class(re.compile("gl-lit"))
    others = page.locator(f'.gl-object:not([data-word="{word}"])')
    for k in range(others.count()):
        expect(others.nth(k)).not_to_have_class(re.compile("gl-lit"))
    expect(page.locator(".gl-status")).to_contain_text("It drew object")
    page.keyboard.press("Escape")
    expect(shape).not_to_have_class(re.compile("gl-lit"))
    # And back: the object shows its word.
    shape.click()
    expect(chip).to_have_class(re.compile("gl-lit"))
    expect(page.locator(".gl-status")).to_contain_text("belongs to")
    assert "prompt=a+dog+and+a+blue+boat" in page.url


def test_opens_with_a_finished_explanation_that_says_so(page: Page, address: str) -> None:
    from genlens.ui.prompts.opening import PATH

    page.goto(address)
    if PATH.is_file():
        expect(page.locator(".gl-badge")).to_contain_text("computed in advance from")
        expect(page.locator(".gl-chip")).to_have_count(7)
        # The main result needs no scrolling: image and words end above the fold.
        box = page.locator(".gl-image").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900
    else:
        expect(page.get_by_text("No explanation was computed in advance")).to_be_visible()


def test_works_by_keyboard_alone(page: Page, address: str) -> None:
    page.goto(address)
    explain(page, "a red cat")
    shape, word = first_linked_object(page)
    shape.focus()
    page.keyboard.press("Enter")
    expect(shape).to_have_attribute("aria-pressed", "true")
    chip = page.locator(f'.gl-chip[data-word="{word}"]')
    expect(chip).to_have_class(re.compile("gl-lit"))
    page.keyboard.press("Escape")
    expect(shape).to_have_attribute("aria-pressed", "false")
    chip.focus()
    page.keyboard.press("Space")
    expect(chip).to_have_attribute("aria-pressed", "true")
    # The ring that shows where the keyboard is.
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert chip.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_fits_narrow_and_wide_in_light_and_dark(
    page: Page, address: str, width: int, theme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{address}/?__theme={theme}")
    expect(page.get_by_role("button", name="Explain", exact=True)).to_be_visible()
    explain(page, "a red cat")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    lightness = sum(map(int, re.findall(r"\d+", ground)[:3])) / 3
    assert (lightness < 80) == (theme == "dark")
    ink = page.locator(".gl-head h2").evaluate("e => getComputedStyle(e).color")
    assert abs(sum(map(int, re.findall(r"\d+", ink)[:3])) / 3 - lightness) > 120
    box = page.locator(".gl-image").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


def test_hostile_and_unknown_words_are_shown_and_do_nothing(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate("window.harmed = false")
    explain(page, "a <img/src=x/onerror=window.harmed=true> cta ${harmed=true}")
    expect(page.locator(".gl-unknown")).to_have_count(3)
    expect(page.get_by_text("this model has not learned this word").first).to_be_visible()
    assert page.evaluate("window.harmed") is False


def test_refused_prompts_leave_the_last_result(page: Page, address: str) -> None:
    page.goto(address)
    explain(page, "a red cat")
    for prompt, says in (("", "empty"), ("a " * 9, "9 words")):
        page.locator("#gl-ask textarea").fill(prompt)
        page.get_by_role("button", name="Explain", exact=True).click()
        expect(page.get_by_text(re.compile(says)).first).to_be_visible()
        expect(page.locator(".gl-head h2")).to_have_text("“a red cat”")
        expect(page.locator(".gl-chip")).to_have_count(3)


def test_a_link_restores_the_result(page: Page, address: str) -> None:
    page.goto(f"{address}/?prompt=a+red+cat&seed=5&model=emoji-diffusion")
    expect(page.locator(".gl-head h2")).to_have_text("“a red cat”", timeout=PATIENCE_MS)
    expect(page.locator(".gl-head")).to_contain_text("seed 5")
    expect(page.locator("#gl-ask textarea")).to_have_value("a red cat")


def test_gallery_sorts_and_exports_download(page: Page, address: str) -> None:
    page.goto(address)
    explain(page, "a red cat")
    page.get_by_role("tab", name="Sub-prompts").click()
    expect(page.locator(".gl-tile:visible")).to_have_count(8)

    def first_shown() -> str:
        return page.evaluate(
            """() => [...document.querySelectorAll('.gl-tile')].filter(e => e.offsetParent)
            .sort((a, b) => getComputedStyle(a).order - getComputedStyle(b).order)[0]
            .querySelector('.gl-sub').textContent"""
        )

    assert first_shown() == "(no words)"
    page.get_by_label("by payoff").check()
    assert "cat" in first_shown()
    page.get_by_role("tab", name="Export").click()
    with page.expect_download() as download:
        page.get_by_text("CSV (one row a word)").click()
    assert "shapley_value" in download.value.path().read_text("utf-8")


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


def ask(page: Page, prompt: str) -> None:
    page.locator("#gl-ask textarea").fill(prompt)
    page.get_by_role("button", name="Explain", exact=True).click()


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


def test_a_word_shows_what_it_did_to_every_pixel(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(address)
    chip = page.locator('.gl-chip[data-word="1"]')
    shown = page.locator("image.gl-map.gl-lit")
    expect(shown).to_have_count(0)
    keys = page.keyboard
    ways = (
        (chip.hover, lambda: page.mouse.move(0, 0)),
        (chip.tap, chip.tap),
        (lambda: (chip.focus(), keys.press("Enter")), lambda: keys.press("Escape")),
    )
    for show, hide in ways:
        show()
        expect(shown).to_have_count(1)
        expect(shown).to_have_attribute("data-map", "1")
        assert shown.evaluate("e => getComputedStyle(e).opacity") == "1"
        scale = page.locator(".gl-legend .gl-lit")
        expect(scale).to_contain_text("of the colour range")
        expect(scale).to_contain_text(re.compile(r"−\d+\.\d %0\d+\.\d %"))
        hide()
        page.mouse.move(0, 0)
        chip.blur()
        expect(shown).to_have_count(0)
    context.close()


def test_an_example_runs_and_an_old_answer_is_marked(page: Page, address: str) -> None:
    page.goto(address)
    old = page.get_by_text("The question has changed")
    expect(old).to_be_hidden()
    page.get_by_text("a lamp with flowers", exact=True).click()
    title = page.locator(".gl-head h2")
    expect(title).to_have_text("“a lamp with flowers”", timeout=PATIENCE_MS)
    expect(old).to_be_hidden()
    page.get_by_label("Seed").fill("3")
    expect(old).to_be_visible()
    page.get_by_label("Seed").fill("0")
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
    page.get_by_role("tab", name="Pixels").click()
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
    page.get_by_role("tab", name="Export").click()
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
    for name in ("Numbers", "Pixels", "Sub-prompts", "Objects", "Method", "Export"):
        expect(page.get_by_role("tab", name=name, exact=True)).to_be_visible()
    result = page.locator("#gl-result").bounding_box()["y"]
    for part in ("#gl-seed-model", "#gl-model", "#gl-examples"):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= result, part
    assert result < 844, "the result begins on the first screen"


def test_the_report_works_as_a_file_of_its_own(browser: Browser, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    report.write_text(html_report(linear_explanation("a <b>red</b> cat")), "utf-8")
    tab = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.goto(report.as_uri())
    tab.locator(".gl-chip").nth(2).click()
    expect(tab.locator('.gl-object[data-word="2"]')).to_have_class(re.compile("gl-lit"))
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert tab.evaluate("document.body.classList.contains('dark')")
    tab.locator(".gl-enlarge").first.click()
    assert tab.locator("dialog.gl-large").is_visible()
    tab.keyboard.press("Escape")
    tab.close()
    assert faults == []


def test_the_report_prints_all_of_it(browser: Browser, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    report.write_text(html_report(linear_explanation("one two three four five six seven")), "utf-8")
    tab = browser.new_page(viewport={"width": 794, "height": 1123})
    tab.goto(report.as_uri())
    hidden = """() => [...document.querySelectorAll('main *')].filter(e => e.clientHeight > 0
        && getComputedStyle(e).overflowY !== 'visible' && e.scrollHeight > e.clientHeight + 2)
        .map(e => `${e.tagName}.${e.className}`)"""
    assert tab.evaluate(hidden), "on a screen the gallery scrolls"
    tab.emulate_media(media="print")
    assert tab.evaluate(hidden) == []
    last = tab.locator(".gl-tile").last.bounding_box()
    gallery = tab.locator(".gl-tiles").bounding_box()
    assert last["y"] + last["height"] <= gallery["y"] + gallery["height"] + 4
    tab.close()

"""The prompt page as a person uses it, in headless Chromium, on the embedded models."""

from __future__ import annotations

import re
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


def test_cancel_stops_and_keeps_the_last_result(
    page: Page, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.goto(address)
    explain(page, "a red cat")
    compute = endpoints._compute_lent

    def held(*args, progress, cancel):
        # The real work, but it waits for the click, so that a fast machine is not done before it.
        def wait(done: int, total: int, text: str) -> None:
            progress(done, total, text)
            while not cancel():
                time.sleep(0.05)

        return compute(*args, progress=wait, cancel=cancel)

    monkeypatch.setattr(endpoints, "_compute_lent", held)
    page.locator("#gl-ask textarea").fill("a cat and a dog")
    page.get_by_role("button", name="Explain", exact=True).click()
    expect(page.locator("#gl-progress .progress-level").first).to_be_visible()
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_text("Cancelled; the last result stays")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".gl-head h2")).to_have_text("“a red cat”")


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
    tab.close()
    assert faults == []

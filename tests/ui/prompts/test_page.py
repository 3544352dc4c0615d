"""The results of the prompt page as a person reads them, in headless Chromium."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from genlens.prompts.dossiers.dossier import Dossier
from genlens.ui.prompts.report import html_report
from page_browser import PATIENCE_MS, settle
from page_explanations import linear_explanation
from prompt_page import explain, open_tab

pytestmark = pytest.mark.ui

expect.set_options(timeout=60_000)


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


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_fits_narrow_and_wide_in_light_and_dark(page: Page, address: str, theme: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/?__theme={theme}")
    expect(page.get_by_role("button", name="Explain", exact=True)).to_be_visible()
    explain(page, "a red cat")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    lightness = sum(map(int, re.findall(r"\d+", ground)[:3])) / 3
    assert (lightness < 80) == (theme == "dark")
    ink = page.locator(".gl-head h2").evaluate("e => getComputedStyle(e).color")
    assert abs(sum(map(int, re.findall(r"\d+", ink)[:3])) / 3 - lightness) > 120
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
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
    for prompt, says in (("", "empty"), ("a " * 21, "21 words")):
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
    open_tab(page, "Sub-prompts")
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
    open_tab(page, "Export")
    with page.expect_download() as download:
        page.get_by_text("CSV (one row a word)").click()
    assert "shapley_value" in download.value.path().read_text("utf-8")


def test_a_word_shows_what_it_did_to_every_pixel(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(address)
    chip = page.locator('.gl-chip[data-word="1"]')
    shown = page.locator("image.gl-word-map.gl-lit")
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


def test_the_report_works_as_a_file_of_its_own(browser: Browser, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    report.write_text(html_report(Dossier(linear_explanation("a <b>red</b> cat"))), "utf-8")
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
    report.write_text(
        html_report(Dossier(linear_explanation("one two three four five six seven"))), "utf-8"
    )
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


def test_second_opinions_open_with_a_comparison_and_can_be_asked_for_more(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/?tab=opinions")
    told = page.locator("#gl-payoff-opinions")
    for said in ("CLIP, image against image", "SSIM", "Pixels", "Kendall’s τ"):
        expect(told).to_contain_text(said)
    # it opens with the stored ways to leave a word out, too
    expect(page.locator("#gl-removal-opinions")).to_contain_text("Blank it in place")
    explain(page, "red cat")
    expect(told).to_contain_text("too few words to say")
    page.get_by_label("CLIP, image against text").check()
    page.get_by_role("button", name="Ask these payoffs").click()
    expect(told).to_contain_text("CLIP, image against text", timeout=PATIENCE_MS)
    page.get_by_role("button", name="Draw and compare").click()
    left_out = page.locator("#gl-removal-opinions")
    expect(left_out).to_contain_text("by every way to leave a word out", timeout=PATIENCE_MS)
    expect(left_out.locator("th", has_text="Blank it in place").first).to_be_visible()


def test_an_explanation_is_put_to_the_test(page: Page, address: str) -> None:
    page.goto(f"{address}/?tab=tested")
    axioms = page.locator("#gl-axioms")
    expect(axioms.locator("tr", has_text="Efficiency")).to_contain_text("FAILS")  # leave one out
    expect(page.locator("#gl-fidelity")).to_contain_text("The control does worse than chance")
    expect(page.locator("#gl-noise")).to_contain_text("5 starting noises")
    explain(page, "red cat")
    page.locator("#gl-noises input").fill("1")
    page.get_by_role("button", name="Explain from other noises").click()
    expect(page.get_by_text("whole number from 2 to 30")).to_be_visible()
    page.locator("#gl-noises input").fill("2")
    page.get_by_role("button", name="Explain from other noises").click()
    noise = page.locator("#gl-noise")
    expect(noise).to_contain_text("Over 2 starting noises", timeout=PATIENCE_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440


def test_the_papers_table_stands_on_its_tab(page: Page, address: str) -> None:
    page.goto(f"{address}/?tab=paper")
    for row in ("ranks aligned, as printed", "control: its words in random order"):
        expect(page.get_by_role("rowheader", name=row)).to_be_visible()
    for text in ("64.2 %", "63.6 %", "0.1283", "0.2328"):
        expect(page.get_by_role("cell", name=text, exact=True).first).to_be_visible()

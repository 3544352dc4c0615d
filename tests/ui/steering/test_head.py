"""The left column as a person uses it: faces, scores, a link, a refusal, a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from page_browser import PATIENCE_MS, settle, visitor

pytestmark = pytest.mark.ui
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def kept(browser: Browser, address: str) -> Iterator[Page]:
    """One visit for tests that take the page as the one before left it."""
    with visitor(browser, address) as tab:
        tab.goto(address)
        tab.wait_for_selector("#gl-face-card img", timeout=PATIENCE_MS)
        yield tab


def picture(page: Page) -> str:
    return str(page.locator("#gl-face-card img").get_attribute("src"))


def score(page: Page) -> float:
    text = page.locator("#gl-face-card .gl-score").inner_text()
    return float(text.split(":")[-1].strip().replace("−", "-"))


def ask_for(page: Page, seed: int) -> None:
    page.locator("#gl-seed input").fill(str(seed))
    page.locator("#gl-seed input").press("Enter")
    expect(page.locator(".gl-face-name")).to_have_text(f"Face of seed {seed}")


def test_it_opens_with_a_face_and_its_score(kept: Page) -> None:
    image = kept.locator("#gl-face-card img")
    assert image.get_attribute("alt")
    assert score(kept) == score(kept)
    box = kept.locator("#gl-face-card .gl-score").bounding_box()
    assert box is not None and box["y"] < 900, "on the first screen"


def test_another_seed_is_another_face_and_the_same_seed_the_same(kept: Page) -> None:
    ask_for(kept, 11)
    one = picture(kept)
    kept.locator("#gl-another").click()
    expect(kept.locator(".gl-face-name")).to_have_text("Face of seed 12")
    expect(kept.locator("#gl-seed input")).to_have_value("12")
    assert picture(kept) != one
    kept.wait_for_url(re.compile("face=12"))
    ask_for(kept, 11)
    assert picture(kept) == one


def test_clicks_in_a_row_end_at_the_last_face(kept: Page) -> None:
    ask_for(kept, 20)
    for _ in range(3):
        kept.locator("#gl-another").click()
    expect(kept.locator("#gl-seed input")).to_have_value("23")
    expect(kept.locator(".gl-face-name")).to_have_text("Face of seed 23")


def test_a_link_restores_generator_face_and_tab(browser: Browser, served: tuple[str, str]) -> None:
    address, model = served
    with visitor(browser, address) as page:
        page.goto(f"{address}/?model={model}&face=3*1,4&tab=method")
        expect(page.locator(".gl-face-name")).to_have_text("Mix of faces 3 and 4")
        expect(page.get_by_role("tab", name="Method notes", exact=True)).to_have_attribute(
            "aria-selected", "true"
        )
        mixed = picture(page)
        ask_for(page, 3)
        assert picture(page) != mixed


@pytest.mark.parametrize("query", ["?face=%00&model=../x", "?face=mine-1&assessor=<b>&tab=9"])
def test_a_spoiled_link_opens_the_page(browser: Browser, address: str, query: str) -> None:
    with visitor(browser, address) as page:
        page.goto(f"{address}/{query}")
        expect(page.locator(".gl-face-name")).to_have_text(re.compile("Face|Mix"))


def test_what_is_no_generator_is_refused_and_the_column_goes_back(kept: Page) -> None:
    box = kept.locator("#gl-model input")
    before, seen = box.input_value(), picture(kept)
    box.fill("no-such-model")
    box.press("Enter")
    expect(kept.get_by_text("this page does not offer", exact=False)).to_be_visible()
    expect(box).to_have_value(before)
    assert picture(kept) == seen


# What each tab opens with; what takes its time says so until then, and how far it is.
CONTENT = {
    "Mix": "#gl-mix-board img",
    "Directions": "#gl-direction-strip :is(img, progress)",
    "Hypotheses": "#gl-verdict .gl-answer",
    "Lesson": "#gl-lesson-faces img",
    "Units": "#gl-units-table :is(table, progress)",
    "Your picture": "#gl-projection :is(.gl-result, progress)",
    "The generator": "#gl-generator-samples img",
    "Assessors": "#gl-sorted li.gl-shot",
    "How true?": "#gl-truth-verdicts table",
    "Method notes": ".gl-cases",
}


def test_every_tab_opens_with_something_and_without_an_error(page: Page) -> None:
    assert page.get_by_role("tab").all_inner_texts() == list(CONTENT)
    for name, what in CONTENT.items():
        page.get_by_role("tab", name=name, exact=True).click()
        expect(page.locator(what).first).to_be_visible()
        toasts = page.locator("[data-testid=toast-body]").all_inner_texts()
        assert toasts == [], f"{name}: {toasts}"


def test_the_generator_is_measured_when_its_tab_is_opened(page: Page) -> None:
    page.get_by_role("tab", name="The generator", exact=True).click()
    table = page.locator("#gl-generator-measured")
    expect(table).to_contain_text("Editability")
    expect(table).to_contain_text("has to fail")
    assert page.locator("#gl-generator-samples img").count() > 18


def test_nothing_is_wider_than_a_phone(browser: Browser, address: str) -> None:
    with visitor(browser, address) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(address)
        page.wait_for_selector("#gl-face-card img", timeout=PATIENCE_MS)
        for name in page.get_by_role("tab").all_inner_texts():
            page.get_by_role("tab", name=name, exact=True).click()
            settle(page)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 390, f"{name} is {wide} pixels wide"
            assert page.get_by_role("tab", name=name, exact=True).is_visible(), "tabs wrap"

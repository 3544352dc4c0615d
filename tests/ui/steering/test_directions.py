"""Directions as a person does it: look at what is there, drag the slider, find another, a link."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from page_browser import PATIENCE_MS, settle, visitor

pytestmark = pytest.mark.ui
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def page(browser: Browser, address: str) -> Iterator[Page]:
    with visitor(browser, address) as tab:
        tab.goto(f"{address}?tab=directions&face=7")
        tab.wait_for_selector("#gl-direction-strip img", timeout=PATIENCE_MS)
        yield tab


def large(page: Page) -> str:
    return str(page.locator("#gl-direction-moved img").nth(1).get_attribute("src"))


def slide_to(page: Page, value: str) -> None:
    field = page.locator("#gl-direction-slider input[type=number]")
    field.fill(value)
    field.press("Enter")


def test_it_opens_with_a_direction_measured(page: Page) -> None:
    strip = page.locator("#gl-direction-strip img")
    assert strip.count() == 9
    assert "score" in str(strip.first.get_attribute("alt"))
    expect(page.locator("#gl-direction-curve svg").first).to_be_visible()
    expect(page.locator("#gl-direction-leakage tbody tr").first).to_be_visible()
    expect(page.locator("#gl-direction-facts")).to_contain_text("When it misleads")
    box = strip.first.bounding_box()
    assert box is not None and box["y"] < 800, "on the first screen"


def test_dragging_alpha_moves_the_face(page: Page) -> None:
    slider = page.locator("#gl-direction-slider input[type=range]")
    ends = float(str(slider.get_attribute("min"))), float(str(slider.get_attribute("max")))
    assert ends[0] < 0 < ends[1]
    before = large(page)
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.98, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    page.wait_for_function(
        "before => document.querySelectorAll('#gl-direction-moved img')[1].src !== before",
        arg=before, timeout=PATIENCE_MS,
    )  # fmt: skip
    expect(page.locator("#gl-direction-moved figcaption").nth(1)).to_contain_text("α = ")
    slide_to(page, "0")
    expect(page.locator("#gl-direction-moved figcaption").nth(1)).to_contain_text("the face")


def test_another_face_keeps_the_direction(page: Page) -> None:
    settle(page)  # while an event waits, its place in the queue stands there too
    facts = page.locator("#gl-direction-facts").inner_text()
    page.locator("#gl-another").click()
    expect(page.locator("#gl-direction-strip .gl-strip-title")).to_contain_text("seed 8")
    assert page.locator("#gl-direction-facts").inner_text() == facts


def test_another_method_is_found_and_kept_in_the_link(page: Page) -> None:
    page.locator("#gl-direction-method input").click()
    page.get_by_role("option", name=re.compile("Control: a random")).click()
    page.wait_for_url(re.compile("method=random"))
    page.locator("#gl-direction-find").click()
    expect(page.locator("#gl-direction-facts")).to_contain_text("Points anywhere")
    expect(page.locator("#gl-direction-strip .gl-strip-title")).to_contain_text("Control")


def test_on_a_phone_nothing_sticks_out(browser: Browser, address: str) -> None:
    with visitor(browser, address) as tab:
        tab.set_viewport_size({"width": 390, "height": 844})
        tab.goto(f"{address}?tab=directions")
        tab.wait_for_selector("#gl-direction-strip img", timeout=PATIENCE_MS)
        wide = tab.evaluate("document.documentElement.scrollWidth")
        assert wide <= 391

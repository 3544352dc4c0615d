"""The tab "Inside the model" in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from page_browser import PATIENCE_MS
from prompt_page import open_tab

pytestmark = pytest.mark.ui

expect.set_options(timeout=60_000)


def test_the_tab_opens_with_something_in_each_section_and_answers(page: Page, address: str) -> None:
    page.goto(address)
    open_tab(page, "Inside the model")
    chart = page.locator("#gl-inside-chart table").first
    expect(chart.get_by_role("columnheader", name="Colour")).to_be_visible()
    tiles = page.locator("#gl-inside-exchange .gl-map-tile")
    opened = tiles.count()
    assert opened >= 3
    expect(page.locator("#gl-inside-edit .gl-map-tile")).to_have_count(8)
    expect(page.locator("#gl-inside-features table")).to_be_visible()
    expect(page.locator("#gl-inside-painted .gl-map-tile")).to_have_count(3)
    assert "tab=network" in page.url

    page.locator("#gl-inside-window input").fill("99")
    page.locator("#gl-ask-exchange").click()
    expect(page.get_by_text("the width of the window is 99", exact=False)).to_be_visible()
    page.locator("#gl-inside-window input").fill("2")
    page.locator("#gl-ask-exchange").click()
    expect(tiles).to_have_count(opened - 1, timeout=PATIENCE_MS)
    page.locator("#gl-edit-target textarea, #gl-edit-target input").fill("tree")
    page.locator("#gl-edit-captions textarea").fill("a cat\na small cat")
    page.locator("#gl-ask-edit").click()
    edited = page.locator("#gl-inside-edit .gl-map-tile")
    expect(edited).to_have_count(4, timeout=PATIENCE_MS)
    expect(
        page.get_by_role("img", name="“a cat” drawn with “cat” edited to “tree”")
    ).to_be_visible()

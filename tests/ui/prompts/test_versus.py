"""Two prompts side by side, as a person compares them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from page_browser import PATIENCE_MS
from prompt_page import explain, open_tab

pytestmark = pytest.mark.ui

expect.set_options(timeout=60_000)


def test_two_prompts_are_compared_and_a_link_brings_both_back(page: Page, address: str) -> None:
    page.goto(f"{address}/?tab=versus")
    told = page.locator("#gl-versus")
    expect(told).to_contain_text("“red” → “blue”")  # computed in advance
    expect(told.locator(".gl-versus img")).to_have_count(3)
    explain(page, "red cat")
    second = page.locator("#gl-other-prompt textarea")
    expect(second).to_have_value("blue cat")  # proposed: a colour swapped
    expect(told).to_contain_text("The first prompt is “red cat”")
    page.locator("#gl-versus-noises input").fill("2")
    expect(page.locator("#gl-versus-cost")).to_contain_text("from 2 noises: 12 images")
    page.get_by_role("button", name="Compare the two").click()
    expect(told).to_contain_text("Over 2 starting noises", timeout=PATIENCE_MS)
    expect(told).to_contain_text("Control: the first image drawn a second time")
    assert "other=blue+cat" in page.url and "versus=2" in page.url
    page.reload()
    expect(page.locator(".gl-head h2")).to_have_text("“red cat”", timeout=PATIENCE_MS)
    expect(second).to_have_value("blue cat")
    expect(page.locator("#gl-versus-noises input")).to_have_value("2")


def test_every_tab_is_found_in_its_group_and_in_the_link(page: Page, address: str) -> None:
    page.goto(address)
    for title, name in (("Trust", "trust"), ("Objects × words", "subsets"), ("Export", "export")):
        open_tab(page, title)
        page.wait_for_function(f"location.search.includes('tab={name}')")
    expect(page.locator("#gl-subsets")).not_to_be_visible()
    # A group opens with the tab of it that was open last, filled.
    page.get_by_role("tab", name="Things in the image", exact=True).click()
    page.wait_for_function("location.search.includes('tab=subsets')")
    expect(page.locator("#gl-subsets table").first).to_be_visible(timeout=PATIENCE_MS)

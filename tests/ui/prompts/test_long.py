"""A prompt of more than 8 words on the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from page_browser import PATIENCE_MS
from prompt_page import ask, open_tab

pytestmark = pytest.mark.ui

expect.set_options(timeout=60_000)
LONG = "a cat next to a red car and a dog"


def test_a_long_prompt_is_estimated_with_intervals(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("#gl-ask textarea").fill(LONG)
    expect(page.locator("#gl-progress")).to_contain_text("10 words: 100 images")
    expect(page.locator("#gl-progress")).to_contain_text("a first look after 22 images")
    ask(page, LONG)
    title = page.locator(".gl-head h2")
    expect(title).to_have_text(f"“{LONG}”", timeout=PATIENCE_MS)
    expect(page.locator(".gl-head")).to_contain_text(
        "100 of 1,024 images drawn", timeout=PATIENCE_MS
    )
    expect(page.locator(".gl-linked")).to_contain_text("95 % interval")
    assert "prompt=a+cat+next" in page.url
    open_tab(page, "Pixels")
    expect(page.get_by_text("It is there for prompts of up to 8 words").first).to_be_visible()
    open_tab(page, "Put to the test")
    page.get_by_role("button", name="Explain from other noises").click()
    expect(page.get_by_text("explain a prompt of up to 8 words first")).to_be_visible()
    open_tab(page, "Where it looks")  # nine words and more have maps too
    expect(page.locator("#gl-attention .gl-map-tile")).to_have_count(10, timeout=PATIENCE_MS)
    expect(page.locator("#gl-importance")).to_contain_text("of its attention the model gives")
    open_tab(page, "Export")
    with page.expect_download() as download:
        page.get_by_text("CSV (one row a word)").click()
    assert "low,high" in download.value.path().read_text("utf-8")
    expect(page.get_by_role("button", name="NPZ (all of it, for Python)")).to_be_disabled()

"""A prompt of more than 8 words on the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from page_browser import PATIENCE_MS
from prompt_page import ask

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
    page.get_by_role("tab", name="Pixels").click()
    expect(page.get_by_text("It is there for prompts of up to 8 words").first).to_be_visible()
    page.get_by_role("tab", name="Put to the test").click()
    page.get_by_role("button", name="Explain from other noises").click()
    expect(page.get_by_text("explain a prompt of up to 8 words first")).to_be_visible()
    page.get_by_role("tab", name="Export").click()
    with page.expect_download() as download:
        page.get_by_text("CSV (one row a word)").click()
    assert "low,high" in download.value.path().read_text("utf-8")
    expect(page.get_by_role("button", name="NPZ (all of it, for Python)")).to_be_disabled()

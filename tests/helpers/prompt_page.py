"""The prompt page as a person works it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from page_browser import PATIENCE_MS


def ask(page: Page, prompt: str) -> None:
    page.locator("#gl-ask textarea").fill(prompt)
    page.get_by_role("button", name="Explain", exact=True).click()


def explain(page: Page, prompt: str) -> None:
    """Ask, and wait for the answer."""
    ask(page, prompt)
    expect(page.locator(".gl-head h2")).to_have_text(f"“{prompt}”", timeout=PATIENCE_MS)

"""The prompt page as a person works it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from genlens.ui.prompts.tabs import GROUPS, TABS, group_of, title_of
from page_browser import PATIENCE_MS


def ask(page: Page, prompt: str) -> None:
    page.locator("#gl-ask textarea").fill(prompt)
    page.get_by_role("button", name="Explain", exact=True).click()


def explain(page: Page, prompt: str) -> None:
    """Ask, and wait for the answer."""
    ask(page, prompt)
    expect(page.locator(".gl-head h2")).to_have_text(f"“{prompt}”", timeout=PATIENCE_MS)


def open_tab(page: Page, title: str) -> None:
    """Open the tab that is called ``title``, in its group."""
    group = group_of(next(name for name, shown in TABS.items() if shown == title))
    page.get_by_role("tab", name=title_of(group), exact=True).click()
    if len(GROUPS[group][1]) > 1:
        page.get_by_role("tab", name=title, exact=True).click()

"""The VAE page in a browser: what its tests look for and do."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from page_browser import PATIENCE_MS


def number(page: Page) -> Locator:
    """The field for a picture's number."""
    return page.locator("#gl-picture input")


def choose(page: Page, picture: int) -> None:
    """Type a picture's number and wait for its card."""
    number(page).fill(str(picture))
    number(page).press("Tab")
    expect(page.locator("#gl-card h3").first).to_contain_text(
        f"Picture {picture}", timeout=PATIENCE_MS
    )

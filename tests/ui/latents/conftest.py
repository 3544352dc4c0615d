"""The VAE page in a browser, open at its map."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from page_browser import visitor
from page_server import served
from vae_page import MODEL, lacks


@pytest.fixture(scope="session")  # one server for all files of this folder
def address() -> Iterator[str]:
    missing = lacks(MODEL)
    assert not missing, f"this checkout has no weights for {', '.join(missing)}"
    with served("vae_explorer", "vae_page_of_browser_tests") as url:
        yield url


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with visitor(browser, address) as tab:
        tab.goto(address)
        expect(tab.locator(".gl-map")).to_be_visible()
        yield tab

"""The anchor browser in a browser, open at its scatter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from anchor_page import served_browser
from page_browser import PATIENCE_MS, visitor


@pytest.fixture(scope="session")  # one server for all files of this folder
def address() -> Iterator[str]:
    with served_browser("anchor_browser_of_browser_tests") as url:
        yield url


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with visitor(browser, address) as tab:
        tab.goto(address)
        tab.wait_for_selector(".gl-anchors[data-ready]", timeout=PATIENCE_MS)
        yield tab

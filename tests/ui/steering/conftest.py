"""The page of property steering in a browser, open at its first tab."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from page_browser import PATIENCE_MS, visitor
from steering_page import served_steering


@pytest.fixture(scope="session")  # one server for all files of this folder
def served() -> Iterator[tuple[str, str]]:
    """The address, and the generator that the page opens with."""
    with served_steering("property_steering_of_browser_tests") as found:
        yield found


@pytest.fixture(scope="session")
def address(served: tuple[str, str]) -> str:
    return served[0]


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with visitor(browser, address) as tab:
        tab.goto(address)
        tab.wait_for_selector("#gl-face-card img", timeout=PATIENCE_MS)
        yield tab

"""The prompt page in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from page_browser import visitor
from page_server import missing_weights, served


@pytest.fixture(scope="session")  # one server for all files of this folder
def address() -> Iterator[str]:
    missing = missing_weights()
    assert not missing, f"this checkout has no weights for {', '.join(missing)}"
    with served("prompt_attribution", "prompt_page_of_browser_tests") as url:
        yield url


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with visitor(browser, address) as tab:
        yield tab

"""A headless Chromium and a visitor in it, for tests that use a page as a person does."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 300_000  # how long a slow machine may take; nothing is measured against it


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """A browser; without one the test is skipped, in CI it fails."""
    if CHROMIUM is None:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up("no chromium on this machine (Debian: apt install chromium)")
    with sync_playwright() as p:
        opened = p.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@contextmanager
def visitor(browser: Browser, address: str) -> Iterator[Page]:
    """A fresh visitor at 1440 x 900; fails on a script error or a request to another host.

    Take one for each address: a page writes what it shows into its own address, and where that
    falls together with a second ``goto``, Chromium may abort it (``net::ERR_ABORTED``).
    """
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on(
        "request",
        lambda r: None if r.url.startswith((address, "data:", "blob:")) else faults.append(r.url),
    )
    yield tab
    context.close()
    assert faults == []

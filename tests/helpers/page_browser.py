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


# Nothing is being worked on, fading or moving, and the page has kept its size for a while.
_SETTLED = """() => {
  const busy = [...document.querySelectorAll('[data-testid="status-tracker"]')].some(
    (e) => !e.classList.contains('hide') && e.offsetParent);
  const moving = document.getAnimations().some((a) =>
    a.playState === 'running' && Number.isFinite(a.effect.getComputedTiming().endTime));
  const root = document.documentElement, size = `${root.scrollWidth} ${root.scrollHeight}`;
  const before = window.glSettling, now = performance.now();
  const since = before && before.size === size && !busy && !moving ? before.since : now;
  window.glSettling = {size, since};
  return now - since > 300;
}"""


def settle(page: Page) -> None:
    """Wait until the page has come to rest, to be measured or photographed."""
    # Not asked at each frame: asking lays the page out anew, and frames are drawn only to be asked.
    page.wait_for_function(_SETTLED, polling=100, timeout=PATIENCE_MS)


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

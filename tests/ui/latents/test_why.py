"""The tabs Why, Examples and Rebuild as a person uses them, in headless Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from page_browser import PATIENCE_MS, visitor
from vae_page import MODEL

pytestmark = pytest.mark.ui


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A visitor who has opened nothing yet: each test opens a link of its own."""
    with visitor(browser, address) as tab:
        yield tab


def opened(page: Page, address: str, tab: str, **more: str) -> None:
    page.set_default_timeout(PATIENCE_MS)
    asked = "&".join(f"{name}={value}" for name, value in more.items())
    page.goto(f"{address}/?model={MODEL}&picture=10&tab={tab}&{asked}")


def test_a_link_opens_its_question_and_a_changed_setting_marks_the_result(
    page: Page, address: str
) -> None:
    opened(page, address, "why", target="decoded-region", method="occlusion", region="middle")
    result = page.locator("#gl-why-result")
    expect(result).to_contain_text("Press Explain: Occlusion", timeout=PATIENCE_MS)
    page.locator("#gl-why-explain").click()
    expect(result).to_contain_text("Most is said by", timeout=PATIENCE_MS)
    note = page.locator("#gl-tab-why, [role=tabpanel]").locator(".gl-stale").first
    expect(page.locator(".gl-stale")).to_have_count(0, timeout=PATIENCE_MS)
    page.get_by_label("Region", exact=True).click()
    page.get_by_role("option", name="the top half").click()
    expect(note).to_contain_text("other settings", timeout=PATIENCE_MS)
    page.locator("#gl-why-explain").click()
    expect(page.locator(".gl-stale")).to_have_count(0, timeout=PATIENCE_MS)
    expect(result).to_contain_text("top half", timeout=PATIENCE_MS)


def test_cancel_stands_there_only_while_there_is_something_to_cancel(
    page: Page, address: str
) -> None:
    opened(page, address, "examples")
    page.get_by_role("tab", name="Anchor rule").click()
    cancel = page.get_by_role("button", name="Cancel").locator("visible=true")
    find = page.get_by_role("button", name="Find the rule")
    expect(find).to_be_visible(timeout=PATIENCE_MS)
    expect(cancel).to_have_count(0)
    find.click()
    expect(cancel).to_have_count(1, timeout=PATIENCE_MS)
    cancel.click()
    expect(page.get_by_text("Cancelled; the last result stays")).to_be_visible(timeout=PATIENCE_MS)
    expect(cancel).to_have_count(0, timeout=PATIENCE_MS)


def test_a_number_beyond_a_slider_is_no_server_error(page: Page, address: str) -> None:
    answers: list[int] = []
    page.on("response", lambda r: answers.append(r.status))
    opened(page, address, "rebuild")
    expect(page.get_by_text("% wins")).to_be_visible(timeout=PATIENCE_MS)
    box = page.get_by_label("number input for z0, latent units")
    box.fill("99")
    box.press("Enter")
    expect(page.get_by_text("1 move in")).to_be_visible(timeout=PATIENCE_MS)
    assert float(box.input_value()) < 99
    number = page.get_by_label("Game no.")
    number.fill("3.5")
    number.press("Enter")
    expect(page.get_by_text("type a whole number")).to_have_count(1, timeout=PATIENCE_MS)
    assert max(answers) < 500

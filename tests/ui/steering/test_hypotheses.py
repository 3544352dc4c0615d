"""Hypotheses and the lesson as a person uses them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from page_browser import PATIENCE_MS, visitor

pytestmark = pytest.mark.ui
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def tab(browser: Browser, address: str):
    with visitor(browser, address) as page:
        page.goto(f"{address}/?tab=hypotheses&assessor=brightness")
        page.wait_for_selector("#gl-verdict .gl-answer", timeout=PATIENCE_MS)
        yield page


def test_it_opens_with_a_finished_verdict(tab: Page) -> None:
    assert tab.locator("#gl-verdict .gl-answer").inner_text().split()[0] in (
        "Supported", "Contradicted", "Undecided",
    )  # fmt: skip
    assert tab.locator("#gl-verdict .gl-pairs img").count() == 16
    assert tab.locator("#gl-verdict svg").get_attribute("aria-label")


def test_a_claim_is_tried_kept_and_exported(tab: Page) -> None:
    tab.locator("#gl-claim textarea, #gl-claim input").first.fill("<b>It</b> goes by colour")
    tab.locator("#gl-case input").click()
    tab.get_by_role("option", name="It goes by form").click()
    # another case brings its own claim: what was typed after it stays
    tab.locator("#gl-claim textarea, #gl-claim input").first.fill("<b>It</b> goes by form")
    tab.locator("#gl-test").click()
    expect(tab.locator("#gl-verdict h3")).to_have_text("“<b>It</b> goes by form”")
    tab.locator("#gl-keep").click()
    expect(tab.locator("#gl-log tbody tr")).to_have_count(1)
    tab.locator("#gl-keep").click()  # twice is once
    expect(tab.locator("#gl-log tbody tr")).to_have_count(1)
    tab.locator("#gl-export-log").click()
    with tab.expect_download() as download:
        tab.get_by_text("CSV", exact=True).click()
    assert "goes by form" in download.value.path().read_text("utf-8")


def test_a_guess_comes_before_the_maps(browser: Browser, address: str) -> None:
    with visitor(browser, address) as page:
        page.goto(f"{address}/?tab=lesson")
        page.wait_for_selector("#gl-lesson-faces img", timeout=PATIENCE_MS)
        page.locator("#gl-lesson-show").click()
        expect(page.get_by_text("choose in step 1", exact=False).first).to_be_visible()
        page.locator("#gl-guess").get_by_text("the mouth").click()
        page.locator("#gl-lesson-truth").click()
        expect(page.get_by_text("ry some more first", exact=False).first).to_be_visible()
        page.locator("#gl-lesson-edit").get_by_text("glasses put on").click()
        page.locator("#gl-lesson-try").click()
        expect(page.locator("#gl-lesson-verdict .gl-answer")).to_contain_text("Supported")
        page.locator("#gl-lesson-truth").click()
        expect(page.locator("#gl-lesson-told")).to_contain_text("nearly all that smiled wore")

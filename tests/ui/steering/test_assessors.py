"""The tab "Assessors" as a person uses it: faces in order, a text, a classifier of one's own."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from page_browser import PATIENCE_MS

pytestmark = pytest.mark.ui
expect.set_options(timeout=PATIENCE_MS)


def chosen(page: Page) -> str:
    return page.locator("#gl-assessor input").input_value()


def opened(page: Page) -> None:
    page.get_by_role("tab", name="Assessors", exact=True).click()
    expect(page.locator("#gl-sorted li.gl-shot")).to_have_count(12)


def test_faces_stand_in_order_and_follow_the_assessor(page: Page) -> None:
    opened(page)
    chips = page.locator("#gl-sorted .gl-score").all_inner_texts()
    scores = [float(text.replace("−", "-")) for text in chips]
    assert scores == sorted(scores, reverse=True)
    page.locator("#gl-assessor input").click()
    page.get_by_role("option", name="Redness", exact=True).click()
    expect(page.locator("#gl-sorted h3")).to_have_text("Redness")
    expect(page.locator("#gl-sorted li.gl-shot")).to_have_count(12)
    page.locator("#gl-sorted summary").first.click()
    expect(page.get_by_text("mean over pixels of R - (G + B) / 2")).to_be_visible()


def test_a_text_becomes_the_assessor_of_the_page(page: Page) -> None:
    opened(page)
    page.locator("#gl-use-text").click()
    expect(page.locator("#gl-face-card b").first).to_contain_text("“a red car”")
    expect(page.locator("#gl-sorted h3")).to_contain_text("rather than “a car”")


def test_a_trained_classifier_becomes_the_assessor_of_the_page(page: Page) -> None:
    opened(page)
    page.locator("#gl-classifier-count input[type=number]").fill("200")
    page.locator("#gl-classifier-count input[type=number]").press("Tab")
    page.locator("#gl-classify").click()
    expect(page.locator("#gl-classifier-curve svg[role=img]")).to_be_visible()
    expect(page.locator("#gl-classifier-status")).to_contain_text("it is the chosen assessor now")
    expect(page.locator("#gl-classifier-report")).to_contain_text("that were kept back")
    assert chosen(page) == "Smile, trained here"
    expect(page.locator("#gl-sorted h3")).to_have_text("Smile, trained here")
    page.get_by_label("My own pictures").check()
    expect(page.locator("#gl-classifier-property")).to_be_hidden()
    page.locator("#gl-classify").click()
    expect(page.locator("#gl-classifier-status")).to_contain_text("Not trained: no ZIP file")
    assert chosen(page) == "Smile, trained here"

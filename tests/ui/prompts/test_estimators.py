"""The Estimators tab in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from prompt_page import open_tab

pytestmark = pytest.mark.ui

expect.set_options(timeout=60_000)


def test_the_tab_opens_with_values_and_pairs(page: Page, address: str) -> None:
    page.goto(address)
    open_tab(page, "Estimators")
    table = page.get_by_role("region", name="Values by estimator")
    expect(table).to_be_visible()
    expect(table.get_by_role("rowheader", name="Budgeted Shapley")).to_be_visible()
    expect(table.get_by_role("columnheader", name="car")).to_be_visible()
    expect(page.get_by_role("img", name="The pairs that do most together")).to_be_visible()
    expect(page.get_by_role("region", name="Pairs of words")).to_be_visible()
    page.get_by_text("What each estimator is").click()
    expect(page.get_by_text("When it misleads:").first).to_be_visible()
    assert "tab=estimators" in page.url

"""The tabs "Units" and "Your picture" as a person uses them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from page_browser import PATIENCE_MS

pytestmark = pytest.mark.ui
expect.set_options(timeout=PATIENCE_MS)


def opened(page: Page, tab: str) -> None:
    page.get_by_role("tab", name=tab, exact=True).click()


def test_a_region_is_brushed_and_painted(page: Page) -> None:
    opened(page, "Units")
    expect(page.locator("#gl-units-table table")).to_be_visible()
    before = page.locator("#gl-units-painted").inner_html()
    canvas = page.locator("#gl-units-editor canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 20, steps=5)
    page.mouse.up()
    expect(page.get_by_label("In", exact=True)).to_have_value("what you brushed")
    page.locator("#gl-units-paint").click()
    expect(page.locator("#gl-units-painted")).not_to_have_text("")
    page.wait_for_function(
        "seen => document.querySelector('#gl-units-painted').innerHTML !== seen", arg=before,
        timeout=PATIENCE_MS,
    )  # fmt: skip
    words = page.locator("#gl-units-painted .gl-note").first.inner_text()
    share = re.search(r"in (\d+) % of the picture", words)
    assert share and 0 < int(share[1]) < 40, words


def test_an_uploaded_picture_is_judged_and_used(page: Page, tmp_path: Path) -> None:
    opened(page, "Your picture")  # what it opens with gives way to the upload
    noise = np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    page.locator("#gl-own-picture input[type=file]").set_input_files(tmp_path / "noise.png")
    expect(page.locator("#gl-projection .gl-warn")).to_contain_text("This picture is foreign")
    page.locator("#gl-use-found").click()
    expect(page.locator(".gl-face-name")).to_have_text("A face of your making")

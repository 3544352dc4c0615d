"""A visitor's own pictures as anchors: seen in this browser tab, and in no link."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.ui
expect.set_options(timeout=60_000)


def archive(folder: Path) -> Path:
    """24 pictures of mixed sizes and colours in two folders."""
    rng = np.random.default_rng(0)
    path = folder / "mine.zip"
    with zipfile.ZipFile(path, "w") as file:
        for i in range(24):
            shape = (20 + i, 30) if i % 3 else (20 + i, 30, 3)
            data = io.BytesIO()
            Image.fromarray(rng.integers(0, 255, shape, dtype=np.uint8)).save(data, "PNG")
            file.writestr(f"{'ab'[i % 2]}/{i:02}.png", data.getvalue())
    return path


def facts(page: Page) -> dict:
    return json.loads(page.locator(".gl-anchors").get_attribute("data-facts"))


def test_a_zip_becomes_anchors_of_the_chosen_model(page: Page, tmp_path: Path) -> None:
    page.get_by_role("tab", name="Your pictures", exact=True).click()
    page.locator("#gl-ask-mine").click()
    expect(page.locator(".toast-body").first).to_contain_text("No ZIP file", timeout=60_000)
    with page.expect_response(re.compile("gradio_api/upload"), timeout=60_000):
        page.locator("#gl-anchors-zip input[type=file]").set_input_files(archive(tmp_path))
    page.wait_for_timeout(2000)  # the page takes the answer in
    page.locator("#gl-ask-mine").click()
    page.wait_for_function(
        "() => (document.querySelector('.gl-anchors')?.dataset.facts || '').includes('mine-')",
        timeout=60_000,
    )
    page.wait_for_selector(".gl-anchors[data-ready]", timeout=60_000)
    assert facts(page)["names"] == ["a", "b"]
    expect(page.locator("#gl-line")).to_contain_text("24 anchors")
    page.wait_for_url(lambda url: "mine-" not in url and "model=" not in url)
    page.reload()
    page.wait_for_function(
        "() => (document.querySelector('.gl-anchors')?.dataset.facts || '').includes('mine-')",
        timeout=60_000,
    )

"""The tabs "Where it looks" and "Objects × words" in a browser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from genlens.ui.prompts.opening import load_opening
from genlens.worlds.emoji_scenes import draw
from page_browser import PATIENCE_MS
from prompt_page import explain, open_tab

pytestmark = pytest.mark.ui

expect.set_options(timeout=60_000)


def test_the_tab_opens_with_maps_and_a_step_changes_them(page: Page, address: str) -> None:
    page.goto(address)
    open_tab(page, "Where it looks")
    tiles = page.locator("#gl-attention .gl-map-tile")
    expect(tiles).to_have_count(7)
    expect(page.get_by_role("img", name="Where the model looks for “cat”")).to_be_visible()
    expect(page.get_by_role("heading", name="Boosted by importance")).to_be_visible()
    expect(page.get_by_role("img", name="Regions of equal importance")).to_be_visible()
    assert "tab=attention" in page.url
    steps = load_opening().explanation.made_by.settings["steps"]
    before = tiles.nth(1).get_by_role("img").get_attribute("src")
    page.locator("#gl-attention-step").get_by_role("spinbutton").fill("1")
    page.keyboard.press("Enter")
    expect(page.locator("#gl-attention")).to_contain_text(f"step 1 of {steps}")
    assert tiles.nth(1).get_by_role("img").get_attribute("src") != before


def test_a_new_explanation_brings_its_own_maps(page: Page, address: str) -> None:
    page.goto(address)
    explain(page, "a blue fish")
    open_tab(page, "Where it looks")
    tiles = page.locator("#gl-attention .gl-map-tile")
    expect(tiles).to_have_count(3, timeout=PATIENCE_MS)
    expect(page.get_by_role("img", name="Where the model looks for “fish”")).to_be_visible()
    page.get_by_role("button", name="Work out the gradient").click()
    saliency = page.locator("#gl-saliency .gl-map-tile")
    expect(saliency).to_have_count(4, timeout=PATIENCE_MS)  # the prompt and its words
    # Again: the same answer, not a second one beside it.
    page.get_by_role("button", name="Work out the gradient").click()
    expect(saliency).to_have_count(4, timeout=PATIENCE_MS)


def test_objects_and_words_are_compared_with_the_cost_told_first(page: Page, address: str) -> None:
    page.goto(address)
    open_tab(page, "Objects × words")
    expect(page.locator("#gl-subsets-cost")).to_contain_text("2^7 = 128 sub-prompts")
    table = page.locator("#gl-subsets")
    expect(table).to_contain_text("the whole prompt", timeout=PATIENCE_MS)
    expect(table.get_by_role("columnheader", name="car")).to_be_visible()
    page.get_by_label("regions of attention").check()
    page.get_by_role("button", name="Compare all subsets").click()
    expect(table.get_by_role("rowheader", name="region 1", exact=True)).to_be_visible(
        timeout=PATIENCE_MS
    )

    page.get_by_label("both, in one table").check()
    page.get_by_role("button", name="Compare all subsets").click()
    for part in ("object 1", "region 1"):
        expect(table.get_by_role("rowheader", name=part, exact=True)).to_be_visible(
            timeout=PATIENCE_MS
        )


def test_a_picture_of_ones_own_is_linked_or_advice_given(
    page: Page, address: str, tmp_path: Path
) -> None:
    scene, empty = tmp_path / "scene.png", tmp_path / "empty.png"
    Image.fromarray(draw(3, "a cat next to a red car").image).save(scene)
    Image.fromarray(np.full((64, 64, 3), 240, np.uint8)).save(empty)
    page.goto(address)
    open_tab(page, "Objects × words")
    for file, says in ((scene, "object 1: "), (empty, "No objects were found by emoji-sam")):
        page.locator("#gl-own-picture input[type=file]").set_input_files(file)
        expect(page.locator("#gl-own-picture")).to_contain_text(file.stem)
        page.get_by_role("button", name="Link objects and words").click()
        expect(page.locator("#gl-own")).to_contain_text(says, timeout=PATIENCE_MS)
        page.locator("#gl-own-picture").get_by_label("Clear").first.click()

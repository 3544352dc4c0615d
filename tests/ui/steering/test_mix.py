"""Style mixing as a person does it: exchange a layer, undo, blend, other faces, a link, keys."""

from __future__ import annotations

import base64
import io
import re
from threading import Event
from typing import Any
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from genlens.ui.steering.head import FIRST_FACE
from genlens.ui.steering.mixing import tab
from genlens.ui.steering.mixing.board import FIRST_SOURCES
from page_browser import PATIENCE_MS, visitor

pytestmark = pytest.mark.ui
expect.set_options(timeout=PATIENCE_MS)


def name(page: Page) -> Locator:
    return page.locator(".gl-face-name")


def picture(page: Page) -> str:
    return str(page.locator("#gl-face-card img").get_attribute("src"))


def alike(one: str | None, other: str | None) -> bool:
    """Whether two data addresses hold the same picture, but for how a batch rounds it."""
    a, b = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(str(uri).split(",", 1)[1]))), int)
        for uri in (one, other)
    )
    return a.shape == b.shape and int(np.abs(a - b).max()) <= 2


def cell(page: Page, row: int, column: int) -> Locator:
    return page.locator("#gl-mix-board tbody tr").nth(row).locator("button").nth(column)


def chip(where: Locator) -> str:
    return where.locator(".gl-score").inner_text().split(":")[-1].strip()


def test_it_opens_with_a_mix_its_exchanges_and_mixes_in_order(page: Page) -> None:
    expect(name(page)).to_contain_text("Mix of faces")
    expect(page.locator("#gl-mix-board tbody button")).to_have_count(12)
    expect(page.locator("#gl-mix-ordered .gl-score")).to_have_count(12)
    chips = page.locator("#gl-mix-ordered .gl-score").all_inner_texts()
    scores = [float(text.replace("−", "-")) for text in chips]
    assert len(scores) == 12 and scores == sorted(scores, reverse=True)
    for image in page.locator("#gl-mix-board img, #gl-mix-ordered img").all():
        assert "score" in str(image.get_attribute("alt"))
    box = cell(page, 0, 0).bounding_box()
    assert box is not None and box["y"] < 700, "on the first screen"


def test_a_click_keeps_an_exchange_and_undo_takes_it_back(page: Page) -> None:
    before, wanted, text = picture(page), cell(page, 0, 0), name(page).inner_text()
    image, score = wanted.locator("img").get_attribute("src"), chip(wanted)
    wanted.click()
    expect(name(page)).not_to_have_text(text)
    assert alike(picture(page), image) and chip(page.locator("#gl-face-card")) == score
    expect(cell(page, 0, 0)).to_have_class(re.compile("gl-chosen"))
    page.locator("#gl-undo").click()
    expect(name(page)).to_have_text(text)
    assert alike(picture(page), before) and not alike(before, image)
    page.locator("#gl-redo").click()
    expect(name(page)).not_to_have_text(text)
    assert alike(picture(page), image)
    page.locator("#gl-redo").click()
    expect(page.get_by_text("nothing to redo")).to_be_visible()


def test_a_mix_of_the_strip_comes_on_screen_by_keys(page: Page) -> None:
    first = page.locator("#gl-mix-ordered button").first
    image, before = first.locator("img").get_attribute("src"), picture(page)
    first.focus()
    first.press("Enter")
    expect(page.locator("#gl-face-card img")).not_to_have_attribute("src", before)
    assert alike(picture(page), image)


def test_a_group_is_blended_by_the_slider(page: Page) -> None:
    before = picture(page)
    number = page.locator("#gl-mix-share input[type=number]")
    number.fill("0.5")
    slider = page.locator("#gl-mix-share input[type=range]")
    slider.focus()
    slider.press("ArrowRight")
    slider.dispatch_event("pointerup")
    page.wait_for_url(re.compile("%400\\."), timeout=PATIENCE_MS)  # "@0." of the address
    assert picture(page) != before
    expect(page.locator("#gl-undo")).to_be_enabled()


def test_other_faces_and_other_groups_make_another_board(page: Page) -> None:
    heads = page.locator("#gl-mix-board thead")
    before, shown = heads.inner_text(), cell(page, 1, 0).locator("img").get_attribute("src")
    page.locator("#gl-mix-other").click()
    expect(heads).not_to_have_text(before, use_inner_text=True)
    expect(cell(page, 1, 0).locator("img")).not_to_have_attribute("src", str(shown))
    page.locator("#gl-mix-groups input, #gl-mix-groups textarea").fill("2")
    page.locator("#gl-mix-groups input, #gl-mix-groups textarea").press("Enter")
    expect(page.locator("#gl-mix-board tbody tr")).to_have_count(2)
    page.locator("#gl-mix-groups input, #gl-mix-groups textarea").fill("99")
    page.locator("#gl-mix-groups input, #gl-mix-groups textarea").press("Enter")
    expect(page.locator(".toast-body, [data-testid=toast-body]").first).to_be_visible()
    expect(page.locator("#gl-mix-board tbody tr")).to_have_count(2)


def test_a_link_restores_the_mix(browser: Browser, page: Page, address: str) -> None:
    text = name(page).inner_text()
    cell(page, 2, 1).click()
    expect(name(page)).not_to_have_text(text)
    # the opening face may stand in the address already
    early = (None, [FIRST_FACE])
    page.wait_for_url(lambda url: parse_qs(urlparse(url).query).get("face") not in early)
    seen, url = picture(page), page.url
    asked = parse_qs(urlparse(url).query)
    assert asked["mix"] == [FIRST_SOURCES] and asked["groups"] == ["3"] and asked["tab"] == ["mix"]
    with visitor(browser, address) as other:
        other.goto(url)
        expect(cell(other, 2, 1)).to_have_class(re.compile("gl-chosen"))
        expect(name(other)).to_have_text(name(page).inner_text())
        assert alike(picture(other), seen)  # drawn in another batch: rounded otherwise


def test_a_decoder_has_one_layer_and_only_this_tab_says_so(page: Page) -> None:
    box = page.locator("#gl-model input")
    box.fill("avatars-vae")
    box.press("Enter")
    expect(page.locator("#gl-mix-board")).to_contain_text("one layer")
    expect(name(page)).to_contain_text("Face of seed")
    expect(page.locator("#gl-mix-ordered button")).to_have_count(0)


def test_a_generator_chosen_while_the_board_is_drawn_comes_after_it(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing, go_on, draw = Event(), Event(), tab._board

    def slow(*args: Any) -> Any:
        drawing.set()
        assert go_on.wait(PATIENCE_MS / 1000)
        return draw(*args)

    monkeypatch.setattr(tab, "_board", slow)
    page.locator("#gl-another").click()
    assert drawing.wait(PATIENCE_MS / 1000)
    box = page.locator("#gl-model input")
    box.fill("avatars-vae")
    box.press("Enter")
    go_on.set()
    expect(page.locator("#gl-mix-board")).to_contain_text("one layer")

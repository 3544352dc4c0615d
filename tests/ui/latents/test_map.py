"""The latent map as a person uses it, in headless Chromium, on a shipped model."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from genlens.errors import Cancelled
from genlens.ui.latents.map import tab as vae_map
from page_browser import PATIENCE_MS, settle, visitor
from vae_browser import choose, number

pytestmark = pytest.mark.ui
expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def kept(browser: Browser, address: str) -> Iterator[Page]:
    """One visit for tests that take the page as the one before left it."""
    with visitor(browser, address) as tab:
        tab.goto(address)
        expect(tab.locator(".gl-map")).to_be_visible()
        yield tab


# A free spot of the map: the one of a grid that is furthest from all marks, in screen pixels.
FREE_SPOT = """() => {
  const svg = document.querySelector('.gl-map'), box = svg.getBoundingClientRect();
  const marks = [...svg.querySelectorAll('.gl-mark')].map(m => {
    const b = m.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2];
  });
  let best = null, far = -1;
  for (let i = 2; i < 39; i++) for (let j = 2; j < 39; j++) {
    const x = box.x + i * box.width / 40, y = box.y + j * box.height / 40;
    const d = Math.min(...marks.map(([a, b]) => Math.hypot(a - x, b - y)));
    if (d > far) { far = d; best = [x, y]; }
  }
  return best;
}"""


# How many marks lie inside a polygon, given in shares of the map.
IN_LASSO = """(corners) => {
  const box = document.querySelector('.gl-map').getBoundingClientRect();
  const path = new Path2D();
  corners.forEach(([x, y], i) => path[i ? 'lineTo' : 'moveTo'](x * box.width, y * box.height));
  const canvas = document.createElement('canvas').getContext('2d');
  return [...document.querySelectorAll('.gl-mark[data-i]')].filter((m) => {
    const at = m.transform.baseVal[0].matrix;
    return canvas.isPointInPath(path, at.e * box.width / 1000, at.f * box.height / 640);
  }).length;
}"""


def drag(page: Page, *corners: tuple[float, float]) -> None:
    """Through ``corners``, as shares of the map's width and height."""
    box = page.locator(".gl-map").bounding_box()
    assert box is not None
    for i, (across, down) in enumerate(corners):
        at = box["x"] + across * box["width"], box["y"] + down * box["height"]
        page.mouse.move(*at, steps=4 if i else 1)
        if i == 0:
            page.mouse.down()
    page.mouse.up()


def mark_away_from(page: Page, picture: str) -> tuple[int, float, float]:
    """Index and screen place of a mark that is drawn on top and is not ``picture``."""
    found = page.evaluate(
        """(not) => {
          for (const m of document.querySelectorAll('.gl-mark')) {
            const b = m.getBoundingClientRect(), x = b.x + b.width / 2, y = b.y + b.height / 2;
            if (m.dataset.i !== not && document.elementFromPoint(x, y) === m)
              return [Number(m.dataset.i), x, y];
          }
        }""",
        picture,
    )
    return found[0], found[1], found[2]


def test_the_marks_are_painted(kept: Page) -> None:
    """ "Visible" to a browser's tools is also what has no opacity: so look at the pixels. Another
    page's style of the same class name had once hidden the whole map."""
    settle(kept)  # a page that has just opened fades in
    shot = Image.open(io.BytesIO(kept.locator(".gl-map").screenshot())).convert("RGB")
    ground = shot.getpixel((5, shot.height // 2))
    inked = np.any(np.abs(np.asarray(shot, dtype=int) - ground) > 60, axis=2).mean()
    assert 0.02 < inked < 0.9


def test_a_click_on_a_point_opens_that_picture(kept: Page) -> None:
    before = number(kept).input_value()
    index, x, y = mark_away_from(kept, before)
    kept.mouse.click(x, y)
    expect(number(kept)).not_to_have_value(before, timeout=PATIENCE_MS)
    # Marks overlap: the map takes the one nearest to the click, which is not always `index`.
    expect(kept.locator("#gl-neighbours img")).to_have_count(12, timeout=PATIENCE_MS)
    picture = re.search(r"Picture (\d+)", kept.locator("#gl-card h3").first.inner_text())[1]
    expect(number(kept)).to_have_value(picture, timeout=PATIENCE_MS)
    expect(kept.locator("#gl-line")).to_contain_text(f"Picture {picture}", timeout=PATIENCE_MS)
    expect(kept.locator("#gl-card .gl-heat")).to_be_visible()
    kept.wait_for_url(re.compile(f"picture={picture}"))
    assert index >= 0


def test_a_click_on_empty_ground_decodes_it(kept: Page) -> None:
    before = number(kept).input_value()
    x, y = kept.evaluate(FREE_SPOT)
    kept.mouse.click(x, y)
    ground = kept.locator("#gl-ground")
    expect(ground).to_contain_text("What the model draws", timeout=PATIENCE_MS)
    expect(ground).to_contain_text("latent units")
    expect(ground.locator("img")).to_be_visible()
    assert number(kept).input_value() == before


def test_the_map_works_by_keyboard_alone(page: Page) -> None:
    page.locator(".gl-map").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("d")
    expect(page.locator("#gl-ground")).to_contain_text("What the model", timeout=PATIENCE_MS)
    before = number(page).input_value()
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Enter")
    expect(number(page)).not_to_have_value(before, timeout=PATIENCE_MS)
    expect(page.locator("#gl-neighbours img")).to_have_count(12, timeout=PATIENCE_MS)
    outline = "e => getComputedStyle(e).outlineStyle"
    assert page.locator(".gl-map").evaluate(outline) == "solid"


def test_a_lasso_and_a_box_gather_two_groups_that_are_compared(page: Page) -> None:
    drag(page, (0.15, 0.3), (0.4, 0.2), (0.45, 0.8), (0.2, 0.75))
    expect(page.locator(".gl-ring-a").first).to_be_attached(timeout=PATIENCE_MS)
    inside = page.evaluate(IN_LASSO, [[0.15, 0.3], [0.4, 0.2], [0.45, 0.8], [0.2, 0.75]])
    said = page.locator("#gl-groups-said").inner_text()
    assert abs(int(re.search(r"group A: ([\d,]+)", said)[1].replace(",", "")) - inside) <= 3
    page.locator('[data-tool="box"]').click()
    page.keyboard.down("Shift")
    drag(page, (0.6, 0.2), (0.85, 0.8))
    page.keyboard.up("Shift")
    expect(page.locator(".gl-ring-b").first).to_be_attached(timeout=PATIENCE_MS)
    expect(page.locator('[data-tool="box"]')).to_have_attribute("aria-pressed", "true")
    table = page.locator("#gl-comparison table")
    expect(table).to_be_visible(timeout=PATIENCE_MS)
    expect(table.locator("tbody tr")).to_have_count(10)
    page.get_by_role("button", name="Clear groups").click()
    expect(page.locator(".gl-ring-a")).to_have_count(0, timeout=PATIENCE_MS)


def test_pointing_at_a_mark_shows_its_picture(kept: Page) -> None:
    index, x, y = mark_away_from(kept, number(kept).input_value())
    kept.mouse.move(x, y)
    tip = kept.locator(".gl-map-tip")
    expect(tip.locator("img")).to_be_visible(timeout=PATIENCE_MS)
    shown = tip.get_attribute("data-i")
    expect(tip).to_contain_text(f"picture {shown}")
    assert index >= 0
    kept.mouse.move(5, 5)
    expect(tip).to_have_count(0)


def test_the_map_zooms_pans_and_keeps_its_place_in_other_colours(page: Page) -> None:
    look = "document.querySelector('.gl-map').getAttribute('viewBox').split(' ').map(Number)"
    whole = page.evaluate(look)
    page.locator('[data-tool="in"]').click()
    page.locator('[data-tool="in"]').click()
    near = page.evaluate(look)
    assert near[2] < whole[2] / 2
    page.locator('[data-tool="move"]').click()
    drag(page, (0.5, 0.5), (0.3, 0.4))
    moved = page.evaluate(look)
    assert moved[0] > near[0] and moved[1] > near[1] and moved[2] == pytest.approx(near[2])
    page.get_by_label("Colour by").click()
    page.get_by_role("option", name="reconstruction error").click()
    expect(page.locator("#gl-map .gl-scale")).to_be_visible(timeout=PATIENCE_MS)
    assert page.evaluate(look) == pytest.approx(moved)
    page.locator(".gl-map").focus()
    page.keyboard.press("0")
    assert page.evaluate(look) == whole


def test_the_chosen_picture_is_ringed(kept: Page) -> None:
    choose(kept, 5)
    apart = """() => {
      const middle = (e) => { const b = e.getBoundingClientRect();
        return [b.x + b.width / 2, b.y + b.height / 2]; };
      const [x, y] = middle(document.querySelector('.gl-map-chosen'));
      const [a, b] = middle(document.querySelector('.gl-mark[data-i="5"]'));
      return Math.hypot(x - a, y - b);
    }"""
    expect(kept.locator(".gl-map-chosen")).to_be_visible()
    assert kept.evaluate(apart) < 3


def test_words_find_pictures(kept: Page) -> None:
    kept.get_by_label("Find").fill("4")
    kept.get_by_label("Find").press("Enter")
    expect(kept.locator("#gl-map-found")).to_contain_text("“4”", timeout=PATIENCE_MS)
    clear = "[...document.querySelectorAll('.gl-mark[data-i]:not(.gl-faded)')]"
    assert kept.evaluate(f"new Set({clear}.map(m => m.textContent)).size") == 1


def test_projections_change_and_cancel(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def long(model_id: str, projection: Any, progress: Any = None, cancel: Any = None) -> Any:
        if projection.method != "umap":
            return real(model_id, projection, progress, cancel)
        for epoch in range(10_000):
            progress(epoch, 10_000, f"UMAP: epoch {epoch}")
            if cancel():
                raise Cancelled("stopped")
            time.sleep(0.05)

    real = vae_map.chart
    expect(page.locator("#gl-map-cancel")).to_be_hidden()
    page.get_by_label("t-SNE").check()
    shown = page.locator(".gl-map")
    expect(shown).to_have_attribute("aria-label", re.compile("t-SNE"), timeout=PATIENCE_MS)
    expect(page.get_by_text("axes have no unit").first).to_be_attached()
    monkeypatch.setattr(vae_map, "chart", long)
    before = shown.get_attribute("aria-label")
    page.get_by_label("UMAP").check()
    expect(page.locator("#gl-map-progress .progress-level").first).to_be_visible()
    page.locator("#gl-map-cancel").click()
    expect(page.get_by_text("Stopping …").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("Cancelled; the last result stays")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#gl-map-cancel")).to_be_hidden(timeout=PATIENCE_MS)
    # The choice says what is shown, and a click is decoded by what is shown.
    expect(page.get_by_role("radio", name="t-SNE")).to_be_checked(timeout=PATIENCE_MS)
    assert shown.get_attribute("aria-label") == before
    assert shown.get_attribute("data-projection") == "tsne perplexity=30"
    x, y = page.evaluate(FREE_SPOT)
    page.mouse.click(x, y)
    expect(page.locator("#gl-ground")).to_contain_text("of the t-SNE map", timeout=PATIENCE_MS)


def test_colour_by_reconstruction_error(page: Page) -> None:
    page.get_by_label("Colour by").click()
    page.get_by_role("option", name="reconstruction error").click()
    expect(page.locator("#gl-map .gl-scale")).to_be_visible(timeout=PATIENCE_MS)

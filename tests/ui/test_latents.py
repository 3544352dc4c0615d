"""The VAE page as a person uses it, in headless Chromium, on the shipped models."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from genlens.errors import Cancelled
from genlens.ui.latents.map import tab as vae_map
from page_browser import PATIENCE_MS, opened_browser, visitor
from page_server import served
from vae_page import MODEL, lacks

pytestmark = pytest.mark.ui
expect.set_options(timeout=60_000)

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


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    missing = lacks(MODEL)
    assert not missing, f"this checkout has no weights for {', '.join(missing)}"
    with served("vae_explorer", "vae_page_of_browser_tests") as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with visitor(browser, address) as tab:
        tab.goto(address)
        expect(tab.locator(".gl-map")).to_be_visible()
        yield tab


def number(page: Page):
    return page.locator("#gl-picture input")


def choose(page: Page, picture: int) -> None:
    number(page).fill(str(picture))
    number(page).press("Tab")
    expect(page.locator("#gl-card h3").first).to_contain_text(
        f"Picture {picture}", timeout=PATIENCE_MS
    )


def open_tab(page: Page, name: str) -> None:
    page.locator("#gl-tabs").get_by_role("tab", name=name, exact=True).first.click()


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


def test_opens_with_a_map_and_an_attribution_on_one_screen(page: Page) -> None:
    expect(page.locator("#gl-card .gl-badge")).to_contain_text("computed in advance from")
    for part in (".gl-map", "#gl-card .gl-heat-panels", "#gl-line img"):
        box = page.locator(part).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900, part
        assert box["x"] + box["width"] <= 1440, part
    expect(page.locator("#gl-line")).to_contain_text("mean squared pixel difference")
    expect(page.get_by_text("Trustworthiness", exact=True)).to_be_attached()


def test_a_click_on_a_point_opens_that_picture(page: Page) -> None:
    index, x, y = mark_away_from(page, number(page).input_value())
    page.mouse.click(x, y)
    expect(number(page)).not_to_have_value("", timeout=PATIENCE_MS)
    # Marks overlap: the map takes the one nearest to the click, which is not always `index`.
    expect(page.locator("#gl-neighbours img")).to_have_count(12, timeout=PATIENCE_MS)
    picture = number(page).input_value()
    expect(page.locator("#gl-card h3").first).to_contain_text(f"Picture {picture}")
    expect(page.locator("#gl-line")).to_contain_text(f"Picture {picture}", timeout=PATIENCE_MS)
    expect(page.locator("#gl-card .gl-heat")).to_be_visible()
    page.wait_for_url(re.compile(f"picture={picture}"))
    assert index >= 0


def test_a_click_on_empty_ground_decodes_it(page: Page) -> None:
    before = number(page).input_value()
    x, y = page.evaluate(FREE_SPOT)
    page.mouse.click(x, y)
    ground = page.locator("#gl-ground")
    expect(ground).to_contain_text("What the model draws", timeout=PATIENCE_MS)
    expect(ground).to_contain_text("latent units")
    expect(ground.locator("img")).to_be_visible()
    assert number(page).input_value() == before


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


def test_two_dragged_groups_are_compared(page: Page) -> None:
    box = page.locator(".gl-map").bounding_box()
    assert box is not None

    def drag(left: float, right: float) -> None:
        page.mouse.move(box["x"] + left * box["width"], box["y"] + 0.2 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + right * box["width"], box["y"] + 0.8 * box["height"], steps=5)
        page.mouse.up()

    drag(0.15, 0.4)
    expect(page.locator(".gl-ring-a").first).to_be_attached(timeout=PATIENCE_MS)
    page.keyboard.down("Shift")
    drag(0.6, 0.85)
    page.keyboard.up("Shift")
    expect(page.locator(".gl-ring-b").first).to_be_attached(timeout=PATIENCE_MS)
    table = page.locator("#gl-comparison table")
    expect(table).to_be_visible(timeout=PATIENCE_MS)
    expect(table.locator("tbody tr")).to_have_count(10)
    page.get_by_role("button", name="Clear groups").click()
    expect(page.locator(".gl-ring-a")).to_have_count(0, timeout=PATIENCE_MS)


def test_a_slider_moves_the_picture_and_reset_brings_it_back(page: Page) -> None:
    open_tab(page, "Latents")
    slider = page.locator('.gl-slider input[type="range"]').first
    expect(slider).to_be_visible(timeout=PATIENCE_MS)
    image = page.locator(".gl-steer-image")
    own = image.get_attribute("src")
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    expect(image).not_to_have_attribute("src", own or "")
    expect(page.locator(".gl-steer-said")).to_contain_text("Decoded in")
    page.wait_for_timeout(500)
    dragged = image.get_attribute("src")
    slider.focus()
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    expect(image).not_to_have_attribute("src", dragged or "")
    page.locator(".gl-steer-reset").click()
    expect(image).to_have_attribute("src", own or "")


def test_traversals_and_ways_between_pictures(page: Page) -> None:
    open_tab(page, "Latents")
    expect(page.locator(".gl-slider").first).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Show traversals").click()
    expect(page.locator("#gl-traversals img")).to_have_count(90, timeout=PATIENCE_MS)
    page.get_by_role("tab", name="Between two pictures").click()
    page.get_by_role("button", name="Show the way").click()
    expect(page.locator("#gl-way img")).to_have_count(9, timeout=PATIENCE_MS)


def test_methods_can_be_switched(page: Page) -> None:
    open_tab(page, "Why")
    result = page.locator("#gl-why-result")
    expect(result.locator(".gl-heat")).to_be_visible(timeout=PATIENCE_MS)
    picker = page.locator("#gl-why-method input")
    for title in ("Occlusion", "LRP", "Saliency"):
        before = result.inner_html()
        picker.click()
        page.get_by_role("option", name=title, exact=True).click()
        page.locator("#gl-why-explain").click()
        page.wait_for_function(
            "([e, old]) => e.innerHTML !== old && e.querySelector('.gl-heat')",
            arg=[result.element_handle(), before],
            timeout=PATIENCE_MS,
        )


def test_projections_change_and_cancel(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def long(model_id: str, method: str, progress: Any, cancel: Any) -> Any:
        for epoch in range(10_000):
            progress(epoch, 10_000, f"UMAP: epoch {epoch}")
            if cancel():
                raise Cancelled("stopped")
            time.sleep(0.05)

    real = vae_map.chart
    monkeypatch.setattr(vae_map, "chart", long)
    before = page.locator(".gl-map").get_attribute("aria-label")
    page.get_by_label("UMAP").check()
    expect(page.locator("#gl-map-progress .progress-level").first).to_be_visible()
    page.locator("#gl-map-cancel").click()
    expect(page.get_by_text("Cancelled; the last result stays")).to_be_visible(timeout=PATIENCE_MS)
    assert page.locator(".gl-map").get_attribute("aria-label") == before
    monkeypatch.setattr(vae_map, "chart", real)
    page.get_by_label("t-SNE").check()
    expect(page.locator(".gl-map")).to_have_attribute(
        "aria-label", re.compile("t-SNE"), timeout=PATIENCE_MS
    )
    expect(page.get_by_text("axes have no unit").first).to_be_attached()


def test_colour_by_reconstruction_error(page: Page) -> None:
    page.get_by_label("Colour by").click()
    page.get_by_role("option", name="reconstruction error").click()
    expect(page.locator("#gl-map .gl-scale")).to_be_visible(timeout=PATIENCE_MS)


def test_a_link_restores_model_picture_and_tab(page: Page, address: str) -> None:
    page.goto(f"{address}/?model={MODEL}&picture=12&tab=latents")
    expect(number(page)).to_have_value("12")
    expect(page.locator("#gl-line")).to_contain_text("Picture 12", timeout=PATIENCE_MS)
    expect(page.locator("#gl-tab-latents-button")).to_have_attribute("aria-selected", "true")
    page.goto(f"{address}/?model=gone&picture=x&tab=none")
    expect(page.locator(".gl-map")).to_be_visible()


def test_another_model_fills_the_page(page: Page) -> None:
    other = "avatars-vae"
    if lacks(other):
        pytest.skip(f"this checkout has no weights for {other}")
    page.locator("#gl-model input").click()
    page.get_by_role("option", name=re.compile(f"^{other}")).click()
    expect(page.locator(".gl-map")).to_have_attribute(
        "aria-label", re.compile("faces"), timeout=PATIENCE_MS
    )
    expect(page.locator("#gl-card .gl-badge")).to_have_count(0, timeout=PATIENCE_MS)
    open_tab(page, "Latents")
    expect(page.locator(".gl-slider").nth(23)).to_be_attached(timeout=PATIENCE_MS)


def test_a_picture_that_is_not_there_is_told_and_nothing_is_lost(page: Page) -> None:
    choose(page, 5)
    number(page).fill("999999")
    number(page).press("Tab")
    expect(page.get_by_text(re.compile("icture is 999999")).first).to_be_visible(
        timeout=PATIENCE_MS
    )
    expect(page.locator("#gl-card h3").first).to_contain_text("Picture 5")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_fits_narrow_and_wide_in_light_and_dark(
    page: Page, address: str, width: int, theme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{address}/?__theme={theme}")
    expect(page.locator(".gl-map")).to_be_visible()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    lightness = sum(map(int, re.findall(r"\d+", ground)[:3])) / 3
    assert (lightness < 80) == (theme == "dark")
    box = page.locator(".gl-map").bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width
    for name in ("map", "latents", "why", "method"):
        page.goto(f"{address}/?__theme={theme}&tab={name}")
        expect(page.locator("#gl-tabs")).to_be_visible()
        page.wait_for_timeout(1500)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name

"""The VAE page as a person uses it, in headless Chromium, on the shipped models."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from own_pictures import blob, encoded
from page_browser import PATIENCE_MS, settle, visitor
from vae_browser import choose, number
from vae_page import MODEL, lacks

pytestmark = pytest.mark.ui
expect.set_options(timeout=60_000)


def open_tab(page: Page, name: str) -> None:
    page.locator("#gl-tabs").get_by_role("tab", name=name, exact=True).first.click()


def test_opens_with_a_map_and_an_attribution_on_one_screen(page: Page) -> None:
    expect(page.locator("#gl-card .gl-badge")).to_contain_text("computed in advance from")
    for part in (".gl-map", "#gl-card .gl-heat-panels", "#gl-line img"):
        box = page.locator(part).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900, part
        assert box["x"] + box["width"] <= 1440, part
    expect(page.locator("#gl-card")).to_contain_text("mean squared pixel difference")
    expect(page.get_by_text("Trustworthiness", exact=True)).to_be_attached()


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


def test_a_link_restores_model_picture_and_tab(browser: Browser, address: str) -> None:
    with visitor(browser, address) as page:
        page.goto(f"{address}/?model={MODEL}&picture=12&tab=latents")
        expect(number(page)).to_have_value("12")
        expect(page.locator("#gl-line")).to_contain_text("Picture 12", timeout=PATIENCE_MS)
        expect(page.locator("#gl-tab-latents-button")).to_have_attribute("aria-selected", "true")
    with visitor(browser, address) as page:
        page.goto(f"{address}/?model=gone&picture=x&tab=none")
        expect(page.locator(".gl-map")).to_be_visible()


def test_no_link_opens_my_picture_but_this_tab_keeps_it(
    page: Page, address: str, browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "me.png"
    file.write_bytes(encoded(blob(3, 40)))
    with page.expect_file_chooser() as chosen:
        page.locator("#gl-mine").click()
    chosen.value.set_files(file)
    line = page.locator("#gl-line")
    expect(line).to_contain_text("No link opens your pictures", timeout=PATIENCE_MS)
    expect(number(page)).to_have_value("2000")
    page.wait_for_function("!location.search.includes('model=')")
    assert "mine-" not in page.url
    with visitor(browser, address) as other:
        other.goto(page.url)
        expect(other.locator("#gl-line")).to_contain_text("of 2,000:", timeout=PATIENCE_MS)
    page.reload()
    expect(line).to_contain_text("No link opens your pictures", timeout=PATIENCE_MS)
    expect(line).to_contain_text("of 2,001:")


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


COUNT_TOASTS = """() => {
    const kind = '[data-testid="toast-body"]';
    new MutationObserver(changes => {
        for (const change of changes)
            for (const node of change.addedNodes)
                if (node.nodeType === 1)
                    window.toasts += node.matches(kind) + node.querySelectorAll(kind).length;
    }).observe(document.body, {childList: true, subtree: true});
}"""


def test_a_picture_that_is_not_there_is_told_once_and_nothing_is_lost(page: Page) -> None:
    choose(page, 5)
    page.evaluate(COUNT_TOASTS)
    for wrong in ("999999", "3.5", "-1"):
        page.evaluate("window.toasts = 0")
        number(page).fill(wrong)
        number(page).press("Enter")
        toast = page.get_by_text(re.compile(f"icture.* is {wrong}"))
        expect(toast.first).to_be_visible(timeout=PATIENCE_MS)
        expect(number(page)).to_have_value("5", timeout=PATIENCE_MS)
        number(page).press("Tab")
        page.get_by_test_id("toast-close").click()  # or the page rests only when it went by itself
        settle(page)
        assert page.evaluate("window.toasts") == 1, wrong  # counted, as closed ones are gone
        expect(page.locator("#gl-card h3").first).to_contain_text("Picture 5")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_fits_narrow_and_wide_in_light_and_dark(browser: Browser, address: str, theme: str) -> None:
    with visitor(browser, address) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(f"{address}/?__theme={theme}")
        expect(page.locator(".gl-map")).to_be_visible()
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        lightness = sum(map(int, re.findall(r"\d+", ground)[:3])) / 3
        assert (lightness < 80) == (theme == "dark")
        for name in ("Latents", "Why", "Method", "Map"):
            open_tab(page, name)
            for width in (390, 1440):
                page.set_viewport_size({"width": width, "height": 844})
                settle(page)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, name
                if name == "Map":
                    expect(page.locator(".gl-map")).to_be_visible()
                    box = page.locator(".gl-map").bounding_box()
                    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width

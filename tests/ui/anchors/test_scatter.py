"""The anchor browser as a person uses it: brush, thresholds, groups, a click, export, a link."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from anchor_page import MODEL
from genlens.anchors.results import GROUPS
from genlens.ui.anchors.seen import Seen, seen
from page_browser import PATIENCE_MS, settle, visitor

pytestmark = pytest.mark.ui
expect.set_options(timeout=60_000)


def shown(page: Page) -> dict:
    """What the scatter says it is of."""
    return json.loads(page.locator(".gl-anchors").get_attribute("data-facts"))


def behind(page: Page, **lines: float) -> Seen:
    """The same in Python, at other thresholds where they are given."""
    of = shown(page)
    return seen(of["model"], of["set"], of["x"], of["y"], lines.get("tx"), lines.get("ty"))


def totals(page: Page) -> list[int]:
    cells = page.locator("[data-total]").all_inner_texts()
    return [int(text.replace(",", "")) for text in cells]


def at(page: Page, across: float, down: float) -> tuple[float, float]:
    """A place on the screen, by shares of the scatter."""
    box = page.locator(".gl-scatter-over").bounding_box()
    assert box is not None
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=6)
    page.mouse.up()


def test_it_opens_with_a_scatter_a_group_and_its_representatives(page: Page) -> None:
    now = behind(page)
    wanted = now.grouping.counts.sum(axis=1).tolist()
    assert totals(page) == wanted
    assert page.locator("#gl-selection .gl-film-pick").count() == 10
    assert page.locator(".gl-rep").count() == 10
    for image in page.locator("#gl-selection img").all():
        assert image.get_attribute("alt")
    box = page.locator("#gl-selection .gl-film-pick").first.bounding_box()
    assert box is not None and box["y"] + 100 < 900, "on the first screen"
    settle(page)  # a page that has just opened fades in
    shot = Image.open(io.BytesIO(page.locator(".gl-scatter canvas").screenshot())).convert("RGB")
    ground = shot.getpixel((5, shot.height // 2))
    inked = np.any(np.abs(np.asarray(shot, dtype=int) - ground) > 60, axis=2).mean()
    assert 0.005 < inked < 0.9, "the anchors are painted"


def test_a_moved_line_changes_groups_and_counts_before_any_server_answers(page: Page) -> None:
    before = totals(page)
    page.route("**/gradio_api/**", lambda route: route.abort())  # no server from here on
    handle = page.locator(".gl-line-x circle").bounding_box()
    assert handle is not None
    start = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] - 60, start[1], steps=5)
    during = totals(page)
    assert during != before and sum(during) == sum(before)
    tx = float(page.locator('input[data-threshold="x"]').input_value())
    assert tx < shown(page)["tx"]
    page.mouse.up()
    counts = behind(page, tx=tx).grouping.counts.sum(axis=1)
    assert np.abs(counts - np.array(during)).sum() <= 2, "the field rounds to six digits"


def test_a_typed_threshold_counts_as_python_does_and_the_server_follows(page: Page) -> None:
    of = shown(page)
    for name, factor in (("x", 0.8), ("y", 1.3)):
        field = page.locator(f'input[data-threshold="{name}"]')
        field.fill(f"{factor * of['t' + name]:.5g}")
        field.press("Enter")
    tx, ty = (float(page.locator(f'input[data-threshold="{n}"]').input_value()) for n in "xy")
    now = behind(page, tx=tx, ty=ty)
    cells = [
        [int(c.replace(",", "")) for c in page.locator(f'[data-count^="{g}-"]').all_inner_texts()]
        for g in range(4)
    ]
    assert cells == now.grouping.counts[:, : len(cells[0])].tolist()
    page.wait_for_url(re.compile("tx="), timeout=PATIENCE_MS)
    found = parse_qs(urlparse(page.url).query)
    assert float(found["tx"][0]) == pytest.approx(tx, rel=1e-6)
    page.get_by_role("button", name="Reset to the model’s own").click()
    expect(page.locator('input[data-threshold="x"]')).to_have_value(f"{of['tx']:.6g}")


def test_lines_move_by_keys_and_say_so(page: Page) -> None:
    line = page.locator(".gl-line-y")
    line.focus()
    before, old = totals(page), float(line.get_attribute("aria-valuenow"))
    line.press("Shift+ArrowDown")
    line.press("Shift+ArrowDown")
    assert float(line.get_attribute("aria-valuenow")) < old and totals(page) != before
    assert line.get_attribute("aria-valuetext")
    line.press("Home")
    assert totals(page) == before


def test_brushed_anchors_are_those_in_the_box(page: Page) -> None:
    drag(page, at(page, 0.1, 0.15), at(page, 0.6, 0.9))
    said = page.locator(".gl-scatter-said")
    expect(said).to_contain_text("anchors selected")
    count = int(re.search(r"([\d,]+) anchors", said.inner_text())[1].replace(",", ""))
    expect(page.locator("#gl-selection")).to_contain_text("My selection", timeout=PATIENCE_MS)
    expect(page.locator("#gl-selection")).to_contain_text(f"{count:,} of")
    expect(page.locator("#gl-group input")).to_have_value("my selection in the scatter")
    assert page.locator("#gl-selection img").count() >= 2


def test_a_lasso_by_keys_selects_too(page: Page) -> None:
    over = page.locator(".gl-scatter-over")
    over.focus()
    over.press("b")
    for _ in range(4):
        over.press("Shift+ArrowRight")
        over.press("Shift+ArrowUp")
    over.press("b")
    expect(page.locator(".gl-scatter-said")).to_contain_text(
        re.compile("anchors selected|No anchor lies there")
    )


def test_a_click_opens_the_anchor_with_its_reason(page: Page) -> None:
    spot = page.locator(".gl-rep").first.bounding_box()
    assert spot is not None
    page.mouse.click(spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
    card = page.locator("#gl-card")
    expect(card).to_contain_text("Anchor no.", timeout=PATIENCE_MS)
    number = int(re.search(r"Anchor no\. (\d+)", card.inner_text())[1])
    expect(page.locator("#gl-anchor-number input, #gl-anchor-number textarea")).to_have_value(
        str(number)
    )
    now = behind(page)
    row = now.here.row_of(number)
    assert GROUPS[now.grouping.group[row]] in card.inner_text()
    assert card.locator("img").count() >= 5, "picture, reconstruction, difference, neighbours"
    expect(card).to_contain_text("nats")
    page.wait_for_url(re.compile(f"anchor={number}"), timeout=PATIENCE_MS)


def test_a_groups_row_in_the_table_chooses_it(page: Page) -> None:
    counts = totals(page)
    other = next(g for g in (3, 0, 2, 1) if counts[g] and GROUPS[g] not in page.url)
    page.locator(f'[data-group="{other}"]').click()
    expect(page.locator("#gl-selection b").first).to_contain_text(
        GROUPS[other], timeout=PATIENCE_MS
    )
    expect(page.locator("#gl-group input")).to_have_value(re.compile(GROUPS[other]))


def test_a_selection_is_exported_with_its_ids(page: Page, tmp_path: Path) -> None:
    drag(page, at(page, 0.05, 0.3), at(page, 0.5, 0.95))
    expect(page.locator("#gl-selection")).to_contain_text("My selection", timeout=PATIENCE_MS)
    count = int(
        re.search(r"([\d,]+) of", page.locator("#gl-selection").inner_text())[1].replace(",", "")
    )
    page.get_by_role("button", name="Export this selection").click()
    files = {}
    for name in ("CSV (all ids)", "JSON", "PNG sheet", "Report"):
        button = page.get_by_role("button", name=name, exact=True)
        expect(button).to_be_visible(timeout=PATIENCE_MS)
        with page.expect_download() as begun:
            button.click()
        files[name] = tmp_path / begun.value.suggested_filename
        begun.value.save_as(files[name])
    rows = list(csv.DictReader(files["CSV (all ids)"].open()))
    now = behind(page)
    assert len(rows) == count and {"id", "class", "group", "kld", "mse"} <= set(rows[0])
    for row in rows[:20]:
        at_row = now.here.row_of(int(row["id"]))
        assert float(row["kld"]) == pytest.approx(
            float(now.here.scores.values[at_row, 0]), rel=1e-6
        )
        assert row["group"] == GROUPS[now.grouping.group[at_row]]
    written = json.loads(files["JSON"].read_text())
    assert written["ids"] == [int(row["id"]) for row in rows]
    assert Image.open(files["PNG sheet"]).width > 300
    report = files["Report"].read_text()
    assert "http" not in re.sub(r"http://www.w3.org/\S+", "", report) and "<svg" in report
    page.locator('[data-group="0"]').click()
    expect(page.get_by_role("button", name="JSON", exact=True)).to_be_hidden(timeout=PATIENCE_MS)


def test_a_link_restores_the_view(browser: Browser, address: str) -> None:
    with visitor(browser, address) as page:
        page.goto(
            f"{address}/?model={MODEL}&x=kld&y=mse&tx=15.5&ty=30.25&group=LILE&k=4&anchor=12"
            "&tab=scatter"
        )
        field = page.locator('input[data-threshold="x"]')
        expect(field).to_have_value("15.5", timeout=PATIENCE_MS)
        expect(page.locator('input[data-threshold="y"]')).to_have_value("30.25")
        expect(page.locator("#gl-selection b").first).to_contain_text("LILE", timeout=PATIENCE_MS)
        expect(page.locator("#gl-selection .gl-film-pick")).to_have_count(4)
        expect(page.locator("#gl-card")).to_contain_text("Anchor no. 12", timeout=PATIENCE_MS)
        counts = behind(page, tx=15.5, ty=30.25).grouping.counts.sum(axis=1).tolist()
        assert totals(page) == counts


@pytest.mark.parametrize("query", ["?tx=abc&group=%00&k=-1", "?model=../../etc&anchor=99999999"])
def test_a_spoiled_link_opens_the_page(browser: Browser, address: str, query: str) -> None:
    with visitor(browser, address) as page:
        page.goto(f"{address}/{query}")
        page.wait_for_selector(".gl-anchors[data-ready]", timeout=PATIENCE_MS)
        assert sum(totals(page)) > 0


def black(page: Page) -> float:
    """The share of the canvas that is black: pictures of digits are, the light ground is not."""
    shot = Image.open(io.BytesIO(page.locator(".gl-scatter canvas").screenshot())).convert("RGB")
    return float((np.asarray(shot, dtype=int).sum(axis=2) < 30).mean())


def test_pictures_come_instead_of_dots_when_zoomed_in(page: Page) -> None:
    settle(page)  # a page that has just opened fades in
    assert black(page) < 0.0005
    spot = page.locator(".gl-rep").first.bounding_box()
    assert spot is not None
    page.mouse.move(spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
    page.keyboard.down("Control")
    for _ in range(20):
        page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    for _ in range(300):
        if black(page) > 0.0005:
            return
        page.wait_for_timeout(200)
    raise AssertionError("no picture came")


def test_nothing_is_wider_than_a_phone(browser: Browser, address: str) -> None:
    with visitor(browser, address) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(address)
        page.wait_for_selector(".gl-anchors[data-ready]", timeout=PATIENCE_MS)
        for name in page.get_by_role("tab").all_inner_texts():
            page.get_by_role("tab", name=name, exact=True).click()
            settle(page)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 390, f"{name} is {wide} pixels wide"
            assert page.get_by_role("tab", name=name, exact=True).is_visible(), "tabs wrap"

"""Line charts, heat grids and superpixel rules: in place, complete, escaped."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from genlens.errors import InputError
from genlens.figures.heat_grid import heat_grid
from genlens.figures.latents.superpixel_rule import superpixel_rule
from genlens.figures.line_chart import MOST_POINTS, WIDTH, line_chart, ticks
from genlens.figures.palette import diverging

pytestmark = pytest.mark.unit
BAD = '<b>"&'


def parsed(text):
    return ET.fromstring(text)  # it is well-formed, so what was given is escaped


def having(root, css_class):
    return [e for e in root.iter() if css_class in (e.get("class") or "").split()]


def label(root):
    return next(e.get("aria-label") for e in root.iter() if e.get("role") == "img")


def test_points_lie_where_their_numbers_say():
    text = line_chart({"a": ([0, 5, 10], [0.0, 1.0, 2.0])}, x="step", y="loss, nats", height=256)
    root = parsed(text)
    (line,) = [e for e in having(root, "gl-line") if e.tag == "polyline"]
    points = [tuple(map(float, p.split(","))) for p in line.get("points").split()]
    assert points == [(66.0, 210.0), (286.0, 110.0), (506.0, 10.0)]
    said = [e.text for e in root.iter() if e.tag == "text"]
    assert {"step", "loss, nats", "0", "10", "2"} <= set(said)
    assert "from 0 at 0 to 2 at 10" in label(root)


def test_names_stand_in_the_legend_and_tell_lines_apart_without_colour():
    series = {f"z{i}": ([0, 1], [i, -i]) for i in range(8)}
    root = parsed(line_chart(series, x="x", y="y"))
    lines = [e for e in root.iter() if e.tag == "polyline"]
    assert len({(e.get("stroke"), e.get("stroke-dasharray")) for e in lines}) == 8
    assert len({e.get("stroke-dasharray") for e in lines}) == 8
    (legend,) = having(root, "gl-map-legend")
    assert len(list(legend)) == 8
    assert not having(parsed(line_chart({"": ([0, 1], [0, 1])}, x="x", y="y")), "gl-map-legend")


def test_hostile_names_stay_text():
    text = line_chart({BAD: ([0, 1], [0, 1])}, x=BAD, y=BAD, title=BAD)
    parsed(text)
    assert "<b>" not in text
    grid = heat_grid(
        np.ones((1, 1)), x_edges=[0, 1], y_edges=[0, 1], x=BAD, y=BAD, unit=BAD, title=BAD
    )
    rule = superpixel_rule(np.zeros((1, 2, 2)), np.array([[0, 1], [0, 1]]), [1], title=BAD)
    for figure in (grid, rule):
        parsed(figure)
        assert "<b>" not in figure


def test_a_gap_breaks_the_line_and_a_long_line_is_thinned():
    root = parsed(line_chart({"": (range(5), [0, 1, np.nan, 1, 0])}, x="x", y="y"))
    assert len([e for e in root.iter() if e.tag == "polyline"]) == 2
    steps = np.arange(5000)
    root = parsed(line_chart({"": (steps, np.sqrt(steps))}, x="x", y="y"))
    (line,) = [e for e in root.iter() if e.tag == "polyline"]
    points = line.get("points").split()
    assert len(points) == MOST_POINTS and not having(root, "details")
    # ticks run to 5000, and the last point is kept
    assert float(points[-1].split(",")[0]) == pytest.approx(WIDTH - 14, abs=0.2)


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (-3.2, 7.7), (1e-5, 2e-5), (5, 5), (0, 0), (-2e6, 1e6)]
)
def test_ticks_hold_the_range_in_round_steps(low, high):
    found = ticks(low, high, 5)
    assert found[0] <= low and found[-1] >= high
    assert 2 <= len(found) <= 10
    steps = np.diff(found)
    np.testing.assert_allclose(steps, steps[0], rtol=1e-6)
    digit = steps[0] / 10.0 ** np.floor(np.log10(steps[0]) + 1e-9)
    assert round(digit, 6) in (1, 2, 5)


@pytest.mark.parametrize(
    "series",
    [{}, {"a": ([], [])}, {"a": ([1], [1, 2])}, {"a": ([1], [np.nan])}, {"a": ([[1]], [[1]])}],
)
def test_what_a_chart_refuses(series):
    with pytest.raises(InputError):
        line_chart(series, x="x", y="y")


def test_cells_are_coloured_around_zero_and_stand_at_their_edges():
    values = np.array([[2.0, 0.0], [-2.0, 1.0]])
    empty = np.array([[False, True], [False, False]])
    text = heat_grid(
        values, x_edges=[0, 1, 4], y_edges=[0, 2, 3], x="z1", y="z2", unit="probability",
        empty=empty, title="Both",
    )  # fmt: skip
    root = parsed(text)
    cells = [e for e in root.iter() if e.tag == "rect"]
    assert [c.get("fill") for c in cells] == [diverging(v / 2) for v in (2, 0, -2, 1)]
    assert cells[0].get("fill") != cells[2].get("fill")
    widths = [float(c.get("width")) for c in cells]
    assert widths[2] / widths[0] == pytest.approx(3.0, rel=1e-2)
    lower, upper = float(cells[0].get("y")), float(cells[1].get("y"))
    assert upper < lower  # larger y is higher up
    assert len(having(root, "gl-bare")) == 1 and "no pictures here" in text
    assert "highest 2 where z1 is 0 to 1 and z2 is 0 to 2" in label(root)
    parsed(heat_grid(np.zeros((2, 2)), x_edges=[0, 1, 4], y_edges=[0, 2, 3], x="", y="", unit=""))


@pytest.mark.parametrize(
    ("values", "x_edges"),
    [
        (np.ones((2, 2)), [0, 1]),
        (np.ones((1, 2)), [1, 0]),
        (np.full((1, 2), np.nan), [0, 1]),
        (np.ones(2), [0, 1]),
    ],
)
def test_what_a_grid_refuses(values, x_edges):
    with pytest.raises(InputError):
        heat_grid(values, x_edges=x_edges, y_edges=[0, 1, 2], x="", y="", unit="")


def test_a_rule_shows_its_superpixels_and_veils_the_rest():
    segments = np.repeat(np.arange(4), 4).reshape(4, 4)  # four rows
    root = parsed(superpixel_rule(np.full((3, 4, 4), 0.5), segments, [1, 2], title="Digit"))
    (veil,), (frame,) = having(root, "gl-hide"), having(root, "gl-keep")
    assert area(veil.get("d")) == 8 and area(frame.get("d")) == 8
    assert area(having(root, "gl-cut")[0].get("d")) == 16
    assert label(root) == (
        "Digit. 2 of 4 superpixels belong to the rule; they cover 50 % of the picture."
    )
    none = parsed(superpixel_rule(np.zeros((1, 4, 4)), segments, []))
    assert not having(none, "gl-keep") and "none of which is needed" in label(none)
    everything = parsed(superpixel_rule(np.zeros((1, 4, 4)), segments, range(4)))
    assert not having(everything, "gl-hide")


def area(path):
    """Area inside an SVG path of straight loops (shoelace)."""
    total = 0.0
    for loop in re.findall(r"M([^Z]*)Z", path):
        points = np.array([[float(v) for v in p.split(",")] for p in loop.split()])
        x, y = points.T
        total += 0.5 * float(x @ np.roll(y, -1) - y @ np.roll(x, -1))
    return abs(total)


def test_what_a_rule_refuses():
    with pytest.raises(InputError, match="same h and w"):
        superpixel_rule(np.zeros((1, 4, 4)), np.zeros((3, 4), int), [])
    with pytest.raises(InputError, match="superpixel 7"):
        superpixel_rule(np.zeros((1, 2, 2)), np.array([[0, 1], [0, 1]]), [7])

"""The latent map's SVG and what comes back from it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from genlens.errors import InputError
from genlens.figures.latents.latent_map import HEIGHT, WIDTH, Frame, latent_map_svg
from genlens.ui.latents.map.widget import read_event

pytestmark = pytest.mark.unit
RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(50, 2)) * [3.0, 0.2] + [10.0, -4.0]


def marks(svg: str) -> list[ET.Element]:
    root = ET.fromstring(svg)  # it is well-formed
    return [e for e in root.iter() if "gl-mark" in (e.get("class") or "")]


def test_every_point_is_one_mark_inside_the_frame() -> None:
    found = marks(latent_map_svg(POINTS))
    assert [int(m.get("data-i")) for m in found] == list(range(50))
    xs = [float(m.get("cx")) for m in found]
    ys = [float(m.get("cy")) for m in found]
    assert min(xs) >= 0 and max(xs) <= WIDTH and min(ys) >= 0 and max(ys) <= HEIGHT


def test_a_place_read_back_from_the_frame_is_the_point() -> None:
    """What the script does with data-frame is the inverse of ``Frame.place``."""
    svg = latent_map_svg(POINTS)
    x0, y0, x1, y1 = map(float, re.search(r'data-frame="([^"]+)"', svg)[1].split())
    margin = float(re.search(r'data-margin="([^"]+)"', svg)[1])
    placed = Frame.around(POINTS).place(POINTS)
    x = x0 + (placed[:, 0] - margin) / (WIDTH - 2 * margin) * (x1 - x0)
    y = y0 + (HEIGHT - placed[:, 1] - margin) / (HEIGHT - 2 * margin) * (y1 - y0)
    np.testing.assert_allclose(np.stack([x, y], 1), POINTS, atol=1e-4)


def test_larger_y_is_higher_up() -> None:
    low, high = marks(latent_map_svg(np.array([[0.0, 0.0], [0.0, 1.0]])))
    assert float(high.get("cy")) < float(low.get("cy"))


def test_one_character_names_are_drawn_as_themselves() -> None:
    """Digits read without colour."""
    classes = np.arange(50) % 10
    found = marks(latent_map_svg(POINTS, classes=classes, names=list("0123456789")))
    assert [m.text for m in found] == [str(c) for c in classes]
    assert len({m.get("fill") for m in found}) == 10


def test_values_colour_from_dark_to_bright_and_nan_is_grey() -> None:
    values = np.linspace(0, 1, 50)
    values[3] = np.nan
    found = marks(latent_map_svg(POINTS, values=values, value_name="error <per pixel>"))
    lightness = [sum(int(m.get("fill")[i : i + 2], 16) for i in (1, 3, 5)) for m in found]
    assert lightness[-1] > lightness[0]
    assert found[3].get("fill") == "#8A8F98"


def test_groups_are_ringed() -> None:
    svg = latent_map_svg(POINTS, group_a=[1, 2], group_b=[3])
    assert svg.count("gl-ring-a") == 2 and svg.count("gl-ring-b") == 1


@pytest.mark.parametrize(
    ("points", "options", "says"),
    [
        (np.zeros((0, 2)), {}, "n >= 1"),
        (np.zeros((3, 3)), {}, r"\(n, 2\)"),
        (np.full((3, 2), np.nan), {}, "NaN"),
        (np.zeros((5001, 2)), {}, "at most 5000"),
        (POINTS, {"classes": np.zeros(50, int), "values": np.zeros(50)}, "not by both"),
        (POINTS, {"classes": np.zeros(3, int), "names": ["a"]}, "one for each"),
        (POINTS, {"classes": np.full(50, 4), "names": ["a"]}, "no name"),
    ],
)
def test_what_cannot_be_drawn_is_refused(points: np.ndarray, options: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        latent_map_svg(points, **options)


def test_names_are_escaped() -> None:
    svg = latent_map_svg(
        POINTS, classes=np.zeros(50, int), names=["<script>x</script>"], axes=("<b>", "&")
    )
    assert "<script>" not in svg and "<b>" not in svg


def test_events_are_read_and_nonsense_is_refused() -> None:
    assert read_event(7, {"kind": "point"}, 50).index == 7
    assert read_event(-1, {"kind": "ground", "x": 1.5, "y": "2"}, 50).place == (1.5, 2.0)
    group = read_event(-1, {"kind": "group", "members": [1, 99, "x", 3], "second": True}, 50)
    assert group.members == (1, 3) and group.second
    for index, value in (
        (50, {"kind": "point"}),
        (None, {"kind": "point"}),
        (-1, {"kind": "ground", "x": "NaN", "y": 0}),
        (-1, {"kind": "ground"}),
        (0, None),
        (0, {"kind": "other"}),
    ):
        with pytest.raises(InputError, match="reload"):
            read_event(index, value, 50)

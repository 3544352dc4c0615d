"""The latent map's SVG and what comes back from it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from genlens.errors import InputError
from genlens.figures.latents.latent_map import HEIGHT, WIDTH, Frame, latent_map_svg
from genlens.ui.latents.charts import Projection
from genlens.ui.latents.map.widget import MapEvent, read_event

pytestmark = pytest.mark.unit
RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(50, 2)) * [3.0, 0.2] + [10.0, -4.0]


def marks(svg: str) -> list[ET.Element]:
    root = ET.fromstring(svg)  # it is well-formed
    return [e for e in root.iter() if e.get("data-i") is not None]


def place_of(mark: ET.Element) -> tuple[float, float]:
    x, y = re.fullmatch(r"translate\((\S+) (\S+)\)", mark.get("transform") or "").groups()
    return float(x), float(y)


def test_every_point_is_one_mark_inside_the_frame() -> None:
    found = marks(latent_map_svg(POINTS))
    assert [int(m.get("data-i")) for m in found] == list(range(50))
    xs, ys = zip(*map(place_of, found), strict=True)
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
    assert place_of(high)[1] < place_of(low)[1]


def test_one_character_names_are_drawn_as_themselves() -> None:
    """Digits read without colour."""
    classes = np.arange(50) % 10
    found = marks(latent_map_svg(POINTS, classes=classes, names=list("0123456789")))
    assert [m.text for m in found] == [str(c) for c in classes]
    assert len({m.get("class") for m in found}) == 10


def test_every_class_has_its_own_colour_and_shape() -> None:
    """Twelve kinds of hair once shared nine colours and one shape."""
    names = [f"class {i}" for i in range(30)]
    classes = np.arange(50) % 30
    found = marks(latent_map_svg(POINTS, classes=classes, names=names))
    look = [(m.get("class"), m.get("d")) for m in found]
    assert len(set(look)) == 30 and look[:20] == look[30:]
    assert len({c for c, _ in look[:12]}) == len({d for _, d in look[:12]}) == 12


def test_the_legend_shows_each_class_as_its_mark() -> None:
    classes = np.array([0, 1, -1] + [0] * 47)
    svg = latent_map_svg(POINTS, classes=classes, names=["cat", "dog"])
    legend = ET.fromstring(svg).find("ul")
    assert legend is not None
    assert ["".join(item.itertext()) for item in legend] == ["cat", "dog", "no class"]
    drawn = [next(m for m in item.iter() if m.get("d")) for item in legend]
    on_map = {int(m.get("data-i")): m for m in marks(svg)}
    for i, sample in enumerate(drawn):
        assert (sample.get("d"), sample.get("class")) == (
            on_map[i].get("d"),
            on_map[i].get("class"),
        )


def test_the_chosen_picture_is_ringed_and_what_was_found_stands_out() -> None:
    svg = latent_map_svg(POINTS, chosen=7, found=[3, 7])
    ring = next(e for e in ET.fromstring(svg).iter() if e.get("class") == "gl-map-chosen")
    found = {int(m.get("data-i")): m for m in marks(svg)}
    assert place_of(ring) == place_of(found[7]) and ring.get("visibility") is None
    faded = {i for i, m in found.items() if "gl-faded" in m.get("class")}
    assert faded == set(range(50)) - {3, 7}
    assert [int(m.get("data-i")) for m in marks(svg)][-2:] == [3, 7], "on top of the others"
    assert 'visibility="hidden"' in latent_map_svg(POINTS).split("gl-map-chosen")[1][:60]


def test_a_map_carries_what_it_is_of() -> None:
    here = {"model": 'a"<b', "projection": "tsne perplexity=30"}
    svg = ET.fromstring(latent_map_svg(POINTS, origin=here)).find("svg")
    assert svg is not None
    assert {k: svg.get(f"data-{k}") for k in here} == here
    other = ET.fromstring(latent_map_svg(POINTS, chosen=1, origin=here)).find("svg")
    assert other is not None and svg.get("data-stamp") != other.get("data-stamp")


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
    here = {"model": "m", "projection": "tsne perplexity=12"}

    def read(index: object, value: object) -> MapEvent:
        given = {**here, **value} if isinstance(value, dict) else value
        return read_event(index, given, "m", 50)

    assert read(7, {"kind": "point"}).index == 7
    ground = read(-1, {"kind": "ground", "x": 1.5, "y": "2"})
    assert ground.place == (1.5, 2.0)
    assert ground.projection == Projection("tsne", perplexity=12), "the map's, not the radio's"
    group = read(-1, {"kind": "group", "members": [1, 99, "x", 3], "second": True})
    assert group.members == (1, 3) and group.second
    for index, value in (
        (50, {"kind": "point"}),
        (None, {"kind": "point"}),
        (-1, {"kind": "ground", "x": "NaN", "y": 0}),
        (-1, {"kind": "ground"}),
        (0, {"kind": "other"}),
    ):
        with pytest.raises(InputError, match="reload"):
            read(index, value)
    for other in (None, [], {"model": "another"}, {"model": None}):
        with pytest.raises(InputError, match="another model"):
            read(0, {"kind": "point", **other} if isinstance(other, dict) else other)
    for key in (
        "mds",
        "tsne perplexity=1e9",
        "tsne perplexity=x",
        "umap size=3",
        "",
        None,
        "=" * 99,
    ):
        with pytest.raises(InputError, match="projection|method|perplexity"):
            read(0, {"kind": "point", "projection": key})

"""Heat maps, bars, the grid of methods and the facts: well formed, true to the numbers, escaped."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from genlens.attribution.comparison import Comparison, Trial
from genlens.attribution.faithfulness import Deletion
from genlens.attribution.randomisation import RandomisationTest
from genlens.attribution.results import Attribution
from genlens.common.records import MadeBy
from genlens.errors import InputError
from genlens.figures.attribution.bars import latent_bars
from genlens.figures.attribution.facts import (
    adds_up,
    attribution_facts,
    plain_number,
    sum_sentence,
    unit_of,
)
from genlens.figures.attribution.method_grid import NOT_TRUSTED, TRUSTED, method_grid
from genlens.figures.attribution.picture import attribution_picture
from genlens.figures.attribution.pixel_map import (
    attribution_map,
    describe,
    heat_rgb,
    picture_panels,
    scale_end,
)
from genlens.figures.latents.layer_cosines import layer_cosines
from genlens.figures.palette import diverging, sequential
from genlens.latents.activations import layer_activations
from page_explanations import HOSTILE
from tiny_vaes import conv_model

pytestmark = pytest.mark.unit

PICTURE = np.linspace(0, 1, 64, dtype=np.float32).reshape(1, 8, 8)
VALUES = np.zeros((1, 8, 8))
VALUES[0, 2, 5], VALUES[0, 6, 1] = 3.0, -1.0
SIGNED = Attribution(
    VALUES, "lrp", "mean of z3", unit="latent units", output=2.0, base=0.0, gap=0.0
)
SIZES = replace(SIGNED, values=np.abs(VALUES), signed=False, method="saliency", base=None, gap=None)
LATENTS = Attribution(
    np.array([0.5, -0.25, 0.0, 0.25]), "kernel-shap", "a region", kind="latent",
    unit="pixel value", labels=("z0", "z1", "z2", "z3"), output=0.5, base=0.0, gap=0.0,
)  # fmt: skip
VOID = {"img", "br", "input", "path", "image", "circle", "rect"}


class Tree(HTMLParser):
    """Every opened tag is closed in order; keeps the elements seen."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, tag


def images_in(text: str) -> list[np.ndarray]:
    """The embedded pictures, in order."""
    found = re.findall(r'data:image/png;base64,([^"]+)"', text)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(part)))) for part in found]


def rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def test_signed_values_are_red_and_blue_around_a_neutral_zero() -> None:
    colours, strength = heat_rgb(VALUES[0] / 3, signed=True)
    assert colours[2, 5].tolist() == rgb(diverging(1))
    assert colours[2, 5, 0] > colours[2, 5, 2]  # for: red, as in shap's figures
    assert colours[0, 0].tolist() == pytest.approx(rgb(diverging(0)), abs=2)
    assert colours[6, 1, 0] < colours[6, 1, 2]  # against: blue
    assert strength[0, 0] == 0 and strength[2, 5] == 1


def test_sizes_run_from_dark_to_bright() -> None:
    colours, _ = heat_rgb(np.array([[0.0, 1.0]]), signed=False)
    assert colours[0, 0].tolist() == rgb(sequential(0))
    assert colours[0, 1].tolist() == rgb(sequential(1))


def test_one_loud_pixel_does_not_hide_the_others() -> None:
    values = np.ones((40, 40))
    values[3, 3] = 1e6
    assert scale_end(values) == 1.0
    assert scale_end(np.zeros((4, 4))) == 0.0
    assert scale_end(VALUES[0]) > 0  # almost all zero: the largest then


def test_the_map_shows_picture_map_and_both() -> None:
    text = attribution_map(SIGNED, PICTURE, title="LRP", uid="one")
    tree = Tree(text)
    labels = [a["aria-label"] for tag, a in tree.seen if tag == "svg"]
    assert len(labels) == 3 and all(labels)
    pictures = images_in(text)
    assert [p.shape for p in pictures] == [(8, 8, 3)] * 3 + [(8, 8, 4)]
    assert pictures[0][..., 0].tolist() == np.round(PICTURE[0] * 255).astype(int).tolist()
    assert pictures[3][0, 0, 3] == 0  # nothing lies over a pixel that says nothing
    assert 'id="one-heat-title"' in text
    assert "lowers" in text and "raises" in text and "latent units" in text


def test_a_coarse_map_is_stretched_over_the_picture() -> None:
    coarse = replace(SIGNED, values=np.arange(4.0).reshape(2, 2))
    assert 'width="8" height="8" preserveAspectRatio="none"' in attribution_map(coarse, PICTURE)


def test_colour_pictures_and_regions() -> None:
    region = np.zeros((8, 8), dtype=bool)
    region[2:5, 2:5] = True
    text = attribution_map(
        replace(SIGNED, values=np.repeat(VALUES, 3, axis=0)),
        np.repeat(PICTURE, 3, axis=0),
        region=region,
    )
    Tree(text)
    assert text.count("gl-heat-region") == 1
    two = picture_panels([PICTURE, PICTURE], ["a", "b"], region=region)
    assert two.count("gl-heat-region") == 2


def test_what_the_map_says_in_words() -> None:
    said = describe(SIGNED)
    assert "row 3 of 8, column 6 of 8" in said
    assert "75 % of the weight speaks for" in said and "25 % for a lower" in said
    assert "speaks" not in describe(SIZES)
    assert "no pixel matters" in describe(replace(SIGNED, values=np.zeros((1, 8, 8))))


@pytest.mark.parametrize(
    ("attribution", "picture", "says"),
    [
        (LATENTS, PICTURE, "latent_bars"),
        (SIGNED, PICTURE[0], r"\(1 or 3"),
        (SIGNED, np.zeros((2, 8, 8)), r"\(1 or 3"),
    ],
)
def test_what_is_no_map_is_refused(
    attribution: Attribution, picture: np.ndarray, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        attribution_map(attribution, picture)


def test_bars_have_their_numbers_and_sides() -> None:
    text = latent_bars(LATENTS, code=np.array([1.0, 2.0, 3.0, -4.0]), title="SHAP")
    tree = Tree(text)
    spans = [a["style"] for tag, a in tree.seen if tag == "span" and "left:" in (a["style"] or "")]
    assert spans[0].startswith("left:50.0%;width:50.0%")
    assert spans[1].startswith("left:25.0%;width:25.0%")  # a negative value ends in the middle
    assert "−0.25" in text and "−4" in text
    assert "z0 (0.5), z1 (−0.25), z3 (0.25): together 100 %" in text


def test_many_latents_are_cut_to_the_largest() -> None:
    many = replace(LATENTS, values=np.arange(100.0) - 50, labels=())
    text = latent_bars(many, most=10)
    assert "the 10 largest of 100 latents" in text
    assert text.count('<th scope="row">') == 10
    assert ">z0<" in text and ">z99<" in text and ">z50<" not in text


def test_bars_refuse_pictures_and_codes_of_another_size() -> None:
    with pytest.raises(InputError, match="attribution_map"):
        latent_bars(SIGNED)
    with pytest.raises(InputError, match="the code has shape"):
        latent_bars(LATENTS, code=np.zeros(3))


@pytest.mark.parametrize(
    ("change", "verdict", "says"),
    [
        ({}, True, "Relevance is conserved"),
        ({"method": "integrated-gradients", "base": 1.0, "gap": 0.001}, True, "0.1 %"),
        ({"gap": 0.5}, False, "do not add up"),
        ({"output": 0.0, "gap": 0.5}, False, "nothing to share out"),
        ({"method": "saliency", "base": None, "gap": None}, None, "slopes"),
        ({"method": "grad-cam", "base": None, "gap": None}, None, "no unit"),
        ({"method": "lime", "base": None, "gap": None}, None, "stand-in"),
        ({"method": "occlusion", "base": None, "gap": None}, None, "overlap"),
    ],
)
def test_whether_values_add_up_is_said_in_words(
    change: dict, verdict: bool | None, says: str
) -> None:
    changed = replace(SIGNED, **change)
    assert adds_up(changed) is verdict
    assert says in sum_sentence(changed)


def test_facts_name_costs_settings_and_notes() -> None:
    found = replace(
        SIGNED,
        made_by=MadeBy(
            seconds=0.1234, model_calls=1234, settings={"rule": "gamma", "absolute": True}
        ),
        notes=(HOSTILE,), details={"r2": 0.5},
    )  # fmt: skip
    text = attribution_facts(found)
    Tree(text)
    assert "0.12 s" in text and "1,234" in text and "rule: gamma; sizes only: yes" in text
    assert "seed" not in text  # nothing was drawn
    assert "seed: 7" in attribution_facts(replace(LATENTS, made_by=MadeBy(seed=7)))
    assert "<script" not in text and "R²" in text


def test_units_follow_the_method() -> None:
    assert unit_of(SIZES) == "latent units per unit of brightness (0 to 1)"
    made = MadeBy(settings={"kind": "vargrad"})
    assert "squared" in unit_of(replace(SIZES, method="smoothgrad", made_by=made))
    assert unit_of(replace(SIGNED, method="grad-cam")) == "no unit"
    assert unit_of(LATENTS) == "pixel value"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.25, "−0.25"), (1234.5, "1.23e+03"), (1e-7, "1.00e−07"), (float("nan"), "–")],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert plain_number(value) == text


def trial(name: str, final: float, attribution: Attribution = SIGNED) -> Trial:
    gone = Deletion(
        np.array([0.0, 1.0]), np.array([1.0, 0.0]), np.zeros((39, 2)), 0.2, 0.5, 1.0, name, "t"
    )
    test = RandomisationTest(("all",), np.array([[final]]), final, final >= 0.5, 0.5, name, "t")
    return Trial(name, replace(attribution, method=name), gone, test)


def test_the_grid_says_which_maps_to_trust() -> None:
    comparison = Comparison(
        (
            trial("saliency", 0.1, SIZES),
            trial("guided-backprop", 0.9),
            Trial("lrp", refused=f"no chain {HOSTILE}"),
            Trial("occlusion", SIGNED, untested="it gives NaN"),
        ),
        target=HOSTILE,
        kind="image",
    )
    text = method_grid(comparison, PICTURE)
    tree = Tree(text)
    assert len([1 for tag, a in tree.seen if tag == "li"]) == 5  # the picture, and four methods
    assert text.count(TRUSTED) == 2 and text.count(NOT_TRUSTED) == 2  # on cards and in the table
    assert "+0.3" in text and "100 %" in text
    assert "not tested: it gives NaN" in text
    assert "<script" not in text
    assert all(a.get("alt") for tag, a in tree.seen if tag == "img")


def test_the_grid_draws_bars_for_latents() -> None:
    text = method_grid(Comparison((trial("shap", 0.0, LATENTS),), "t", "latent"), PICTURE)
    Tree(text)
    assert text.count("<rect") == 4


def test_comparisons_are_json_able() -> None:
    import json

    comparison = Comparison(
        (trial("saliency", float("nan")), Trial("lrp", refused="x")), "t", "image"
    )
    first, second = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))["trials"]
    assert first["deletion_gain"] == pytest.approx(0.3)
    assert first["shuffled_correlation"] is None
    assert second["attribution"] is None and second["refused"] == "x"


def test_layers_are_told_in_numbers() -> None:
    images = np.random.default_rng(0).random((12, 1, 16, 16), dtype=np.float32)
    import torch

    report = layer_activations(
        conv_model(), torch.from_numpy(images), [HOSTILE, "b"] * 6, centre=True
    )
    text = layer_cosines(report)
    tree = Tree(text)
    assert len([1 for tag, a in tree.seen if tag == "svg"]) == len(report.layers)
    assert "12 pictures of 2 classes" in text and "<script" not in text


@pytest.mark.parametrize("attribution", [SIGNED, SIZES, LATENTS])
def test_the_picture_for_slides(attribution: Attribution) -> None:
    drawn = attribution_picture(attribution, PICTURE)
    assert drawn.size[0] == 1360
    assert len(np.unique(np.asarray(drawn).reshape(-1, 3), axis=0)) > 20

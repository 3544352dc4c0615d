"""Thumbnails, cards, sliders and group tables: complete, escaped, and readable without sight."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from genlens.errors import InputError
from genlens.figures.latents.difference import _rgb, difference, difference_strip
from genlens.figures.latents.group_table import group_table
from genlens.figures.latents.portrait_card import error_sentence, portrait_card, portrait_line
from genlens.figures.latents.sliders import latent_sliders, slider_range
from genlens.figures.picture_strip import picture_grid, picture_img, picture_strip, picture_uri
from genlens.latents.maps.neighbours import compare_groups
from genlens.latents.portrait import portrait
from genlens.latents.traversals.handles import handles
from vae_page import small_study

pytestmark = pytest.mark.unit
HOSTILE = '"><script>alert(1)</script>'
GREY = np.full((1, 4, 6), 0.5, np.float32)


@pytest.fixture(scope="module")
def study():
    return small_study(30)


def pixels_of(uri: str) -> np.ndarray:
    import base64
    import io

    from PIL import Image

    kind, data = uri.split(",", 1)
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def test_a_thumbnail_is_the_picture() -> None:
    colour = np.random.default_rng(0).random((3, 5, 7), dtype=np.float32)
    found = pixels_of(picture_uri(colour))
    assert np.array_equal(found, (colour * 255).round().astype(np.uint8).transpose(1, 2, 0))
    grey = pixels_of(picture_uri(GREY))
    assert grey.shape == (4, 6, 3) and (grey == 128).all()
    assert pixels_of(picture_uri(GREY * 9)).max() == 255


@pytest.mark.parametrize("bad", [np.zeros((4, 6)), np.zeros((2, 4, 6)), np.full((1, 2, 2), np.nan)])
def test_what_is_no_picture_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(InputError, match="picture"):
        picture_uri(bad)


def test_strips_name_every_picture() -> None:
    strip = picture_strip([GREY, GREY], ["one", ""], alts=["first", "second"], title="Two & more")
    root = ET.fromstring(strip.replace("&amp;", "and").replace('px">', 'px"/>'))
    assert [e.get("alt") for e in root.iter("img")] == ["first", "second"]
    assert "Two &amp; more" in strip and strip.count("<span>") == 1
    assert picture_strip([GREY], ["a"], marked=[0]).count("gl-marked") == 1
    for captions, alts in ((["one"], None), (["one", "two"], ["x"])):
        with pytest.raises(InputError, match="2 pictures"):
            picture_strip([GREY, GREY], captions, alts=alts)


def test_grids_have_names_at_both_sides() -> None:
    images = np.stack([[GREY] * 3] * 2)
    found = picture_grid(images, ["r1", "r2"], ["a", "b", "c"], title="T", corner="x")
    assert found.count('scope="row"') == 2 and found.count('scope="col"') == 3
    assert found.count("<img") == 6 and 'alt="r2: c"' in found
    own = picture_grid(images, ["r1", "r2"], [["1", "2", "3"], ["4", "5", "6"]], title="T")
    assert 'alt="r2: 6"' in own and "<thead" not in own
    with pytest.raises(InputError, match="2 x 3"):
        picture_grid(images, ["r1"], ["a", "b", "c"], title="T")


def test_texts_are_escaped(study) -> None:
    images = np.stack([[GREY]])
    named = replace(study, names=(HOSTILE,) * 3)
    for text in (
        picture_img(GREY, HOSTILE),
        picture_strip([GREY], [HOSTILE], title=HOSTILE),
        picture_grid(images, [HOSTILE], [HOSTILE], title=HOSTILE, corner=HOSTILE),
        portrait_card(portrait(named, 1), note=HOSTILE),
        portrait_line(portrait(named, 1), f"?model={HOSTILE}", data=HOSTILE),
    ):
        assert "<script" not in text


def test_a_card_shows_both_pictures_the_error_with_its_unit_and_a_map(study) -> None:
    shown = portrait(study, 4)
    card = portrait_card(shown, note="computed in advance from x")
    assert card.count("<img") == 3 and "gl-heat" in card
    away, most = difference(shown.image, shown.rebuilt)
    assert "darker" in card and f"brighter +{most:.2f}" in card
    assert away.max() == pytest.approx((shown.rebuilt - shown.image).mean(0).max(), abs=1e-6)
    assert "Picture 4, class middle" in card and "computed in advance" in card
    assert "mean squared pixel difference; pixels run from 0 to 1" in card
    assert f"z{shown.latent}" in card and "Integrated Gradients" in card
    assert "gl-heat" not in portrait_card(portrait(study, 4, explain=False))
    line = portrait_line(shown, "?model=a&picture=4")
    assert 'href="?model=a&amp;picture=4"' in line and line.count("<img") == 2
    assert "href" not in portrait_line(shown, "") and "of 30: stripes." in portrait_line(
        shown, "", data="stripes"
    )


def test_the_difference_has_the_sign_of_reconstruction_minus_input() -> None:
    image, rebuilt = np.full((1, 2, 2), 0.5), np.full((1, 2, 2), 0.5)
    rebuilt[0, 0, 0], rebuilt[0, 1, 1] = 0.9, 0.3
    away, most = difference(image, rebuilt)
    assert away == pytest.approx(np.array([[0.4, 0], [0, -0.2]])) and most == pytest.approx(0.4)
    text = difference_strip(image, rebuilt)
    shown = np.array([[_rgb(v / most) for v in row] for row in away]).transpose(2, 0, 1)
    assert picture_uri(shown) in text
    assert picture_uri(np.broadcast_to(shown[:, :1, 1:], (3, 2, 2))) in difference_strip(
        image, image
    )
    with pytest.raises(InputError, match="differ"):
        difference_strip(image, np.zeros((3, 2, 2)))


def test_errors_are_judged_by_the_set(study) -> None:
    shown = portrait(study, 4, explain=False)
    assert "better than half" in error_sentence(replace(shown, error=0.1, median=0.2))
    assert "worse than half" in error_sentence(replace(shown, error=0.3, median=0.2))
    assert "badly rebuilt" in error_sentence(replace(shown, error=0.5, median=0.2))


def test_every_latent_has_a_slider_that_starts_at_the_code(study) -> None:
    found = handles(study.codes)
    places = study.codes.mean[3]
    text = latent_sliders(found, places, study.images[3], model=f"m{HOSTILE}", picture=3)
    assert "<script" not in text
    sliders = re.findall(r'data-start="([^"]+)" data-i="(\d+)" aria-label="z(\d+), ', text)
    assert [int(i) for _, i, _ in sliders] == list(found.use.order)
    for start, i, name in sliders:
        assert i == name and float(start) == pytest.approx(places[int(i)], abs=1e-5)
    with pytest.raises(InputError, match="3 places for 4"):
        latent_sliders(found, places[:3], study.images[3], model="m", picture=3)


def test_sliders_reach_the_picture_and_the_set(study) -> None:
    found = handles(study.codes)
    j = int(found.use.order[0])
    low, high = slider_range(found, j, 0.0)
    assert low <= found.use.low[j] and high >= found.use.high[j]
    assert slider_range(found, j, high + 5)[1] == high + 5
    asleep = replace(found, use=replace(found.use, kl=np.zeros(4)))
    assert slider_range(asleep, j, 0.0)[0] <= -3 and slider_range(asleep, j, 0.0)[1] >= 3


def test_more_than_32_handles_are_folded_away() -> None:
    study = small_study(10, d=40)
    found = handles(study.codes)
    text = latent_sliders(found, study.codes.mean[0], study.images[0], model="m", picture=0)
    assert "The other 8 latents" in text
    assert text.count('type="range"') == 40


def test_groups_are_compared_in_words_and_numbers(study) -> None:
    a, b = np.flatnonzero(study.labels == 0), np.flatnonzero(study.labels == 2)
    found = compare_groups(study.codes, a, b)
    middles = study.images[:2]
    text = group_table(found, [f"z{j}" for j in range(4)], middles, titles=("tops", f"b{HOSTILE}"))
    assert "<script" not in text and text.count("<img") == 2
    assert f"tops, {len(a)} pictures" in text
    best = int(found.order[0])
    assert text.index(f'row">z{best}<') < text.index(f'row">z{int(found.order[-1])}<')
    assert f"{found.auc[best]:.2f}" in text
    short = group_table(found, [f"z{j}" for j in range(4)], middles, rows=2)
    assert "2 more latents differ less" in short


def test_a_latent_that_does_not_vary_has_no_effect_size(study) -> None:
    codes = study.codes.mean.copy()
    codes[:, 1] = 2.0
    found = compare_groups(codes, np.arange(5), np.arange(5, 10))
    assert "it does not vary" in group_table(found, list("abcd"), study.images[:2])

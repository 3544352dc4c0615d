"""The parts of the VAE page, without a server: studies, maps, sliders, groups, links, opening."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest

from genlens.errors import Cancelled, InputError
from genlens.figures.picture_strip import picture_uri
from genlens.ui import link as vae_link
from genlens.ui import studies
from genlens.ui.latents import charts as vae_maps
from genlens.ui.latents import opening as vae_opening
from genlens.ui.latents.endpoints import api_decode, api_latent_map, api_traverse
from genlens.ui.latents.map import groups as vae_groups
from genlens.ui.latents.map import view as vae_map_view
from genlens.ui.latents.map.widget import thumbnail
from genlens.ui.latents.page import TABS, line_html
from genlens.ui.latents.sliders import steer as vae_steer
from genlens.ui.training.tab import INTRO
from vae_page import MODEL, lacks, small_study, standing_in

pytestmark = pytest.mark.apps


@pytest.fixture(scope="module")
def study():
    return small_study()


@pytest.fixture
def model(study):
    with standing_in(study) as name:
        yield name


# --- studies ---------------------------------------------------------------------------------


def test_own_models_are_found_by_an_id_that_nobody_guesses(study) -> None:
    shelf = studies.Studies()
    first, second = (shelf.register("Holiday <b>photos</b>!", study) for _ in range(2))
    assert first != second and first.startswith("mine-holiday-b-photos-b-")
    assert shelf.get(first) is study
    with pytest.raises(InputError, match="no longer here"):
        shelf.get(first[:-1])


def test_only_a_few_own_models_are_kept(study, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = studies.Studies()
    names = [shelf.register("x", study) for _ in range(studies.KEPT_OWN + 1)]
    with pytest.raises(InputError, match="Train it again"):
        shelf.get(names[0])
    assert shelf.get(names[-1]) is study
    monkeypatch.setattr(studies, "KEPT_BYTES", 2.5 * study.images.nbytes)
    last = shelf.register("x", study)
    assert shelf.get(last) is study and len(shelf._own) == 2


def test_a_page_opens_no_folders_unasked(tmp_path: Path) -> None:
    for name in (str(tmp_path), "./here", "../../etc", "owner/name"):
        with pytest.raises(InputError, match="does not offer"):
            studies.Studies().get(name)


@pytest.mark.parametrize("nothing", ["", "  ", None])
def test_no_model_is_no_model(nothing) -> None:
    with pytest.raises(InputError, match="no model is chosen"):
        studies.study(nothing)


# --- maps ------------------------------------------------------------------------------------


def test_a_map_is_drawn_once(model: str) -> None:
    made = vae_maps.chart(model)
    assert vae_maps.chart(model, vae_maps.Projection(perplexity=9)) is made, "not a setting of PCA"
    facts = made.facts()
    assert facts["n"] == 60 and facts["d"] == 4 and "points" not in facts
    assert 0 <= facts["picture_error"] < 1
    with pytest.raises(Cancelled):
        vae_maps.chart(model, vae_maps.Projection("tsne"), cancel=lambda: True)


def test_maps_are_coloured_by_what_is_known(study, model: str) -> None:
    made = vae_maps.chart(model)
    offered = vae_map_view.colourings(study)
    assert offered[0] == "class" and "bright" in offered and "reconstruction error" in offered
    for colour in (*offered, "what is not known"):
        look = vae_map_view.Look(colour, ((0,), (1,), ("A", "B")))
        drawn = vae_map_view.drawn_map(model, study, made, vae_maps.PCA, look)
        assert drawn.count("data-i=") == len(study)
    bare = replace(study, names=(), attributes={})
    assert vae_map_view.colourings(bare)[0] == "reconstruction error"


def test_quality_is_printed_with_what_it_means(model: str) -> None:
    text = vae_map_view.facts_html(vae_maps.chart(model).facts(), note="in advance")
    for word in ("Trustworthiness", "Continuity", "Explained variance", "latent units"):
        assert word in text
    assert "in advance" in text
    facts = vae_maps.chart(model).facts() | {"method": "umap", "neighbours": 5}
    assert "mean nothing" in vae_map_view.facts_html(facts)
    assert "5 nearest pictures" in vae_map_view.facts_html(facts)


def test_empty_ground_is_decoded_with_its_doubt(study, model: str) -> None:
    made = vae_maps.chart(model)
    on_a_point = tuple(made.map.points[0].tolist())
    near = vae_map_view.ground_html(study, made, vae_maps.PCA, on_a_point)
    assert "data close by" in near and "latent units" in near and "<img" in near
    assert "a guess" in vae_map_view.ground_html(study, made, vae_maps.PCA, (50.0, 50.0))


def test_a_map_of_many_says_how_many_its_quality_was_measured_on(model: str) -> None:
    facts = vae_maps.chart(model).facts()
    facts["made_by"]["settings"]["quality_points"] = 40
    assert "measured on 40 of them, drawn by chance" in vae_map_view.facts_html(facts)


def test_a_projection_is_written_and_read_back() -> None:
    for made in (
        vae_maps.PCA,
        vae_maps.Projection("tsne", perplexity=12.5),
        vae_maps.Projection("umap", neighbours=40, min_dist=0.05),
    ):
        assert vae_maps.Projection.read(made.key) == made


def test_a_thumbnail_is_the_picture_and_its_words(study, model: str) -> None:
    shown = thumbnail({"model": model, "picture": 4})
    assert shown["image"] == picture_uri(study.images[4]) and shown["said"] == "picture 4, middle"
    for bad in (None, {}, {"model": model, "picture": 60}, {"model": "mine-x", "picture": 0}):
        assert set(thumbnail(bad)) == {"error"}


def test_neighbours_of_both_kinds(study) -> None:
    text = vae_map_view.neighbours_html(study, 3)
    assert text.count("<img") == 2 * vae_map_view.NEIGHBOURS
    assert "latent space" in text and "pixels" in text


def test_groups_share_nobody() -> None:
    groups = vae_groups.with_group(vae_groups.NO_GROUPS, 0, [3, 1, 2])
    assert groups[0] == (1, 2, 3)
    groups = vae_groups.with_group(groups, 1, [3, 4], "class b")
    assert groups == ((1, 2), (3, 4), ("group A", "class b"))
    assert "<b>2</b> pictures" in vae_groups.groups_html(groups)
    assert "at least 2" in vae_groups.groups_html(vae_groups.NO_GROUPS)


def test_two_groups_are_compared(study) -> None:
    text = vae_map_view.comparison_html(study, (0, 3, 6), (1, 4, 7), ("A", "B"))
    assert "AUC" in text and text.count("<img") == 2
    with pytest.raises(InputError, match="at least 2"):
        vae_map_view.comparison_html(study, (0,), (1, 2), ("A", "B"))


# --- sliders ---------------------------------------------------------------------------------


def test_sliders_decode_what_they_stand_for(study, model: str) -> None:
    start = vae_steer.steering(model, 4).places
    image = vae_steer.decoded({"model": model, "picture": 4, "places": start.tolist()})
    assert np.square(image - study.images[4]).mean() == pytest.approx(study.errors[4], rel=1e-4)
    answer = vae_steer.steer({"model": model, "picture": 4, "places": (start + 1).tolist()})
    assert answer["image"].startswith("data:image/png") and "ms" in answer["said"]


@pytest.mark.parametrize(
    "asked",
    [
        None,
        [],
        {},
        {"picture": 1, "places": [0] * 4},
        {"model": MODEL, "picture": "x", "places": [0] * 4},
        {"model": MODEL, "picture": 1.5, "places": [0] * 4},
        {"model": MODEL, "picture": 60, "places": [0] * 4},
        {"model": MODEL, "picture": -1, "places": [0] * 4},
        {"model": MODEL, "picture": 1, "places": [0] * 3},
        {"model": MODEL, "picture": 1, "places": ["x"] * 4},
        {"model": MODEL, "picture": 1, "places": [float("nan")] * 4},
        {"model": MODEL, "picture": 1, "places": [1e30] * 4},
        {"model": "mine-x", "picture": 1, "places": [0] * 4},
    ],
)
def test_nonsense_from_a_browser_is_an_answer_too(model: str, asked: object) -> None:
    assert set(vae_steer.steer(asked)) == {"error"}


# --- links, opening --------------------------------------------------------------------------


def test_a_link_restores_what_it_was_made_from() -> None:
    address = vae_link.query("a/b&c", 7, "why")
    assert vae_link.read(dict(parse_qsl(address[1:])), ["a/b&c"], TABS) == {
        "model": "a/b&c",
        "picture": 7,
        "tab": "why",
    }


def test_no_link_opens_a_visitors_pictures(study) -> None:
    """The page says so: an upload is shown in one browser tab only."""
    own = studies.register("holiday", study)
    assert vae_link.query(own, 3, "map", latent=2) == ""
    assert "model" not in vae_link.read({"model": own}, [MODEL], TABS)
    line = line_html(own, 3)
    assert "href" not in line and own not in line and "No link opens your pictures" in line
    assert f'startsWith("{studies.OWN}")' in vae_link.REMEMBER, "nor the address bar"
    assert "no link opens them" in INTRO and "stripes" in line


def test_an_old_or_broken_link_still_opens_the_page() -> None:
    for broken in (
        {"model": "gone", "picture": "-1", "tab": "nowhere"},
        {"picture": "²"},
        {"picture": "9" * 400},
        {"picture": ""},
    ):
        assert vae_link.read(broken, ["here"], TABS) == {}


def test_the_opening_is_stored_and_read_back(model: str, tmp_path: Path) -> None:
    assert vae_opening.load_opening(tmp_path / "none.npz") is None
    made = vae_opening.compute_opening(model)
    found = vae_opening.load_opening(vae_opening.save_opening(made, tmp_path / "o.npz"))
    assert found is not None
    assert found.picture == made.picture and found.names == made.names
    assert np.allclose(found.points, made.points)
    old, new = made.portrait.attribution, found.portrait.attribution
    assert old is not None and new is not None
    assert np.allclose(old.values, new.values, atol=1e-6) and old.method == new.method
    assert new.relative_gap == pytest.approx(old.relative_gap)
    assert "computed in advance" in found.note


def test_the_shipped_opening_is_of_the_shipped_model() -> None:
    """Run ``python -m genlens.ui.latents.opening`` after every training."""
    if lacks(MODEL):
        pytest.skip(f"this checkout has no weights for {MODEL}")
    from genlens.models.catalog import load

    found = vae_opening.load_opening()
    assert found is not None and found.model == MODEL
    assert found.revision == load(MODEL, contract="Autoencoder").card.revision
    assert vae_opening.PATH.stat().st_size < 300_000


# --- endpoints -------------------------------------------------------------------------------


def test_maps_and_decoding_for_programs(study, model: str) -> None:
    found = api_latent_map(model)
    assert len(found["points"]) == len(found["labels"]) == len(found["errors"]) == 60
    by_code = api_decode(model, latents=study.codes.mean[2].tolist())
    assert by_code["shape"] == [1, 16, 16]
    by_place = api_decode(model, place=found["points"][2])
    assert by_place["far"] == pytest.approx(0, abs=1e-6) and by_place["inverse_error"] > 0
    # A place is decoded by the map that it is a place of.
    other = api_latent_map(model, "tsne", perplexity=5)
    assert other["projection"] == "tsne perplexity=5" and other["data"] == "stripes"
    for i in (2, 7):
        there = api_decode(model, place=other["points"][i], projection=other["projection"])
        assert there["latents"] == pytest.approx(study.codes.mean[i].tolist(), abs=1e-3)
    for bad in (
        {},
        {"latents": [1.0], "place": [1.0, 2.0]},
        {"latents": [1.0]},
        {"latents": ["x"] * 4},
        {"place": [float("inf"), 0.0]},
    ):
        with pytest.raises(InputError, match="pass|should be"):
            api_decode(model, **bad)
    with pytest.raises(InputError, match="pca"):
        api_latent_map(model, "mds")
    for bad in ({"perplexity": 0}, {"neighbours": 2.5}, {"min_dist": 9}, {"neighbours": None}):
        with pytest.raises(InputError, match=next(iter(bad)).replace("min_dist", "minimum")):
            api_latent_map(model, "umap", **bad)


def test_traversals_for_programs(study, model: str) -> None:
    found = api_traverse(model, 3, steps=5)
    assert found["names"] == [f"z{j}" for j in found["latents"]]
    assert [len(row) for row in found["images"]] == [5] * 4
    assert found["origin"] == pytest.approx(study.codes.mean[3].tolist())
    assert api_traverse(model, 3, latents=[2])["latents"] == [2]
    for bad in ({"steps": 2}, {"steps": 99}, {"latents": [9]}, {"picture": 60}):
        with pytest.raises(InputError):
            api_traverse(model, **bad)

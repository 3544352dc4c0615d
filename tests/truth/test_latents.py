"""What the shipped VAEs and their explanations are worth, against their worlds' truth.

The models are measured again on fewer pictures than ``genlens evaluate latents --json`` recorded in
``zoo/cards/latents.json``; figures have to lie where sampling allows.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import genlens
from genlens.attribution.controls import CONTROLS
from genlens.latents.evaluation.cases import control, latent_cases, pixel_cases
from genlens.latents.evaluation.evaluate import SHIPPED, Size, evaluate_latents
from genlens.latents.evaluation.faces import measure_faces
from genlens.latents.evaluation.methods import measure_method
from genlens.latents.evaluation.space import measure_space
from genlens.latents.evaluation.table import format_table
from genlens.latents.maps.latent_map import latent_map
from genlens.models.catalog import find, weights_folder
from genlens.study.study import with_own_labels
from genlens.zoo import evaluate
from genlens.zoo.measures import vae as measure_vae

pytestmark = pytest.mark.truth

CARDS = Path(evaluate.__file__).parent / "cards"
RECORDED = CARDS / "latents.json"


def shipped(model: str) -> None:
    """Skip where ``model`` is not in this checkout."""
    if find(model) is None or not weights_folder(model).is_dir():
        pytest.skip(f"the weights of {model} are not in this checkout yet")


@pytest.fixture(scope="module")
def recorded() -> dict:
    if not RECORDED.is_file():
        pytest.skip("genlens evaluate latents --json zoo/cards/latents.json was not run yet")
    return json.loads(RECORDED.read_text(encoding="utf-8"))


@pytest.mark.parametrize("model", ["digits-vae", "maritime-vae"])
def test_codes_know_more_of_classes_than_chance(model: str) -> None:
    shipped(model)
    found = measure_space(genlens.load_study(model, 400), maps=("pca",))
    assert found.latent_space.purity.low > found.latent_space.chance.value + 0.2
    assert found.activations.within[-2].low > found.activations.between[-2].high
    assert found.maps[0].trustworthiness.low > 0.6 and found.active.value >= 4


def test_digits_methods_keep_their_promises() -> None:
    """Completeness of IG to 1 %, conservation of LRP to 1 %, Shapley values to rounding."""
    shipped("digits-vae")
    study = genlens.load_study("digits-vae", 100)
    from genlens.latents.targets import decoded_region, latent_mean

    x, z = study.picture(0), study.codes.mean[0].astype(np.float32)
    target = latent_mean(study.model, int(np.abs(z).argmax()))
    assert genlens.attribute("integrated-gradients", target, x).relative_gap < 0.01
    assert genlens.attribute("lrp", target, x).relative_gap < 0.01
    region = decoded_region(study.model, study.images[0, 0] > 0.5)
    assert genlens.attribute("shap", region, z).relative_gap < 1e-3


def test_explanations_of_digits_beat_random_orders_and_follow_the_weights() -> None:
    shipped("digits-vae")
    size = Size(pictures=8, maps=(), games=0, light=True)
    names = ("integrated-gradients", "lrp", "shap")
    found = evaluate_latents(500, models=("digits-vae",), size=size, methods=names)
    by = {(m.method, m.kind): m for m in found.models[0].methods}
    for m in found.models[0].methods:
        assert m.control or m.gain.low > 0, m.method
    assert by["integrated-gradients", "image"].reliable
    assert by["integrated-gradients", "image"].alike.high < 0.5


@pytest.mark.parametrize("model", SHIPPED)
def test_controls_fail_on_shipped_models(model: str) -> None:
    """None of these is an explanation; a test that one of them passes is no test."""
    shipped(model)
    own = with_own_labels(genlens.load_study(model, 60))
    for found_cases in (pixel_cases(own, 8), latent_cases(own, 8)):
        # A third of the usual deletions: what is no explanation shows in few as in many.
        cases = [replace(case, steps=10, orders=5) for case in found_cases]
        for each in CONTROLS.values():
            found = measure_method(each.name, control(each), cases)
            assert not found.reliable, (model, each.name, cases[0].kind)
            assert (found.verdict == "unchanged") is (each.name != "random")


def test_no_recorded_control_is_reliable(recorded: dict) -> None:
    for model, found in recorded["models"].items():
        controls = [m for m in found["methods"] if m["control"]]
        assert {m["method"] for m in controls} == set(CONTROLS), model
        assert not [m["title"] for m in controls if m["reliable"]], model


def test_one_map_has_one_quality(recorded: dict) -> None:
    """The tab "Map" and the tab "How true?" tell the same number of the same map."""
    shipped("digits-vae")
    study = genlens.load_study("digits-vae")
    shown = latent_map(study.codes, "pca")
    told = next(
        m for m in recorded["models"]["digits-vae"]["space"]["maps"] if m["method"] == "pca"
    )
    assert told["continuity"]["value"] == pytest.approx(shown.continuity, abs=5e-3)
    assert told["trustworthiness"]["value"] == pytest.approx(shown.trustworthiness, abs=5e-3)
    assert told["continuity"]["n"] == len(study)


def test_maps_of_faces_lie_on_the_part_that_decides() -> None:
    shipped("avatars-vae")
    found = measure_faces(
        genlens.load("avatars-vae"), draws=2, names=("integrated-gradients", "occlusion")
    )
    assert found.parts, found.left_out
    for part in found.parts:
        scores = {s.method: s for s in part.scores}
        assert scores["difference"].mass.value > 3 * part.mass_chance.value  # the truth itself
        assert scores["integrated-gradients"].mass.value > part.mass_chance.value, part.part
        assert part.effect.value > 1 and part.rival_effect < 1, part.part


def test_recorded_figures_are_whole(recorded: dict) -> None:
    here = {m for m in SHIPPED if find(m) is not None and weights_folder(m).is_dir()}
    assert set(recorded["models"]) | set(recorded["left_out"]) == set(SHIPPED)
    assert here == set(recorded["models"]), "measure again: the shipped models have changed"
    for model, found in recorded["models"].items():
        revision = genlens.load(model, contract="Autoencoder").card.revision
        assert found["made_by"]["revision"] == revision, f"{model} was trained again: measure again"
    assert "methods on" in format_table(recorded)


def test_recorded_figures_can_be_measured_again(recorded: dict) -> None:
    for model in ("digits-vae", "avatars-vae"):
        shipped(model)
        old = recorded["models"][model]["space"]
        new = measure_space(genlens.load_study(model, 600), maps=())
        assert new.psnr_db.value == pytest.approx(old["psnr_db"]["value"], abs=0.6)
        # purity of fewer pictures is lower: neighbours are farther away
        purity = old["latent_space"]["purity"]["value"]
        assert purity - 0.25 < new.latent_space.purity.value < purity + 0.1


@pytest.mark.parametrize("model", measure_vae.VAES)
def test_vaes_reach_their_bars_and_have_cards(model: str) -> None:
    card = (CARDS / f"{model}.md").read_text(encoding="utf-8")
    assert all(word in card for word in ("Licence", "recipe", "Limits", f"<!-- table: {model} -->"))
    if measure_vae.left_out(model):
        pytest.skip(measure_vae.left_out(model))
    figures = measure_vae.measure(model, 200)
    assert figures["active"].value > 0 and figures["kl"].value > 0
    for figure, (sense, bar) in evaluate.VAE_BARS[model].items():
        value = figures[figure].value
        assert value >= bar if sense == ">=" else value <= bar, figure


def test_the_vaes_are_small() -> None:
    folders = [weights_folder(m) for m in measure_vae.VAES if weights_folder(m).is_dir()]
    size = sum(f.stat().st_size for folder in folders for f in folder.rglob("*") if f.is_file())
    assert size <= 4e6

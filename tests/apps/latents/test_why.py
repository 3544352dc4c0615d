"""The tab "Why": its handlers, called as gradio calls them, on autoencoders of 16 pixels."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from genlens.attribution.methods import METHODS, attribute
from genlens.common.coalitions import place_blocks
from genlens.errors import InputError
from genlens.latents.questions import CHOICES, Question, ask, labels_of, regions_of
from genlens.latents.settings import offered, settings_for
from genlens.study.study import Study
from genlens.ui.latents.why import handlers as why_events
from genlens.ui.latents.why import refit as why_refit
from genlens.ui.latents.why.controls import NAMES, TEXTS, chosen
from why_page import (
    FEW,
    SIDE,
    N,
    controls,
    page,
    show,
    studies,
)

__all__ = ["page", "studies"]  # fixtures

pytestmark = pytest.mark.apps


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_shown_with_files(method: str) -> None:
    target = "latent" if "image" in METHODS[method].kinds else "decoded-region"
    shown = show(**controls(target=target, method=method, **FEW.get(method, {})))
    html, files = shown["result"], [shown[kind] for kind in ("json", "csv", "png")]
    assert METHODS[method].title in html
    assert ("gl-heat" in html) and ("time" in html) and ("model calls" in html)
    numbers = json.loads(Path(files[0]).read_text("utf-8"))
    assert numbers["method"] == method and numbers["picture"] == 0
    with open(files[1], encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == np.size(numbers["values"])
    assert float(rows[-1]["value"]) == pytest.approx(
        np.asarray(numbers["values"]).reshape(-1)[-1], abs=1e-6
    )
    assert Path(files[2]).stat().st_size > 1000


@pytest.mark.parametrize("target", CHOICES)
@pytest.mark.parametrize("model", ["plain", "conditional", "spatial", "linear"])
def test_every_target_of_every_kind_of_model(model: str, target: str) -> None:
    html = show(**controls(model, target=target, region="glasses"))["result"]
    assert ("gl-bars" in html) == (CHOICES[target].kind == "latent")


def test_the_numbers_are_the_methods_own(studies: dict[str, Study]) -> None:
    study = studies["plain"]
    view = why_events.explain(controls(picture=3, latent=2))
    asked = ask(study, 3, Question(latent=2))
    np.testing.assert_allclose(
        view.attribution.values, attribute("saliency", asked.target, asked.x).values
    )


def test_lrp_walks_the_whole_way_from_pixels_to_pixels() -> None:
    view = why_events.explain(controls(target="region", method="lrp", region="glasses"))
    assert view.attribution.relative_gap < 0.01
    assert "add up" in view.html or "conserved" in view.html


def test_the_four_saliencies_of_the_slides(studies: dict[str, Study]) -> None:
    assert [CHOICES[t].kind for t in why_refit.FORMS.values()] == [
        "image", "image", "latent", "image",
    ]  # fmt: skip
    for form, target in why_refit.FORMS.items():
        assert why_refit.take_form(form) == {"target": target, "method": "saliency"}
    assert len(why_refit.forms_of(studies["plain"])) == 4
    assert len(why_refit.forms_of(studies["nameless"])) == 3  # no classes, no softmax


def test_only_what_can_answer_is_offered(studies: dict[str, Study]) -> None:
    def names(model: str, target: str) -> list[str]:
        study = studies[model]
        label = labels_of(study)[0][1]
        found, _ = offered(ask(study, 0, Question(target, label=label)))
        return [m.name for m in found]

    assert "lrp" in names("plain", "latent") and "lrp" not in names("plain", "error")
    assert "grad-cam" in names("plain", "class") and "grad-cam" not in names("linear", "latent")
    assert "shap" in names("plain", "elbo") and "lime" not in names("plain", "elbo")
    assert set(names("plain", "decoded-region")) <= {
        m.name for m in METHODS.values() if "latent" in m.kinds
    }


def test_controls_follow_the_target() -> None:
    def visible(target: str) -> tuple[bool, bool, bool]:
        got = why_refit.refit("plain", 0, target, 0, None, "middle", "saliency")
        return got["latent"]["visible"], got["label"]["visible"], got["region"]["visible"]

    assert visible("latent") == (True, False, False)
    assert visible("class") == (False, True, False)
    assert visible("decoded-region") == (False, False, True)
    assert visible("elbo") == (False, False, False)


def test_a_method_that_does_not_fit_gives_way_and_what_fits_stays() -> None:
    def refit(target: str, method: str) -> dict:
        return why_refit.refit("plain", 0, target, 0, None, "", method)

    assert refit("elbo", "grad-cam")["method"]["value"] == "saliency"
    assert refit("elbo", "occlusion")["method"]["value"] == "occlusion"
    assert "Not offered" in refit("error", "saliency")["left_out"]


def test_parts_of_this_picture_come_first(studies: dict[str, Study]) -> None:
    assert regions_of(studies["plain"], 0)[0][1] == "glasses"
    assert regions_of(studies["plain"], 1)[0][1] == "middle"  # it wears none


def test_a_method_shows_the_settings_it_takes() -> None:
    for method in METHODS:
        updates = why_refit.refit_method("plain", 0, "latent", 0, None, "middle", method)
        shown = {name for name in NAMES if updates[name]["visible"]}
        assert shown == set(METHODS[method].defaults())
    layers = why_refit.refit_method("plain", 0, "latent", 0, None, "middle", "grad-cam")
    choices = layers["layer"]["choices"]
    assert len(choices) > 2 and choices[0][1] == ""


def test_every_setting_is_explained_and_reaches_its_method() -> None:
    assert all(label and info for label, info in TEXTS.values())
    assert {name for m in METHODS.values() for name in m.defaults()} == set(NAMES)
    values = {name: METHODS["occlusion"].defaults().get(name) for name in NAMES}
    assert chosen("occlusion", values) == {"against": "blank"}  # empty: the method's own choice
    values["size"] = 0
    values["steps"] = 33  # of a control that this method hides
    assert "size" not in chosen("occlusion", values) and "steps" not in chosen("occlusion", values)


@pytest.mark.parametrize(
    ("method", "word", "name", "shape"),
    [
        ("integrated-gradients", "mean", "baseline", (1, SIDE, SIDE)),
        ("gradient-shap", "others", "baselines", (20, 1, SIDE, SIDE)),
        ("kernel-shap", "others", "codes", (20, 4)),
        ("shap", "mean", "codes", (1, 4)),
        ("occlusion", "blank", "baseline", ()),
    ],
)
def test_what_an_input_is_compared_with(
    studies: dict[str, Study], method: str, word: str, name: str, shape: tuple
) -> None:
    study = studies["plain"]
    kind = "latent" if name != "codes" else "elbo"
    asked = ask(study, 0, Question(kind))
    given = settings_for(study, 0, asked, method, {"against": word})
    assert np.shape(given[name]) == shape


def test_maps_of_latents_are_put_into_blocks(studies: dict[str, Study]) -> None:
    groups = place_blocks((2, 4, 4), 2)
    assert (
        groups.tolist() == [0, 0, 1, 1] * 2 + [2, 2, 3, 3] * 2 + [0, 0, 1, 1] * 2 + [2, 2, 3, 3] * 2
    )
    html = show(**controls("spatial", target="decoded-region", method="shap"))["result"]
    assert "block row 2, column 2" in html and "map of latents" in html
    html = show(**controls("spatial", target="decoded-region", method="saliency"))["result"]
    assert "map 1, row 3, column 3" in html or "map 0" in html


BAD = [
    (controls(picture=None), "type a whole number"),
    (controls(picture=1.5), "type a whole number"),
    (controls(picture=float("nan")), "type a whole number"),
    (controls(picture=N), "0 to 39"),
    (controls(picture=-1), "0 to 39"),
    (controls(latent=99), "0 to 3"),
    (controls(target="nonsense"), "no target"),
    (controls(method="nonsense"), "no method"),
    (controls(target="class", label="class/nobody"), "no class"),
    (controls(target="class", label="hats/hats"), "hats"),
    (controls("nameless", target="class"), "no classes"),
    (controls(target="region", region="nose"), "no region"),
    (controls(picture=1, target="region", region="glasses"), "shows no glasses"),
    (controls(target="region", region="box", box=(5, 5, 5, 9)), "empty"),
    (controls(target="region", region="box", box=(0, 0, 99, 9)), "right"),
    (controls(target="region", region="box", box=(None, 0, 9, 9)), "left"),
    (controls(target="elbo", method="grad-cam"), "explains image"),
    (controls(target="error", method="lrp"), "no chain"),
    (controls("linear", method="grad-cam"), "gives no map"),
    (controls(method="integrated-gradients", steps=10**6), "steps"),
    (controls(method="smoothgrad", samples=None, noise=7), "noise"),
    (controls(method="occlusion", size=99), "size"),
    (controls(method="occlusion", size=4, stride=9), "stride"),
    (controls(method="lime", seed=-1), "seed"),
    (controls(method="lrp", rule="magic"), "rule"),
    (controls(method="lrp", epsilon=float("nan")), "epsilon"),
    (controls(method="integrated-gradients", against="the moon"), "compared with"),
    (controls(method="grad-cam", layer="encoder.none"), "gives no map"),
    (controls("unknown"), "no model"),
]


@pytest.mark.parametrize(("inputs", "says"), BAD, ids=[says for _, says in BAD])
def test_bad_settings_are_refused_with_the_reason(inputs: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        why_events.explain(inputs)
    with pytest.raises(gr.Error):
        show(**inputs)


def test_limits_hold_for_every_number() -> None:
    assert {o.name for m in METHODS.values() for o in m.options if o.low is not None} <= set(NAMES)

"""The tab "Why": what a visitor compares with, what it opens with, nothing where there is nothing,
results of other settings, and encoders of foreign kinds, on the page, by endpoint and in the shell.
"""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qsl

import gradio as gr
import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from foreign_vaes import foreign
from genlens.cli import main as cli
from genlens.errors import InputError
from genlens.figures.attribution.facts import plain_number
from genlens.latents.questions import Question, ask
from genlens.latents.settings import comparisons
from genlens.study.study import Study, study_of
from genlens.ui.latents import fresh as fresh_module
from genlens.ui.latents.why import controls as why_controls
from genlens.ui.latents.why import endpoints as why_endpoints
from genlens.ui.latents.why import handlers as why_events
from genlens.ui.latents.why import link as why_link
from genlens.ui.latents.why import many as why_many
from genlens.ui.latents.why import refit as why_refit
from genlens.ui.latents.why import tab as vae_why
from tiny_vaes import conv_model
from why_page import REQUEST, SIDE, N, controls, page, pictures, quiet, show, studies

__all__ = ["page", "studies"]  # fixtures

pytestmark = pytest.mark.apps


def constant_study() -> Study:
    """A decoder that draws the same picture whatever the code is."""
    model = conv_model(shape=(1, SIDE, SIDE))
    last = [m for m in model.module["decoder"].modules() if hasattr(m, "weight")][-1]
    with torch.no_grad():
        last.weight.mul_(1e-9)
    return study_of(model, pictures())


@pytest.fixture
def shell(studies: dict[str, Study], monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line knows the same models as the page."""
    monkeypatch.setattr("genlens.study.generated.study_named", lambda name, *_: studies[name])


@pytest.mark.parametrize("method", ["saliency", "shap", "kernel-shap", "integrated-gradients"])
def test_nothing_is_drawn_where_the_model_is_constant(
    studies: dict[str, Study],
    shell: None,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    method: str,
) -> None:
    studies["constant"] = constant_study()
    asks = controls("constant", target="decoded-region", method=method)
    said = ("Nothing is drawn", "All values are 0")
    html = show(**asks)["result"]
    assert any(words in html for words in said) and "width:100.0%" not in html
    assert why_endpoints.api_attribute("constant", 0, "decoded-region", method)["nothing"] is True
    out = tmp_path / "a.json"
    arguments = ["attribute", "constant", "--by", "latents", "--target", "region:middle"]
    cli.main([*arguments, "--method", method, "--json", str(out)])
    assert any(words in capsys.readouterr().out for words in said)
    assert json.loads(out.read_text("utf-8"))["nothing"] is True
    # the control: a model that does answer to its code
    assert not why_endpoints.api_attribute("plain", 0, "decoded-region", method)["nothing"]


def test_a_class_is_explained_by_its_logit_with_the_probability_beside_it() -> None:
    found = why_endpoints.api_attribute("plain", 1, "class")
    beside = why_endpoints.api_attribute("plain", 1, "probability")
    assert found["unit"] == "log-odds" and beside["unit"] == "probability"
    assert beside["output"] == pytest.approx(1 / (1 + np.exp(-found["output"])), rel=1e-4)
    html = show(**controls(target="class", label="class/right"))["result"]
    assert "log-odds, a probability of" in html


@pytest.mark.parametrize("kind", ["interleaved", "functional", "a block run three times"])
def test_lrp_takes_encoders_that_give_mean_and_log_variance(
    studies: dict[str, Study], shell: None, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    """Interleaved along the channels, as a pair, and one after the other."""
    model = foreign(kind)
    images = np.random.default_rng(0).random((12, *model.image_shape)).astype(np.float32)
    studies[kind] = study_of(model, images)
    asks = controls(kind, picture=3, latent=1, method="lrp")
    view = why_events.explain(asks)
    mean = float(model.encode(torch.from_numpy(images[3:4])).mean.flatten(1)[0, 1])
    assert view.attribution.output == pytest.approx(mean, rel=1e-4, abs=1e-6)
    assert view.attribution.relative_gap < 0.01
    found = why_endpoints.api_attribute(kind, 3, "latent", "lrp", latent=1)
    np.testing.assert_allclose(found["values"], view.attribution.values)
    cli.main(["attribute", kind, "--picture", "3", "--target", "latent:1", "--method", "lrp"])
    assert "mean of z1" in capsys.readouterr().out


def test_own_baselines_are_what_they_say(studies: dict[str, Study]) -> None:
    study = studies["plain"]
    asked = ask(study, 0, Question(latent=1))

    def base(against: str) -> float:
        settings = {"against": against, "steps": 20}
        found = why_endpoints.api_attribute(
            "plain", 0, "latent", "integrated-gradients", latent=1, settings=settings
        )
        assert found["made_by"]["settings"]["against"] == against
        return found["base"]

    def number(image: np.ndarray) -> float:
        with torch.no_grad():
            return float(asked.target.function(torch.from_numpy(image[None]).float())[0])

    soft = gaussian_filter(study.images[0, 0], SIDE / 8)[None]
    assert base("blurred") == pytest.approx(number(soft), abs=1e-5)
    assert base("picture:7") == pytest.approx(number(study.images[7]), abs=1e-5)
    assert base("blank") == pytest.approx(number(np.zeros_like(soft)), abs=1e-5)
    assert base("mean") == pytest.approx(number(study.images.mean(axis=0)), abs=1e-5)


def test_latents_are_compared_with_another_pictures_code_and_never_blurred() -> None:
    asks = controls(target="decoded-region", method="shap", against="picture", other=5)
    view = why_events.explain(asks)
    own = why_endpoints.api_attribute("plain", 5, "decoded-region", "shap")["output"]
    assert view.attribution.base == pytest.approx(own, abs=1e-6)
    with pytest.raises(InputError, match="compared with"):
        why_events.explain(controls(target="elbo", method="shap", against="blurred"))
    words = {w for m in why_events.METHODS.values() for k in m.kinds for w in comparisons(m, k)}
    assert words == set(why_controls._AGAINST)  # each is explained on the page


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("picture", "picture:17"),
        ("picture:", "picture:17"),
        ("picture:0", "compared with itself"),
        ("picture:99", "0 to 39"),
        ("picture:-1", "give its number"),
        ("picture:1.5", "give its number"),
        ("blank:3", "compared with"),
        ("the moon", "blurred"),
    ],
)
def test_a_comparison_that_cannot_be_meant_is_refused(word: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        why_endpoints.api_attribute(
            "plain", 0, "latent", "integrated-gradients", settings={"against": word}
        )


def test_the_tab_opens_with_the_latent_that_is_furthest_from_a_black_picture(
    studies: dict[str, Study],
) -> None:
    for model, method in (("plain", "integrated-gradients"), ("spatial", "saliency")):
        study = studies[model]
        with torch.no_grad():
            black = study.model.encode(torch.zeros(1, 1, SIDE, SIDE)).mean.flatten()
        furthest = int(np.abs(study.codes.mean[4] - black.numpy()).argmax())
        asks = {
            "model": model, "picture": 4, "target": "latent", "latent": 0, "label": None,
            "region": "middle", "method": why_events.FIRST_METHOD,
        }  # fmt: skip
        opened = why_refit.reopen(None, **asks)
        assert opened["latent"]["value"] == furthest
        assert opened["method"]["value"] == method
        assert why_refit.refit(**asks)["latent"]["value"] == 0  # what was chosen stays chosen


def test_a_result_of_other_settings_is_marked_and_one_of_these_is_not() -> None:
    asks = controls(latent=2, method="occlusion")
    of = show(**asks)["of"]
    with gr.Blocks():
        fresh = fresh_module.Fresh({}, why_events.depends_on, "press Explain")
    assert fresh.look(of, **asks) == "" and fresh.look(None, **asks) == ""
    for change in (
        {"latent": 3}, {"picture": 5}, {"method": "lime"}, {"size": 4}, {"target": "error"},
        {"model": "spatial"}, {"against": "mean"}, {"latent": None}, {"latent": 2.5},
    ):  # fmt: skip
        assert "other settings" in fresh.look(of, **(asks | change)), change
    # what this question and this method do not read changes nothing
    assert fresh.look(of, **(asks | {"steps": 77, "label": "x", "left": 1, "other": 9})) == ""


def test_a_comparison_is_of_the_question_and_not_of_one_method() -> None:
    asks = controls(target="decoded-region", method="shap")
    of = why_events.compared_on(**asks)
    assert why_events.compared_on(**(asks | {"method": "lime-latents", "samples": 77})) == of
    for change in ({"picture": 3}, {"region": "top half"}, {"target": "elbo"}, {"seed": 4}):
        assert why_events.compared_on(**(asks | change)) != of


def test_a_summary_is_of_all_pictures_and_says_when_it_is_of_other_settings() -> None:
    asks = controls(target="decoded-region", method="shap", label="class/left") | {"number": 12}
    shown = why_many.summarise(REQUEST, quiet, **asks)
    assert "gl-swarm" in shown["many"] and "over 12 pictures" in shown["many"]
    assert why_many._depends_on(**(asks | {"picture": 3})) == shown["of"]
    assert why_many._depends_on(**(asks | {"number": 13})) != shown["of"]
    found = why_endpoints.api_attribute_many("plain", "decoded-region", "shap", pictures=12)
    assert len(found["mean"]) == 4 and len(found["values"]) == 12
    json.dumps(found, allow_nan=False)


def test_numbers_reach_the_checks_as_they_were_typed(studies: dict[str, Study]) -> None:
    """gradio would round 3.5 to 4, and raise one error for each event that reads a bad number."""
    with gr.Blocks() as demo:
        tab = vae_why.WhyTab(gr.Dropdown(list(studies), value="plain"), gr.Number(0), None)
    numbers = {c for c in tab.asks.values() if isinstance(c, (gr.Number, gr.Slider))}
    reading = [fn for fn in demo.fns.values() if numbers & set(fn.inputs)]
    assert len(reading) >= 8 and not any(fn.preprocess for fn in reading)


def test_a_bad_picture_number_is_said_once_by_the_page_and_not_here() -> None:
    depends = {
        "target": "latent", "latent": 0, "label": None, "region": "middle", "method": "saliency"
    }  # fmt: skip
    for typed in (None, 2.5, N, -1, float("nan")):
        assert why_refit.refit_quietly(model="plain", picture=typed, **depends) == {}
        assert why_events.moved(**controls(picture=typed))["of"] is None
    assert why_refit.refit_quietly(model="plain", picture=3, **depends)["method"]


def test_layers_are_offered_where_there_are_classes_to_compare() -> None:
    asks = {
        "picture": 0, "target": "latent", "latent": 0, "label": None, "region": "middle",
        "method": "saliency",
    }  # fmt: skip
    for model, offered in (("plain", True), ("nameless", False)):
        assert why_refit.reopen(None, model=model, **asks)["layers_box"]["visible"] is offered


def test_a_link_opens_the_question_and_the_method_it_names() -> None:
    def opened(question: Question, method: str, picture: int = 4) -> dict:
        address = why_link.address("plain", picture, question, method)
        linked = why_link.read(dict(parse_qsl(address[1:])))
        depends = {
            "target": "latent", "latent": 0, "label": None, "region": "middle",
            "method": why_events.FIRST_METHOD,
        }  # fmt: skip
        return why_refit.reopen(linked, model="plain", picture=4, **depends)

    shown = opened(Question("latent", latent=3), "lrp")
    assert (shown["latent"]["value"], shown["method"]["value"]) == (3, "lrp")
    shown = opened(Question("class", label="class/left"), "occlusion")
    assert (shown["target"]["value"], shown["label"]["value"]) == ("class", "class/left")
    boxed = Question("decoded-region", region="box", box=(1, 2, 5, 9))
    shown = opened(boxed, "shap")
    assert (shown["region"]["value"], shown["method"]["value"]) == ("box", "shap")
    assert [shown[edge]["value"] for edge in why_events.BOX_EDGES] == [1, 2, 5, 9]
    assert opened(boxed, "shap", picture=7)["target"]["value"] == "latent"  # of another picture
    html = show(**controls(latent=2, picture=4))["result"]
    assert "target=latent&amp;method=saliency&amp;latent=2" in html


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"model": "plain", "picture": "4"},
        {"picture": "x", "target": "latent"},
        {"picture": "4", "target": "nonsense", "method": "magic", "latent": "-1", "box": "1,2"},
    ],
)
def test_a_link_that_cannot_be_meant_asks_nothing(odd: dict) -> None:
    assert why_link.read(odd) is None


def test_a_label_is_a_category_and_is_moved_as_a_whole(studies: dict[str, Study]) -> None:
    study = studies["conditional"]
    asks = controls("conditional", picture=1, target="decoded-region", method="shap")
    html = show(**asks)["result"]
    assert "no Gaussian latent" in html and "nothing lies between two" in html
    asked = ask(study, 1, Question("decoded-region"))
    for label in asked.model.labels:
        with torch.no_grad():
            number = asked.make(asked.model.given(label)).function(asked.x[None])[0]
        assert f"{study.names[label]}: {plain_number(float(number))}" in html
    assert asked.model.label == 1 and html.count("gl-marked") == 1
    found = why_endpoints.api_attribute("conditional", 1, "decoded-region", "shap")
    assert any("category" in note for note in found["notes"])
    assert "category" not in show(**controls(target="decoded-region", method="shap"))["result"]

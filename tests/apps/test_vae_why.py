"""The tab "Why": its handlers, called as gradio calls them, on autoencoders of 16 pixels."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
import torch

from genlens.errors import InputError
from genlens.latents.method_settings import (
    RANGES,
    defaults,
    offered,
    place_groups,
    settings_for,
)
from genlens.latents.methods import METHODS, attribute
from genlens.latents.questions import CHOICES, Question, ask, labels_of, regions_of
from genlens.latents.study import Study, study_of
from genlens.models.conditional import ConditionalAutoencoder
from genlens.models.conv_vae import ConvVAE
from genlens.ui import vae_notes, vae_why, why_events, why_view
from genlens.ui.why_controls import NAMES, TEXTS, chosen
from tiny_vaes import conv_model, linear_model

pytestmark = pytest.mark.apps

SIDE, N = 16, 40
REQUEST = SimpleNamespace(session_hash="a")


def quiet(*_: object, **__: object) -> None:
    """Progress that nobody watches."""


def pictures(channels: int = 1) -> np.ndarray:
    """Bright squares on black, left for class 0 and right for class 1."""
    images = np.zeros((N, channels, SIDE, SIDE), dtype=np.float32)
    rng = np.random.default_rng(0)
    for i in range(N):
        left = 1 + (i % 2) * 8
        images[i, :, 4:11, left : left + 6] = rng.uniform(0.4, 1.0, (channels, 7, 6))
    return images


def tiny_study(model: object = None, **more: object) -> Study:
    labels = np.arange(N) % 2
    masks = {"glasses": np.zeros((N, SIDE, SIDE), dtype=bool)}
    masks["glasses"][::2, 5:7, 2:6] = True
    more = {"labels": labels, "names": ("left", "right"), "masks": masks} | more
    return study_of(model or conv_model(shape=(1, SIDE, SIDE)), pictures(), **more)


def spatial_model() -> object:
    """Latents are a map of 2 x 4 x 4."""
    from torch import nn

    from genlens.models.autoencoder import ModuleAutoencoder

    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Conv2d(1, 4, 4, 4), nn.ReLU(), nn.Conv2d(4, 2, 1))
    decoder = nn.Sequential(nn.ConvTranspose2d(2, 1, 4, 4), nn.Sigmoid())
    return ModuleAutoencoder(encoder, decoder, image_shape=(1, SIDE, SIDE), device="cpu")


def conditional_model() -> ConditionalAutoencoder:
    torch.manual_seed(1)
    net = ConvVAE((1, SIDE, SIDE), latents=4, widths=(6, 8), hidden=16, classes=2)
    return ConditionalAutoencoder(net, device="cpu")


@pytest.fixture(scope="module")
def studies() -> dict[str, Study]:
    return {
        "plain": tiny_study(),
        "nameless": tiny_study(labels=None, names=(), masks=None),
        "spatial": tiny_study(spatial_model()),
        "conditional": tiny_study(conditional_model()),
        "linear": tiny_study(linear_model(shape=(1, SIDE, SIDE), bias=True)),
    }


@pytest.fixture(autouse=True)
def page(studies: dict[str, Study], monkeypatch: pytest.MonkeyPatch) -> None:
    """The page knows these models, and keeps its files for itself."""

    def study(model_id: str) -> Study:
        if model_id not in studies:
            raise InputError(f"no model {model_id}")
        return studies[model_id]

    monkeypatch.setattr(why_events, "study_of_page", study)


def controls(
    model: str = "plain", picture: object = 0, target: str = "latent", method: str = "saliency",
    latent: object = 1, label: object = "class/left", region: str = "middle",
    box: tuple = (4, 4, 12, 12), **settings: object,
) -> list[object]:  # fmt: skip
    """The values of all controls, as the page sends them."""
    values = defaults(method) if method in METHODS else {}
    values = {**values, **settings}
    return [
        model, picture, target, latent, label, region, *box, method,
        *(values.get(name) for name in NAMES),
    ]  # fmt: skip


def show(*inputs: object) -> list[object]:
    return why_events.show(REQUEST, quiet, *inputs)


FEW = {
    "smoothgrad": {"samples": 10}, "integrated-gradients": {"steps": 20},
    "gradient-shap": {"samples": 20}, "kernel-shap": {"samples": 30},
    "lime": {"samples": 60, "count": 10}, "lime-latents": {"samples": 60},
}  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_shown_with_files(method: str) -> None:
    target = "latent" if "image" in METHODS[method].kinds else "decoded-region"
    html, *files = show(*controls(target=target, method=method, **FEW.get(method, {})))
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
    html, *_ = show(*controls(model, target=target, region="glasses"))
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
    assert [CHOICES[t].kind for t in why_events.FORMS.values()] == [
        "image", "image", "latent", "image",
    ]  # fmt: skip
    for form, target in why_events.FORMS.items():
        assert why_events.take_form(form) == [target, "saliency"]
    assert len(why_events.forms_of(studies["plain"])) == 4
    assert len(why_events.forms_of(studies["nameless"])) == 3  # no classes, no softmax


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
    latent, label, region = 1, 2, 3

    def visible(target: str) -> tuple[bool, bool, bool]:
        got = why_events.refit("plain", 0, target, 0, None, "middle", "saliency")
        return got[latent]["visible"], got[label]["visible"], got[region]["visible"]

    assert visible("latent") == (True, False, False)
    assert visible("class") == (False, True, False)
    assert visible("decoded-region") == (False, False, True)
    assert visible("elbo") == (False, False, False)


def test_a_method_that_does_not_fit_gives_way_and_what_fits_stays() -> None:
    at = 8
    assert why_events.refit("plain", 0, "elbo", 0, None, "", "grad-cam")[at]["value"] == "saliency"
    assert (
        why_events.refit("plain", 0, "elbo", 0, None, "", "occlusion")[at]["value"] == "occlusion"
    )
    assert "Not offered" in why_events.refit("plain", 0, "error", 0, None, "", "saliency")[at + 1]


def test_parts_of_this_picture_come_first(studies: dict[str, Study]) -> None:
    assert regions_of(studies["plain"], 0)[0][1] == "glasses"
    assert regions_of(studies["plain"], 1)[0][1] == "middle"  # it wears none


def test_a_method_shows_the_settings_it_takes() -> None:
    for method in METHODS:
        updates = why_events.refit_method("plain", 0, "latent", 0, None, "middle", method)[2:]
        shown = {n for n, u in zip(NAMES, updates, strict=True) if u["visible"]}
        assert shown == set(defaults(method))
    layers = why_events.refit_method("plain", 0, "latent", 0, None, "middle", "grad-cam")
    choices = layers[2 + NAMES.index("layer")]["choices"]
    assert len(choices) > 2 and choices[0][1] == ""


def test_every_setting_is_explained_and_reaches_its_method() -> None:
    assert all(label and info for label, info in TEXTS.values())
    assert {name for m in METHODS for name in defaults(m)} == set(NAMES)
    values = [defaults("occlusion").get(name) for name in NAMES]
    assert chosen("occlusion", values) == {"against": "blank"}  # empty: the method's own choice
    values[NAMES.index("size")] = 0
    values[NAMES.index("steps")] = 33  # of a control that this method hides
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
    groups = place_groups((2, 4, 4), 2)
    assert (
        groups.tolist() == [0, 0, 1, 1] * 2 + [2, 2, 3, 3] * 2 + [0, 0, 1, 1] * 2 + [2, 2, 3, 3] * 2
    )
    html, *_ = show(*controls("spatial", target="decoded-region", method="shap"))
    assert "block row 2, column 2" in html and "map of latents" in html
    html, *_ = show(*controls("spatial", target="decoded-region", method="saliency"))
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
def test_bad_settings_are_refused_with_the_reason(inputs: list, says: str) -> None:
    with pytest.raises(InputError, match=says):
        why_events.explain(inputs)
    with pytest.raises(gr.Error):
        show(*inputs)


def test_limits_hold_for_every_number() -> None:
    assert set(RANGES) <= set(NAMES)


def test_a_cancelled_explanation_says_so() -> None:
    flags = why_events.FLAGS

    def cancel(*_: object, **__: object) -> None:
        flags.cancel("a")

    with pytest.raises(gr.Error, match="last result stays"):
        why_events.show(REQUEST, cancel, *controls(method="occlusion"))


def test_all_methods_are_compared() -> None:
    inputs = controls(target="decoded-region", method="shap")
    html, *files = why_events.show_all(REQUEST, quiet, *inputs)
    assert html.count('class="gl-method-card"') >= 8
    assert "when the weights are shuffled" in html
    numbers = json.loads(Path(files[0]).read_text("utf-8"))
    names = [t["method"] for t in numbers["trials"]]
    assert names[0] == "saliency" and "lime-latents" in names and "grad-cam" not in names
    assert all(t["shuffled_correlation"] is not None for t in numbers["trials"])
    assert len(Path(files[1]).read_text("utf-8").splitlines()) == len(names) + 1


def test_comparing_pixels_leaves_out_what_cannot_answer() -> None:
    view = why_view.comparison_view(
        why_events.study_of_page("plain"), 0, Question("error"), progress=quiet
    )
    assert "LRP: it walks one chain of layers" in view.html


def test_a_chain_with_an_unknown_layer_is_named(studies: dict[str, Study]) -> None:
    from torch import nn

    asked = ask(studies["plain"], 0, Question("latent"))
    odd = nn.Sequential(nn.Flatten(), nn.LSTM(4, 4))
    target = replace(asked.target, network=odd)
    _, sentences = offered(replace(asked, target=target))
    assert any("no rule for a layer of this network (1 (LSTM))" in text for text in sentences)


def test_another_picture_is_explained_at_once_unless_it_takes_long() -> None:
    assert "gl-heat" in why_events.moved(*controls(picture=5))[0]
    assert "Press Explain" in why_events.moved(*controls(picture=5, method="lime"))[0]
    assert "0 to 39" in why_events.moved(*controls(picture=99))[0]  # a note, no toast


def test_layers_within_and_between_classes() -> None:
    assert "within classes" in why_events.show_layers("plain", True)
    with pytest.raises(gr.Error, match="no known classes"):
        why_events.show_layers("nameless", True)


def test_a_conditional_model_is_told_the_label(studies: dict[str, Study]) -> None:
    asked = ask(studies["conditional"], 1, Question("class", label="class/right"))
    assert asked.model.label == 1
    assert any("told the picture’s label: right" in note for note in asked.notes)
    assert any("its own classifier" in note for note in asked.notes)


def test_a_plain_model_is_judged_and_the_judge_is_named(studies: dict[str, Study]) -> None:
    asked = ask(studies["plain"], 1, Question("class", label="class/right"))
    assert any("linear classifier" in note and "right on" in note for note in asked.notes)
    assert asked.target.name == "probability of “right”"


def test_shuffled_weights_reach_every_target(studies: dict[str, Study]) -> None:
    """The target of another model is that model's, not the page's."""
    from genlens.latents.randomisation import shuffle_weights

    for model in ("plain", "conditional"):
        study = studies[model]
        for target in CHOICES:
            asked = ask(study, 0, Question(target, label="class/left", region="glasses"))
            other = asked.make(shuffle_weights(asked.model, 3))
            with torch.no_grad():
                mine, its = (t.function(asked.x[None]) for t in (asked.target, other))
            assert not torch.allclose(mine, its), (model, target)


def test_a_box_is_asked_about(studies: dict[str, Study]) -> None:
    asked = ask(studies["plain"], 0, Question("decoded-region", region="box", box=(1, 2, 4, 8)))
    assert asked.mask.sum() == 18 and asked.mask[2:8, 1:4].all()


def test_the_endpoint_answers_programs() -> None:
    found = vae_why.api_attribute(
        "plain", 2, "elbo", "kernel-shap", settings={"samples": 20, "seed": 4}
    )
    assert len(found["values"]) == 4 and found["seed"] == 4
    assert found["question"]["target"] == "elbo"
    json.dumps(found, allow_nan=False)
    judged = vae_why.api_attribute("plain", 1, "class")
    assert judged["question"]["label"] == "class/right"  # the picture's own
    boxed = vae_why.api_attribute("plain", 1, "region", region="box", box=[1, 2, 4, 8])
    assert "box (1, 2, 4, 8)" in boxed["target"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"method": "magic"}, "no method"),
        ({"settings": [1]}, "settings"),
        ({"settings": {"steps": 5}}, "takes no setting 'steps'"),
        ({"box": [1, 2]}, "2 numbers"),
        ({"target": "region", "region": "box"}, "left"),
        ({"picture": 1e9, "target": "class"}, "0 to 39"),
    ],
)
def test_the_endpoint_refuses_with_the_reason(change: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        vae_why.api_attribute(**({"model": "plain"} | change))


def test_the_tab_is_built_and_refits_itself(studies: dict[str, Study]) -> None:
    study = studies["plain"]
    asked = ask(study, 0, Question())
    first = vae_why.WhyFirst(
        attribute("saliency", asked.target, asked.x), study.images[0], "computed <in advance>"
    )
    with gr.Blocks() as demo:
        model = gr.Dropdown(list(studies), value="plain")
        picture = gr.Number(0)
        tab = vae_why.WhyTab(model, picture, first)
    assert "gl-heat" in tab.result.value and "&lt;in advance&gt;" in tab.result.value
    for function, inputs, outputs in tab.opened:
        values = [getattr(c, "value", None) for c in inputs]
        values[0] = "spatial"
        got = function(*values)
        assert len(got) == len(outputs)
    assert len(tab.asks) == why_events.ASKS
    assert all(c.info for c in [*tab.asks[2:], *tab.controls.components])
    assert demo.fns
    with gr.Blocks():
        assert "Press Explain" in vae_why.WhyTab(gr.Dropdown(), gr.Number(), None).result.value


def test_exports_are_safe_for_spreadsheets() -> None:
    from genlens.ui.why_files import csv_text

    found = why_events.explain(controls(target="elbo")).attribution
    assert "'=cmd" in csv_text(replace(found, labels=("=cmd", "b", "c", "d")))


def test_notes_cover_every_method() -> None:
    text = vae_notes.notes_html()
    assert set(vae_notes.ATTRIBUTION) == set(METHODS)
    for method in METHODS.values():
        assert method.title.replace("&", "&amp;") in text
    assert text.count("When it misleads") == len(METHODS) + len(vae_notes.OTHERS)
    for word in ("ProtoDash", "MIG", "Anchors", "UMAP", "Trustworthiness", "Raises:"):
        assert (word in text) == (word != "Raises:")

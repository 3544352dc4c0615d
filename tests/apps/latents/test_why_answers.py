"""The tab "Why": comparisons, judges, endpoint and files, on autoencoders of 16 pixels."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest
import torch

from genlens.attribution.methods import METHODS, attribute
from genlens.errors import Cancelled, InputError
from genlens.latents.questions import CHOICES, Question, ask
from genlens.latents.settings import (
    offered,
)
from genlens.study.study import Study
from genlens.ui.latents import notes as vae_notes
from genlens.ui.latents.why import endpoints as why_endpoints
from genlens.ui.latents.why import handlers as why_events
from genlens.ui.latents.why import tab as vae_why
from genlens.ui.latents.why import view as why_view
from why_page import (
    REQUEST,
    controls,
    page,
    quiet,
    studies,
)

__all__ = ["page", "studies"]  # fixtures

pytestmark = pytest.mark.apps


def test_a_cancelled_explanation_says_so() -> None:
    flags = why_events.FLAGS

    def cancel(*_: object, **__: object) -> None:
        flags.cancel("a")

    with pytest.raises(Cancelled):
        why_events.show(REQUEST, cancel, **controls(method="occlusion"))


def test_all_methods_are_compared() -> None:
    inputs = controls(target="decoded-region", method="shap")
    shown = why_events.show_all(REQUEST, quiet, **inputs)
    html, files = shown["grid"], [shown["json"], shown["csv"]]
    assert html.count('class="gl-method-card"') >= 8
    assert "with its weights shuffled" in html and html.count("Random values") == 1
    numbers = json.loads(Path(files[0]).read_text("utf-8"))
    names = [t["method"] for t in numbers["trials"]]
    assert names[0] == "saliency" and "lime-latents" in names and "grad-cam" not in names
    assert all(t["shuffled_correlation"] is not None for t in numbers["trials"])
    assert len(Path(files[1]).read_text("utf-8").splitlines()) == len(names) + 1


def test_comparing_pixels_leaves_out_what_cannot_answer() -> None:
    view = why_view.comparison_view(
        why_events.study_of_page("plain"), 0, Question("error"), progress=quiet
    )
    assert "LRP: it hands relevance back through a network" in view.html


def test_a_chain_with_an_unknown_layer_is_named(studies: dict[str, Study]) -> None:
    from torch import nn

    asked = ask(studies["plain"], 0, Question("latent"))
    odd = nn.Sequential(nn.Flatten(), nn.LSTM(4, 4))
    target = replace(asked.target, network=odd)
    _, sentences = offered(replace(asked, target=target))
    assert any("no rule for an operation of this network (1 (LSTM))" in text for text in sentences)


def test_another_picture_is_explained_at_once_unless_it_takes_long() -> None:
    assert "gl-heat" in why_events.moved(**controls(picture=5))["result"]
    assert "Press Explain" in why_events.moved(**controls(picture=5, method="lime"))["result"]
    assert "0 to 39" in why_events.moved(**controls(picture=99))["result"]  # a note, no toast


def test_layers_within_and_between_classes() -> None:
    assert "within classes" in why_events.show_layers("plain", True)
    with pytest.raises(InputError, match="no known classes"):
        why_events.show_layers("nameless", True)


def test_a_conditional_model_is_told_the_label(studies: dict[str, Study]) -> None:
    asked = ask(studies["conditional"], 1, Question("class", label="class/right"))
    assert asked.model.label == 1
    assert any("given the picture’s label: right" in note for note in asked.notes)
    assert any("its own classifier" in note for note in asked.notes)


def test_a_plain_model_is_judged_and_the_judge_is_named(studies: dict[str, Study]) -> None:
    asked = ask(studies["plain"], 1, Question("class", label="class/right"))
    assert any("linear classifier" in note and "right on" in note for note in asked.notes)
    assert asked.target.name == "logit of “right”"
    asked = ask(studies["plain"], 1, Question("probability", label="class/right"))
    assert asked.target.name == "probability of “right”"


def test_shuffled_weights_reach_every_target(studies: dict[str, Study]) -> None:
    """The target of another model is that model's, not the page's."""
    from genlens.attribution.randomisation import shuffle_weights

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
    found = why_endpoints.api_attribute(
        "plain", 2, "elbo", "kernel-shap", settings={"samples": 20, "seed": 4}
    )
    assert len(found["values"]) == 4 and found["made_by"]["seed"] == 4
    assert found["question"]["target"] == "elbo"
    json.dumps(found, allow_nan=False)
    judged = why_endpoints.api_attribute("plain", 1, "class")
    assert judged["question"]["label"] == "class/right"  # the picture's own
    boxed = why_endpoints.api_attribute("plain", 1, "region", region="box", box=[1, 2, 4, 8])
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
        why_endpoints.api_attribute(**({"model": "plain"} | change))


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
        values = {name: getattr(c, "value", None) for name, c in inputs.items()}
        got = function(**values | {"model": "spatial"})
        assert set(got) == set(outputs)
    assert set(tab.asks) == set(controls())
    assert all(c.info for name, c in tab.asks.items() if name not in ("model", "picture"))
    assert demo.fns
    with gr.Blocks():
        assert "Press Explain" in vae_why.WhyTab(gr.Dropdown(), gr.Number(), None).result.value


def test_exports_are_safe_for_spreadsheets() -> None:
    from genlens.ui.latents.why.files import csv_text

    found = why_events.explain(controls(target="elbo")).attribution
    assert "'=cmd" in csv_text(replace(found, labels=("=cmd", "b", "c", "d")))


def test_notes_cover_every_method() -> None:
    text = vae_notes.notes_html()
    for method in METHODS.values():
        assert method.title.replace("&", "&amp;") in text
    assert text.count("When it misleads") == len(METHODS) + len(vae_notes.OTHERS)
    for word in ("ProtoDash", "MIG", "Anchors", "UMAP", "Trustworthiness", "Raises:"):
        assert (word in text) == (word != "Raises:")

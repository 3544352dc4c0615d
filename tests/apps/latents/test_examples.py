"""The tab "Examples" on a tiny VAE: what each button computes, what is refused, the endpoints."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
import torch
from torch import nn

from genlens.errors import Cancelled, InputError
from genlens.latents.examples import of_study as examples
from genlens.latents.examples.anchors import anchor_of
from genlens.latents.examples.of_study import contrast_of, effects_of, prototypes_of
from genlens.models.autoencoders.module import ModuleAutoencoder
from genlens.study.study import study_of
from genlens.ui.latents.examples import endpoints as vae_example_endpoints
from genlens.ui.latents.examples import handlers as vae_example_events
from genlens.ui.latents.examples import tab as vae_examples
from genlens.ui.latents.examples import view as vae_example_views
from tiny_vaes import conv_model, linear_model

pytestmark = pytest.mark.apps
VISITOR = SimpleNamespace(session_hash="visitor")


def silent(*_args, **_options):
    """Stands in for gr.Progress."""


def pictures(n=60, side=16):
    """Squares at the left ("dark <b>" sky) or at the right, some of them large."""
    rng = np.random.default_rng(0)
    images = rng.random((n, 1, side, side)).astype(np.float32) * 0.2
    labels, large = np.arange(n) % 2, np.arange(n) % 3 == 0
    for image, right, big in zip(images, labels, large, strict=True):
        x, size = (side // 2 if right else 0), (side // 2 if big else side // 4)
        image[0, 2 : 2 + size, x : x + size] = 0.9
    return images, labels, large


def pca_model(images, d=4):
    """A linear autoencoder that knows these pictures: their principal components."""
    rows = images.reshape(len(images), -1)
    middle = rows.mean(0)
    *_, axes = np.linalg.svd(rows - middle, full_matrices=False)
    encode, decode = nn.Linear(rows.shape[1], d), nn.Linear(d, rows.shape[1])
    encode.weight.data = torch.from_numpy(axes[:d])
    encode.bias.data = torch.from_numpy(-axes[:d] @ middle)
    decode.weight.data = torch.from_numpy(axes[:d].T.copy())
    decode.bias.data = torch.from_numpy(middle)
    return ModuleAutoencoder(
        nn.Sequential(nn.Flatten(), encode),
        nn.Sequential(decode, nn.Unflatten(1, images.shape[1:])),
        image_shape=images.shape[1:],
        device="cpu",
    )


@pytest.fixture(scope="module")
def studies():
    images, labels, large = pictures()
    small, *_ = pictures(side=6)
    return {
        "squares": study_of(
            pca_model(images),
            images,
            labels=labels,
            names=("left", "right"),
            attributes={"large": large},
        ),
        "plain": study_of(linear_model(), small),
    }


@pytest.fixture(autouse=True)
def known(studies, monkeypatch):
    def study(name):
        if name not in studies:
            raise InputError(f"no model {name}")
        return studies[name]

    for module in (vae_example_events, vae_example_endpoints):
        monkeypatch.setattr(module, "study", study)


def test_prototypes_of_a_class_are_of_that_class(studies):
    study = studies["squares"]
    found = prototypes_of(study, 5, label=1)
    assert set(study.labels[found.indices]) == {1} and len(found.assigned) == 30
    assert found.shares.sum() == pytest.approx(1.0)
    assert set(study.labels[prototypes_of(study, 8).indices]) == {0, 1}
    text = vae_example_events.show_prototypes("squares", "right", 5)["prototypes"]
    assert text.count("<img") == len(found.indices) and "stand for class right" in text
    assert "MMD², no unit" in text and f"right (picture {found.indices[0]})" in text
    text = vae_example_events.show_prototypes("squares", "", 8)["prototypes"]
    assert "stand for all pictures" in text
    with pytest.raises(InputError, match="up"):
        vae_example_events.show_prototypes("squares", "up", 5)


def test_a_change_reaches_the_other_class(studies):
    study = studies["squares"]
    found = contrast_of(study, 0, to=1, steps=40)
    assert found.found and (found.class_before, found.class_after) == (0, 1)
    kept = contrast_of(study, 0, kind="positive", steps=40)
    assert (
        kept.found
        and kept.class_after == 0
        and kept.l2
        <= np.linalg.norm((kept.before - study.codes.mean.mean(0)) / study.codes.mean.std(0))
    )
    with pytest.raises(InputError, match="already takes this picture for left"):
        contrast_of(study, 0, to=0)


def test_the_page_shows_a_contrast_with_its_judge():
    text = vae_example_events.show_contrast(
        "squares", 0, "negative", "class", "right", 0.1, VISITOR, silent
    )["contrast"]
    assert "turn left into right" in text and "standard deviations" in text
    assert "It is right about" in text and "18 pictures" in text
    assert text.count("<img") == 3
    text = vae_example_events.show_contrast(
        "squares", 0, "positive", "large", "", 0.1, VISITOR, silent
    )["contrast"]
    assert "Pertinent positive" in text and "large" in text


def test_a_model_without_classes_says_so():
    assert vae_example_events.refresh("plain")["contrasting"]["visible"] is False
    assert vae_example_events.refresh("squares")["contrasting"]["visible"] is True
    with pytest.raises(InputError, match="no classes"):
        vae_example_events.show_contrast("plain", 0, "negative", None, "", 0.1, VISITOR, silent)


def test_the_rule_has_precision_and_coverage(studies):
    found = anchor_of(studies["squares"], 3, parts=9, max_samples=600)
    assert found.coverage == 0.5 ** len(found.anchor)
    assert found.made_by.settings["limit"] == pytest.approx(np.median(studies["squares"].errors))
    shown = vae_example_events.show_anchor("squares", 3, "error", 50, 9, 90, VISITOR, silent)
    text = shown["anchor"]
    assert "precision" in text and "coverage" in text and 'class="gl-cut"' in text
    assert "mean squared error" in text and text.count("<img") == 2


def test_work_stops_when_the_visitor_asks(studies):
    class Impatient:
        def __call__(self, *_args, **_options):
            vae_example_events.FLAGS.cancel("visitor")

    with pytest.raises(Cancelled):
        vae_example_events.show_anchor("squares", 3, "error", 50, 9, 90, VISITOR, Impatient())
    with pytest.raises(Cancelled):
        vae_example_events.show_effects("squares", "error", VISITOR, Impatient())


def test_effects_are_sorted_and_the_strongest_two_are_offered(studies):
    study = studies["squares"]
    found = effects_of(study, examples.output_of(study, "class", 1), n=40)
    assert [e.strength for e in found] == sorted((e.strength for e in found), reverse=True)
    shown = vae_example_events.show_effects("squares", "class/right", VISITOR, silent)
    text, first, second = shown["effects"], shown["first"], shown["second"]
    assert "probability of right" in text and "effect, probability" in text
    assert (first["value"], second["value"]) == (found[0].latent, found[1].latent)
    joint = vae_example_events.show_joint(
        "squares", "class/right", first["value"], second["value"], VISITOR, silent
    )["joint"]
    assert "Heat map in probability" in joint
    with pytest.raises(InputError, match="whole number"):
        vae_example_events.show_joint("squares", "error", None, 1, VISITOR, silent)
    with pytest.raises(InputError, match="different"):
        vae_example_events.show_joint("squares", "error", 1, 1, VISITOR, silent)


def test_effects_that_are_only_rounding_are_not_drawn(studies):
    study = studies["squares"]
    found = effects_of(study, examples.output_of(study, "class", 1), n=20)
    flat = tuple(replace(effect, resolution=1.0) for effect in found)
    text = vae_example_views.effects_view(flat, "probability")
    assert "No latent alone moves" in text and "<svg" not in text
    assert "<svg" in vae_example_views.effects_view(found, "probability")  # the control
    joint = examples.joint_effect(study, examples.output_of(study), (0, 1), n=20)
    flat = replace(joint, resolution=1.0)
    assert "do nothing together" in vae_example_views.joint_view(flat, "probability")


def test_a_logit_can_be_watched_where_the_probability_no_longer_moves(studies):
    study = studies["squares"]
    logit, share = (
        vae_example_views.measured(study, f"class/right{end}") for end in ("/logit", "")
    )
    assert (logit.unit, share.unit) == ("log-odds", "probability")
    codes = torch.from_numpy(study.codes.mean[:5]).float()
    torch.testing.assert_close(logit.function(codes).sigmoid(), share.function(codes))
    assert ("logit of right", "class/right/logit") in vae_example_views.outputs(study)


def test_the_own_error_is_zero_where_encoder_and_decoder_undo_each_other():
    same = ModuleAutoencoder(
        nn.Flatten(), nn.Unflatten(1, (1, 2, 2)), image_shape=(1, 2, 2), latent_shape=(4,),
        device="cpu",
    )  # fmt: skip
    codes = torch.rand(5, 4)
    assert examples.own_error(same).function(codes).abs().max() == 0
    model = linear_model()
    drawn = model.decode(codes).clamp(0, 1)
    again = model.decode(model.encode(drawn).mean)
    expected = (drawn - again).square().mean((1, 2, 3))
    torch.testing.assert_close(examples.own_error(model).function(codes), expected)


def test_a_conditional_model_stands_at_the_pictures_label(studies):
    study = studies["squares"]

    class OfTwo(ModuleAutoencoder):
        label = 0
        labels = (0, 1)

        @property
        def class_module(self):
            return self.module

        def given(self, label):
            return conv_model(seed=label)

        def class_logits(self, images):
            raise AssertionError("nobody asks for a class here")

    net = conv_model(seed=0).module
    shape = study.model.image_shape
    model = OfTwo(net["encoder"], net["decoder"], image_shape=shape, split=True, device="cpu")
    _, code = replace(study, model=model).at(1)
    expected = conv_model(seed=1).encode(study.picture(1)[None]).mean[0]
    np.testing.assert_allclose(code, expected.numpy(), rtol=1e-5)


def test_the_tab_builds_and_refreshes_all_it_resets():
    with gr.Blocks():
        tab = vae_examples.ExamplesTab(gr.Dropdown(["squares"]), gr.Number(0))
    ((refresh, inputs, outputs),) = tab.opened
    assert set(inputs) == {"model"} and set(refresh("plain")) == set(outputs)
    filled = refresh("squares")
    assert set(filled) == set(outputs) and "gl-strip" in filled["prototypes"]
    assert filled["group"]["choices"][1:] == [("left", "left"), ("right", "right")]
    assert vae_example_events.offer_goals("squares", "large")["choices"][1][0] == "not large"


def test_hostile_class_names_stay_text(studies):
    images, labels, _ = pictures(24)
    study = study_of(conv_model(), images, labels=labels, names=("<b>x", "<script>"))
    for text in (
        vae_example_views.prototypes_view(study, "<script>", 3),
        vae_example_views.contrast_view(study, 0, "class", "", steps=5),
        vae_example_views.effects_view(
            effects_of(study, examples.output_of(study, "class", 1), n=10), "probability"
        ),
    ):
        assert "<script" not in text and "<b>" not in text


def test_endpoints_answer_in_plain_json():
    found = vae_example_endpoints.api_prototypes("squares", "left", 3)
    assert len(found["pictures"]) == len(found["indices"]) <= 3
    contrast = vae_example_endpoints.api_contrast("squares", 0, to="right")
    assert contrast["found"] and contrast["names"] == ["left", "right"]
    assert 0 <= contrast["judge"]["accuracy"] <= 1
    anchor = vae_example_endpoints.api_anchor("squares", 0, parts=6, precision=0.8)
    assert len(anchor["segments"]) == 16
    json.dumps([found, contrast, anchor])
    with pytest.raises(InputError, match="picture"):
        vae_example_endpoints.api_anchor("squares", 10**6)
    with pytest.raises(InputError, match="kind"):
        vae_example_endpoints.api_contrast("squares", 0, kind="both")

"""What the tab "Inside the model" opens with, shows and refuses, without a browser."""

from __future__ import annotations

import json
import re
from importlib import resources

import numpy as np
import pytest

from genlens.errors import InputError
from genlens.prompts.evaluation.inside.table import format_table
from genlens.prompts.inside.features.storage import load_features
from genlens.prompts.inside.storage import load_edit, load_exchange
from genlens.ui.prompts.about.truth import card
from genlens.ui.prompts.inside import edits, features, layers, painting

pytestmark = pytest.mark.apps

MODEL = "emoji-diffusion"


def test_what_the_tab_opens_with_is_of_the_embedded_model():
    exchange, edit = load_exchange(layers.OPENING), load_edit(edits.OPENING)
    stored = load_features(features.OPENING)
    assert {each.made_by.model for each in (exchange, edit, stored)} == {MODEL}
    assert (exchange.prompt, exchange.other) == (layers.PROMPT, layers.OTHER)
    assert list(edit.prompts) == edits.CAPTIONS.split("\n")
    assert exchange.every == pytest.approx(1, abs=0.05)
    assert layers.opening_html().count("<img") == len(exchange.windows) + 2
    assert edits.opening_html().count("<img") == 2 * len(edit.prompts)
    assert features.stored_html(stored).count("<tr") == len(stored.features) + 1
    assert features.painted_html(stored.painted).count("<img") == 3


def test_the_measured_charts_are_shown_and_their_lack_is_told():
    numbers = card("inside")
    shown = layers.measured_html(numbers)
    assert shown.count("<table") == 3
    assert "Control: a filler word" in shown
    assert "coordinates shuffled" in edits.measured_html(numbers)
    assert "directions by chance" in features.measured_html(numbers)
    assert "genlens evaluate inside" in layers.measured_html(None)
    assert edits.measured_html({}) == features.measured_html({"features": 3}) == ""


def test_the_recorded_controls_fail_as_they_must():
    """Of the figures that are shown: read from the card, so a false control cannot ship."""
    text = resources.files("genlens.zoo").joinpath("cards/inside.json").read_text("utf-8")
    numbers = json.loads(text)
    chart = numbers["layers"]
    assert chart["same"]["value"] == 0
    for name in ("noun", "colour", "background", "place"):
        assert chart["every"][name]["value"] > 0.9
    assert chart["every"]["filler"]["value"] < 0.2
    ways = numbers["edits"]["ways"]
    for control in ("frozen", "shuffled"):
        assert ways[control]["efficacy"]["high"] < ways["edit"]["efficacy"]["low"]
    assert numbers["edits"]["left_changed"]["value"] == 0
    pure = numbers["features"]["pure"]
    sparse = pure["sparse"]
    for control in (pure[name] for name in ("neurons", "chance", "exchanged")):
        # lower end of the difference's 95 % interval (Newcombe 1998, method 10)
        spread = np.hypot(sparse["value"] - sparse["low"], control["high"] - control["value"])
        assert sparse["value"] - control["value"] > spread
    assert "control" in format_table(numbers)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("a cat", "a cat", 1, 0, MODEL), "the same"),
        (("", "a cat", 1, 0, MODEL), "empty"),
        (("a cat", None, 1, 0, MODEL), "a prompt is text"),
        (("a cat", "a dog", None, 0, MODEL), "the number of layers is None"),
        (("a cat", "a dog", 1.5, 0, MODEL), "the number of layers is 1.5"),
        (("a cat", "a dog", 10**9, 0, MODEL), "the number of layers is 1000000000"),
        (("a cat", "a dog", 1, float("nan"), MODEL), "the seed is nan"),
        (("a cat", "a dog", 1, -1, MODEL), "the seed is -1"),
    ],
)
def test_exchanges_that_cannot_be_asked(asked, says):
    with pytest.raises(InputError, match=re.escape(says)):
        layers.asked(*asked)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"word": None}, "a prompt is text"),
        ({"target": "cat"}, "both 'cat'"),
        ({"captions": "a cat"}, "pass a list"),
        ({"captions": []}, "0 captions"),
        ({"captions": ["a cat"] * 13}, "13 captions"),
        ({"captions": [7]}, "a prompt is text"),
        ({"lam": None}, "lambda (λ) is None"),
        ({"lam": float("inf")}, "lambda (λ) is inf"),
        ({"mu": "much"}, "mu (μ) is 'much'"),
        ({"seed": 2.5}, "the seed is 2.5"),
    ],
)
def test_edits_that_cannot_be_asked(changed, says):
    question = {
        "word": "cat", "target": "dog", "captions": ["a cat"], "lam": 0.1, "mu": 0.1, "seed": 0,
        "model": MODEL, **changed,
    }  # fmt: skip
    with pytest.raises(InputError, match=re.escape(says)):
        edits.asked(**question)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"feature": None}, "the feature is None"),
        ({"feature": -1}, "the feature is -1"),
        ({"region": "nowhere"}, "the region is 'nowhere'"),
        ({"strength": float("nan")}, "the strength is nan"),
        ({"strength": 1e9}, "the strength is"),
        ({"prompt": " "}, "empty"),
        ({"shaped": "false"}, "shaped is 'false'"),
        ({"together": 1}, "together is '1'"),
    ],
)
def test_paintings_that_cannot_be_asked(changed, says):
    question = {
        "feature": 0, "prompt": "a tree", "region": "left", "strength": 1, "seed": 0,
        "model": MODEL, **changed,
    }  # fmt: skip
    with pytest.raises(InputError, match=re.escape(says)):
        painting.painted(**question)


def test_an_exchange_is_drawn_for_the_page(tiny_pipeline_dir, monkeypatch):
    from genlens.models import catalog

    monkeypatch.setattr(catalog, "weights_folder", lambda _: tiny_pipeline_dir)
    catalog.unload()
    try:
        answer = layers.api_which_layer_reads("a cat", "a dog", 0, MODEL)
        assert len(answer["pictures"]) == len(answer["windows"]) + 2
        assert np.isfinite(answer["towards"]).all()
        told = edits.api_edit_a_word("cat", "dog", ["a cat", "a car"], 0, MODEL)
        assert len(told["before"]) == len(told["after"]) == 2
    finally:
        catalog.unload()

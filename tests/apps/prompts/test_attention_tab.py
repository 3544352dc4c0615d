"""What the tabs on attention and subsets show, and refuse, without a browser."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from genlens.errors import InputError
from genlens.prompts.attention import storage
from genlens.ui.prompts import opening
from genlens.ui.prompts.attention import work
from genlens.ui.prompts.subsets import work as subsets
from page_explanations import linear_explanation

pytestmark = pytest.mark.apps


@pytest.fixture(scope="module")
def maps():
    return storage.load(work.OPENING)


def test_the_stored_maps_are_of_the_opening(maps):
    explanation = opening.load_opening().explanation
    assert maps.prompt == explanation.prompt == opening.PROMPT
    assert maps.made_by.seed == opening.SEED
    difference = np.abs(maps.image.astype(int) - explanation.image.astype(int))
    assert difference.mean() < 2, "run python -m genlens.ui.prompts.opening again"


def test_every_choice_of_the_menus_can_be_drawn(maps):
    for way in ("daam", "fine", "guided", "plain"):
        for step in (0, len(maps.timesteps)):
            assert work.tiles_html(maps, way, step, work.ALL, work.ALL).count("<img") == 7
    for _, layer in work.layer_choices(maps):
        there = maps.heads_in("daam", None if layer == work.ALL else layer)
        for _, head in work.head_choices(maps):
            shown = work.tiles_html(maps, "daam", 1, layer, head)
            assert ("gl-map-tile" in shown) == (head < there)
            assert ("choose a lower one" in shown) == (head >= there)
    assert "only one head" in work.tiles_html(maps, "fine", 1, work.ALL, 2)


@pytest.mark.parametrize(
    ("step", "layer", "head", "says"),
    [
        (9, -1, -1, "the step is 9"),
        (None, -1, -1, "the step is None"),
        (0.5, -1, -1, "the step is 0.5"),
        (0, 99, -1, "the layer is 99"),
        (0, -1, 99, "the head is 99"),
    ],
)
def test_what_is_not_there_is_refused_in_python_too(maps, step, layer, head, says):
    with pytest.raises(InputError, match=re.escape(says)):
        work.tiles_html(maps, "daam", step, layer, head)


def test_maps_that_are_gone_are_told(tmp_path):
    with pytest.raises(InputError, match="press Explain again"):
        work.redrawn(str(tmp_path / "gone.npz"), "daam", 0, -1, -1)
    with pytest.raises(InputError, match="explain a prompt"):
        work.recorded(None)


LONG = '["%s", 0, "emoji-diffusion", 1, 0, "", ""]'


def test_a_prompt_of_nine_words_and_more_has_maps_of_its_question():
    found = storage.load(Path(work.recorded(None, LONG % "a cat next to a red car and a dog")))
    assert len(found.words) == 10 and len(found.timesteps) == 1


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("{", "cannot be read"), ("[1]", "cannot be read"), ("null", "cannot be read"),
        (LONG % ("a " * 21), "21 words"), ('["a cat", NaN, "emoji-diffusion", 0, 0]', "the seed"),
        ('["a cat", 0, "../etc", 0, 0]', "does not offer"), (LONG % "", "empty"),
    ],
)  # fmt: skip
def test_a_question_that_a_browser_made_up_is_refused(asked, says):
    with pytest.raises(InputError, match=re.escape(says)):
        work.recorded(None, asked)


def test_importance_stands_only_beside_its_own_explanation(maps):
    explanation = opening.load_opening().explanation
    assert "Boosted by importance" in work.about_html(maps, explanation)
    assert "Boosted by importance" not in work.about_html(maps, linear_explanation())
    assert "of its attention the model gives each word" in work.about_html(maps, None)


def test_the_cost_comes_before_the_comparison():
    explanation = opening.load_opening().explanation
    assert "128 sub-prompts" in subsets.cost_html(explanation)
    assert "Press the button" in subsets.waiting_html(explanation)
    assert "No objects were found" in subsets.waiting_html(linear_explanation(objects=0))
    with pytest.raises(InputError, match="not one of objects, regions"):
        subsets.parts_of(explanation, "pixels")


def test_an_own_picture_has_to_be_there():
    with pytest.raises(InputError, match="no picture was given"):
        subsets.linked(None, "a cat", "", "")

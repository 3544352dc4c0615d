"""Prompt explanations on the shipped models."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import genlens
from genlens.models.contracts import ObjectMask
from genlens.models.devices import multiplies_bf16
from genlens.prompts.evaluation.judgement import judge_explanation
from genlens.prompts.evaluation.table import format_table
from genlens.prompts.evaluation.truth import world_truth
from genlens.prompts.results import Links, PromptExplanation
from genlens.worlds.emoji_scenes import draw
from genlens.zoo import evaluate
from genlens.zoo.referee import load_referee

pytestmark = pytest.mark.truth

CARDS = Path(evaluate.__file__).parent / "cards"


@pytest.fixture(scope="module")
def explained() -> PromptExplanation:
    return genlens.explain_prompt("emoji-diffusion", "please a blue star", seed=1)


def test_values_add_up(explained: PromptExplanation) -> None:
    a = explained.attribution
    assert abs(a.values.sum() - (a.full_value - a.base_value)) < 1e-5
    assert abs(a.shares.sum() - 1) < 1e-5 and a.full_value == pytest.approx(1, abs=1e-5)


def test_words_matter_more_than_the_noise(explained: PromptExplanation) -> None:
    assert not explained.hardly_changed and len(explained.noise_payoffs) == 3


@pytest.mark.skipif(not multiplies_bf16(), reason="bf16 is many times slower on this CPU")
def test_bf16_gives_the_shares_of_fp32(explained: PromptExplanation) -> None:
    """ "fast" is bf16 on such a CPU: half a point is what it may cost."""
    assert explained.made_by.settings["precision"] == "bf16"
    exact = genlens.explain_prompt("emoji-diffusion", explained.prompt, seed=1, precision="fp32")
    assert np.abs(exact.attribution.shares - explained.attribution.shares).max() < 0.005


def test_content_outweighs_fillers_and_articles(explained: PromptExplanation) -> None:
    please, a, blue, star = np.abs(explained.attribution.values)
    assert max(please, a) < max(blue, star)


def test_the_empty_prompt_draws_an_empty_picture(explained: PromptExplanation) -> None:
    empty, full = explained.coalition_images[0], explained.coalition_images[-1]
    assert empty.std(axis=(0, 1)).max() < 0.25 * full.std(axis=(0, 1)).max()


def test_an_explanation_can_be_made_again(explained: PromptExplanation) -> None:
    again = genlens.explain_prompt("emoji-diffusion", "please a blue star", seed=1)
    assert np.allclose(again.attribution.values, explained.attribution.values, atol=1e-4)
    other = genlens.explain_prompt("emoji-diffusion", "please a blue star", seed=2)
    assert not np.array_equal(other.image, explained.image)


def test_the_referee_finds_what_a_true_scene_holds() -> None:
    """A real picture and the real referee: the nouns are judged, none is skipped as absent."""
    scene = draw(7, "a cat and a car")
    objects = tuple(ObjectMask(o.mask, o.box, 1.0, int(o.mask.sum())) for o in scene.objects)
    scores = np.zeros((2, 6))
    for k, o in enumerate(scene.objects):
        scores[k, o.word] = 1.0
    told = replace(
        genlens.explain_prompt("emoji-diffusion", scene.caption, seed=0, steps=1),
        image=scene.image,
        links=Links(objects, scores, scores[:, :-1], scores[:, :-1], scores.argmax(1)),
    )
    row = judge_explanation(told, world_truth(told.prompt), load_referee(), "not tried")
    assert row.absent == () and row.links["all"].nouns == (True, True)
    assert row.links["all"].claims == (True, True)


def test_recorded_figures_are_whole() -> None:
    recorded = json.loads((CARDS / "prompts.json").read_text(encoding="utf-8"))
    assert not recorded["quick"]
    names = {"links_of_all_nouns", "links_of_judged_nouns", "link_precision", "none_is_none"}
    for name in names | {"filler_mean_share", "fillers_below_nouns", "top_is_content"}:
        assert set(recorded[name]) == {"value", "low", "high", "n", "left_out"}
    all_, judged = recorded["links_of_all_nouns"], recorded["links_of_judged_nouns"]
    assert all_["n"] == judged["n"] + sum(judged["left_out"].values())
    assert round(all_["value"] * all_["n"]) == round(judged["value"] * judged["n"])
    assert "filler" in format_table(recorded)


def test_evidence_earns_its_place_and_controls_fail() -> None:
    recorded = json.loads((CARDS / "prompts.json").read_text(encoding="utf-8"))
    for control in ("random_noun", "random_word"):
        blind = recorded["ways"][control]
        for name in ("links_of_all_nouns", "link_precision", "none_is_none"):
            assert blind[name]["high"] < recorded[name]["low"], (control, name)
    for kind in ("text", "cause", "image"):  # no kind alone is better at everything
        alone = recorded["ways"][kind]
        assert any(alone[name]["value"] < recorded[name]["value"] for name in names_of(alone))


def names_of(figures: dict[str, object]) -> list[str]:
    return sorted(figures)

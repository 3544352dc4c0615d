"""Prompt explanations on the shipped models."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import genlens
from genlens.prompts.evaluation import format_table
from genlens.prompts.results import PromptExplanation
from genlens.zoo import evaluate

pytestmark = pytest.mark.truth

CARDS = Path(evaluate.__file__).parent / "cards"


@pytest.fixture(scope="module")
def explained() -> PromptExplanation:
    return genlens.explain_prompt("emoji-diffusion", "please a blue star", seed=1)


def test_values_add_up(explained: PromptExplanation) -> None:
    a = explained.attribution
    assert abs(a.values.sum() - (a.full_value - a.base_value)) < 1e-5
    assert abs(a.shares.sum() - 1) < 1e-5 and a.full_value == pytest.approx(1, abs=1e-5)


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


def test_recorded_figures_are_whole() -> None:
    recorded = json.loads((CARDS / "prompts.json").read_text(encoding="utf-8"))
    keys = {"link_accuracy", "filler_mean_share", "top_is_content", "fillers_below_nouns", "n"}
    assert keys <= set(recorded)
    assert "filler" in format_table(recorded)

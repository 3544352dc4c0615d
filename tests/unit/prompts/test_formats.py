"""The whole explanation through real diffusers, open_clip and segment_anything code.

The weights are random, so nothing is said about what the models see; the arithmetic must hold
all the same.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from genlens.prompts.explain import NOISES, explain_prompt
from genlens.prompts.storage import load, save

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def explanation(tiny_pipeline_dir, tiny_clip_dir, tiny_sam_dir):
    return explain_prompt(
        str(tiny_pipeline_dir),
        "A cat's house, zzz red!",
        seed=1,
        encoder=str(tiny_clip_dir),
        segmenter=str(tiny_sam_dir),
        steps=2,
    )


def test_players_are_whitespace_words_whatever_the_tokens(explanation):
    words = explanation.attribution.words
    assert [w.text for w in words] == ["A", "cat's", "house,", "zzz", "red!"]
    assert not words[3].known and words[2].known


def test_the_arithmetic_holds(explanation):
    a = explanation.attribution
    assert explanation.coalition_images.shape[0] == len(explanation.payoffs) == 32
    assert abs(a.values.sum() - (a.full_value - a.base_value)) < 1e-5
    assert a.full_value == pytest.approx(1.0, abs=1e-5)
    assert np.abs(explanation.payoffs).max() <= 1 + 1e-5
    links = explanation.links
    assert np.allclose(links.scores.sum(axis=1), 1.0)
    assert links.scores.shape == (len(links.objects), 6) and len(links.objects) <= 10
    first, last = explanation.coalition_images[[0, -1]].astype(float)
    change = np.abs(last - first).mean(axis=2) / 255
    for row, thing in zip(links.image_evidence, links.objects, strict=True):
        assert row.sum() == pytest.approx(change[thing.mask].mean(), abs=1e-6)


def test_it_is_complete_and_survives_storage(explanation, tmp_path):
    made = explanation.made_by
    assert made.settings["steps"] == 2 and made.seed == 1 and made.model_calls == 32 + NOISES
    assert made.model and made.settings["encoder"] and made.settings["segmenter"] and made.revision
    text = json.dumps(explanation.to_dict(), allow_nan=False)
    again = load(save(explanation, tmp_path / "tiny.npz"))
    assert json.dumps(again.to_dict(), allow_nan=False) == text


def test_the_same_seed_gives_the_same_game(
    explanation, tiny_pipeline_dir, tiny_clip_dir, tiny_sam_dir
):
    again = explain_prompt(
        str(tiny_pipeline_dir),
        "A cat's house, zzz red!",
        seed=1,
        encoder=str(tiny_clip_dir),
        segmenter=str(tiny_sam_dir),
        steps=2,
        batch_size=5,
    )
    assert np.allclose(again.payoffs, explanation.payoffs, atol=1e-3)

"""The estimators' endpoint: real pictures, more words than the page takes, and what is refused."""

from __future__ import annotations

import re

import pytest

from genlens.errors import InputError
from genlens.ui.prompts.estimators.endpoints import estimate_words

pytestmark = pytest.mark.apps

TEN = "a cat next to a red car and a dog"


def test_ten_words_with_intervals() -> None:
    answer = estimate_words(TEN, 0, "emoji-diffusion", "budgeted", images=26, steps=1)
    assert answer["tokens"] == TEN.split()
    assert answer["images"] == 26 and answer["model_calls"] <= 26
    gap = answer["full_value"] - answer["base_value"]
    assert sum(answer["values"]) == pytest.approx(gap, abs=1e-6)
    assert all(
        low <= value <= high
        for low, value, high in zip(answer["low"], answer["values"], answer["high"], strict=True)
    )


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ((" ".join("a" * 21), 0, "emoji-diffusion"), "at most 20"),
        ((TEN, 0, "emoji-diffusion", "shapley"), "at most 8 words"),
        ((TEN, 0, "emoji-diffusion", "sharp"), "no estimator"),
        ((TEN, 0, "emoji-diffusion", "budgeted", 10), "at least 22"),
        ((TEN, 0, "emoji-diffusion", "budgeted", 2.5), "whole number"),
        ((TEN, 0, "emoji-diffusion", "preview", 50), "takes no setting 'images'"),
        ((TEN, -1, "emoji-diffusion"), "seed"),
    ],
)
def test_what_cannot_be_is_refused(asked, says) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        estimate_words(*asked)

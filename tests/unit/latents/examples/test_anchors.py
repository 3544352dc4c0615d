"""Anchors of a study's pictures: which property is asked, and what is said of what was found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from genlens.errors import InputError
from genlens.figures.latents.rule_words import rule_html, rule_sentence, rule_title
from genlens.latents.examples.anchors import anchor_of, same_class
from genlens.latents.examples.rules import AnchorRule, anchor_rule
from genlens.study.judges import class_scores
from genlens.study.study import Study
from why_page import tiny_study

pytestmark = pytest.mark.unit

SEGMENTS = np.kron(np.arange(4).reshape(2, 2), np.ones((4, 4), int))
WHITE, BLACK = np.ones((1, 8, 8), np.float32), np.zeros((1, 1, 8, 8), np.float32)


def shown(images: torch.Tensor) -> torch.Tensor:
    """How many of the four squares are white, (n,)."""
    return (images[:, 0, ::4, ::4].flatten(1) > 0.5).sum(dim=1)


def rule(needed: int, **settings: object) -> AnchorRule:
    """Of the property "at least ``needed`` squares are white"."""
    return anchor_rule(
        WHITE, lambda x: shown(x) >= needed, segments=SEGMENTS, backgrounds=BLACK, **settings
    )


@pytest.fixture(scope="module")
def study() -> Study:
    return tiny_study()


def test_a_certified_rule_says_precision_lower_bound_and_coverage() -> None:
    found = replace(rule(2, tau=0.8), says="it is rebuilt well")
    assert found.is_rule and found.certified and 0 < len(found.anchor) < 4
    said = rule_sentence(found)
    assert "it is rebuilt well in" in said and "at least" in said and "coverage" in said
    assert f"{100 * found.precision:.3g} %" in said and f"{100 * found.lower:.3g} %" in said
    assert "whatever" not in said and rule_title(found).startswith("The rule")
    assert "gl-warn" not in rule_html(found)


def test_a_rule_that_was_not_certified_is_not_called_one() -> None:
    """The fault: a sentence "whatever other pictures show" at a precision of 20 %."""
    weak = replace(rule(2, tau=0.8), precision=0.2, lower=0.12, upper=0.31, certified=False)
    said = rule_sentence(weak)
    assert not weak.is_rule and said.startswith("No rule was found") and "20 %" in said
    assert "not shown to be enough" in said and "whatever" not in said and "While" not in said
    assert rule_title(weak).startswith("No rule") and "gl-warn" in rule_html(weak)
    assert weak.to_dict()["is_rule"] is False


def test_all_parts_in_place_are_no_rule() -> None:
    """The fault: "keeps 11 of 11 parts" is the picture itself. Also where it was certified."""
    whole = rule(4)
    assert len(whole.anchor) == whole.parts == 4 and whole.certified and not whole.is_rule
    assert "the picture itself" in rule_sentence(whole)
    assert "the picture itself" in rule_sentence(replace(whole, certified=False))


def test_no_part_needed_is_a_rule_of_its_own() -> None:
    found = rule(0)
    assert found.is_rule and not found.anchor and "No part is needed" in rule_sentence(found)


def test_the_class_is_the_judges_and_read_through_the_model(study: Study) -> None:
    judge = class_scores(study)
    has, name = same_class(study, 1, "class")
    images = torch.from_numpy(study.images)
    with torch.no_grad():
        said = judge.scores(images).argmax(dim=1)
    assert name == judge.names[int(said[1])]
    assert has(images).tolist() == (said == said[1]).tolist()


def test_an_anchor_of_the_class_holds_what_the_class_hangs_on(study: Study) -> None:
    """Squares stand left for class 0 and right for class 1: the judge is right about them."""
    found = anchor_of(study, 1, about="class", parts=4, tau=0.8, max_samples=2000)
    assert found.value and found.says.startswith("it is taken for “")
    assert found.made_by.settings["about"] == "class"
    again = anchor_of(study, 1, about="class", parts=4, tau=0.8, max_samples=2000)
    assert again.anchor == found.anchor and again.precision == found.precision
    error = anchor_of(study, 1, parts=4, tau=0.8, max_samples=500)
    assert "rebuilt" in error.says and error.made_by.settings["about"] == "error"
    with pytest.raises(InputError, match="hats"):
        anchor_of(study, 1, about="hats")

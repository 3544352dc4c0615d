"""Edits as a line of text, and hypotheses asked for by names."""

from __future__ import annotations

import pytest

from band_generator import BandGenerator
from genlens.errors import InputError
from genlens.steering.hypotheses.ask import ask
from genlens.steering.hypotheses.cases import CASES, case
from genlens.steering.hypotheses.edits.generators import SwapStyles
from genlens.steering.hypotheses.edits.pictures import ChangePicture
from genlens.steering.hypotheses.edits.read import edit_of
from genlens.steering.hypotheses.edits.redraw import Redraw
from known_assessors import EYES, Windows

pytestmark = pytest.mark.unit


def test_lines_name_the_edits_they_say() -> None:
    assert (
        edit_of("redraw:glasses=round|square").spec()
        == Redraw("glasses", ("round", "square")).spec()
    )
    assert (
        edit_of("redraw:glasses=none>round").spec()
        == Redraw("glasses", ("round",), ("none",)).spec()
    )
    assert edit_of("property:smile").spec() == Redraw.of_property("smile").spec()
    picture = edit_of("picture:blur@whole_picture=0.1")
    assert isinstance(picture, ChangePicture) and picture.amount == 0.1
    assert picture.box == (0.0, 0.0, 1.0, 1.0)
    bands = BandGenerator()
    assert edit_of("picture:grey", bands).spec()["faces"] == "bands"
    swap = edit_of("styles:0-1=17", bands)
    assert isinstance(swap, SwapStyles) and (tuple(swap.layers), swap.reference) == ((0, 1), 17)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "names no edit"),
        ("glasses", "names no edit"),
        ("paint:glasses=1", "names no edit"),
        ("redraw:" + "x" * 400, "names no edit"),
        ("redraw:glasses", "half of an edit"),
        ("redraw:wings=big", "nothing a face has"),
        ("property:wings", "not a property"),
        ("picture:blur@mouth=lots", "write a number"),
        ("picture:blur@mouth=nan", "amount of blur"),
        ("picture:blur@elbow", "no region"),
        ("styles:0-1=17", "needs a generator"),
        ("direction:face-glasses=2", "needs a generator"),
    ],
)
def test_what_names_no_edit_is_refused_in_words(text, says) -> None:
    with pytest.raises(InputError, match=says):
        edit_of(text)


@pytest.mark.parametrize("text", ["styles:0-99999999=1", "styles:-1=1", "styles:a-b=1", "styles:0"])
def test_layers_that_are_not_there_are_refused(text) -> None:
    with pytest.raises(InputError):
        edit_of(text, BandGenerator())


def test_a_ready_case_brings_its_claim_and_its_sign() -> None:
    eyes = Windows({EYES: 4.0})
    verdict = ask("glasses", eyes, n=30)
    assert verdict.hypothesis.claim == CASES["glasses"].claim
    assert verdict.hypothesis.expected == 0 and ask("mouth", eyes, n=12).hypothesis.expected == 1
    own = ask("property:glasses", eyes, n=30, claim="mine", expected=-1)
    assert (own.hypothesis.claim, own.hypothesis.expected) == ("mine", -1)
    assert own.made_by.settings["edit"] == verdict.made_by.settings["edit"]
    with pytest.raises(InputError, match="no assessor"):
        ask("glasses", "nobody")


def test_every_ready_case_changes_every_drawn_face_or_says_which_it_leaves() -> None:
    for name in CASES:
        pairs = case(name).edit.pairs(0, 12, 3)
        moved = (pairs.after - pairs.before).abs().flatten(1).amax(1) > 0.01
        assert moved.float().mean() > 0.7, name
    with pytest.raises(InputError, match="no case"):
        case("wings")

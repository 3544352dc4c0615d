"""Ready hypotheses on the worlds: what S2 asked of faces and flowers, where the truth is known."""

from __future__ import annotations

from dataclasses import dataclass

from genlens.errors import InputError
from genlens.steering.hypotheses.edits.edit import Edit
from genlens.steering.hypotheses.edits.faces import Drawn
from genlens.steering.hypotheses.edits.pictures import ChangePicture
from genlens.steering.hypotheses.edits.redraw import Redraw


@dataclass(frozen=True)
class Case:
    """A claim with the edit that encodes it.

    ``expected`` as of ``run_hypothesis``; ``learn`` is what to look for, in a sentence; ``paper``
    the figure of S2 (arXiv:2109.07869) that asks the like.
    """

    name: str
    claim: str
    edit: Edit
    expected: int
    learn: str
    paper: str


def _cases() -> tuple[Case, ...]:
    return (
        Case(
            "mouth", "It reacts to the mouth", Redraw.of_property("smile", title="a smile put on"),
            1, "What it is asked about: the least that a smile classifier should do.", "figure 2",
        ),
        Case(
            "glasses", "It reacts to glasses",
            Redraw.of_property("glasses", title="glasses put on"), 0,
            "Nobody needs glasses to smile. A reaction is a shortcut that it learned.", "figure 3",
        ),
        Case(
            "hair", "It reacts to the length of hair",
            Redraw.of_property("long_hair", title="long hair instead of short"), 0,
            "Hair can cover a face, and go along with what else is in it.", "figure 4",
        ),
        Case(
            "hair-colour", "It reacts to grey hair",
            Redraw("hair_colour", ("silver",), title="hair turned silver"), 0,
            "The form stays, the colour changes.", "figure 3",
        ),
        Case(
            "skin", "It reacts to the colour of skin",
            Redraw.of_property("dark_skin", title="dark skin instead of light"), 0,
            "The paper’s smile classifier did. Such a reaction does harm.", "figure 2",
        ),
        Case(
            "colour", "It goes by colour",
            ChangePicture(Drawn(), "hue", amount=120.0), 0,
            "Colour against form, one half: all hues turn by a third of the circle, and every edge "
            "stays where it is.", "figure 5",
        ),
        Case(
            "form", "It goes by form",
            ChangePicture(Drawn(), "blur", "mouth", amount=0.06), 0,
            "Colour against form, the other half: the mouth is blurred, and its colours stay.",
            "figure 5",
        ),
    )  # fmt: skip


CASES: dict[str, Case] = {case.name: case for case in _cases()}
"""By name, in the order of the page."""


def case(name: str) -> Case:
    """The case called ``name``.

    Raises:
        InputError: there is none.
    """
    if name not in CASES:
        raise InputError(f"no case is called {name!r}: take one of {', '.join(CASES)}")
    return CASES[name]

"""Guided cases: findings of Kirchler et al. 2021 as views of this page, to be seen or refuted."""

from __future__ import annotations

import html
from dataclasses import dataclass

from genlens.models.assessors.assessors import ASSESSORS
from genlens.ui.steering import link


@dataclass(frozen=True)
class Case:
    """``paper`` says what was found elsewhere, ``look`` what to look at here; the view is of
    ``tab`` with these ``assessors``, of which the first whose network is here is taken."""

    title: str
    paper: str
    look: str
    assessors: tuple[str, ...]
    tab: str = "mix"
    face: str = "0"
    sources: str = "1, 2, 3, 4, 5, 6"


CASES = (
    Case(
        "Mouth: open or closed",
        "Opening or closing the mouth hardly moved a smile classifier trained on photographs; a "
        "slight smile turned its answer (figures 1 and 2).",
        "In the row of the coarse layers take a face with another mouth. Does the score follow the "
        "mouth’s shape, or whether teeth are seen?",
        ("smile-plain", "face-smile"),
    ),
    Case(
        "Glasses",
        "Glasses made a face a little older to an age classifier (figure 3).",
        "Two smile classifiers are listed, A and B. Put glasses on and take them off. To which "
        "of the two do they matter? Write it down on the tab Hypotheses first.",
        ("smile-planted", "face-glasses"),
    ),
    Case(
        "Hair",
        "Length of hair outweighed make-up for a classifier of perceived gender, and greying hair "
        "made a face older (figures 3 and 4).",
        "Exchange the coarse layers for those of a face with other hair: its length changes. "
        "Exchange the fine ones: its colour does. Which one moves the score?",
        ("face-long-hair", "smile-plain"),
    ),
    Case(
        "Skin",
        "Darker skin and hair moved a smile classifier towards “not smiling” (figure 1): bias that "
        "no heat map of a mouth shows.",
        "Exchange the fine layers only: the face keeps its expression and takes another skin "
        "colour. The score should stay. By how much does it not?",
        ("smile-plain", "face-dark-skin"),
    ),
    Case(
        "Colour against form",
        "Oxeye daisy or Californian poppy: mostly colour decided, yet form had a share (figure 5).",
        "This assessor sees colour alone: the row of the fine layers moves it, that of the coarse "
        "ones hardly. Then choose “Object size”: the rows change places. Where does a trained "
        "classifier stand between the two?",
        ("redness",),
    ),
    Case(
        "Larger and centred things are remembered",
        "GANalyze (Goetschalckx et al. 2019) raised memorability: what is shown grew, and moved to "
        "the middle.",
        "Follow the direction that raises memorability, and read size and centredness among what "
        "else changes. Memorability has to be fetched first (for non-commercial use); until then "
        "the direction of object size shows what to look for.",
        ("memorability", "object-size"),
        tab="directions",
    ),
)  # fmt: skip


def cases_html(model: str) -> str:
    """The cases, each with a link that sets up the page with the generator ``model``."""
    items = "".join(_case(case, model) for case in CASES)
    return (
        "<h2>Guided cases</h2><p>What papers found on photographs, to be tried on faces of which "
        "everything is known. None of them needs to hold here: that is the point.</p>"
        f'<ul class="gl-cases">{items}</ul>'
    )


def _case(case: Case, model: str) -> str:
    here = [name for name in case.assessors if name in ASSESSORS and not ASSESSORS[name].missing()]
    asked = {"face": case.face, "assessor": here[0] if here else "brightness", "tab": case.tab}
    asked |= {"mix": case.sources} if case.tab == "mix" else {}
    address = link.query(model=model, **asked)
    return (
        f"<li><b>{html.escape(case.title)}.</b> {html.escape(case.paper)} "
        f"<i>Here:</i> {html.escape(case.look)} "
        f'<a class="gl-link" href="{html.escape(address)}">Set up this view</a></li>'
    )

"""The Estimators tab: the words' values by every estimator, from the payoffs that are there."""

from __future__ import annotations

import html

from genlens.figures.prompts.estimators.estimate_chart import estimate_chart
from genlens.figures.prompts.estimators.estimate_table import estimate_table
from genlens.figures.prompts.estimators.pairs import pair_matrix, pair_network, strongest_pairs
from genlens.prompts.again import unit_of
from genlens.prompts.dossiers.dossier import Dossier
from genlens.prompts.estimators.estimators import ESTIMATORS

CHARTED = ("shapley", "budgeted", "preview", "permutation", "lime", "leave-one-out")
"""Estimators whose values are on one scale."""
LISTED = (*CHARTED, "shapley-nonempty", "similarity-sum")
_INTRO = (
    "<p>A Shapley value needs the image of every selection of the words. These estimators ask how "
    "near one comes with fewer. All read the images of this explanation; nothing is drawn. Each "
    "has a mark for its value and, where it gives one, a line for its 95 % interval: the range in "
    "which the exact value should lie in 95 of 100 cases. The exact values come first.</p>"
)
_LONGER = (
    "<p class='gl-soft'>Prompts of 9 to 20 words are estimated, because they have too many "
    "sub-prompts to draw all: type one and press Explain. (On the command line <code>genlens "
    "explain “…” --estimator budgeted</code>, in Python <code>genlens.prompts.estimate_prompt"
    "</code>, for programs this page’s endpoint <code>/estimate_words</code>.)</p>"
)


def estimators_html(dossier: Dossier) -> str:
    """The whole tab, as HTML."""
    found, unit = dossier.estimates, unit_of(dossier.explanation)
    pairs = found["k-sii"]
    notes = "".join(
        f"<li><b>{html.escape(e.title)}.</b> {html.escape(e.help)} "
        f"<i>When it misleads:</i> {html.escape(e.misleads)} {html.escape(e.sums)} "
        f"<span class='gl-soft'>{html.escape(e.equation)} ({html.escape(e.paper)})</span></li>"
        for e in ESTIMATORS.values()
    )
    return (
        f'<div class="gl">{_INTRO}{estimate_chart([found[n] for n in CHARTED], unit=unit)}'
        f"{estimate_table([found[n] for n in LISTED], unit=unit)}{_LONGER}"
        f"<h3>Words in pairs</h3><p>{html.escape(ESTIMATORS['k-sii'].help)} "
        f"{html.escape(strongest_pairs(pairs))}</p>{pair_network(pairs)}"
        f"{pair_matrix(pairs, unit=unit)}"
        f"<details><summary>What each estimator is</summary><ul>{notes}</ul></details></div>"
    )

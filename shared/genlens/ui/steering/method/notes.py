"""The notes on the page: what is explained, the loop of a hypothesis, the limits."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

from genlens.steering.desiderata import editability, spread
from genlens.steering.mixing.cohorts import compare_cohorts
from genlens.steering.mixing.mix import mix
from genlens.steering.mixing.pushed import push_styles
from genlens.steering.mixing.references import choose_references
from genlens.ui.notes import docstring_html
from genlens.ui.steering.method.cases import cases_html

_METHODS: dict[str, Callable[..., Any]] = {
    "Mixing styles": mix,
    "Choosing faces to mix with": choose_references,
    "Moving faces by their score": push_styles,
    "Comparing two groups of faces": compare_cohorts,
    "Editability of a generator": editability,
    "Variety of a generator": spread,
}
LEAD = """
<h2>What is explained, and by what</h2>
<p>An <b>assessor</b> gives a picture a score: a classifier that says “smiling”, or a plain
statistic such as brightness. What does it react to? A heat map says <i>where</i> it looks. This
page answers with pictures: a <b>generator</b> draws a face, you change one thing about it, and the
score moves or it does not (Kirchler et al. 2021, <i>Explainability Requires Interactivity</i>,
arXiv:2109.07869).</p>
<p>Five lines say what is going on. The <b>output</b> that is explained is the assessor’s score of a
picture. The <b>players</b> are the generator’s styles, one vector for each of its layers: early
layers decide shape and pose, late ones colour and texture. The <b>process</b> is always to edit
styles, never pixels, so that what comes out is a face that the generator could draw. <b>Held
fixed</b> are both networks. The <b>measure</b> is the change of the score.</p>
<h2>Three steps</h2>
<ol><li><b>Form</b> a hypothesis: “the classifier reacts to glasses”.</li>
<li><b>Encode</b> it: find the edit that puts glasses on, and nothing else.</li>
<li><b>Verify or falsify</b>: does the score move, on many faces, by more than under edits that
should do nothing?</li></ol>
"""

_LIMITS = """
<h2>Limits</h2>
<ul>
<li><b>It needs a good generator.</b> What the generator cannot draw cannot be tested; the tab about
the generator shows quality, variety and how well single things can be edited.</li>
<li><b>It needs data.</b> A generator takes thousands of pictures to train.</li>
<li><b>Biased data stay biased.</b> Faces unlike the training faces are found again worse, and edits
bring along what went together in the training pictures: “glasses” may arrive with grey hair. The
leakage tables show by how much.</li>
<li><b>Confirmation bias stays.</b> A reader finds what a reader looks for. Write the hypothesis
down before you look, and try to make it fail.</li>
</ul>
<h2>Not adversarial examples</h2>
<p>An adversarial example changes pixels by little, in a way that nobody sees, until the classifier
errs. It says that the classifier can be fooled, and hardly what it has learned. Edits on this page
are made by a generator in ways that everybody sees, and the result is another plausible face. An
optimised edit can still slide towards an adversarial one: where the picture hardly changes and the
score jumps, be suspicious, and look at the distance that is shown beside it.</p>
"""


def notes_html(model: str) -> str:
    """The notes as HTML; guided cases are set up with the generator ``model``."""
    return f'<div class="gl">{LEAD}{cases_html(model)}{_LIMITS}{methods_html()}</div>'


def methods_html() -> str:
    """What mixing does, from its own docstrings."""
    parts = "".join(
        f"<details><summary>{html.escape(title)}</summary>{docstring_html(function)}</details>"
        for title, function in _METHODS.items()
    )
    return f"<h2>How it is done</h2>{parts}"

"""The whole explanation as one HTML file; see ``genlens.ui.report``."""

from __future__ import annotations

from genlens.figures.prompts.coalition_gallery import coalition_gallery
from genlens.figures.prompts.object_matrix import object_matrix
from genlens.figures.prompts.shapley_bar import shapley_table
from genlens.figures.prompts.versus.figure import versus_figure
from genlens.figures.prompts.word_map import word_map_grid
from genlens.prompts.again import unit_of
from genlens.prompts.dossiers.dossier import Dossier
from genlens.ui.prompts import gallery, linked
from genlens.ui.prompts.about import notes as method_notes
from genlens.ui.prompts.about import truth as trust
from genlens.ui.prompts.estimators.tab import estimators_html
from genlens.ui.prompts.opinions import work as opinions
from genlens.ui.prompts.tested import work as tested
from genlens.ui.report import made_by_table, report


def html_report(dossier: Dossier) -> str:
    """A complete HTML document; its widget works as on the page.

    Everything the prompt says is escaped; images are inside as data URIs.
    """
    explanation, asked = dossier.explanation, opinions.opened(dossier)
    tests = tested.opened(dossier)
    sections = (
        (
            "What each word is worth",
            shapley_table(explanation.attribution, unit=unit_of(explanation)),
        ),
        ("What each word did to each pixel", word_map_grid(explanation)),
        ("Every sub-prompt and its payoff", coalition_gallery(explanation)),
        ("Which object belongs to which word", object_matrix(explanation)),
        ("Second opinions: other payoffs", asked["payoff_opinions"]),
        ("Second opinions: other ways to leave a word out", asked["removal_opinions"]),
        ("Put to the test: fidelity", tests["fidelity"]),
        ("Put to the test: noise", tests["noise"]),
        ("Put to the test: axioms", tests["axioms"]),
        *([("Two prompts compared", versus_figure(dossier.versus))] if dossier.versus else []),
        ("Estimators", estimators_html(dossier)),
        ("Method", method_notes.method_notes()),
        ("", trust.trust_html(trust.card())),
        ("What made this", made_by_table(explanation.made_by)),
    )
    # In an app gradio hands the script its element; here a function does.
    script = "".join(
        f"(function(element){{{part}}})({element});"
        for part, element in (
            (linked.script(), "document.getElementById('gl-widget')"),
            (gallery.script(), "document.querySelector('.gl-gallery')"),
        )
    )
    return report(
        f"genlens: {explanation.prompt}",
        "Which word drew what",
        f'<div id="gl-widget">{linked.linked_html(explanation)}</div>',
        sections,
        script=script,
    )

"""The whole explanation as one HTML file; see ``genlens.ui.report``."""

from __future__ import annotations

from genlens.figures.prompts.coalition_gallery import coalition_gallery
from genlens.figures.prompts.object_matrix import object_matrix
from genlens.figures.prompts.shapley_bar import shapley_table
from genlens.prompts.results import PromptExplanation
from genlens.ui.prompts import linked
from genlens.ui.prompts import notes as method_notes
from genlens.ui.prompts import truth as trust
from genlens.ui.report import made_by_table, report


def html_report(explanation: PromptExplanation) -> str:
    """A complete HTML document; its widget works as on the page.

    Everything the prompt says is escaped; images are inside as data URIs.
    """
    sections = (
        ("What each word is worth", shapley_table(explanation.attribution)),
        ("Every sub-prompt and its payoff", coalition_gallery(explanation)),
        ("Which object belongs to which word", object_matrix(explanation)),
        ("Method", method_notes.method_notes()),
        ("", trust.trust_html(trust.card())),
        ("What made this", made_by_table(explanation.made_by)),
    )
    # In an app gradio hands the script its element; here a function does.
    script = f"(function(element){{{linked.script()}}})(document.getElementById('gl-widget'));"
    return report(
        f"genlens: {explanation.prompt}",
        "Which word drew what",
        f'<div id="gl-widget">{linked.linked_html(explanation)}</div>',
        sections,
        script=script,
    )

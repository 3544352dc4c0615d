"""The whole explanation as one HTML file that needs nothing else: no server, no network."""

from __future__ import annotations

import html
import json
from typing import Any

from genlens.figures import style
from genlens.figures.prompts.coalition_gallery import coalition_gallery
from genlens.figures.prompts.object_matrix import object_matrix
from genlens.figures.prompts.shapley_bar import shapley_table
from genlens.prompts.results import PromptExplanation
from genlens.ui.prompts import linked
from genlens.ui.prompts import notes as method_notes
from genlens.ui.prompts import truth as trust


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
        ("What made this", _made_by(explanation.made_by)),
    )
    body = (
        "<main><header><h1>Which word drew what</h1></header>"
        f'<div id="gl-widget">{linked.linked_html(explanation)}</div>'
        + "".join(
            f'<section class="gl">{f"<h2>{title}</h2>" if title else ""}{part}</section>'
            for title, part in sections
        )
        + "</main>"
    )
    # In an app gradio hands the script its element; here a function does.
    script = f"(function(element){{{linked.script()}}})(document.getElementById('gl-widget'));"
    return style.page(f"genlens: {explanation.prompt}", body, script=script)


def _made_by(made_by: dict[str, Any]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{html.escape(str(key))}</th>'
        f'<td style="text-align:left;overflow-wrap:anywhere">{html.escape(_text(value))}</td></tr>'
        for key, value in made_by.items()
    )
    return f'<div class="gl-scroll"><table class="gl-table"><tbody>{rows}</tbody></table></div>'


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)

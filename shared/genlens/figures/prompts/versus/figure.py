"""A comparison of two prompts as one figure: pictures, shares, numbers."""

from __future__ import annotations

import html

from genlens.figures.blocks import blocks_html
from genlens.figures.prompts.versus.pictures import versus_pictures
from genlens.figures.prompts.versus.shares import versus_shares
from genlens.prompts.versus.results import PromptComparison
from genlens.prompts.versus.tables import versus_blocks


def versus_figure(found: PromptComparison) -> str:
    """All of it as an HTML fragment, the sentence first."""
    sentence, *rest = versus_blocks(found)
    notes = "".join(f'<p class="gl-note gl-warn">{html.escape(note)}</p>' for note in found.notes)
    return (
        f"{versus_pictures(found)}{blocks_html([sentence])}{notes}{versus_shares(found)}"
        f"{blocks_html(rest)}"
    )

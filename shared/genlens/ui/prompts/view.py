"""One prompt explanation as the values of the prompt page's components."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genlens.figures.prompts.coalition_gallery import coalition_gallery
from genlens.figures.prompts.object_matrix import evidence_table, object_matrix
from genlens.figures.prompts.shapley_bar import shapley_bar, shapley_table
from genlens.models.contracts import Word
from genlens.prompts.game import TableGame
from genlens.prompts.results import PromptExplanation
from genlens.prompts.shapley import shapley
from genlens.ui.prompts import link as share
from genlens.ui.prompts.export import export_all
from genlens.ui.prompts.linked import linked_html

if TYPE_CHECKING:
    import plotly.graph_objects as go

RULES = {
    "with the empty prompt (values add up)": "efficient",
    "without it, as in the source paper": "nonempty",
}
FIRST_RULE = next(iter(RULES))

Table = tuple[np.ndarray, tuple[Word, ...]]
"""Payoffs (2**d,) and the words."""


@dataclass(frozen=True)
class PromptView:
    """What the page shows of one explanation, ready for its components.

    ``game`` is the small table that the choice of rule needs again: words and payoffs, a plain
    tuple that gradio can copy for each session (it would call a ``TableGame``); ``files`` maps
    json, csv, png, html to paths; ``address`` is the query string that restores the state.
    """

    linked: str
    bar: go.Figure
    table: str
    gallery: str
    matrix: str
    files: dict[str, str]
    address: str
    game: Table

    @classmethod
    def of(cls, explanation: PromptExplanation, *, note: str = "", **settings: Any) -> PromptView:
        """``note`` marks a result computed in advance; ``settings`` go into the link."""
        made = explanation.made_by
        return cls(
            linked=linked_html(explanation, note=note),
            bar=shapley_bar(explanation.attribution),
            table=_table(shapley_table(explanation.attribution)),
            gallery=_figure(coalition_gallery(explanation)),
            matrix=_figure(
                object_matrix(explanation)
                + "<details><summary>The evidence behind it, and the source paper’s</summary>"
                + "".join(evidence_table(explanation, kind) for kind in ("text", "cause", "image"))
                + "</details>"
            ),
            files=export_all(explanation),
            address=share.query(explanation.prompt, made.seed or 0, made.model, **settings),
            game=(explanation.payoffs, explanation.attribution.words),
        )


def by_rule(game: Table | None, rule: str) -> tuple[go.Figure, str] | None:
    """Bar and table of ``game`` under one of ``RULES``; None where nothing was explained yet."""
    if game is None:
        return None
    attribution = shapley(TableGame(*game), normalise=RULES.get(rule, "efficient"))  # type: ignore[arg-type]
    return shapley_bar(attribution), _table(shapley_table(attribution))


def _table(inside: str) -> str:
    return _figure(f"<details><summary>The numbers as a table</summary>{inside}</details>")


def _figure(inside: str) -> str:
    return f'<div class="gl">{inside}</div>'

"""One prompt explanation as the values of the prompt page's components."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genlens.figures.prompts.coalition_gallery import coalition_gallery
from genlens.figures.prompts.object_matrix import evidence_table, object_matrix
from genlens.figures.prompts.shapley_bar import shapley_bar, shapley_table
from genlens.figures.prompts.word_map import word_map_grid
from genlens.prompts.again import payoff_of, unit_of
from genlens.prompts.dossiers.dossier import Dossier
from genlens.prompts.explain import under_rule
from genlens.prompts.payoffs.payoffs import PAYOFFS
from genlens.prompts.shapley import Normalise
from genlens.ui.prompts import link as share
from genlens.ui.prompts.estimators.tab import estimators_html
from genlens.ui.prompts.export import export_all
from genlens.ui.prompts.linked import linked_html
from genlens.ui.prompts.more.kept import asked_of
from genlens.ui.prompts.opinions import work as opinions
from genlens.ui.prompts.stored import dossier_in
from genlens.ui.prompts.tested import work as tested
from genlens.ui.prompts.versus import work as versus

if TYPE_CHECKING:
    import plotly.graph_objects as go

RULES: dict[str, Normalise] = {
    "with the empty prompt (values add up)": "efficient",
    "without it, as in the source paper": "nonempty",
}
FIRST_RULE = next(iter(RULES))


@dataclass(frozen=True)
class PromptView:
    """What the page shows of one explanation, ready for its components.

    ``files`` maps the formats of ``export.FORMATS`` to paths (None for one that there is not), of
    which the NPZ is what another rule reads the explanation from; ``opinions``, ``tested`` and
    ``versus`` are what those tabs open with, by the names of their components; ``address`` is the
    query string that restores the state; ``asked`` are the inputs that it answers
    (``ask.asked``); ``unit_said`` names the unit of the values.
    """

    linked: str
    bar: go.Figure
    table: str
    maps: str
    gallery: str
    matrix: str
    opinions: dict[str, str]
    tested: dict[str, str]
    versus: dict[str, str]
    estimators: str
    files: Mapping[str, str | None]
    address: str
    rule: str
    asked: str
    unit_said: str

    @classmethod
    def of(
        cls, dossier: Dossier, asked: str = "", *, note: str = "", **settings: Any
    ) -> PromptView:
        """``note`` marks a result computed in advance; ``settings`` go into the link."""
        explanation, unit = dossier.explanation, unit_of(dossier.explanation)
        made = explanation.made_by
        rule = made.settings.get("normalise", "efficient")
        more = settings | ({"rule": rule} if rule != "efficient" else {})
        return cls(
            linked=linked_html(explanation, note=note),
            bar=shapley_bar(explanation.attribution, unit=unit),
            table=_figure(
                "<details><summary>The numbers as a table</summary>"
                f"{shapley_table(explanation.attribution, unit=unit)}</details>"
            ),
            maps=_figure(word_map_grid(explanation)),
            gallery=_figure(
                "<p>All selections of the words, each drawn from the same starting noise. Payoff: "
                f"what the image is worth, in {html.escape(unit)}. Click an image to enlarge it."
                f"</p>{coalition_gallery(explanation)}"
            ),
            matrix=_figure(
                object_matrix(explanation)
                + "<details><summary>The evidence behind it, and the source paper’s</summary>"
                + "".join(evidence_table(explanation, kind) for kind in ("text", "cause", "image"))
                + "</details>"
            ),
            opinions=opinions.opened(dossier),
            tested=tested.opened(dossier),
            versus=versus.opened(dossier),
            estimators=estimators_html(dossier),
            files=export_all(dossier),
            address=share.query(
                explanation.prompt, made.seed or 0, made.model, **more, **asked_of(dossier.trials)
            ),
            rule=next(label for label, name in RULES.items() if name == rule),
            asked=asked,
            unit_said=unit_said(payoff_of(explanation)),
        )


def unit_said(payoff: str) -> str:
    """Beside the choice of a rule: what the values count under ``payoff``, a name of ``PAYOFFS`` or
    somebody's own, and what the choice holds for."""
    known = PAYOFFS.get(payoff)
    counted = f"{known.unit} ({known.title})" if known else f"units of the payoff {payoff}"
    return f"In {counted}. The choice holds for the whole page, its files and its link."


def by_rule(stored: str | None, rule: str, asked: str, address: str) -> PromptView | None:
    """The view of a stored explanation under one of ``RULES``; None where nothing was explained.

    Args:
        stored: the NPZ of an earlier view's ``files``.
        asked, address: of that view.

    Raises:
        InputError: the file is older than an hour, and gone.
    """
    if not stored:
        return None
    dossier = dossier_in(stored)
    ruled = under_rule(dossier.explanation, RULES.get(rule, "efficient"))
    return PromptView.of(Dossier(ruled, dossier.trials), asked, **share.settings_of(address))


def _figure(inside: str) -> str:
    return f'<div class="gl">{inside}</div>'

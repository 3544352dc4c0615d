"""The tab with all criteria: more than two at once, and which pair is on the axes."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np

from genlens.anchors.results import GROUPS
from genlens.anchors.subject import Asked
from genlens.common.tables import Table
from genlens.errors import InputError
from genlens.figures.line_chart import short
from genlens.ui.anchors import sources
from genlens.ui.anchors.missing import missing_criteria, missing_html
from genlens.ui.anchors.scored import Scored, scored
from genlens.ui.anchors.seen import Seen, brief_of, seen, threshold_words, title_of
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import LANE, Fill, Inputs, html, listed, on, stop_button

MOST_RANKED = 20_000
"""Anchors that rank correlations are taken of at most."""
_ABOUT = (
    '<div class="gl"><p>Intrinsic criteria ask whether the model finds an anchor strange (in its '
    "latent space), extrinsic ones whether it can draw it. An anchor below the threshold has high "
    "affinity. The groups depend on the pair that is chosen: the table below shows every pair."
    "</p></div>"
)


class CriteriaTab:
    """Builds the tab where it is called."""

    def __init__(self, head: Inputs) -> None:
        self.flags = CancelFlags()
        html(_ABOUT)
        self.wanted = gr.CheckboxGroup(
            _offered("Autoencoder"), value=["kld", "mse"], label="Criteria",
            info="Tick more and press Work out: each is one pass over all anchors.",
            elem_id="gl-criteria",
        )  # fmt: skip
        html(missing_html(missing_criteria()), elem_id="gl-criteria-missing")
        with gr.Row():
            self.run = gr.Button("Work out", variant="primary", scale=0, elem_id="gl-criteria-run")
            stop_button(self.flags)
        self.bar = html("", elem_classes="gl-bar")
        self.result = html("", elem_id="gl-criteria-table")
        asked = {**head, "wanted": self.wanted}
        on(self.run.click, self.work, asked, self.result, show_progress_on=self.bar, **LANE)
        self.opened = [Fill(self.show, head, {"result": self.result, "wanted": self.wanted})]

    def show(self, **head: Any) -> dict[str, Any]:
        """What is known already."""
        now = seen(**head)
        offered = _offered(sources.asked_as(now.here.model_id))
        wanted = gr.CheckboxGroup(choices=offered, value=list(now.here.scores.criteria))
        return {"result": criteria_html(now.here, now), "wanted": wanted}

    def work(
        self,
        wanted: Any,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
        **head: Any,
    ) -> str:
        """Score the ticked criteria as well."""
        names = [str(name) for name in listed("criteria", wanted)]
        if not names:
            raise InputError("no criterion is ticked: tick one or more, then press Work out")
        hooks = self.flags.hooks(request, progress)
        now = seen(**head, **hooks)
        asked = [*dict.fromkeys([now.axes.across, now.axes.up, *names])]
        here = scored(now.here.model_id, now.here.set_name, asked, **hooks)
        return criteria_html(here, now)


def _offered(asked: Asked) -> list[tuple[str, str]]:
    return [(f"{c.title} ({c.side})", c.name) for c in sources.criteria_of(asked)]


def criteria_html(here: Scored, now: Seen) -> str:
    """Each criterion's numbers, every pair's groups, and how much two say the same."""
    scores = here.scores
    rows = []
    for j, name in enumerate(scores.criteria):
        values, line = scores.values[:, j], here.thresholds[name]
        axis = "across" if name == now.axes.across else "up" if name == now.axes.up else ""
        low, middle, high = np.quantile(values, [0, 0.5, 1])
        constant = " (the same for all)" if low == high else ""
        rows.append([
            title_of(name), scores.sides[j], axis or "–", short(low),
            f"{short(middle)}{constant}", short(high), threshold_words(line),
            f"{100 * float((values < line.value).mean()):.1f} %", scores.units[j],
        ])  # fmt: skip
    head = (
        "Criterion", "Side", "On the axes", "Least", "Median", "Most", "Threshold (95 % interval)",
        "Anchors below", "Unit",
    )  # fmt: skip
    table = Table(head, rows, caption="What the anchors say by each criterion; lower is nearer.")
    return (
        f'<div class="gl"><div class="gl-scroll" tabindex="0">{table.html()}</div>'
        f'<div class="gl-scroll" tabindex="0">{_pairs(here, now).html()}</div>'
        f"{_alike(here)}</div>"
    )


def _pairs(here: Scored, now: Seen) -> Table:
    scores, shown = here.scores, {}
    rows: list[list[str]] = []
    sides = dict(zip(scores.criteria, scores.sides, strict=True))
    for x in (name for name, side in sides.items() if side == "intrinsic"):
        for y in (name for name, side in sides.items() if side == "extrinsic"):
            counts = here.grouping(x, y).counts.sum(axis=1)
            if (x, y) == (now.axes.across, now.axes.up):
                shown[len(rows)] = "gl-shown"
            cells = [f"{n:,} ({100 * n / len(scores):.1f} %)" for n in counts.tolist()]
            rows.append([f"{brief_of(x)} and {brief_of(y)}", *cells])
    return Table(
        ("Pair", *GROUPS), rows, row_css=shown,
        caption="Groups by every pair, at the model’s own thresholds. The marked pair is on the "
        "axes: choose another in the page’s head.",
    )  # fmt: skip


def _alike(here: Scored) -> str:
    names, values = here.scores.criteria, here.scores.values
    if len(names) < 2:
        return ""
    few = np.linspace(0, len(values) - 1, min(len(values), MOST_RANKED)).round().astype(int)
    ranks = values[few].argsort(0).argsort(0).astype(float)
    with np.errstate(invalid="ignore"):
        found = np.corrcoef(ranks.T).reshape(len(names), len(names))
    rows: list[list[str]] = [
        [brief_of(a), *(f"{found[i, j]:+.2f}".replace("-", "−") for j in range(len(names)))]
        for i, a in enumerate(names)
    ]
    table = Table(("", *map(brief_of, names)), rows)
    return (
        '<p class="gl-soft">Do two criteria say the same? Rank correlation (Spearman): 1 the same '
        "order of anchors, 0 none in common, −1 the reverse.</p>"
        f'<div class="gl-scroll" tabindex="0">{table.html()}</div>'
    )

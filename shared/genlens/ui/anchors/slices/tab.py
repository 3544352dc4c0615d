"""The tab with the paper's figures 3 and 4: the anchors nearest to the model by one criterion,
sorted by the other, as film strips."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np

from genlens.anchors.groups import slice_rows
from genlens.common.checks import number
from genlens.figures.anchors.scatter import column
from genlens.figures.line_chart import line_chart, short
from genlens.ui.anchors.scatter.tab import ScatterTab
from genlens.ui.anchors.seen import Seen, brief_of, seen
from genlens.ui.anchors.selected import strip_of
from genlens.ui.kit import LANE, Fill, Inputs, html, on, scripts, whole_number

SHARE, SHOWN = 5.0, 24
"""Per cent of all anchors, and pictures of them, that the tab opens with."""
MOST_SHOWN = 80
_ABOUT = (
    '<div class="gl"><p>Take the few anchors that the model is surest of by one criterion, and '
    "look at them from best to worst by the other one. In the first strip the model holds all of "
    "them for its own: the further right, the worse it draws them (<b>model delusion</b>, the "
    "paper’s figure 3). In the second it draws all of them well: the further right, the stranger "
    "they are to it (<b>aligned conception</b>, figure 4). Click a picture to open it on the tab "
    "Scatter.</p></div>"
)


class SlicesTab:
    """Builds the tab where it is called; a click on a picture opens it in ``scatter``."""

    def __init__(self, head: Inputs, scatter: ScatterTab, tabs: gr.Tabs) -> None:
        html(_ABOUT)
        with gr.Row():
            self.share = gr.Slider(
                0.5, 25, SHARE, step=0.5, label="Slice, % of all anchors",
                info="The paper takes 5 %.", min_width=220,
            )  # fmt: skip
            self.shown = gr.Slider(
                6, MOST_SHOWN, SHOWN, step=1, label="Pictures in a strip",
                info="Evenly spaced from the first to the last.", min_width=220,
            )  # fmt: skip
        self.strips = html("", elem_id="gl-slices", js_on_load=scripts("pick_row.js"))
        asked = {**head, "share": self.share, "shown": self.shown}
        on(
            [self.share.release, self.shown.release], slices_html, asked, self.strips,
            show_progress="minimal", **LANE,
        )  # fmt: skip
        scatter.opens_from(self.strips, tabs)
        self.opened = [Fill(slices_html, asked, self.strips)]


def slices_html(share: float, shown: float, **head: Any) -> str:
    """Both slices of the page's two criteria."""
    now = seen(**head)
    x, y = now.axes.across, now.axes.up
    return slice_html(now, x, y, share, shown, 3) + slice_html(now, y, x, share, shown, 4)


def slice_html(now: Seen, by: str, sort_by: str, share: float, shown: float, figure: int) -> str:
    """The lowest ``share`` per cent by one criterion, sorted by the other."""
    part = number("the slice in per cent", share, 0.01, 100) / 100
    count = whole_number("pictures in a strip", shown)
    rows = slice_rows(now.here.scores, by, sort_by, part)
    values = column(now.here.scores, sort_by)[rows]
    limit = float(column(now.here.scores, by)[rows].max())
    few = _shown(now, rows, count)
    line = now.grouping.intrinsic if sort_by == now.axes.across else now.grouping.extrinsic
    over = float((values >= line.value).mean())
    says = (
        f"{len(rows):,} anchors with {brief_of(by)} up to {short(limit)}, by rising "
        f"{brief_of(sort_by)}: {100 * over:.0f} % of them are above its threshold "
        f"({short(line.value)})."
    )
    name = "Model delusion" if figure == 3 else "Aligned conception"
    strip = strip_of(
        now, rows[few], wraps=False,
        title=f"{name} (figure {figure}): lowest {share:g} % by {brief_of(by)}",
    )  # fmt: skip
    chart = line_chart(
        {
            brief_of(sort_by): (np.arange(1, len(rows) + 1), values),
            "threshold": ([1, len(rows)], [line.value, line.value]),
        },
        x="place in the slice", y=f"{brief_of(sort_by)}, {_unit(now, sort_by)}", height=170,
    )  # fmt: skip
    classes = now.classes_of(rows)
    mostly = f" Mostly class {classes}." if classes else ""
    here = len(now.here.at_hand(rows))
    if 0 < here < len(rows):
        mostly += f" The strip shows some of the {here:,} whose pictures ship with genlens."
    return (
        f'<div class="gl gl-slice">{strip}<p>{says}{mostly}</p><details><summary>The curve'
        f"</summary>{chart}</details></div>"
    )


def _shown(now: Seen, rows: np.ndarray, count: int) -> np.ndarray:
    """Places in the slice that are evenly spaced among those whose pictures are here, if any."""
    here = np.flatnonzero(np.isin(rows, now.here.at_hand(rows)))
    among = here if len(here) else np.arange(len(rows))
    return among[spaced(len(among), count)]


def spaced(n: int, count: int) -> np.ndarray:
    """``count`` places of n, evenly spaced from the first to the last; all where n is less."""
    return np.unique(np.linspace(0, n - 1, min(n, count)).round().astype(int))


def _unit(now: Seen, name: str) -> str:
    return now.here.scores.units[now.here.scores.criteria.index(name)]

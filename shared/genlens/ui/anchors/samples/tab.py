"""The tab with the model's own samples: what the thresholds are made of."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np

from genlens.anchors.results import GROUPS
from genlens.common.tables import Table
from genlens.figures.anchors.film_strip import film_strip
from genlens.figures.anchors.group_words import group_title
from genlens.figures.line_chart import short
from genlens.ui.anchors.own_samples import DRAWN, own_samples
from genlens.ui.anchors.seen import Seen, brief_of, seen
from genlens.ui.kit import LANE, RAW, Fill, Inputs, html, on, seed_number

SHOWN = 30
_ABOUT = (
    '<div class="gl"><p>What does the model draw by itself? Random codes are turned into pictures, '
    "and these are asked about like anchors. No anchor takes part: the <b>largest</b> value among "
    "many such pictures is the threshold below which an anchor is as near to the model as its own "
    "pictures. On the tab Scatter the button “Model’s own samples” lays them over the anchors."
    "</p></div>"
)


class SamplesTab:
    """Builds the tab where it is called."""

    def __init__(self, head: Inputs) -> None:
        html(_ABOUT)
        with gr.Row():
            self.seed = gr.Number(
                0, label="Seed", info="Another seed draws other pictures; press Enter.",
                min_width=300, scale=0, elem_id="gl-samples-seed",
            )  # fmt: skip
        self.result = html("", elem_id="gl-own-samples")
        asked = {**head, "seed": self.seed}
        on(
            [self.seed.submit, self.seed.blur], samples_html, asked, self.result,
            show_progress="minimal", **RAW, **LANE,
        )  # fmt: skip
        self.opened = [Fill(samples_html, asked, self.result)]


def samples_html(seed: Any, **head: Any) -> str:
    """Some samples, and where all that were drawn stand."""
    now = seen(**head)
    drawn = own_samples(now, DRAWN, seed_number("the seed", seed))
    names = (brief_of(now.axes.across), brief_of(now.axes.up))
    few = np.argsort(drawn.values[:, 1], kind="stable")[
        np.linspace(0, len(drawn.values) - 1, SHOWN).round().astype(int)
    ]
    captions = [
        "\n".join(f"{n} {short(float(v))}" for n, v in zip(names, drawn.values[i], strict=True))
        for i in few
    ]
    strip = film_strip(
        drawn.images[few], drawn.rebuilt[few], captions,
        title=f"{SHOWN} of {len(drawn.values)} samples, by rising {names[1]}: what it drew, and "
        "what it makes of that in turn",
    )  # fmt: skip
    return f'<div class="gl">{strip}{_shares(now, drawn.values)}</div>'


def _shares(now: Seen, values: np.ndarray) -> str:
    grouping = now.grouping
    lines = (grouping.intrinsic.value, grouping.extrinsic.value)
    group = 2 * (values[:, 0] >= lines[0]) + (values[:, 1] >= lines[1])
    shares = [
        [group_title(g), f"{100 * float((group == g).mean()):.1f} %",
         f"{100 * float((grouping.group == g).mean()):.1f} %"]
        for g in range(len(GROUPS))
    ]  # fmt: skip
    caption = (
        f"{len(values)} samples and {len(grouping.group):,} anchors by group, at the thresholds "
        f"{brief_of(now.axes.across)} {short(lines[0])} and {brief_of(now.axes.up)} "
        f"{short(lines[1])}"
    )
    return Table(("Group", "Own samples", "Anchors"), shares, caption=caption).html()

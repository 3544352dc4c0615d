"""The tab with representatives of any group, by any method, in any space."""

from __future__ import annotations

import html as text
from typing import Any

import gradio as gr

from genlens.anchors.results import GROUPS
from genlens.anchors.selection.methods import method_named
from genlens.ui.anchors.scatter.tab import ScatterTab
from genlens.ui.anchors.seen import GROUP_CHOICES, PICKED, Seen, seen
from genlens.ui.anchors.selected import (
    FIRST_K,
    FIRST_METHOD,
    MOST_K,
    SPACES,
    choose_shown,
    method_choices,
    strip_of,
)
from genlens.ui.kit import LANE, RAW, Fill, Inputs, html, on, scripts, seed_number, whole_number

EACH = "each"
_CHOICES = [("each of the four groups", EACH), *GROUP_CHOICES]
_ABOUT = (
    '<div class="gl"><p>A group may have thousands of anchors: a few stand for them. The methods '
    "differ in what “stand for” means: to have every anchor near one of the chosen (k-center), to "
    "be as different as possible (dispersion), to be typical (k-means, k-medoids, ProtoDash). "
    "Each says what it has reached and what it guarantees.</p></div>"
)


class RepresentativesTab:
    """Builds the tab where it is called; ``scatter`` has the visitor's own selection and the chosen
    anchor."""

    def __init__(self, head: Inputs, scatter: ScatterTab, tabs: gr.Tabs) -> None:
        html(_ABOUT)
        with gr.Row():
            self.group = gr.Dropdown(
                _CHOICES, value=EACH, label="Of", info="Which anchors.", min_width=190
            )
            self.method = gr.Dropdown(
                method_choices(), value=FIRST_METHOD, label="Method", min_width=190,
                info=method_named(FIRST_METHOD).optimises, elem_id="gl-rep-method",
            )  # fmt: skip
            self.space = gr.Dropdown(
                [(title, name) for name, title in SPACES.items()], value="criteria",
                label="Alike in", info="Where distances are taken.", min_width=160,
            )  # fmt: skip
            self.k = gr.Number(
                FIRST_K, label="k", info=f"How many, 1 to {MOST_K}.", min_width=90,
                elem_id="gl-rep-k",
            )  # fmt: skip
            self.seed = gr.Number(0, label="Seed", info="Of methods that draw.", min_width=90)
        self.result = html("", elem_id="gl-representatives", js_on_load=scripts("pick_row.js"))
        asked = {
            **head, "picked": scatter.picked, "group": self.group, "method": self.method,
            "space": self.space, "k": self.k, "seed": self.seed,
        }  # fmt: skip
        on(self.method.input, _explain, {"method": self.method}, self.method, queue=False)
        on(
            [self.group.input, self.method.input, self.space.input, self.k.submit, self.k.blur,
             self.seed.submit],
            representatives_html, asked, self.result, show_progress="minimal", **RAW, **LANE,
        )  # fmt: skip
        scatter.opens_from(self.result, tabs)
        self.opened = [Fill(representatives_html, asked, self.result)]


def representatives_html(
    picked: Any, group: str, method: str, space: str, k: Any, seed: Any, **head: Any
) -> str:
    """The representatives of one group, or of each of the four."""
    now = seen(**head)
    if group != EACH:
        return _group_html(now, group, picked, k, method, space, seed)
    parts = []
    for name in GROUPS:
        members = now.members(name)
        if len(members):
            count = min(
                whole_number("the number of representatives", k),
                len(now.here.at_hand(members)) or len(members),
            )
            parts.append(_group_html(now, name, None, count, method, space, seed))
        else:
            parts.append(
                _heading(name, 0, len(now.here.scores)) + "<p>No anchor is in it.</p></div>"
            )
    return "".join(parts)


def _group_html(
    now: Seen, group: str, picked: Any, k: Any, method: str, space: str, seed: Any
) -> str:
    members = now.members(group, picked)
    found = choose_shown(now, members, k, method, space, seed_number("the seed", seed))
    strip = strip_of(now, found.rows, numbered=True)
    selection = found.selection
    seconds = f"{selection.made_by.seconds:.2g} s"
    return (
        f"{_heading(group, len(members), len(now.here.scores))}{strip}"
        f'<p class="gl-soft">{text.escape(selection.guarantee)} Chosen in {seconds}. '
        f"{text.escape(found.note)}</p></div>"
    )


def _heading(group: str, size: int, n: int) -> str:
    title = next((label for label, name in GROUP_CHOICES if name == group), group)
    title = "My selection" if group == PICKED else title
    return (
        f'<div class="gl gl-representative"><h3>{text.escape(title)}: {size:,} of {n:,} anchors'
        "</h3>"
    )


def _explain(method: str) -> Any:
    return gr.Dropdown(info=method_named(method).optimises)

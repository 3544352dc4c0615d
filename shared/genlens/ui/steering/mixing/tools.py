"""Below the board, closed at first: choosing faces, moving them by score, comparing two groups."""

from __future__ import annotations

from typing import Any

import gradio as gr
import torch

from genlens.errors import InputError
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import ASIDE, LANE, html, on, scripts, seed_number, stop_button, whole_number
from genlens.ui.steering import assessors, faces
from genlens.ui.steering.head import Head
from genlens.ui.steering.mixing import found
from genlens.ui.steering.shown import shown

FLAGS = CancelFlags()
_RULE = (
    '<div class="gl"><p>The paper’s advice: mix with faces that are <b>like</b> yours in what you '
    "do not test, and <b>unlike</b> it in what you do. Tested is the assessor on the left; choose "
    "what to hold.</p></div>"
)
_MOVE = (
    '<div class="gl"><p>Move the faces to mix with until the assessor changes its mind, along its '
    "own gradient or along a straight line fitted to its scores.</p></div>"
)
_COMPARE = (
    '<div class="gl"><p>A test has found that two groups of pictures differ, and nobody knows in '
    "what. Here the groups are random faces with the lowest and the highest scores of one "
    "assessor; another one, on the left, is asked whether it sees a difference.</p></div>"
)


class MixingTools:
    """Builds the three parts where it is called, below the board; ``sources`` and ``groups`` are
    the board's fields. ``chosen`` are gradio's events after which ``sources`` are others."""

    def __init__(self, head: Head, sources: gr.Textbox, groups: gr.Textbox) -> None:
        self._head, self._sources, self._groups = head, sources, groups
        with gr.Accordion("Choose faces to mix with by the paper’s rule", open=False):
            self.chosen = self._rule()
        with gr.Accordion("Move the faces until the score turns over", open=False):
            self._move()
        with gr.Accordion("Compare two groups of faces", open=False):
            self._compare()

    def _rule(self) -> Any:
        html(_RULE)
        listed = assessors.choices()
        with gr.Row():
            held = gr.Dropdown(
                listed, value=[name for _, name in listed[1:3]], multiselect=True,
                label="Hold", info="Faces should be alike in these.", elem_id="gl-held",
            )  # fmt: skip
            seed = gr.Number(0, label="Among faces of seed", min_width=200, scale=0)
            start = gr.Button(
                "Choose", size="md", min_width=110, scale=0, elem_id="gl-choose-faces"
            )
            stop_button(FLAGS, scale=0, size="md")
        result = html("", elem_id="gl-references")
        return on(
            start.click, _choose, {**self._head.asked, "held": held, "seed": seed},
            {"result": result, "sources": self._sources}, show_progress_on=result, **LANE,
        )  # fmt: skip

    def _move(self) -> None:
        html(_MOVE)
        with gr.Row():
            towards = gr.Dropdown(
                list(found.TOWARDS), value=next(iter(found.TOWARDS)), label="Towards",
                min_width=150,
            )  # fmt: skip
            by = gr.Dropdown(
                [("the assessor’s gradient", "gradient"), ("a straight line", "linear")],
                value="linear", label="Along", min_width=170,
            )  # fmt: skip
            reach = gr.Slider(
                0.05, 1, value=0.15, step=0.05, label="At most",
                info="Share of a style’s length; the paper’s is 0.15.", min_width=200,
            )  # fmt: skip
            start = gr.Button("Move", size="md", min_width=110, scale=0, elem_id="gl-move-faces")
            stop_button(FLAGS, scale=0, size="md")
        result = html("", elem_id="gl-moved", js_on_load=scripts("pick_row.js"))
        copies = gr.State([], time_to_live=3600)
        asked = {
            **self._head.asked, "sources": self._sources, "towards": towards, "by": by,
            "reach": reach,
        }  # fmt: skip
        on(
            start.click, _push, asked, {"result": result, "copies": copies},
            show_progress_on=result, **LANE,
        )  # fmt: skip
        on(result.select, _pick, {"copies": copies}, self._head.face, **ASIDE)

    def _compare(self) -> None:
        html(_COMPARE)
        listed = assessors.choices()
        with gr.Row():
            split = gr.Dropdown(
                listed, value=listed[-1][1], label="Split by", min_width=180, elem_id="gl-split"
            )
            n = gr.Number(12, label="Faces in each group", info="2 to 64.", min_width=150)
            start = gr.Button("Compare", size="md", min_width=120, scale=0, elem_id="gl-compare")
            stop_button(FLAGS, scale=0, size="md")
        result = html("", elem_id="gl-compared")
        on(
            start.click, _cohorts,
            {**self._head.asked, "split": split, "n": n, "groups": self._groups}, result,
            show_progress_on=result, **LANE,
        )  # fmt: skip


def _choose(
    held: list[str], seed: Any, request: gr.Request, progress: gr.Progress = gr.Progress(),
    **head: Any,
) -> dict[str, Any]:  # fmt: skip
    drawn = seed_number("the seed", seed)
    hooks = FLAGS.hooks(request, progress, unit="faces")
    chosen = found.references(shown(**head), held, drawn, **hooks)
    return {
        "result": found.references_html(chosen),
        "sources": found.reference_names(chosen, drawn),
    }


def _push(
    sources: str, towards: str, by: str, reach: float, request: gr.Request,
    progress: gr.Progress = gr.Progress(), **head: Any,
) -> dict[str, Any]:  # fmt: skip
    now = shown(**head)
    hooks = FLAGS.hooks(request, progress)
    pushed = found.moved(now, sources, towards, by, reach, **hooks)
    names = [faces.keep(torch.from_numpy(styles)) for styles in pushed.styles]
    return {"result": found.moved_html(pushed, now), "copies": names}


def _pick(copies: list[str], event: gr.SelectData) -> str:
    row = event.index
    if not isinstance(row, int) or not 0 <= row < len(copies):
        raise InputError("that copy is no longer here: move the faces again")
    return copies[row]


def _cohorts(
    split: str, n: Any, groups: str, request: gr.Request,
    progress: gr.Progress = gr.Progress(), **head: Any,
) -> str:  # fmt: skip
    now = shown(**head)
    hooks = FLAGS.hooks(request, progress, unit="faces")
    count = whole_number("the number of faces", n)
    return found.compared_html(found.compared(now, split, count, groups, **hooks), now, split)

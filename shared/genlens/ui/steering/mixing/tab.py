"""The tab "Mix": exchange layers of the face on screen, and see which exchange moves the score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import gradio as gr

from genlens.errors import GenlensError, InputError
from genlens.steering.mixing.layers import require_layers
from genlens.ui.export import Written
from genlens.ui.export_box import ExportBox
from genlens.ui.jobs import stopped
from genlens.ui.kit import ASIDE, LANE, RAW, Fill, html, on, scripts, seed_number, whole_number
from genlens.ui.steering import faces
from genlens.ui.steering.head import Head
from genlens.ui.steering.link import Linked
from genlens.ui.steering.mixing import view
from genlens.ui.steering.mixing.board import (
    FIRST_GROUPS,
    FIRST_SOURCES,
    Board,
    blended,
    board,
    read_groups,
    read_sources,
)
from genlens.ui.steering.mixing.endpoints import ENDPOINTS
from genlens.ui.steering.mixing.files import FILES, write_board
from genlens.ui.steering.mixing.history import History
from genlens.ui.steering.mixing.strip import fill_strip, opening_strip
from genlens.ui.steering.mixing.tools import MixingTools
from genlens.ui.steering.shown import Shown, shown

_ABOUT = (
    '<div class="gl"><p>A face takes one <b>style</b> for each layer of the generator: coarse '
    "layers decide shape, fine ones colour. Below, each picture is the face on the left with "
    "<b>one</b> group of layers taken from another face. Its score stands on top; a click keeps "
    "it.</p></div>"
)


class MixingTab:
    """Builds the tab where it is called; see ``ui.steering.page``."""

    name: ClassVar[str] = "mix"
    title: ClassVar[str] = "Mix"
    endpoints: ClassVar[Mapping[str, Callable[..., Any]]] = ENDPOINTS

    def __init__(self, head: Head) -> None:
        opening = _opening(head.first)
        html(_ABOUT)
        with gr.Row(elem_id="gl-mix-ask"):
            self.sources = gr.Textbox(
                FIRST_SOURCES, label="Faces to mix with", max_length=faces.LONGEST, min_width=180,
                info="Seeds, up to 8; press Enter.", elem_id="gl-mix-sources",
            )  # fmt: skip
            self.groups = gr.Textbox(
                FIRST_GROUPS, label="Layer groups", max_length=60, min_width=150,
                info="How many, or the size of each, as 4 3 3.", elem_id="gl-mix-groups",
            )  # fmt: skip
        self.board = html(
            view.board_html(opening) if opening else "", elem_id="gl-mix-board",
            js_on_load=scripts("pick_row.js"),
        )  # fmt: skip
        with gr.Row(elem_id="gl-mix-tools"):
            look: dict[str, Any] = {"size": "sm", "scale": 0}
            undo = gr.Button("Undo", min_width=80, elem_id="gl-undo", **look)
            redo = gr.Button("Redo", min_width=80, elem_id="gl-redo", **look)
            other = gr.Button("Other faces", min_width=130, elem_id="gl-mix-other", **look)
            join = gr.Button(
                "Mix with the face on the left", min_width=250, elem_id="gl-mix-join", **look
            )
        self._build_blend(opening)
        with gr.Row():
            self.seed = gr.Number(
                0, label="Random mixes no.", info="A seed; press Enter.", min_width=190, scale=0,
                elem_id="gl-mix-seed",
            )  # fmt: skip
            self.blend = gr.Checkbox(
                False, label="Between two faces", info="Else each group is of one face.",
                min_width=260, scale=0,
            )  # fmt: skip
        self.ordered = html(
            view.ordered_html(opening) if opening else "", elem_id="gl-mix-ordered",
            js_on_load=scripts("pick_row.js"),
        )  # fmt: skip
        self.strip = html(opening_strip(head.first), elem_id="gl-mix-strip")
        self.files = ExportBox("Export these mixes", FILES)
        self.tools = MixingTools(head, self.sources, self.groups)
        self.addresses = gr.State(list(opening.addresses) if opening else [])
        self.history = gr.State(History().then(head.face.value))
        self.ready = opening is not None
        self._wire(head, other, join, undo, redo)

    def _build_blend(self, opening: Board | None) -> None:
        with gr.Row(elem_id="gl-mix-blend"):
            names = [group.name for group in opening.groups] if opening else []
            self.group = gr.Dropdown(
                [(name, i) for i, name in enumerate(names)], value=0 if names else None,
                label="Blend", info="These layers of the face", min_width=130,
            )  # fmt: skip
            listed = _choices(opening) if opening else []
            self.towards = gr.Dropdown(
                listed, value=listed[0][1] if listed else None, label="towards",
                info="another face’s", min_width=130, allow_custom_value=True,
            )  # fmt: skip
            self.share = gr.Slider(
                0, 1, value=0, step=0.05, label="by", info="0: as it is; 1: all the way.",
                min_width=180, elem_id="gl-mix-share",
            )  # fmt: skip

    def _wire(self, head: Head, other: Any, join: Any, undo: Any, redo: Any) -> None:
        asked = {
            **head.asked, "sources": self.sources, "groups": self.groups, "seed": self.seed,
            "blend": self.blend,
        }  # fmt: skip
        filled = {
            "board": self.board, "ordered": self.ordered, "addresses": self.addresses,
            "group": self.group, "towards": self.towards, **self.files.cleared,
        }  # fmt: skip
        self.files.wire(export, dict(asked))

        def fill(group: Any, towards: Any, **values: Any) -> dict[str, Any]:
            return board_of(group, towards, **values) | self.files.empty()

        blending = {"group": self.group, "towards": self.towards}
        self.opened = [
            Fill(fill, {**asked, **blending}, filled),
            Fill(fill_strip, head.asked, self.strip),
        ]
        asked |= blending
        self.linked = {
            "mix": Linked(self.sources, _linked_sources),
            "groups": Linked(self.groups, _linked_groups),
        }
        on(
            [self.sources.submit, self.groups.submit, self.seed.submit, self.blend.input],
            fill, asked, filled, show_progress="minimal", **RAW, **LANE,
        )  # fmt: skip
        again = on(other.click, _others, {"sources": self.sources}, self.sources, **ASIDE)
        on(again.success, fill, asked, filled, show_progress="minimal", **LANE)
        joined = on(join.click, _joined, {**head.asked, "sources": self.sources}, self.sources)
        on(joined.success, fill, asked, filled, show_progress="minimal", **LANE)
        on(self.tools.chosen.success, fill, asked, filled, show_progress="minimal", **LANE)
        for strip in (self.board, self.ordered):
            on(strip.select, _pick, {"addresses": self.addresses}, head.face, **ASIDE)
        on(
            self.share.release, _blend,
            {**head.asked, "groups": self.groups, "group": self.group, "towards": self.towards,
             "share": self.share}, head.face, **LANE,
        )  # fmt: skip
        past = {"history": self.history}
        on(
            head.face.change, _note, {**past, "face": head.face}, self.history, queue=False
        )  # fmt: skip
        for button, step in ((undo, History.back), (redo, History.forth)):
            on(button.click, _stepped(step), past, {**past, "face": head.face}, **ASIDE)


def board_of(
    group: Any, towards: Any, sources: str, groups: str, seed: Any, blend: bool, **head: Any
) -> dict[str, Any]:
    """The board and the random mixes of the face on screen; ``group`` and ``towards`` stay the
    choice of what to blend, where they still can."""
    now = shown(**head)
    try:
        require_layers(now.generator)
    except InputError as error:
        return {"board": view.refused_html(error), "ordered": "", "addresses": []}
    found = _board(now, sources, groups, seed, blend)
    named = [(each.name, i) for i, each in enumerate(found.groups)]
    return {
        "board": view.board_html(found),
        "ordered": view.ordered_html(found),
        "addresses": list(found.addresses),
        "group": gr.Dropdown(choices=named, value=group if group in range(len(named)) else 0),
        "towards": gr.Dropdown(
            choices=_choices(found), value=towards if towards in found.sources else found.sources[0]
        ),
    }


def export(sources: str, groups: str, seed: Any, blend: bool, **head: Any) -> Written:
    """Write the files of the board.

    Raises:
        InputError: a generator with one layer.
    """
    return write_board(_board(shown(**head), sources, groups, seed, blend), groups)


def _board(now: Shown, sources: str, groups: str, seed: Any, blend: bool) -> Board:
    drawn = seed_number("the number of the random mixes", seed)
    return board(now, sources, groups, drawn, blend=bool(blend), cancel=stopped)


def _opening(first: Shown | None) -> Board | None:
    """What the tab opens with; None where the page's first generator has one layer."""
    if first is None:
        return None
    try:
        return board(first, FIRST_SOURCES, FIRST_GROUPS)
    except GenlensError:
        return None


def _choices(found: Board) -> list[tuple[str, str]]:
    return list(zip(view.source_names(found), found.sources, strict=True))


def _pick(addresses: list[str], event: gr.SelectData) -> str:
    row = event.index
    if not isinstance(row, int) or not 0 <= row < len(addresses):
        raise InputError("that picture is no longer here: the board has changed")
    return addresses[row]


def _others(sources: str) -> str:
    """As many faces, of the seeds that follow."""
    names = read_sources(sources)
    seeds = [int(name) for name in names if name.isdigit()]
    start = max(seeds, default=0) + 1
    return ", ".join(str(start + i) for i in range(len(names)))


def _joined(sources: str, **head: Any) -> str:
    """The face on screen joins the faces to mix with."""
    now = shown(**head)
    name = now.face if faces.is_seed(now.face) else faces.keep(now.styles)
    names = [*read_sources(sources), name]
    read_sources(", ".join(names))  # not too many
    return ", ".join(names)


def _blend(group: Any, towards: str, share: float, groups: str, **head: Any) -> str:
    now = shown(**head)
    return blended(
        now, read_groups(now, groups), whole_number("the layer group", group), towards, share
    )


def _note(history: History, face: str) -> History:
    return history.then(face)


def _stepped(step: Callable[[History], History]) -> Callable[..., dict[str, Any]]:
    def run(history: History) -> dict[str, Any]:
        there = step(history)
        return {"history": there, "face": there.faces[there.at]}

    return run


def _linked_sources(text: str) -> str | None:
    try:
        names = read_sources(text)
    except InputError:
        return None
    return ", ".join(names) if all(faces.is_seed(name) for name in names) else None


def _linked_groups(text: str) -> str | None:
    plain = text.replace(" ", "")
    return text if plain.isascii() and plain.isdigit() and len(text) <= 60 else None

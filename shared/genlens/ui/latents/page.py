"""How the VAE page's tabs hang together: a new model fills the one that is open, and any other is
filled when it is opened."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import gradio as gr

from genlens.errors import GenlensError
from genlens.figures.latents.portrait_card import portrait_line
from genlens.figures.sentences import sentence_case
from genlens.latents.portrait import portrait
from genlens.latents.rebuild.leaderboard import can_be_played
from genlens.ui import lazy_tabs, link
from genlens.ui.kit import LANE, RAW, on, whole_number
from genlens.ui.lazy_tabs import Parts
from genlens.ui.own_models import note_html
from genlens.ui.studies import study

TABS = {
    "map": "Map",
    "latents": "Latents",
    "why": "Why",
    "examples": "Examples",
    "rebuild": "Rebuild",
    "train": "Your pictures",
    "truth": "How true?",
    "method": "Method",
}
"""Tab id -> what the page calls it."""


def line_html(model_id: str, index: int) -> str:
    """The chosen picture in one line, for the head of the page."""
    here = study(model_id)
    shown = portrait(here, index, explain=False)
    known = here.model.card.notes
    said = [note_html(_sentence(n), warn=n not in known) for n in here.notes]
    return "".join(said) + portrait_line(shown, link.query(model_id, index), data=here.data)


def _sentence(note: str) -> str:
    return f"{sentence_case(note)}."


def follow(typed: gr.Number, picture: gr.Number) -> None:
    """Let the typed number be that of the chosen picture. Called before all tabs are built: events
    of one change run in the order in which they were made, and some of them take their time."""
    gr.on([picture.change], None, [picture], [typed], js="(number) => number")


def pick(model_id: str, typed: Any, picture: float | None) -> Iterator[dict[str, Any]]:
    """The picture whose number was typed; where there is none such, the number goes back to the
    picture that is shown, and one message says why."""
    try:
        number = whole_number("the picture number", typed)
        study(model_id).picture(number)
    except GenlensError:
        yield {"typed": picture}
        raise
    yield {"picture": number}


def chosen(model_id: str, picture: float | None) -> str:
    """The line of another picture."""
    return line_html(model_id, whole_number("the picture number", picture))


def settle(model_id: str, picture: float | None) -> dict[str, Any]:
    """The picture's number as another model allows it, its line, and the tabs that this model can
    fill."""
    here = study(model_id)
    last = len(here) - 1
    index = min(whole_number("the picture number", picture or 0), last)
    return {
        "picture": index,
        "typed": index,
        "line": line_html(model_id, index),
        "rebuild": gr.Tab(visible=can_be_played(here)),
    }


def another(model_id: str) -> int:
    """The number of a picture drawn by chance."""
    return secrets.randbelow(len(study(model_id)))


def wire(
    model: gr.Dropdown,
    typed: gr.Number,
    picture: gr.Number,
    line: gr.HTML,
    button: gr.Button,
    parts: Parts,
    filled: dict[str, str],
    at_load: gr.Blocks | None = None,
) -> None:
    """All events between the tabs.

    Args:
        model, typed, picture, line, button: the head of the page. A number is ``typed``; once it
            is known to be a picture's it becomes ``picture``, which is hidden and which all tabs
            follow. ``button`` draws another picture.
        parts: the tabs and what fills them.
        filled: {tab: model} of what is filled when the page opens.
        at_load: where nothing is, the page: it is filled when it is opened.
    """
    asked = {"model_id": model, "picture": picture}
    triggers = [model.change] + ([at_load.load] if at_load is not None else [])
    head = {"picture": picture, "typed": typed, "line": line}
    settled = on(
        triggers, settle, asked, {**head, "rebuild": parts["rebuild"][0]},
        show_progress_on=line, **LANE,
    )  # fmt: skip
    on(
        [typed.submit, typed.blur], pick, {**asked, "typed": typed},
        {"picture": picture, "typed": typed}, show_progress="hidden", **RAW, **LANE,
    )  # fmt: skip
    done = {name: lazy_tabs.key({"model": of}) for name, of in filled.items()}
    lazy_tabs.wire(
        parts, [settled], {name: {"model": model} for name in parts}, next(iter(TABS)), done
    )
    on(
        picture.change, chosen, asked, line,
        show_progress="minimal", trigger_mode="always_last", **LANE,
    )  # fmt: skip
    on(button.click, another, {"model_id": model}, picture, **LANE)
    gr.on(
        [model.change, picture.change, *(tab.select for tab, _ in parts.values())],
        None, [model, picture], None, js=link.REMEMBER,
    )  # fmt: skip

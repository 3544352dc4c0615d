"""How the VAE page's tabs hang together: a new model fills all of them, and a tab that nobody
opened yet is filled when it is opened first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from genlens.figures.latents.portrait_card import portrait_line
from genlens.latents.portrait import portrait
from genlens.ui.latents import link as vae_link
from genlens.ui.latents.studies import picture_number, study
from genlens.ui.messages import told

LANE: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1}
HIDDEN: dict[str, Any] = {"api_visibility": "private"}

Parts = dict[str, tuple[gr.Tab, Any]]
"""Tab id -> the tab, and the object that filled it (``opened`` lists what fills it anew)."""


def line_html(model_id: str, index: int) -> str:
    """The chosen picture in one line, for the head of the page."""
    shown = portrait(study(model_id), index, explain=False)
    return portrait_line(shown, vae_link.query(model_id, index))


def chosen(model_id: str, picture: float | None) -> str:
    """The line of another picture."""
    return line_html(model_id, picture_number(picture))


def settle(model_id: str, picture: float | None) -> tuple[Any, str]:
    """The picture's number as another model allows it, and its line."""
    last = len(study(model_id)) - 1
    index = min(picture_number(picture or 0), last)
    return gr.Number(value=index, maximum=last), line_html(model_id, index)


def another(model_id: str) -> int:
    """The number of a picture drawn by chance."""
    import secrets

    return secrets.randbelow(len(study(model_id)))


def once(tab: str, function: Callable[..., Any], outputs: int) -> Callable[..., Any]:
    """``function``, which is skipped where ``tab`` was filled for this model already: its first two
    inputs are {tab: model} of what was filled, and the model."""

    def run(seen: dict[str, str], model_id: str, *inputs: Any) -> Any:
        if seen.get(tab) == model_id:
            return gr.skip() if outputs == 1 else [gr.skip()] * outputs
        return function(*inputs)

    return run


def wire(
    model: gr.Dropdown,
    picture: gr.Number,
    line: gr.HTML,
    button: gr.Button,
    parts: Parts,
    filled: dict[str, str],
    at_load: gr.Blocks | None = None,
) -> None:
    """All events between the tabs.

    Args:
        model, picture, line, button: the head of the page; ``button`` draws another picture.
        parts: the tabs and what fills them.
        filled: {tab: model} of what is filled when the page opens.
        at_load: where nothing is, the page: it is filled when it is opened.
    """
    seen = gr.State(filled, time_to_live=3600)
    triggers = [model.change] + ([at_load.load] if at_load is not None else [])
    settled = gr.on(
        triggers, told(settle), [model, picture], [picture, line], **LANE, **HIDDEN,
        show_progress_on=line,
    )  # fmt: skip
    for name, (tab, part) in parts.items():
        _chain(settled.success, part.opened, lambda function, count: function, [])
        opened = _chain(
            tab.select,
            part.opened,
            lambda function, count, name=name: once(name, function, count),
            [seen, model],
        )
        if opened is not None:
            opened.success(_mark(name), [seen, model], seen, queue=False, **HIDDEN)
    names = list(parts)
    settled.success(
        lambda model_id: dict.fromkeys(names, model_id), model, seen, queue=False, **HIDDEN
    )
    picture.change(
        told(chosen), [model, picture], line, show_progress="minimal",
        trigger_mode="always_last", **LANE, **HIDDEN,
    )  # fmt: skip
    button.click(told(another), model, picture, **LANE, **HIDDEN)
    gr.on(
        [model.change, picture.change, *(tab.select for tab, _ in parts.values())],
        None, [model, picture], None, js=vae_link.REMEMBER,
    )  # fmt: skip


def _chain(
    start: Callable[..., Any],
    opened: Sequence[tuple[Any, Any, Any]],
    dressed: Callable[..., Callable[..., Any]],
    before: list[Any],
) -> Any:
    """Run what ``opened`` lists, one after the other: later ones read what earlier ones set. The
    last event, or None where nothing is listed. ``dressed(function, outputs)`` is what is run, with
    ``before`` as further inputs in front."""
    step = None
    for function, inputs, outputs in opened:
        fills = _listed(outputs)
        step = (start if step is None else step.success)(
            told(dressed(function, len(fills))), [*before, *_listed(inputs)], fills,
            show_progress="minimal", **LANE, **HIDDEN,
        )  # fmt: skip
    return step


def _mark(name: str) -> Callable[[dict[str, str], str], dict[str, str]]:
    return lambda seen, model_id: {**seen, name: model_id}


def _listed(components: Any) -> list[Any]:
    return list(components) if isinstance(components, (list, tuple, set)) else [components]

"""Tabs that are filled when they are opened first, and once for each thing the page is about."""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import gradio as gr

from genlens.ui.kit import ASIDE, LANE, Fill, Inputs, Tab, on

Parts = dict[str, tuple[gr.Tab, Tab]]
"""Tab id -> gradio's tab, and the object that filled it."""

Filled = dict[str, str]
"""Tab -> the ``key`` of what it was filled with last."""


def wire(
    parts: Parts,
    settled: Sequence[Any],
    about: Mapping[str, Inputs],
    first: str,
    done: Filled,
    groups: Mapping[str, tuple[gr.Tab, Sequence[str]]] | None = None,
) -> None:
    """Fill the open tab after each of the events ``settled``, and any other when it is opened.

    Args:
        parts: the page's tabs.
        settled: gradio's events after which the page may be about something else.
        about: tab -> what it is filled for, as components.
        first: the tab that is open when the page comes.
        done: what is filled already then.
        groups: where tabs stand in groups of several: gradio's tab of the group, and its tabs'
            names. Opening a group opens the tab of it that was open last.
    """
    active = gr.State(first, time_to_live=3600)
    due = {name: gr.State("", time_to_live=3600) for name in parts}  # a tab's changes: fill it
    for event in settled:
        # in the queue: outside it gradio tells the browser of no changed state
        on(event.success, _due, {"active": active}, due, show_progress="hidden", **ASIDE)
    for name, (tab, part) in parts.items():
        fills = [once(fill, about[name], done.get(name, "")) for fill in part.opened]
        chain(due[name].change, fills)
        on(tab.select, _constant(name), {}, active, queue=False)
        chain(tab.select, fills)  # not after it: what another tab is at gives way to a visitor
    for outer, names in (groups or {}).values():
        last = gr.State(names[0], time_to_live=3600)  # the group's open tab
        for name in names:
            on(parts[name][0].select, _constant(name), {}, last, queue=False)
        opened = {"active": active, **{name: due[name] for name in names}}
        on(outer.select, _group_opened, {"last": last}, opened, **ASIDE, show_progress="hidden")


def _due(active: str) -> dict[str, str]:
    """The open tab's turn. One event that finds it, and not one of each tab that looks whether it
    is open: for each event that begins or ends, gradio's page goes through all components."""
    return {active: secrets.token_hex(4)}


def _group_opened(last: str) -> dict[str, str]:
    """The tab that a group opens with, and its turn to be filled."""
    return {"active": last, **_due(last)}


def key(about: Mapping[str, Any]) -> str:
    """What a page is about (its model, say) as one text, to compare."""
    return "|".join(str(value) for value in about.values())


def once(fill: Fill, about: Inputs, filled: str = "") -> Fill:
    """``fill``, which is skipped where it was last done for the same ``about``.

    What it was done for is noted by the event that did it, from the inputs that it read: the page
    may be about something else by the time that it ends.

    Args:
        about: what it is done for, as components.
        filled: the ``key`` of what it is done for when the page comes.
    """
    last = gr.State(filled, time_to_live=3600)
    named = {f"of_{name}": component for name, component in about.items()}
    outputs = fill.outputs if isinstance(fill.outputs, Mapping) else {"shown": fill.outputs}

    def run(filled_for: str, **inputs: Any) -> Iterator[dict[str, Any]]:
        now = key({name: inputs.pop(name) for name in named})
        if filled_for == now:
            yield {}
            return
        named_already = isinstance(fill.outputs, Mapping)
        if inspect.isgeneratorfunction(fill.function):
            for found in fill.function(**inputs):
                yield found if named_already else {"shown": found}
            yield {"filled_for": now}
        else:
            found = fill.function(**inputs)
            yield {**(found if named_already else {"shown": found}), "filled_for": now}

    return Fill(run, {"filled_for": last, **named, **fill.inputs}, {**outputs, "filled_for": last})


def chain(start: Callable[..., Any], fills: Sequence[Fill]) -> None:
    """Run ``fills`` one after the other: later ones read what earlier ones set. A fill that is
    asked for while it is still at work for what the page was about before is done anew."""
    for fill in fills:
        step = on(start, *fill, show_progress="minimal", trigger_mode="multiple", **LANE)
        start = step.success


def _constant(name: str) -> Any:
    return lambda: name

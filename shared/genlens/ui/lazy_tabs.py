"""Tabs that are filled when they are opened first, and once for each thing the page is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr

from genlens.ui.kit import LANE, Fill, Inputs, Tab, on

Parts = dict[str, tuple[gr.Tab, Tab]]
"""Tab id -> gradio's tab, and the object that filled it."""

Filled = dict[str, str]
"""Tab -> the ``key`` of what it was filled with last."""


def wire(
    parts: Parts, settled: Sequence[Any], about: Mapping[str, Inputs], first: str, done: Filled
) -> None:
    """Fill the open tab after each of the events ``settled``, and any other when it is opened.

    Args:
        parts: the page's tabs.
        settled: gradio's events after which the page may be about something else.
        about: tab -> what it is filled for, as components.
        first: the tab that is open when the page comes.
        done: what is filled already then.
    """
    filled = gr.State(done, time_to_live=3600)
    active = gr.State(first, time_to_live=3600)
    for event in settled:
        for name, (_, part) in parts.items():
            fills = [once(name, fill, filled, about[name]) for fill in part.opened]
            last = chain(event.success, [_while_open(name, fill, active) for fill in fills])
            if last is not None:
                _mark_open(last.success, name, filled, active, about[name])
    for name, (tab, part) in parts.items():
        opened = on(tab.select, _constant(name), {}, active, queue=False)
        last = chain(opened.then, [once(name, fill, filled, about[name]) for fill in part.opened])
        if last is not None:
            mark(last.success, name, filled, about[name])


def key(about: Mapping[str, Any]) -> str:
    """What a page is about (its model, say) as one text, to compare."""
    return "|".join(str(value) for value in about.values())


def once(tab: str, fill: Fill, seen: gr.State, about: Inputs) -> Fill:
    """``fill``, which is skipped where ``tab`` was filled for the same ``about`` already; ``seen``
    holds a ``Filled``."""

    def run(seen: Filled, **inputs: Any) -> Any:
        now = key({name: inputs.pop(f"of_{name}") for name in about})
        if seen.get(tab) == now:
            return gr.skip() if isinstance(fill.outputs, gr.components.Component) else {}
        return fill.function(**inputs)

    return Fill(run, {"seen": seen, **_named(about), **fill.inputs}, fill.outputs)


def chain(start: Callable[..., Any], fills: Sequence[Fill]) -> Any:
    """Run ``fills`` one after the other: later ones read what earlier ones set. The last event, or
    None where there are none."""
    step = None
    for fill in fills:
        step = on(start, *fill, show_progress="minimal", **LANE)
        start = step.success
    return step


def mark(after: Callable[..., Any], tab: str, seen: gr.State, about: Inputs) -> None:
    """Note, after the event ``after``, that ``tab`` is filled for what the page is ``about``."""

    def marked(seen: Filled, **inputs: Any) -> Filled:
        return {**seen, tab: key({name: inputs[f"of_{name}"] for name in about})}

    on(after, marked, {"seen": seen, **_named(about)}, seen, queue=False)


def _named(about: Inputs) -> dict[str, Any]:
    return {f"of_{name}": component for name, component in about.items()}


def _constant(name: str) -> Any:
    return lambda: name


def _while_open(name: str, fill: Fill, active: gr.State) -> Fill:
    """``fill``, skipped where another tab is open."""

    def run(active_tab: str, **inputs: Any) -> Any:
        if active_tab != name:
            return gr.skip() if isinstance(fill.outputs, gr.components.Component) else {}
        return fill.function(**inputs)

    return Fill(run, {"active_tab": active, **fill.inputs}, fill.outputs)


def _mark_open(after: Any, name: str, filled: gr.State, active: gr.State, about: Inputs) -> None:
    """``mark``, where the tab is the open one."""

    def marked(seen: Filled, active_tab: str, **inputs: Any) -> Filled:
        now = key({each: inputs[f"of_{each}"] for each in about})
        return {**seen, name: now} if active_tab == name else seen

    on(after, marked, {"seen": filled, "active_tab": active, **_named(about)}, filled, queue=False)

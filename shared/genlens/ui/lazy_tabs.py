"""Tabs that are filled when they are opened first, and once for each thing the page is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr

from genlens.ui.kit import LANE, Fill, Inputs, on

Filled = dict[str, str]
"""Tab -> the ``key`` of what it was filled with last."""


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

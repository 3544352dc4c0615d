"""A result beside its controls: once they ask for something else, a note above it says so."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from genlens.errors import GenlensError
from genlens.ui.kit import RAW, Inputs, on
from genlens.ui.kit import html as html_box

Relevant = Callable[..., Any]
"""Values of controls by name -> those on which the result depends, comparable with ==."""


class Fresh:
    """Builds the note where it is called, inside a ``gr.Blocks``, above the result.

    Args:
        asks: the controls by name, as ``relevant`` takes them.
        relevant: what a result depends on. A handler that makes a result gives the same as the
            value of ``of``, which is one of its outputs.
        renew: what to do for a result of the new settings, as half a sentence ("press Explain").
    """

    def __init__(self, asks: Inputs, relevant: Relevant, renew: str) -> None:
        self.note = html_box("", elem_classes="gl-stale-note")
        self.of = gr.State(None, time_to_live=3600)
        self._asks: dict[str, Any] = dict(asks)
        self._relevant = relevant
        said = f"This is the result of other settings than those chosen now: {renew}."
        self._said = (
            f'<div class="gl"><p class="gl-stale" role="status">{html.escape(said)}</p></div>'
        )

    def watch(self, *more: Any, after: Sequence[Any] = ()) -> None:
        """Look whenever a visitor changes a control, at the events ``more``, and once the steps
        ``after`` have ended (a control may have been moved while they ran)."""
        look: dict[str, Any] = {
            "queue": False, "show_progress": "hidden", "trigger_mode": "always_last", **RAW
        }  # fmt: skip
        inputs = {"of": self.of, **self._asks}
        touched = [control.input for control in self._asks.values()]
        for trigger in ([*touched, *more], *(step.then for step in after)):
            on(trigger, self.look, inputs, self.note, **look)

    def look(self, of: Any, **asks: Any) -> str:
        """The note, or "" where the result is of what the controls ask."""
        if of is None:
            return ""
        try:
            same = self._relevant(**asks) == of
        except GenlensError:  # a field is half typed
            same = False
        return "" if same else self._said

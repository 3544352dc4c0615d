"""A visitor's own entries in the page's model picker, beside those everybody sees."""

from __future__ import annotations

import html
from typing import Any

import gradio as gr

from genlens.errors import InputError
from genlens.ui import studies

Entries = list[tuple[str, str]]
"""(label, id) of what this visitor added, oldest first."""
MOST = 8
YOURS = "your pictures"


class OwnModels:
    """Builds the visitor's list (a ``gr.State``) where it is called; every part of a page that adds
    models should share one, as each addition writes the picker's whole list.

    ``state`` is that list; ``base`` are the picker's choices for everybody.
    """

    def __init__(self, model: gr.Dropdown) -> None:
        self.base: Entries = [(str(label), str(value)) for label, value in model.choices]
        self.state = gr.State([], time_to_live=3600 * 12)

    def added(self, entries: Entries | None, label: str, model_id: str) -> Entries:
        """``entries`` and one more; a label that is taken gets a number, the oldest beyond 8 go."""
        kept = list(entries or [])
        taken = {known for known, _ in [*self.base, *kept]}
        free, number = label, 2
        while free in taken:
            free, number = f"{label} {number}", number + 1
        return [*kept, (free, model_id)][-MOST:]

    def picker(self, entries: Entries, *, choose: str | None = None) -> Any:
        """The update of the picker: its choices, and ``choose`` as the chosen one, if given."""
        choices = [*self.base, *entries]
        return gr.Dropdown(choices=choices, **({"value": choose} if choose else {}))

    def again(self, model_id: str) -> dict[str, Any]:
        """The visitor's own model that the browser tab had open before it was loaded anew: the
        ``model`` picker and the list ``entries``; {} where it is no longer kept."""
        if not str(model_id).startswith(studies.OWN):
            return {}
        try:
            studies.study(model_id)
        except InputError:  # its hour is over
            return {}
        entries = self.added(None, YOURS, model_id)
        return {"entries": entries, "model": self.picker(entries, choose=model_id)}


def note_html(text: str, *, warn: bool = False) -> str:
    """One plain sentence as the pages show them; ``text`` is escaped here."""
    kind = "gl-note gl-warn" if warn else "gl-note"
    return f'<div class="gl"><p class="{kind}">{html.escape(text)}</p></div>'

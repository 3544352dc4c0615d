"""A visitor's own entries in the page's model picker, beside those everybody sees."""

from __future__ import annotations

import html
import json
from typing import Any

import gradio as gr

from genlens.ui import link, studies
from genlens.ui.kit import on

Entries = list[tuple[str, str]]
"""(label, id) of what this visitor added, oldest first."""
MOST, LONGEST = 8, 80
"""Models of a visitor, and letters of a label."""
YOURS = "your pictures"


class OwnModels:
    """Builds the visitor's list (a ``gr.State``) where it is called; every part of a page that adds
    models should share one, as each addition writes the picker's whole list.

    ``state`` is that list; ``base`` are the picker's choices for everybody. The browser tab keeps a
    copy, so that the list is there again when the page is loaded anew, and on the pages beside it.
    Pictures for a diffusion model (``Brought``) are in it, and in the picker of a page that shows
    such (``inverted``).
    """

    def __init__(self, model: gr.Dropdown, *, inverted: bool = False) -> None:
        self._inverted = inverted
        self.base: Entries = [(str(label), str(value)) for label, value in model.choices]
        self.state = gr.State([], time_to_live=3600 * 12)
        copy = gr.Textbox("", visible="hidden")
        on(self.state.change, _listed, {"entries": self.state}, copy, queue=False)
        copy.change(None, copy, None, js=link.KEEP_OWN)

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
        choices = [*self.base, *(entry for entry in entries if self._shows(entry[1]))]
        return gr.Dropdown(choices=choices, **({"value": choose} if choose else {}))

    def again(self, kept: str) -> dict[str, Any]:
        """What the browser tab had before this page was loaded: the list ``entries``, and the
        ``model`` picker, at the model that was open where it was the visitor's own; {} where
        nothing of it is kept any more.

        ``kept`` is what ``link.RECALL`` gives; a browser may send anything.
        """
        opened, listed = _read(kept)
        if opened not in [model_id for _, model_id in listed]:
            listed = [*listed, (YOURS, opened)]
        entries: Entries = []
        for label, model_id in listed:
            if model_id.startswith(studies.OWN) and studies.kept(model_id) is not None:
                entries = self.added(entries, label, model_id)
        if not entries:
            return {}
        listed_now = [model_id for _, model_id in entries]
        choose = opened if opened in listed_now and self._shows(opened) else None
        return {"entries": entries, "model": self.picker(entries, choose=choose)}

    def _shows(self, model_id: str) -> bool:
        return self._inverted or studies.brought(model_id) is None


def _listed(entries: Entries | None) -> str:
    return json.dumps(entries or [])


def _read(kept: str) -> tuple[str, Entries]:
    """The model that was open, and the list, of ``link.RECALL``."""
    try:
        sent = json.loads(kept or "{}")
        listed = json.loads(sent.get("list") or "[]")
        entries = [(str(label)[:LONGEST], str(model_id)) for label, model_id in listed[-MOST:]]
        return str(sent.get("open", "")), entries
    except (ValueError, TypeError, AttributeError, RecursionError):
        return "", []


def note_html(text: str, *, warn: bool = False) -> str:
    """One plain sentence as the pages show them; ``text`` is escaped here."""
    kind = "gl-note gl-warn" if warn else "gl-note"
    return f'<div class="gl"><p class="{kind}">{html.escape(text)}</p></div>'

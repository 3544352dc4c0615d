"""Buttons that write files to take away: when asked to, not before."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from genlens.ui.export import Written
from genlens.ui.kit import LANE, Inputs, on
from genlens.ui.kit import html as html_box


class ExportBox:
    """Builds the buttons where it is called, one for each of ``kinds`` (kind -> label) once the
    files are there.

    ``cleared`` are the components that hold files of an older state, and ``empty`` what takes them
    away.
    """

    def __init__(self, label: str, kinds: Mapping[str, str], elem_id: str = "gl-export") -> None:
        self._kinds = kinds
        with gr.Row(elem_classes="gl-export"):
            self.button = gr.Button(label, size="sm", min_width=160, scale=0, elem_id=elem_id)
            self.files = {
                kind: gr.DownloadButton(name, size="sm", visible=False, min_width=90, scale=0)
                for kind, name in kinds.items()
            }
            self.said = html_box("", elem_id=f"{elem_id}-said")

    @property
    def cleared(self) -> dict[str, Any]:
        """The components of ``empty``, by name."""
        return {**self.files, "exported": self.said}

    def empty(self) -> dict[str, Any]:
        """No files."""
        return {kind: gr.update(visible=False) for kind in self._kinds} | {"exported": ""}

    def wire(self, write: Callable[..., Written], asked: Inputs) -> None:
        """``write``, called with ``asked`` by name, writes the files when the button is pressed."""

        def export(**values: Any) -> dict[str, Any]:
            done = write(**values)
            shown = {k: gr.update(value=path, visible=True) for k, path in done.paths.items()}
            return shown | {"exported": _said(done)}

        on(self.button.click, export, asked, self.cleared, show_progress_on=self.said, **LANE)


def _said(done: Written) -> str:
    linked = (
        f'<a class="gl-link" href="{html.escape(done.link)}">Link to this view</a>'
        if done.link
        else "No link opens what is yours: it is shown in this browser tab only."
    )
    said = html.escape(" ".join(done.notes))
    return f'<div class="gl"><p class="gl-soft">{said} {linked}</p></div>'

"""Files of a selection of anchors: CSV with ids, JSON, a sheet of pictures, a report, a link."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import gradio as gr
import numpy as np

from genlens.errors import InputError
from genlens.ui.anchors import link
from genlens.ui.anchors.files import FILES, write_selection
from genlens.ui.anchors.seen import seen
from genlens.ui.kit import LANE, Inputs, on
from genlens.ui.kit import html as html_box


class ExportBox:
    """Builds the buttons where it is called; they write files when asked to, not before.

    ``cleared`` are the components that hold files of an older selection, and ``empty`` what takes
    them away.
    """

    def __init__(self) -> None:
        with gr.Row(elem_classes="gl-export"):
            self.button = gr.Button(
                "Export this selection", size="sm", min_width=160, scale=0, elem_id="gl-export"
            )
            self.files = {
                kind: gr.DownloadButton(label, size="sm", visible=False, min_width=90, scale=0)
                for kind, label in FILES.items()
            }
            self.said = html_box("", elem_id="gl-export-said")

    @property
    def cleared(self) -> dict[str, Any]:
        """The components of ``empty``, by name."""
        return {**self.files, "exported": self.said}

    def empty(self) -> dict[str, Any]:
        """No files."""
        return {kind: gr.update(visible=False) for kind in FILES} | {"exported": ""}

    def wire(self, asked: Inputs) -> None:
        """``asked`` are the head, and ``group``, ``k`` and ``picked``."""
        on(self.button.click, self.export, asked, self.cleared, show_progress_on=self.said, **LANE)

    def export(self, group: str, k: Any, picked: np.ndarray | None, **head: Any) -> dict[str, Any]:
        """Write the files of a group."""
        now = seen(**head)
        members = now.members(group, picked)
        if not len(members):
            raise InputError("there is nothing to export: this group is empty")
        written = write_selection(now, members, group, k)
        address = link.query(head, group=group, k=k)
        return {
            kind: gr.update(value=path, visible=True) for kind, path in written.paths.items()
        } | {"exported": _said(written.notes, len(members), address)}


def _said(notes: tuple[str, ...], count: int, address: str) -> str:
    linked = (
        f'<a class="gl-link" href="{html.escape(address)}">Link to this view</a>'
        if address
        else "No link opens your pictures: they are shown in this browser tab only."
    )
    said = " ".join([f"{count:,} anchors.", *notes])
    return f'<div class="gl"><p class="gl-soft">{html.escape(said)} {linked}</p></div>'


def as_head(values: Mapping[str, Any]) -> dict[str, Any]:
    """The page's head out of all that a handler was given."""
    return {name: values.get(name) for name in ("model_id", "set_name", "x", "y", "tx", "ty")}

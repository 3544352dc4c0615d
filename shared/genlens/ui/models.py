"""The model picker: what the catalog offers for a contract, in words a reader can choose by."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

from genlens.models.catalog import Entry, entries
from genlens.ui.serving.access import access


def choices(contract: str) -> list[tuple[str, str]]:
    """(label, id) of every catalog model with ``contract``, those shipped with genlens first."""
    fitting = [entry for entry in entries() if entry.contract == contract]
    fitting.sort(key=lambda entry: entry.source != "embedded")
    return [(_label(entry), entry.id) for entry in fitting]


def model_picker(
    models: Sequence[tuple[str, str]], first: str | None, what: str = "autoencoder"
) -> gr.Dropdown:
    """The page's choice of a model, built where it is called: ``models`` as of ``choices``, with
    ``first`` chosen. Where this server lets visitors load others (``access``), it says which."""
    others = access().offers()
    return gr.Dropdown(
        list(models),
        value=first,
        label="Model",
        info=f"The {what} that is explained." + (f" Or type {others}." if others else ""),
        # Always, because a visitor's own models come later; what may not be loaded is refused.
        allow_custom_value=True,
        elem_id="gl-model",
    )


def _label(entry: Entry) -> str:
    if entry.source == "embedded":
        return f"{entry.id} (included)"
    size = f"{entry.bytes / 1e9:.1f} GB" if entry.bytes else "size unknown"
    return f"{entry.id} (download, {size})"

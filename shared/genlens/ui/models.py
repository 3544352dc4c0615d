"""The model picker: what the catalog offers for a contract, in words a reader can choose by."""

from __future__ import annotations

import html
from collections.abc import Sequence

import gradio as gr

from genlens.models.catalog import Entry, entries
from genlens.models.download.published import published
from genlens.ui.serving.access import access


def choices(contract: str) -> list[tuple[str, str]]:
    """(label, id) of every catalog model with ``contract`` that can be loaded, those shipped with
    genlens first. Those that ``genlens fetch`` has not brought yet are in ``to_fetch``."""
    fitting = [e for e in entries() if e.contract == contract and not _command(e)]
    fitting.sort(key=lambda entry: entry.source != "embedded")
    return [(_label(entry), entry.id) for entry in fitting]


def to_fetch(contract: str) -> list[tuple[str, str]]:
    """(title, command) of the catalog's models with ``contract`` that this machine lacks."""
    lacking = [entry for entry in entries() if entry.contract == contract and _command(entry)]
    return [(entry.title, _command(entry)) for entry in lacking]


def to_fetch_html(contract: str) -> str:
    """``to_fetch`` as a list for a page; "" where nothing is missing."""
    rows = "".join(
        f"<li>{html.escape(title)}: <code>{html.escape(command)}</code></li>"
        for title, command in to_fetch(contract)
    )
    if not rows:
        return ""
    return (
        '<div class="gl"><p class="gl-soft">Not on this machine; on your own, these commands bring '
        f"them, and they are in the list after a restart:</p><ul>{rows}</ul></div>"
    )


def _command(entry: Entry) -> str:
    """What brings a registry's model, "" where it is here or comes by itself."""
    if entry.source != "registry" or published(entry.id).here() is not None:
        return ""
    return published(entry.id).command


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
    if entry.source == "registry":
        return f"{entry.id} (fetched)"
    size = f"{entry.bytes / 1e9:.1f} GB" if entry.bytes else "size unknown"
    fast = "; small, fast decoder" if entry.decoder else ""
    return f"{entry.id} (download, {size}{fast})"

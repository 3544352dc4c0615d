"""The model picker: what the catalog offers for a contract, in words a reader can choose by."""

from __future__ import annotations

from genlens.models.catalog import Entry, entries


def choices(contract: str) -> list[tuple[str, str]]:
    """(label, id) of every catalog model with ``contract``, those shipped with genlens first."""
    fitting = [entry for entry in entries() if entry.contract == contract]
    fitting.sort(key=lambda entry: entry.source != "embedded")
    return [(_label(entry), entry.id) for entry in fitting]


def _label(entry: Entry) -> str:
    if entry.source == "embedded":
        return f"{entry.id} (included)"
    size = f"{entry.bytes / 1e9:.1f} GB" if entry.bytes else "size unknown"
    return f"{entry.id} (download, {size})"

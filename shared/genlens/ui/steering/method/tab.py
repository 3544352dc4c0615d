"""The tab with the notes: what is explained, by what, and where it misleads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from genlens.ui.kit import StillTab
from genlens.ui.steering.head import Head
from genlens.ui.steering.link import Linked
from genlens.ui.steering.method.notes import notes_html


class MethodTab(StillTab):
    """Builds the tab where it is called; nothing in it depends on what the page shows."""

    name: ClassVar[str] = "method"
    title: ClassVar[str] = "Method notes"
    endpoints: ClassVar[Mapping[str, Callable[..., Any]]] = {}

    def __init__(self, head: Head) -> None:
        super().__init__(notes_html(str(head.model.value or "")))
        self.linked: dict[str, Linked] = {}

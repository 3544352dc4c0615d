"""The tab "How true?": what was measured about steering, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from genlens.ui.kit import Fill, html
from genlens.ui.steering.head import Head
from genlens.ui.steering.link import Linked

_ABOUT = (
    '<div class="gl"><p>Can what this page shows be believed? On drawn faces every attribute is '
    "known, so an edit can be checked against what it was meant to change.</p></div>"
)
_EMPTY = (
    '<div class="gl"><p class="gl-note">Nothing was measured for this copy yet. Run '
    "<code>genlens evaluate steering --json shared/genlens/zoo/cards/steering.json</code>."
    "</p></div>"
)


class TruthTab:
    """Builds the tab where it is called; nothing in it depends on what the page shows."""

    name: ClassVar[str] = "truth"
    title: ClassVar[str] = "How true?"
    endpoints: ClassVar[Mapping[str, Callable[..., Any]]] = {}

    def __init__(self, head: Head) -> None:
        html(_ABOUT)
        html(_EMPTY, elem_id="gl-truth")
        self.opened: list[Fill] = []
        self.linked: dict[str, Linked] = {}

"""One thing that can be asked of a result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kind:
    """One thing that can be asked.

    Attributes:
        field: of ``dossier.Trials``, and the parameter of a link.
        part: the component that shows the answer, by its name on the page.
        label, elem_id: of the button.
        ask: (path of the result's NPZ, what was chosen, progress=, cancel=) -> what was found.
        show: what was found -> HTML.
    """

    field: str
    part: str
    label: str
    elem_id: str
    ask: Callable[..., Any]
    show: Callable[[Any], str]

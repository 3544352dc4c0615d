"""The scatter as one gradio component, and what its script asks the server."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from genlens.anchors.results import GROUPS
from genlens.errors import GenlensError, InputError
from genlens.figures.anchors.scatter import packed, unpacked_rows
from genlens.figures.anchors.sprites import sprites
from genlens.figures.arrays import base64_of
from genlens.ui.anchors.own_samples import own_samples
from genlens.ui.anchors.seen import Seen, seen
from genlens.ui.kit import listed, scripts, whole_number

if TYPE_CHECKING:
    import gradio as gr

MOST_SPRITES = 400
"""Pictures that one question may ask for."""


@dataclass(frozen=True)
class ScatterEvent:
    """What a visitor did on the scatter.

    ``kind`` is "point" (``row``), "brush" (``rows``), "thresholds" (``lines``) or "group"
    (``group``, one of ``GROUPS``).
    """

    kind: str
    row: int = -1
    rows: np.ndarray | None = None
    lines: tuple[float, float] | None = None
    group: str = ""


@lru_cache(maxsize=1)
def script() -> str:
    """The scatter's script; it expects ``element``, ``trigger`` and ``server`` to be in scope."""
    return scripts(
        "polygon.js", "anchor_points.js", "anchor_canvas.js", "anchor_scatter.js", "anchor_hands.js"
    )


def scatter_widget(value: str = "", **options: Any) -> gr.HTML:
    """``figures.anchors.scatter.scatter_html`` as a component with a ``select`` event."""
    import gradio as gr

    return gr.HTML(
        value,
        js_on_load=script(),
        server_functions=[points, pictures, samples],
        apply_default_css=False,
        container=False,
        **options,
    )


def points(asked: Any) -> dict[str, Any]:
    """All anchors as typed arrays (``figures.anchors.scatter.packed``), or "error"."""
    try:
        here = _asked(asked)
        return packed(here.here.scores, here.axes)
    except GenlensError as error:
        return {"error": str(error)}


def pictures(asked: Any) -> dict[str, Any]:
    """The pictures of "rows" and their reconstructions as one sheet (``sprites``), or "error"."""
    try:
        here = _asked(asked)
        wanted = listed("rows", asked.get("rows"))[:MOST_SPRITES]
        rows = np.array([whole_number("a row", row) for row in wanted], np.int64)
        n = len(here.here.scores)
        if not len(rows) or rows.min() < 0 or rows.max() >= n:
            raise InputError(f"rows run from 0 to {n - 1}")
        found, known = here.here.pictures(rows)
        sheet = sprites(found, here.here.rebuilt(rows))
    except GenlensError as error:
        return {"error": str(error)}
    return {
        "rows": rows.tolist(),
        "sheet": sheet.sheet,
        "columns": sheet.columns,
        "side": list(sheet.side),
        "known": known.tolist(),
    }


def samples(asked: Any) -> dict[str, Any]:
    """The model's own samples by the same two criteria: "x" and "y" as base64 of float32, and
    "said"; or "error"."""
    try:
        here = _asked(asked)
        drawn = own_samples(here)
    except GenlensError as error:
        return {"error": str(error)}
    x, y = (base64_of(drawn.values[:, j], "<f4") for j in (0, 1))
    return {
        "x": x,
        "y": y,
        "said": f"{len(drawn.values)} pictures that the model drew itself lie over the anchors "
        "(crosses): nearly all of them are below both thresholds, which are made of such pictures.",
    }


def _asked(asked: Any) -> Seen:
    given = asked if isinstance(asked, dict) else {}
    model, set_name, x, y = (str(given.get(name, "")) for name in ("model", "set", "x", "y"))
    return seen(model, set_name, x, y)


def read_event(index: Any, value: Any, here: Seen) -> ScatterEvent:
    """The event that a browser sent, checked against what the page shows.

    Raises:
        InputError: it is of another scatter, or none that this one can have sent.
    """
    given = value if isinstance(value, dict) else {}
    shown = (here.here.model_id, here.here.set_name, here.axes.across, here.axes.up)
    if tuple(given.get(name) for name in ("model", "set", "x", "y")) != shown:
        raise InputError("that scatter is of other anchors: wait until its own is drawn")
    kind, n = given.get("kind"), len(here.here.scores)
    if kind == "point" and isinstance(index, int) and 0 <= index < n:
        return ScatterEvent("point", row=index)
    if kind == "brush" and isinstance(given.get("bits"), str):
        return ScatterEvent("brush", rows=unpacked_rows(given["bits"], n))
    if kind == "thresholds":
        tx, ty = given.get("tx"), given.get("ty")
        if _is_line(tx) and _is_line(ty):
            return ScatterEvent("thresholds", lines=(float(tx), float(ty)))
    if kind == "group" and given.get("group") in range(len(GROUPS)):
        return ScatterEvent("group", group=GROUPS[given["group"]])
    raise InputError("that did not come from this scatter: reload the page and try again")


def _is_line(value: Any) -> TypeGuard[float]:
    """Whether a script can have sent it as a threshold (NaN is none)."""
    return isinstance(value, (int, float)) and abs(value) < 1e30

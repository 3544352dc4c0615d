"""The latent map as one gradio component that can be clicked, dragged over and walked by keys."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from genlens.errors import InputError

if TYPE_CHECKING:
    import gradio as gr


@dataclass(frozen=True)
class MapEvent:
    """What a visitor did on the map.

    ``kind`` is "point" (``index`` is the picture), "ground" (``place`` is (x, y) in the map's own
    units) or "group" (``members`` are pictures; ``second`` says group B instead of A).
    """

    kind: str
    index: int = -1
    place: tuple[float, float] | None = None
    members: tuple[int, ...] = ()
    second: bool = False


@lru_cache(maxsize=1)
def script() -> str:
    """The map's script; it expects ``element``, ``trigger`` and ``watch`` to be in scope."""
    return resources.files("genlens.ui").joinpath("static/latent_map.js").read_text("utf-8")


def map_widget(value: str = "", **options: Any) -> gr.HTML:
    """``figures.latent_map.latent_map_svg`` as a component with a ``select`` event."""
    import gradio as gr

    return gr.HTML(value, js_on_load=script(), apply_default_css=False, container=False, **options)


def read_event(index: Any, value: Any, n: int) -> MapEvent:
    """The event a browser sent, checked: ``n`` is the number of pictures on the map.

    Raises:
        InputError: a kind, an index or a place that this map cannot have sent.
    """
    given = value if isinstance(value, dict) else {}
    kind = given.get("kind")
    if kind == "point" and isinstance(index, int) and 0 <= index < n:
        return MapEvent("point", index=index)
    if kind == "ground":
        try:
            x, y = float(given["x"]), float(given["y"])
        except (KeyError, TypeError, ValueError):
            x = y = float("nan")
        if abs(x) < 1e9 and abs(y) < 1e9:  # also false for NaN
            return MapEvent("ground", place=(x, y))
    if kind == "group":
        raw = given.get("members")
        members = tuple(m for m in raw if isinstance(m, int) and 0 <= m < n) if raw else ()
        return MapEvent("group", members=members, second=bool(given.get("second")))
    raise InputError("that click did not come from this map: reload the page and try again")

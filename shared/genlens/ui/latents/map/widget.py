"""The latent map as one gradio component that can be clicked, dragged over and walked by keys."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from genlens.errors import GenlensError, InputError
from genlens.figures.picture_strip import picture_uri
from genlens.figures.plot_tools import Tool, toolbar
from genlens.ui.kit import scripts, whole_number
from genlens.ui.latents.charts import PCA, Projection
from genlens.ui.studies import study

if TYPE_CHECKING:
    import gradio as gr


@dataclass(frozen=True)
class MapEvent:
    """What a visitor did on the map.

    ``kind`` is "point" (``index`` is the picture), "ground" (``place`` is (x, y) in the map's own
    units) or "group" (``members`` are pictures; ``second`` says group B instead of A).
    ``projection`` is that of the map the visitor saw, whatever is chosen beside it.
    """

    kind: str
    projection: Projection = PCA
    index: int = -1
    place: tuple[float, float] | None = None
    members: tuple[int, ...] = ()
    second: bool = False


@lru_cache(maxsize=1)
def script() -> str:
    """The map's script; it expects ``element``, ``trigger`` and ``watch`` to be in scope."""
    return scripts("polygon.js", "latent_map.js")


TOOLS = (
    Tool("tool", "lasso", "Lasso", "Draw around pictures to gather them as a group"),
    Tool("tool", "box", "Box", "Drag a box around pictures to gather them as a group"),
    Tool("tool", "move", "Move", "Drag the map where it is larger than its frame"),
    Tool("tool", "in", "+", "Zoom in (also Ctrl and the mouse wheel)"),
    Tool("tool", "out", "−", "Zoom out"),
    Tool("tool", "whole", "Whole map", "Show the whole map"),
)


def tools_html() -> str:
    """The buttons above a map; the script makes them work."""
    return toolbar("Map tools", TOOLS)


def map_widget(value: str = "", **options: Any) -> gr.HTML:
    """``figures.latent_map.latent_map_svg`` as a component with a ``select`` event."""
    import gradio as gr

    return gr.HTML(
        value,
        js_on_load=script(),
        server_functions=[thumbnail],
        apply_default_css=False,
        container=False,
        **options,
    )


def thumbnail(asked: Any) -> dict[str, str]:
    """What the map's script asks while the pointer rests on a mark: ``asked`` has "model" and
    "picture"; the answer has "image" (a ``data:`` address) and "said", or "error"."""
    given = asked if isinstance(asked, dict) else {}
    try:
        here = study(str(given.get("model", "")))
        index = whole_number("the picture number", given.get("picture"))
        image = here.picture(index).numpy()
    except GenlensError as error:
        return {"error": str(error)}
    label = f", {here.label(index)}" if here.label(index) else ""
    text = f": {here.texts[index]}" if here.texts else ""
    return {"image": picture_uri(image), "said": f"picture {index}{label}{text}"[:120]}


def read_event(index: Any, value: Any, model_id: str, n: int) -> MapEvent:
    """The event a browser sent, checked: ``n`` is the number of pictures of ``model_id``.

    Raises:
        InputError: a kind, an index or a place that this map cannot have sent, or the map of
            another model.
    """
    given = value if isinstance(value, dict) else {}
    kind = given.get("kind")
    if given.get("model") != model_id:
        raise InputError("that map is of another model: wait until its own is drawn, then click")
    projection = Projection.read(given.get("projection"))
    if kind == "point" and isinstance(index, int) and 0 <= index < n:
        return MapEvent("point", projection, index=index)
    if kind == "ground":
        try:
            x, y = float(given["x"]), float(given["y"])
        except (KeyError, TypeError, ValueError):
            x = y = float("nan")
        if abs(x) < 1e9 and abs(y) < 1e9:  # also false for NaN
            return MapEvent("ground", projection, place=(x, y))
    if kind == "group":
        raw = given.get("members")
        members = tuple(m for m in raw if isinstance(m, int) and 0 <= m < n) if raw else ()
        return MapEvent("group", projection, members=members, second=bool(given.get("second")))
    raise InputError("that click did not come from this map: reload the page and try again")

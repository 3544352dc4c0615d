"""Which layers carry what: the measured chart, and one prompt with its exchanges."""

from __future__ import annotations

import html as escaping
import math
from collections.abc import Mapping, Sequence
from typing import Any

from genlens.common.measure_rows import branch, entries, part
from genlens.common.measures import Measure
from genlens.common.tables import Cell, Table
from genlens.figures.palette import ink_on, sequential
from genlens.figures.prompts.inside.tiles import Tile, tiles
from genlens.prompts.inside.layers.attributes import ATTRIBUTES
from genlens.prompts.inside.layers.exchange import LayerExchange

QUESTIONS = {
    "only": "Only this layer reads the other prompt: in how many cases does it follow?",
    "window": "These neighbours read the other prompt: in how many cases does it follow?",
    "needed": "All layers but this one read the other prompt: in how many cases does it stay?",
}
"""Parts of a ``LayerChart`` -> what they answer."""


def chart_table(numbers: Mapping[str, Any], which: str = "only") -> Table:
    """The chart of a written ``LayerChart``: a row a layer (or window), a column an attribute, the
    share of cases as a colour, dark 0 to light 1, with its 95 % interval."""
    titles = [str(layer.get("title", "?")) for layer in entries(numbers, "layers")]
    names = titles
    if which == "window":
        windows = part(numbers, "windows") or []
        names = [f"{titles[w[0]]} to {titles[w[-1]]}" for w in windows]
    chosen = [a for a in ATTRIBUTES.values() if which != "needed" or not a.control]
    shares = {a.name: _measures(part(numbers, which, a.name), len(names)) for a in chosen}
    rows: list[list[str | Cell]] = [
        [name, *(share_cell(shares[a.name][i]) for a in chosen)] for i, name in enumerate(names)
    ]
    if which != "needed":
        every = branch(numbers, "every")
        whole = [share_cell(Measure.read(every.get(a.name))) for a in chosen]
        rows.append(["all layers (must be 100 %)", *whole])
    heads = [_head(a.title, _n(shares[a.name])) for a in chosen]
    return Table(["Layer", *heads], rows, "l" + "r" * len(chosen), caption=QUESTIONS[which])


def share_cell(measure: Measure) -> Cell:
    """A share in [0, 1] with its interval, on its colour."""
    if not math.isfinite(measure.value):
        return Cell("-")
    ground = sequential(measure.value)
    text, ends = (
        f"{100 * measure.value:.0f} %", f"{100 * measure.low:.0f} to {100 * measure.high:.0f} %"
    )  # fmt: skip
    return Cell(
        f"{text} ({ends})",
        html=f'{text}<br><span style="font-size:.8em">{ends}</span>',
        style=f"background:{ground};color:{ink_on(ground)}",
    )


def exchange_tiles(found: LayerExchange, read: Sequence[str] = ()) -> str:
    """The prompt's picture, its exchanges and the other's picture; ``read`` has a line for each of
    the exchanges, of what a referee sees."""
    shown = [Tile(found.own, "your prompt", f"Drawn for “{found.prompt}”", f"“{found.prompt}”")]
    for i, (window, image) in enumerate(zip(found.windows, found.images, strict=True)):
        name = found.layers[window[0]].title
        if len(window) > 1:
            name += f" to {found.layers[window[-1]].title}"
        below = f"{100 * found.towards[i]:.0f} % of the way"
        if read:
            below += f"; {read[i]}"
        shown.append(
            Tile(image, name, f"Drawn while only {name} reads “{found.other}”: {below}", below)
        )
    shown.append(
        Tile(found.others, "the other prompt", f"Drawn for “{found.other}”", f"“{found.other}”")
    )
    return tiles(shown)


def _head(title: str, n: int) -> Cell:
    return Cell(
        f"{title} (n = {n})",
        html=f'{escaping.escape(title)}<br><span class="gl-soft">n = {n}</span>',
    )


def _measures(written: object, count: int) -> list[Measure]:
    rows = written if isinstance(written, list) else []
    return [Measure.read(rows[i] if i < len(rows) else None) for i in range(count)]


def _n(measures: Sequence[Measure]) -> int:
    return measures[0].n if measures else 0

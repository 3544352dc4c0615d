"""An edited word: pictures before and after, and the measured table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genlens.common.measure_rows import part
from genlens.common.measures import Measure
from genlens.common.tables import Cell, Table
from genlens.figures.prompts.inside.layers import share_cell
from genlens.figures.prompts.inside.tiles import Tile, tiles
from genlens.prompts.evaluation.inside.edits import WAYS
from genlens.prompts.inside.edit.pictures import EditPictures

KINDS = {
    "efficacy": "the word draws the target",
    "generality": "in captions of other kinds",
    "specificity": "other nouns are still drawn",
}


def edits_table(numbers: Mapping[str, Any]) -> Table:
    """A written ``EditChart``: a row a way, a column what was measured, with intervals."""
    rows: list[list[str | Cell]] = [
        [title, *(share_cell(Measure.read(part(numbers, "ways", way, kind))) for kind in KINDS)]
        for way, title in WAYS.items()
    ]
    cases = [Measure.read(part(numbers, "ways", "edit", kind)).n for kind in KINDS]
    heads = [f"{title} (n = {n})" for title, n in zip(KINDS.values(), cases, strict=True)]
    return Table(["Edit", *heads], rows, "lrrr", caption="Share of captions, 95 % interval")


def edit_tiles(found: EditPictures) -> str:
    """Each caption drawn without the edit, then with it."""
    shown = []
    for prompt, before, after in zip(found.prompts, found.before, found.after, strict=True):
        shown.append(Tile(before, "as it is", f"“{prompt}” drawn without the edit", f"“{prompt}”"))
        shown.append(
            Tile(
                after,
                f"{found.word} → {found.target}",
                f"“{prompt}” drawn with “{found.word}” edited to “{found.target}”",
                f"“{prompt}”",
            )
        )
    return tiles(shown)

"""The measured purity of features and the effect of the brush, as one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genlens.common.measure_rows import part
from genlens.common.measures import Measure
from genlens.common.tables import Cell, Table
from genlens.figures.prompts.inside.layers import share_cell
from genlens.prompts.evaluation.inside.features import UNITS


def figures_table(numbers: Mapping[str, Any]) -> Table:
    """A written ``FeatureChart``: a row a kind of unit, then the brush and its control."""
    rows: list[list[str | Cell]] = []
    for kind, title in UNITS.items():
        rows.append(
            [
                title,
                share_cell(Measure.read(part(numbers, "pure", kind))),
                share_cell(Measure.read(part(numbers, "precision", kind))),
                str(part(numbers, "nouns", kind)),
            ]
        )
    for name, title in (
        ("painted", "a feature painted into a half: its noun appears there"),
        ("by_chance", "control: a direction by chance as long"),
        ("inside", "of the change of pixels, the part in the painted half"),
        ("shaped", "all features of a noun painted in its shape: the noun appears there"),
        ("shaped_by_chance", "control: directions by chance as long, in that shape"),
        (
            "erased",
            "a noun’s features taken out, three times over, of its picture: the noun is gone",
        ),
        ("erased_by_chance", "control: as much along directions by chance"),
    ):
        rows.append([title, share_cell(Measure.read(part(numbers, name))), "-", "-"])
    heads = [
        "Units, and what the brush does",
        "share (of units: precision of 50 % or more)",
        "mean precision",
        "nouns with such a unit",
    ]
    return Table(heads, rows, "lrrr", caption="Shares with 95 % intervals")

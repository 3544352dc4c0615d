"""What a layer's units stand for: a row for each concept, with its best units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from genlens.common.tables import Cell, Table
from genlens.figures.picture_strip import picture_img
from genlens.steering.results import Units

BEST, RARE = 4, 0.001


def unit_table(
    units: Units,
    picture: np.ndarray | None = None,
    places: Mapping[str, np.ndarray] | None = None,
) -> str:
    """Concepts by the IoU of their best unit, each with its four best units.

    Args:
        picture: (c, h, w), the face on screen.
        places: concept -> (h, w) bool, where its best unit is on in ``picture``.
    """
    top = np.nan_to_num(units.iou).max(0)
    rows, rare = [], []
    for c in np.argsort(-top, kind="stable"):
        concept = units.concepts[c]
        if units.seen[c] < RARE:
            rare.append(concept)
            continue
        best = [int(u) for u in units.best(concept, BEST)]
        shown: list[str | Cell] = [_place(picture, (places or {}).get(concept), concept, best[0])]
        rows.append(
            [
                concept,
                *(shown if places else []),
                f"{100 * units.seen[c]:.1f} %",
                *_first(units, best[0], int(c)),
                ", ".join(f"{u} ({units.iou[u, c]:.2f})" for u in best[1:]) or "none",
            ]
        )
    heads = ["concept", *(["best unit is on"] if places else []), "seen in", "best unit", "IoU"]
    heads += ["by place alone", "on in", "next units (IoU)"]
    note = f" Seen in less than 0.1 % of pixels and left out: {', '.join(rare)}." if rare else ""
    table = Table(heads, rows, caption=f"Units of {units.layer}, {units.samples} pictures.{note}")
    return f'<div class="gl-scroll gl-units-box" tabindex="0">{table.html(css="")}</div>'


def _first(units: Units, unit: int, c: int) -> list[str | Cell]:
    iou, control = float(units.iou[unit, c]), float(units.control[unit, c])
    return [
        str(unit),
        Cell(f"{iou:.2f}", f"<b>{iou:.2f}</b>"),
        f"{control:.2f}",
        f"{100 * units.quantile[unit, c]:g} %",
    ]


def _place(
    picture: np.ndarray | None, place: np.ndarray | None, concept: str, unit: int
) -> str | Cell:
    if picture is None or place is None:
        return ""
    image = np.where(place[None], picture, 0.25 * picture + 0.6)
    said = f"where unit {unit}, the best for {concept}, is on; the rest is faded"
    return Cell(said, picture_img(image, said, size=64))

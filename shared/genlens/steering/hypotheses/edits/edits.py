"""Every kind of edit, in the order of a list."""

from __future__ import annotations

from dataclasses import dataclass

from genlens.steering.hypotheses.edits.generators import MoveAlong, SwapStyles
from genlens.steering.hypotheses.edits.pictures import ChangePicture
from genlens.steering.hypotheses.edits.redraw import Redraw
from genlens.steering.hypotheses.edits.units import SwitchUnits


@dataclass(frozen=True)
class EditKind:
    """One kind: ``make`` is its class, ``truth`` what is known about what else it changes, and
    ``needs`` what it takes."""

    name: str
    title: str
    make: type
    truth: str
    needs: str


EDITS: dict[str, EditKind] = {
    kind.name: kind
    for kind in (
        EditKind(
            "redraw", "Draw the face again with one attribute changed", Redraw,
            "Exact: nothing else changes, but what the part covers.", "cartoon faces",
        ),
        EditKind(
            "direction", "Move along a direction of a generator", MoveAlong,
            "Not pure: whatever went along with the property may change, too.",
            "a generator and a direction found in it",
        ),
        EditKind(
            "styles", "Take some layers’ styles from another face", SwapStyles,
            "Not pure: everything that these layers draw changes.",
            "a generator with a style for each layer",
        ),
        EditKind(
            "units", "Switch units of a layer off or on", SwitchUnits,
            "Not pure: a unit may draw more than one thing.",
            "a generator, dissected, and the units",
        ),
        EditKind(
            "picture", "Blur a region, or change its colours", ChangePicture,
            "No pixel outside the region changes; what is inside may look like no face at all.",
            "any pictures",
        ),
    )
}  # fmt: skip

"""Faces and their scores for programs.

Docstrings follow Google's style, because gradio turns them into the tools' descriptions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from genlens.common.records import plain
from genlens.errors import Cancelled, InputError
from genlens.figures.picture_strip import picture_uri
from genlens.ui.jobs import stopped
from genlens.ui.kit import listed
from genlens.ui.steering import assessors, generators
from genlens.ui.steering.shown import Shown, shown

MOST = 64
"""Faces that one call may ask for."""


def api_draw_faces(
    model: str, faces: list[str] | None = None, assessor: str = ""
) -> dict[str, Any]:
    """Faces of a generator with an assessor's scores.

    Args:
        model: id of the generator, for example "avatars-vae" (see /steering_choices).
        faces: what to draw, up to 64: "7" is the face of seed 7; "7*4,12" takes the first four
            layers from seed 7 and all later ones from seed 12; "7>12@0.25" is a quarter of the way
            from 7 to 12. ["0"] without it.
        assessor: its name, for example "brightness"; the first of the list without it.

    Returns:
        pictures (PNG data addresses) and scores, one of each a face; unit and range of the scores
        (none for an end without limit); layers (names, coarse to fine).
    """
    asked = [str(face) for face in listed("faces", ["0"] if faces is None else faces)]
    if not 1 <= len(asked) <= MOST:
        raise InputError(f"{len(asked)} faces were asked for: name 1 to {MOST}")
    name = assessor or assessors.choices()[0][1]
    drawn: list[Shown] = []
    for face in asked:
        if stopped():
            raise Cancelled(f"stopped after {len(drawn)} of {len(asked)} faces")
        drawn.append(shown(model, face, name))
    first = drawn[0]
    return {
        "pictures": [picture_uri(each.image) for each in drawn],
        "scores": plain([each.score for each in drawn]),
        "unit": first.assessor.unit,
        "range": plain(list(first.assessor.range)),
        "layers": list(first.generator.layers),
    }


def api_steering_choices() -> dict[str, Any]:
    """Which generators and assessors this page offers.

    Returns:
        generators (ids) and assessors (name, title, unit, help of each).
    """
    named = [(name, assessors.assessor(name)) for _, name in assessors.choices()]
    return {
        "generators": [name for _, name in generators.choices()],
        "assessors": [
            {"name": name, "title": each.title, "unit": each.unit, "help": each.help}
            for name, each in named
        ],
    }


ENDPOINTS: dict[str, Callable[..., Any]] = {
    "draw_faces": api_draw_faces,
    "steering_choices": api_steering_choices,
}
"""By their public names."""

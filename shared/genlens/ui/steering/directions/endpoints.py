"""Directions for programs.

Docstrings follow Google's style, because gradio turns them into the tools' descriptions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from genlens.common.checks import yes_or_no
from genlens.common.records import plain
from genlens.errors import InputError
from genlens.figures.picture_strip import picture_uri
from genlens.steering.directions.methods import DIRECTION_METHODS
from genlens.steering.results import Direction
from genlens.ui.jobs import stopped
from genlens.ui.kit import listed
from genlens.ui.steering import assessors
from genlens.ui.steering.directions.find import ALL, FITTING, Asked, checked, find, moved
from genlens.ui.steering.shown import shown

_FIRST = Asked()
MOST = 51
"""Alphas that one call may ask for."""


def api_find_direction(
    model: str,
    assessor: str,
    method: str = _FIRST.method,
    space: str = _FIRST.space,
    layers: str = ALL,
    hold: list[str] | None = None,
    which: str = FITTING,
    pictures: float = _FIRST.pictures,
    steps: float = _FIRST.steps,
    faces: float = _FIRST.faces,
    seed: float = 0,
) -> dict[str, Any]:
    """Find a direction that raises an assessor's score, follow it on many faces, and measure what
    else changes. Takes about half a minute for 1,000 pictures.

    Args:
        model: id of the generator (see /steering_choices).
        assessor: name of what the direction shall raise.
        method: see /direction_methods.
        space: "styles" or "latents".
        layers: "all layers", "coarse", "middle" or "fine".
        hold: names of assessors whose scores shall stay (methods "logistic" and "svm").
        which: of methods that give several directions, "1", "2" ...; without it the one that goes
            most with the score.
        pictures: random pictures to learn from, 200 to 5,000.
        steps: of the training of "ganalyze", 10 to 1,000.
        faces: that the direction is measured on, 2 to 40.
        seed: of everything that is drawn.

    Returns:
        search (held_out: area under the ROC curve; cosines before projecting; losses), direction
        (vector, space, unit), reach (where it ends, why, and evenly spaced alphas), curve (scores
        by face and alpha, share of monotone faces, slope), leakage by assessor; each figure with
        its 95 % interval.
    """
    asked = checked(
        method=method, space=space, layers=layers, hold=listed("hold", hold or []), which=which,
        pictures=pictures, steps=steps, faces=faces, seed=seed,
    )  # fmt: skip
    return find(shown(model, "0", assessor), asked, cancel=stopped).to_dict()


def api_move_face(
    model: str,
    face: str,
    vector: list[Any],
    alphas: list[float],
    space: str = "styles",
    normed: bool = False,
    assessor: str = "",
) -> dict[str, Any]:
    """One face moved along a direction.

    Args:
        model: id of the generator.
        face: "7" is the face of seed 7 (see /draw_faces).
        vector: the direction, as /find_direction gives it: (layers, d) in styles, (d,) in latents.
        alphas: up to 51 steps.
        space: "styles" or "latents".
        normed: whether a moved latent keeps its length.
        assessor: whose scores are read; the first of the list without it.

    Returns:
        pictures (PNG data addresses) and scores, one of each an alpha.
    """
    steps = [float(alpha) for alpha in _numbers("alphas", listed("alphas", alphas), 1)]
    if not 1 <= len(steps) <= MOST:
        raise InputError(f"{len(steps)} alphas were asked for: pass 1 to {MOST}")
    if space not in ("styles", "latents"):
        raise InputError(f"the space is {space!r}: take styles or latents")
    row = _numbers("the vector", listed("vector", vector), 2 if space == "styles" else 1)
    direction = Direction(row, space, "given", normed=yes_or_no("normed", normed))  # type: ignore[arg-type]
    now = shown(model, face, assessor or assessors.choices()[0][1])
    strip = moved(now, direction, steps)
    return {
        "pictures": [picture_uri(image) for image in strip.images],
        "scores": plain(strip.scores.tolist()),
        "unit": now.assessor.unit,
    }


def api_direction_methods() -> list[dict[str, Any]]:
    """Every way to find directions.

    Returns:
        name, title, help, equation, paper, misleads, spaces, what it needs of an assessor, whether
        it can hold others still, whether it is a control.
    """
    return [
        {
            "name": m.name, "title": m.title, "help": m.help, "equation": m.equation,
            "paper": m.paper, "misleads": m.misleads, "spaces": list(m.spaces), "needs": m.needs,
            "holds": m.holds, "control": m.control,
        }
        for m in DIRECTION_METHODS.values()
    ]  # fmt: skip


def _numbers(name: str, given: list[Any], dimensions: int) -> np.ndarray:
    """``given`` as finite float32 of so many dimensions."""
    try:
        found = np.array(given, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: pass numbers, {dimensions} list(s) deep") from error
    if found.ndim != dimensions or not np.isfinite(found).all():
        raise InputError(
            f"{name}: pass finite numbers, {dimensions} list(s) deep, not of shape {found.shape}"
        )
    return found


ENDPOINTS: dict[str, Callable[..., Any]] = {
    "find_direction": api_find_direction,
    "move_face": api_move_face,
    "direction_methods": api_direction_methods,
}
"""By their public names."""

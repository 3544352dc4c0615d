"""Style mixing for programs.

Docstrings follow Google's style, because gradio turns them into the tools' descriptions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from genlens.common.checks import yes_or_no
from genlens.common.records import plain
from genlens.figures.picture_strip import picture_uri
from genlens.ui.jobs import stopped
from genlens.ui.kit import listed, seed_number
from genlens.ui.steering import assessors
from genlens.ui.steering.mixing.board import Board, board
from genlens.ui.steering.shown import shown


def api_mix_styles(
    model: str,
    face: str = "0",
    sources: list[str] | None = None,
    assessor: str = "",
    groups: str = "3",
    seed: float = 0,
    blend: bool = False,
) -> dict[str, Any]:
    """A face with single groups of its layers taken from other faces, and random mixes of these
    faces, each with an assessor's score (Kirchler et al. 2021, arXiv:2109.07869).

    Args:
        model: id of a generator with a style for each layer, for example "avatars-gan".
        face: the face that is changed, see /draw_faces.
        sources: seeds of the faces to take styles from, up to 8; ["1", "2", "3", "4"] without them.
        assessor: its name, see /steering_choices; the first of the list without it.
        groups: "3" for three groups of layers of equal size, "4 3 3" for their sizes.
        seed: of the random mixes.
        blend: whether a group of layers of a random mix may lie between two faces.

    Returns:
        groups (name and layers of each), sources; exchanged (for each group and each source the
        score, the face's address for /draw_faces, a picture as a PNG data address), whole (the same
        of each source as it is), mixes (the same of 12 random mixes, highest score first); score of
        the face itself, unit, made_by.
    """
    names = [str(name) for name in listed("sources", sources or ["1", "2", "3", "4"])]
    now = shown(model, face, assessor or assessors.choices()[0][1])
    drawn = seed_number("seed", seed)
    found = board(
        now, ", ".join(names), groups, drawn, blend=yes_or_no("blend", blend), cancel=stopped
    )
    k = len(found.sources)
    return {
        "groups": [
            {"name": group.name, "layers": list(now.generator.layers[group.start : group.stop])}
            for group in found.groups
        ],
        "sources": list(found.sources),
        "exchanged": [
            [_cell(found, found.cell(g, j)) for j in range(k)] for g in range(len(found.groups))
        ],
        "whole": [_cell(found, found.whole(j)) for j in range(k)],
        "mixes": [_cell(found, row) for row in found.random],
        "score": plain(float(found.cells.scores[0])),
        "unit": found.cells.unit,
        "made_by": found.cells.made_by.to_dict(),
    }


def _cell(found: Board, row: int) -> dict[str, Any]:
    return {
        "score": plain(float(found.cells.scores[row])),
        "face": found.addresses[row],
        "picture": picture_uri(found.cells.images[row]),
    }


ENDPOINTS: dict[str, Callable[..., Any]] = {"mix_styles": api_mix_styles}
"""By their public names."""

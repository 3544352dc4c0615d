"""What the tab's fields ask for, and what becomes of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.figures.steering.hypotheses.map_cards import map_cards
from genlens.models.contracts import Assessor
from genlens.steering.hypotheses.ask import ask
from genlens.steering.hypotheses.cases import CASES
from genlens.steering.hypotheses.edits.pictures import CHANGES, REGIONS
from genlens.steering.hypotheses.maps import face_parts, static_maps
from genlens.steering.results import Verdict
from genlens.ui.kit import whole_number
from genlens.ui.steering import assessors, generators
from genlens.worlds.avatars import CHOICES, draw_faces

FIRST_CASE = "glasses"
FIRST_N, MOST_N = 100, 500
"""Faces that the page asks for first, and at most: some seconds, and under a minute."""
EXPECTED = {"changes, either way": 0, "rises": 1, "falls": -1}
KINDS = {
    "A ready case": "case",
    "Draw the face again with one attribute changed (exact)": "redraw",
    "Move along the generator’s direction for a property": "direction",
    "Take some layers’ styles from another face": "styles",
    "Blur a region, or change its colours": "picture",
}
"""What the page calls the kinds of edits -> how ``read`` names them."""


def edit_text(kind: str, **fields: Any) -> str:
    """The edit that the fields of one kind name, as ``hypotheses.edits.read`` writes it.

    Raises:
        InputError: a field is empty or no number.
    """
    if kind == "case":
        return str(fields["case"])
    if kind == "redraw":
        before, after = (_values(fields[name]) for name in ("before", "after"))
        if not after:
            raise InputError("say which values the face gets: choose at least one under “After”")
        return f"redraw:{fields['factor']}={f'{before}>' if before else ''}{after}"
    if kind == "direction":
        return f"direction:{fields['raised']}={_typed(fields['alpha'], 'the step'):g}"
    if kind == "styles":
        first, last = (whole_number("a layer", fields[name]) for name in ("first", "last"))
        return f"styles:{first}-{last}={whole_number('the other face', fields['other'])}"
    region = str(fields["region"]).replace(" ", "_")
    return f"picture:{fields['change']}@{region}={_typed(fields['amount'], 'the amount'):g}"


def put_to_test(
    edit: str,
    assessor: str,
    model_id: str,
    claim: str,
    expected: int | None,
    least: Any,
    n: Any,
    seed: Any,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Verdict:
    """The verdict, with numbers as fields send them.

    Raises:
        InputError: see ``hypotheses.ask``; or more faces than the page allows.
    """
    count = whole_number("the number of faces", n)
    if count > MOST_N:
        raise InputError(f"{count} faces are asked for: the page takes 12 to {MOST_N}")
    needs = edit.startswith(("direction:", "styles:"))
    return ask(
        edit,
        assessors.assessor(assessor),
        model=generators.generator(model_id) if needs else "",
        claim=str(claim or ""),
        expected=expected,
        least=None if least in (None, "") else _typed(least, "the least that counts"),
        n=count,
        seed=whole_number("the seed", seed),
        progress=progress,
        cancel=cancel,
    )


def maps_html(assessor: str, seed: int, cancel: Cancel | None = None, **fixed: str) -> str:
    """Static maps of one drawn face (``fixed`` factors as given) by what ``assessor`` is; why there
    are none where it is no network."""
    judged = assessors.assessor(assessor)
    faces = draw_faces(1, seed, fixed=fixed)
    image = faces.tensor()[0]
    found = static_maps(judged, image, face_parts(faces, 0), cancel=cancel)
    return map_cards(found, image.numpy(), f"score {score_of(judged, image):.2f}".replace("-", "−"))


def score_of(assessor: Assessor, image: torch.Tensor) -> float:
    """Of one picture (c, h, w)."""
    with torch.no_grad():
        return float(assessor.score(image[None])[0])


def case_choices() -> list[tuple[str, str]]:
    """(claim, name) of the ready cases."""
    return [(f"{case.claim} ({case.edit.title})", name) for name, case in CASES.items()]


def factor_values(factor: str) -> list[str]:
    """The values of a factor of a face."""
    return list(CHOICES.get(factor, ()))


def usual_amount(change: str) -> float:
    """What a change of pixels starts with."""
    return CHANGES[change].usual


def change_choices() -> list[tuple[str, str]]:
    """(title, name) of the changes of pixels."""
    return [(f"{c.title} (amount: {c.unit})", name) for name, c in CHANGES.items()]


def region_choices() -> list[str]:
    """Names of regions."""
    return list(REGIONS)


def fields_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the fields that say what the edit is."""
    return {
        name: given[name]
        for name in (
            "case", "factor", "before", "after", "raised", "alpha", "first", "last", "other",
            "change", "region", "amount",
        )
    }  # fmt: skip


def _values(chosen: Any) -> str:
    return "|".join(map(str, chosen or []))


def _typed(value: Any, what: str) -> float:
    """What a number field sent, as a float.

    Raises:
        InputError: it is empty or no finite number.
    """
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{what} is {value!r}: type a number")
    return number

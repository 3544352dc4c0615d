"""Do attribution maps lie on the part of the picture that is known to decide?

The number that is explained, and the faces, come from ``face_parts``: on them, by
intervention, the part is what moves the number, which is settled without looking at any map.

Methods that compare with a blank picture all get the mean face without the part, so that they are
asked "why is this score higher than for an ordinary face without?". (The same face without the
part would reveal the place, and a black picture is not a face.) Gradients ask about a small change,
and LRP shares out the whole number, much of which every face has: they are scored on what they
show, and that they answer another question is part of their score.

Scores stand between "chance", what a map of random numbers gets, and "difference", what the true
difference of the two pictures gets. "edges", the picture's own edges, is what a map gets that looks
at the picture and not at the model: a method that does no better shows nothing of the model here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genlens.attribution.faithfulness import mass_inside, pointing_game
from genlens.attribution.methods import METHODS, methods_for, quick_settings
from genlens.attribution.results import Attribution
from genlens.attribution.run import watched
from genlens.common.progress import Cancel, Progress
from genlens.common.records import Record
from genlens.errors import InputError
from genlens.latents.evaluation.cases import PIXEL_NOISE, Case, Explain, explainer
from genlens.latents.evaluation.face_parts import (
    PARTS,
    PartFaces,
    PartScore,
    fit_score,
    part_faces,
    rival_of,
)
from genlens.models.contracts import Autoencoder
from genlens.study.worlds import SEED

if TYPE_CHECKING:
    from genlens.worlds.avatars import Faces

TOLERANCE = 1 / 32
"""The pointing game's tolerance as a part of the side: 2 pixels of 64, as 15 of several hundred in
Zhang et al. 2018."""
CONTROLS = {
    "edges": "(edges of the picture: knows nothing of the model)",
    "difference": "(true difference: the best possible)",
}
FITTED, TRIED = 1000, 200
"""Faces that a score is fitted on, and those among which test faces are looked for."""


@dataclass(frozen=True)
class PlaceScore(Record):
    """How often a method's largest value lies on the part (within the tolerance), ``pointing`` in
    [0, 1]; the mean part of its absolute values on it, ``mass`` in [0, 1], with its standard error
    over faces."""

    method: str
    title: str
    pointing: float
    mass: float
    mass_error: float


@dataclass(frozen=True)
class PartMeasures(Record):
    """Scores for one part on ``faces`` faces.

    ``effect``: what drawing the part does to the explained number, in that number's standard
    deviations among faces without it; ``accuracy`` of telling with from without by it, 0.5 being
    chance. ``rival``: the property elsewhere whose change moves it most, by ``rival_effect`` times
    the part's mean effect. ``pointing_chance`` and ``mass_chance`` are the shares of the picture
    that count as inside; ``scores`` are of the methods and of the two ``CONTROLS``.
    """

    part: str
    faces: int
    effect: float
    accuracy: float
    rival: str
    rival_effect: float
    pointing_chance: float
    mass_chance: float
    scores: tuple[PlaceScore, ...]


@dataclass(frozen=True)
class FaceMeasures(Record):
    """Scores for each part; ``left_out`` says of a part or a method why it was not measured."""

    model: str
    parts: tuple[PartMeasures, ...]
    left_out: Mapping[str, str]


def measure_faces(
    model: Autoencoder,
    *,
    pictures: int = 16,
    names: Sequence[str] | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int = 0,
    fitted: int = FITTED,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> FaceMeasures:
    """Pointing game and mass inside the mask for each part.

    Args:
        model: an autoencoder of colour faces, 32, 64 or 128 pixels a side.
        pictures: faces for each part.
        names: methods; None for all that explain images.
        settings: method -> its settings; None for those of ``quick_settings``.
        seed: of the faces; no recipe drew from it.
        fitted: faces that the scores are fitted on.
        progress: counted in parts.

    Raises:
        InputError: the model's pictures do not have the size of the faces.
        Cancelled: ``cancel()`` said so.
    """
    from genlens.worlds.avatars import draw_faces

    size = int(model.image_shape[-1])
    known = draw_faces(fitted, SEED + 1_000 + seed, size=size)
    tried = draw_faces(TRIED, SEED + 2_000 + seed, size=size)
    given = quick_settings() if settings is None else settings
    explains = {
        m.name: explainer(m.name, given.get(m.name))
        for m in methods_for("image")
        if names is None or m.name in names
    }
    parts, left_out = [], {}
    for i, part in enumerate(PARTS):
        if progress is not None:
            progress(i, len(PARTS), f"{part}: do maps lie on it?")
        try:
            score = fit_score(model, part, known)
            faces = part_faces(model, score, tried, pictures)
        except InputError as error:  # the model does not know the part: measure the others
            left_out[part] = str(error)
            continue
        measures, refused = measure_part(model, score, faces, tried, explains, cancel=cancel)
        parts.append(measures)
        left_out |= refused
    return FaceMeasures(model.card.id, tuple(parts), left_out)


def measure_part(
    model: Autoencoder,
    score: PartScore,
    faces: PartFaces,
    tried: Faces,
    explains: Mapping[str, Explain],
    *,
    cancel: Cancel | None = None,
) -> tuple[PartMeasures, dict[str, str]]:
    """Where the maps of ``explains`` lie on ``faces``, and why others are left out."""
    maps: dict[str, list[Attribution]] = {}
    refused: dict[str, str] = {}
    for name, explain in explains.items():
        try:
            maps[name] = [_explain(model, score, x, explain, cancel) for x in faces.images]
        except InputError as error:
            refused[name] = str(error)
    maps["edges"] = [_map(_edges(x)) for x in faces.images]
    pairs = zip(faces.images, faces.without, strict=True)
    maps["difference"] = [_map(np.abs(x - y).sum(axis=0)) for x, y in pairs]
    rival, rival_effect = rival_of(model, score, tried)
    tolerance = round(TOLERANCE * faces.masks.shape[-1])
    return PartMeasures(
        part=score.part,
        faces=len(faces),
        effect=score.effect,
        accuracy=faces.accuracy,
        rival=rival,
        rival_effect=rival_effect,
        pointing_chance=float(np.mean([_grown(m, tolerance).mean() for m in faces.masks])),
        mass_chance=float(faces.masks.mean()),
        scores=tuple(
            place_score(name, attributions, faces.masks, tolerance)
            for name, attributions in maps.items()
        ),
    ), refused


def place_score(
    name: str, maps: Sequence[Attribution], masks: np.ndarray, tolerance: int
) -> PlaceScore:
    """How well ``maps`` lie on ``masks`` (n, h, w)."""
    pairs = list(zip(maps, masks, strict=True))
    hits = [pointing_game(map_, mask, tolerance=tolerance) for map_, mask in pairs]
    inside = np.array([mass_inside(map_, mask)[0] for map_, mask in pairs])
    inside = np.nan_to_num(inside, nan=0.0)  # an empty map points nowhere
    error = inside.std(ddof=1) / np.sqrt(len(inside)) if len(inside) > 1 else float("nan")
    method = METHODS.get(name)
    return PlaceScore(
        method=name,
        title=method.title if method else CONTROLS.get(name, name),
        pointing=float(np.mean(hits)),
        mass=float(inside.mean()),
        mass_error=float(error),
    )


def _explain(
    model: Autoencoder, score: PartScore, x: np.ndarray, explain: Explain, cancel: Cancel | None
) -> Attribution:
    case = Case(model, score.target, x, score.blank, score.ordinary, PIXEL_NOISE)
    return explain(watched(score.target(model), cancel=cancel), case, x, 0)


def _map(values: np.ndarray) -> Attribution:
    return Attribution(values.astype(np.float64), "control", "", signed=False)


def _edges(x: np.ndarray) -> np.ndarray:
    """Size of the picture's own gradient (h, w)."""
    down, right = np.gradient(x.astype(np.float64), axis=(1, 2))
    edges: np.ndarray = np.hypot(down, right).sum(axis=0)
    return edges


def _grown(mask: np.ndarray, tolerance: int) -> np.ndarray:
    """``mask`` (h, w) with what the pointing game's tolerance adds."""
    from scipy.ndimage import binary_dilation

    if not tolerance:
        return mask
    disc = np.hypot(*np.mgrid[-tolerance : tolerance + 1, -tolerance : tolerance + 1])
    grown: np.ndarray = binary_dilation(mask, disc <= tolerance)
    return grown

"""Do attribution maps lie on the part of the picture that is known to decide?

The number that is explained, and the faces, come from ``face_parts``: on them, by
intervention, the part is what moves the number, which is settled without looking at any map. Faces
on which it does not are left out, and counted.

Methods that compare with a blank picture all get the mean face without the part, so that they are
asked "why is this score higher than for an ordinary face without?". (The same face without the
part would reveal the place, and a black picture is not a face.) Gradients ask about a small change,
and LRP shares out the whole number, much of which every face has: they are scored on what they
show, and that they answer another question is part of their score.

Scores stand between "chance", what a map of random numbers gets, and "difference", what the true
difference of the two pictures gets. "edges", the picture's own edges, is what a map gets that looks
at the picture and not at the model: a method that does no better shows nothing of the model here.

Everything is repeated on several draws of faces, each with a score of its own: two scores that are
both about glasses weigh the latents differently, and a map of one is not a map of the other. So the
intervals are over draws.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from genlens.attribution.controls import edges
from genlens.attribution.faithfulness import mass_inside, pointing_game
from genlens.attribution.methods import METHODS, methods_for, quick_settings
from genlens.attribution.results import Attribution
from genlens.attribution.run import watched
from genlens.common.measures import Measure, mean, share
from genlens.common.progress import Cancel
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

TOLERANCE = 1 / 32
"""The pointing game's tolerance as a part of the side: 2 pixels of 64, as 15 of several hundred in
Zhang et al. 2018."""
CONTROLS = {
    "edges": "(edges of the picture: knows nothing of the model)",
    "difference": "(true difference: the best possible)",
}
FITTED, TRIED = 400, 150
"""Faces that a score is fitted on, and those among which test faces are looked for, each draw."""
_RIVALS = 60  # faces that other properties are changed on


@dataclass(frozen=True)
class PlaceScore(Record):
    """The share of faces on which a method's largest value lies on the part (within the tolerance),
    ``pointing``, and the mean part of its absolute values on it, ``mass``, both in [0, 1]."""

    method: str
    title: str
    pointing: Measure
    mass: Measure


@dataclass(frozen=True)
class PartMeasures(Record):
    """Scores for one part on ``faces`` faces, the first of ``kept`` on which the part moves the
    score, of ``having`` that have it; ``left_out`` says why the others are none of them.

    ``effect``: what drawing the part does to the explained number, in that number's standard
    deviations among faces without it, a mean over ``draws``; ``accuracy`` of telling with from
    without by it, 0.5 being chance, on all faces on which the part is seen. ``rival``: the property
    elsewhere whose change moves the number most, by ``rival_effect`` times the part's mean effect,
    in the first draw. ``pointing_chance`` and ``mass_chance`` are the shares of the picture that
    count as inside; ``scores`` are of the methods and of the two ``CONTROLS``.
    """

    part: str
    draws: int
    faces: int
    kept: int
    having: int
    left_out: Mapping[str, int]
    effect: Measure
    accuracy: Measure
    rival: str
    rival_effect: float
    pointing_chance: Measure
    mass_chance: Measure
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
    pictures: int = 6,
    draws: int = 6,
    names: Sequence[str] | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int = 0,
    fitted: int = FITTED,
    cancel: Cancel | None = None,
) -> FaceMeasures:
    """Pointing game and mass inside the mask for each part.

    Args:
        model: an autoencoder of colour faces, 32, 64 or 128 pixels a side.
        pictures: faces for each part and draw.
        draws: how often faces are drawn and scores fitted anew.
        names: methods; None for all that explain images.
        settings: method -> its settings; None for those of ``quick_settings``.
        seed: of the faces; no recipe drew from it.
        fitted: faces that the scores are fitted on, each draw.

    Raises:
        InputError: the model's pictures do not have the size of the faces.
        Cancelled: ``cancel()`` said so.
    """
    given = quick_settings() if settings is None else settings
    explains = {
        m.name: explainer(m.name, given.get(m.name))
        for m in methods_for("image")
        if names is None or m.name in names
    }
    parts, left_out = [], {}
    drawn = list(_drawn(model, draws, seed, fitted, pictures))
    for part in PARTS:
        asked = [faces for faces in drawn if faces.part == part and faces.found is not None]
        if not asked:  # the model does not know the part: measure the others
            left_out[part] = next(faces.reason for faces in drawn if faces.part == part)
            continue
        measures, refused = measure_part(model, asked, explains, cancel=cancel)
        parts.append(measures)
        left_out |= refused
    return FaceMeasures(model.card.id, tuple(parts), left_out)


@dataclass(frozen=True)
class DrawnFaces:
    """One part in one draw: the score fitted there and faces to explain it on, or ``reason`` why
    there are none. ``rival`` and how much it moves the score, in the first draw."""

    part: str
    score: PartScore | None
    found: PartFaces | None
    reason: str = ""
    rival: tuple[str, float] = ("", float("nan"))


def _drawn(
    model: Autoencoder, draws: int, seed: int, fitted: int, pictures: int
) -> Iterator[DrawnFaces]:
    from genlens.worlds.avatars import draw_faces

    size = int(model.image_shape[-1])
    for k in range(draws):
        first = SEED + 1_000 + 2 * (seed * draws + k)
        known = draw_faces(fitted, first, size=size)
        tried = draw_faces(TRIED, first + 1, size=size)
        some = draw_faces(_RIVALS, first + 1, size=size)
        for part in PARTS:
            try:
                score = fit_score(model, part, known)
                found = part_faces(model, score, tried, pictures)
            except InputError as error:
                yield DrawnFaces(part, None, None, str(error))
                continue
            rival = rival_of(model, score, some) if k == 0 else ("", float("nan"))
            yield DrawnFaces(part, score, found, rival=rival)


def measure_part(
    model: Autoencoder,
    drawn: Sequence[DrawnFaces],
    explains: Mapping[str, Explain],
    *,
    cancel: Cancel | None = None,
) -> tuple[PartMeasures, dict[str, str]]:
    """Where the maps of ``explains`` lie on the faces of one part, and why others are left out."""
    asked = [(d.score, d.found) for d in drawn if d.score is not None and d.found is not None]
    groups = np.repeat(np.arange(len(asked)), [len(found) for _, found in asked])
    masks = np.concatenate([found.masks for _, found in asked])
    maps: dict[str, list[Attribution]] = {}
    refused: dict[str, str] = {}
    for name, explain in explains.items():
        try:
            maps[name] = [
                _explain(model, score, x, explain, cancel)
                for score, found in asked
                for x in found.images
            ]
        except InputError as error:
            refused[name] = str(error)
    maps["edges"] = [_map(edges(x.astype(np.float64))) for _, f in asked for x in f.images]
    maps["difference"] = [
        _map(np.abs(x - y).sum(axis=0))
        for _, found in asked
        for x, y in zip(found.images, found.without, strict=True)
    ]
    tolerance = round(TOLERANCE * masks.shape[-1])
    left_out = sum((Counter(found.left_out) for _, found in asked), Counter[str]())
    kept = sum(found.kept for _, found in asked)
    rival = next((d.rival for d in drawn if d.rival[0]), ("", float("nan")))
    right = [found.right for _, found in asked]
    return PartMeasures(
        part=drawn[0].part,
        draws=len(asked),
        faces=len(masks),
        kept=kept,
        having=kept + sum(left_out.values()),
        left_out=dict(left_out),
        effect=mean([score.effect for score, _ in asked]),
        accuracy=share(
            [answer for answers in right for answer in answers],
            groups=np.repeat(np.arange(len(right)), [len(r) for r in right]).tolist(),
        ),
        rival=rival[0],
        rival_effect=rival[1],
        pointing_chance=mean([_grown(m, tolerance).mean() for m in masks], groups=groups.tolist()),
        mass_chance=mean([mask.mean() for mask in masks], groups=groups.tolist()),
        scores=tuple(
            place_score(name, found, masks, tolerance, groups.tolist(), left_out)
            for name, found in maps.items()
        ),
    ), refused


def place_score(
    name: str,
    maps: Sequence[Attribution],
    masks: np.ndarray,
    tolerance: int,
    groups: Sequence[int] | None = None,
    left_out: Mapping[str, int] | None = None,
) -> PlaceScore:
    """How well ``maps`` lie on ``masks`` (n, h, w); ``groups`` are the draws they belong to."""
    pairs = list(zip(maps, masks, strict=True))
    hits = [pointing_game(map_, mask, tolerance=tolerance) for map_, mask in pairs]
    inside = np.array([mass_inside(map_, mask)[0] for map_, mask in pairs])
    inside = np.nan_to_num(inside, nan=0.0)  # an empty map points nowhere
    method = METHODS.get(name)
    return PlaceScore(
        method=name,
        title=method.title if method else CONTROLS.get(name, name),
        pointing=share(hits, left_out, groups),
        mass=mean(inside.tolist(), left_out, groups).within(0, 1),
    )


def _explain(
    model: Autoencoder, score: PartScore, x: np.ndarray, explain: Explain, cancel: Cancel | None
) -> Attribution:
    case = Case(model, score.target, x, score.blank, score.ordinary, PIXEL_NOISE)
    return explain(watched(score.target(model), cancel=cancel), case, x, 0)


def _map(values: np.ndarray) -> Attribution:
    return Attribution(values.astype(np.float64), "control", "", signed=False)


def _grown(mask: np.ndarray, tolerance: int) -> np.ndarray:
    """``mask`` (h, w) with what the pointing game's tolerance adds."""
    from scipy.ndimage import binary_dilation

    if not tolerance:
        return mask
    disc = np.hypot(*np.mgrid[-tolerance : tolerance + 1, -tolerance : tolerance + 1])
    grown: np.ndarray = binary_dilation(mask, disc <= tolerance)
    return grown

"""What the tab asks the room for: a direction with all its measures, and a face moved along it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from genlens.common.checks import number, whole
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.models.assessors.assessors import ASSESSORS, STATISTICS
from genlens.models.assessors.shipped import FACE_PROPERTIES, SMILES
from genlens.models.contracts import Assessor, Generator
from genlens.models.memory import MEMORY
from genlens.steering.directions.methods import direction_method
from genlens.steering.directions.samples import Samples, draw_samples
from genlens.steering.drawn import draw, score
from genlens.steering.mixing.layers import layer_groups
from genlens.steering.results import Direction, Space, Strip
from genlens.steering.walks.drift import drift_distance
from genlens.steering.walks.finding import FACES, Finding, explore
from genlens.steering.walks.ordinary import Ordinary, ordinary_of
from genlens.steering.walks.stored import METHOD, SPACE, stored_finding
from genlens.steering.walks.walk import latents_of, moved_styles, styles_along
from genlens.ui.kit import whole_number
from genlens.ui.steering import assessors
from genlens.ui.steering.shown import Shown

ALL = "all layers"
LAYERS = (ALL, "coarse", "middle", "fine")
FITTING = "the one that goes most with the score"
MOST_HELD = 8
PICTURES, MOST_PICTURES = 600, 5000
QUICK_PICTURES = 300
MOST_FACES = 40


@dataclass(frozen=True)
class Asked:
    """The tab's settings, checked: see ``checked``."""

    method: str = METHOD
    space: Space = SPACE
    layers: str = ALL
    hold: tuple[str, ...] = ()
    order: int | None = None
    pictures: int = PICTURES
    steps: int = 150
    faces: int = 12
    seed: int = 0


def checked(
    *,
    method: str,
    space: str,
    layers: str,
    hold: Sequence[str] | None,
    which: str,
    pictures: float,
    steps: float,
    faces: float,
    seed: float,
) -> Asked:
    """What a visitor or a program chose.

    Raises:
        InputError: a choice that does not exist, or a number out of range.
    """
    chosen = direction_method(method)
    if space not in ("latents", "styles"):
        raise InputError(f"the space is {space!r}: take latents or styles")
    if layers not in LAYERS:
        raise InputError(f"layers are {layers!r}: take one of {', '.join(LAYERS)}")
    held = tuple(str(name) for name in hold or ())
    if len(held) > MOST_HELD:
        raise InputError(f"{len(held)} properties are to be held still: choose up to {MOST_HELD}")
    return Asked(
        method,
        space,  # type: ignore[arg-type]
        layers,
        held if chosen.holds else (),
        None
        if which in ("", FITTING)
        else whole("the direction's number", _digits(which), 1, 32) - 1,
        _whole("pictures", pictures, 200, MOST_PICTURES),
        _whole("training steps", steps, 10, 1000),
        _whole("faces", faces, 2, MOST_FACES),
        _whole("seed", seed, 0, 2**31 - 1),
    )


def find(now: Shown, asked: Asked, **hooks: Any) -> Finding:
    """The direction that is ``asked`` for the assessor of ``now``, measured.

    Args:
        hooks: ``progress``, ``cancel`` and ``watch``.

    Raises:
        InputError, ModelError, Cancelled: as ``explore``.
    """
    method = direction_method(asked.method)
    others = watched(now)
    hold = [assessors.assessor(name) for name in asked.hold if name != now.assessor_id]
    settings = {"steps": asked.steps} if asked.method == "ganalyze" else {}
    samples = None
    if method.needs == "scores" or (method.needs == "nothing" and asked.order is None):
        every = {a.name: a for a in (now.assessor, *hold, *others)}
        samples = _samples(now.generator, list(every.values()), asked, **_without_watch(hooks))
    found = explore(
        now.generator,
        asked.method,
        now.assessor,
        others=others,
        space=asked.space,
        layers=rows_of(now.generator, asked),
        hold=hold,
        order=asked.order,
        seed=asked.seed,
        faces=range(FACES[0], FACES[0] + asked.faces),
        samples=samples,
        ordinary=_ordinary(now.generator, hooks.get("cancel")),
        **settings,  # type: ignore[arg-type]
        **hooks,
    )
    return replace(found, walk=None)


def measured_before(now: Shown) -> Finding | None:
    """The finding that ships for exactly this generator and assessor, None where there is none."""
    if not _has_its_name(now.assessor):
        return None
    return stored_finding(now.generator.card, now.assessor.name)


def quick_look(now: Shown, progress: Progress, cancel: Cancel) -> Finding:
    """What the tab opens with where nothing ships: a direction learned from few pictures.

    Raises:
        InputError, ModelError, Cancelled: as ``find``.
    """
    return find(now, Asked(pictures=QUICK_PICTURES, faces=6), progress=progress, cancel=cancel)


def losses_into(kept: list[float]) -> Callable[[list[float]], None]:
    """What a training is watched by: its losses go into ``kept``."""

    def watch(losses: list[float]) -> None:
        kept.extend(losses[len(kept) :])

    return watch


def watched(now: Shown) -> list[Assessor]:
    """The assessors that should stay: properties of drawn faces where the generator draws these or
    the assessor is about them, or else image statistics."""
    drawn = {a.name for a in (*FACE_PROPERTIES, *SMILES)}
    faces = "avatars" in now.generator.card.id or now.assessor.name in drawn
    every: tuple[Assessor, ...] = (*FACE_PROPERTIES, *STATISTICS[:1]) if faces else STATISTICS
    here = [a for a in every if not a.missing() and a.name != now.assessor.name]
    return here or [a for a in STATISTICS if a.name != now.assessor.name]


def rows_of(generator: Generator, asked: Asked) -> list[int] | None:
    """The indices of the layers that are asked for; None for all.

    Raises:
        InputError: a group of a generator with fewer layers, or of latents.
    """
    if asked.layers == ALL:
        return None
    if asked.space == "latents":
        raise InputError(f"latents have no layers: take {ALL!r}, or look in styles")
    if len(generator.layers) < len(LAYERS) - 1:
        raise InputError(
            f"layers of {generator.card.id}: {len(generator.layers)}, and none of them is "
            f"{asked.layers!r}: take {ALL!r}"
        )
    groups = {group.name: group for group in layer_groups(generator, len(LAYERS) - 1)}
    return list(groups[asked.layers].rows)


def moved(now: Shown, direction: Direction, alphas: Sequence[float]) -> Strip:
    """The page's face at each of ``alphas``, with its scores.

    Raises:
        InputError: the direction is of another generator, or moves latents and the face has none.
        ModelError: the generator drew NaN.
    """
    steps = np.array([number("the step", alpha, -1e6, 1e6) for alpha in alphas])
    if direction.space == "latents" and now.face.isdigit():
        z = latents_of(now.generator, [int(now.face)])
        styles = styles_along(now.generator, z, direction, steps)[0]
    else:
        styles = moved_styles(now.generator, now.styles[None], direction, steps)[0]
    images = draw(now.generator, styles)
    return Strip(
        images=images.numpy().clip(0, 1),
        alphas=steps,
        scores=score(now.assessor, images.to(now.generator.device)),
        seed=int(now.face) if now.face.isdigit() else -1,
        assessor=now.assessor.name,
    )


def alpha_at(finding: Finding, position: float) -> float:
    """Alpha at a slider's ``position``, in steps of the reach from the face itself (0)."""
    places = np.arange(len(finding.reach.steps)) - origin_of(finding)
    return float(np.interp(position, places, finding.reach.steps))


def origin_of(finding: Finding) -> int:
    """How many steps lie below the face itself."""
    return int(np.abs(finding.reach.steps).argmin())


def _samples(generator: Generator, every: list[Assessor], asked: Asked, **hooks: Any) -> Samples:
    """Scored pictures, drawn once for all methods that are tried on them. Assessors of a visitor's
    own are not told apart by their names: nothing of them is kept."""
    names = tuple(sorted(a.name for a in every))
    known = all(map(_has_its_name, every))

    def build() -> Samples:
        return draw_samples(generator, every, asked.pictures, asked.seed, **hooks)

    key = ("samples", *generator.card.key, names, asked.pictures, asked.seed)
    return MEMORY.get(key, build) if known else build()


def _has_its_name(assessor: Assessor) -> bool:
    """Whether its name says which one it is: a visitor's own may be called anything."""
    return ASSESSORS.get(assessor.name) is assessor


def _ordinary(generator: Generator, cancel: Cancel | None) -> Ordinary:
    far = drift_distance()
    key = ("ordinary", *generator.card.key, far.name)
    return MEMORY.get(key, lambda: ordinary_of(generator, far, cancel=cancel))


def _without_watch(hooks: dict[str, Any]) -> dict[str, Progress | Cancel]:
    return {name: hook for name, hook in hooks.items() if name != "watch"}


def _whole(name: str, value: Any, low: int, high: int) -> int:
    return whole(name, whole_number(name, value), low, high)


def _digits(text: str) -> int:
    """The number that a choice such as "3" names; -1 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1

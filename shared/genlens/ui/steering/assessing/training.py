"""One visitor's training of a classifier, without widgets: what was asked, and its pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from genlens.common.checks import whole
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.models.assessors.classifiers.kinds import KINDS
from genlens.training.classifiers.labelled import (
    LabelledPictures,
    labelled_avatars,
    labelled_folders,
)
from genlens.training.classifiers.settings import ClassifierSettings
from genlens.training.classifiers.training import ClassifierTraining
from genlens.ui.kit import whole_number
from genlens.worlds.avatars import PROPERTIES

DRAWN, OWN = "Drawn faces", "My own pictures"
SIDE = 64
FACES, MOST_STEPS = (200, 5_000), 6_000
NAMES = 40  # characters of a name
BACKBONES = {
    "small": "Small network (starts from nothing)",
    "efficientnet-lite0": "EfficientNet-lite0 (knows ImageNet)",
    "resnet18": "ResNet18 (knows ImageNet)",
}


def backbones() -> list[tuple[str, str]]:
    """(label, name) of the backbones whose weights are here."""
    return [(label, name) for name, label in BACKBONES.items() if not KINDS[name].missing()]


def absent() -> str:
    """Which others there would be, in a sentence; "" where all are here."""
    away = [label.split(" (")[0] for name, label in BACKBONES.items() if KINDS[name].missing()]
    return f"Not here: {', '.join(away)} (see genlens fetch)." if away else ""


def drawn(attribute: str, tie: bool, effect: str, count: Any, seed: Any) -> LabelledPictures:
    """Labelled faces with, or without, a planted tie between ``attribute`` and ``effect``.

    Raises:
        InputError: an unknown attribute, a tie with itself, or numbers out of range.
    """
    for name in (attribute, *([effect] if tie else [])):
        if name not in PROPERTIES:
            raise InputError(
                f"{str(name)[:40]!r} is nothing to learn: take {', '.join(PROPERTIES)}"
            )
    n = whole("the number of faces", whole_number("the number of faces", count), *FACES)
    number = whole("the seed", whole_number("the seed", seed), 0, 1_000_000)
    confound = (attribute, effect) if tie else None
    return labelled_avatars(attribute, n, number, side=SIDE, confound=confound)


def own(
    yes: str | None,
    no: str | None,
    name: str,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> LabelledPictures:
    """Labelled pictures from two ZIP files, or from one with a folder for each class.

    Raises:
        InputError: no file, the same name for both, or files that cannot be used.
    """
    if not yes:
        raise InputError("no ZIP file was given: choose one of pictures that have it")
    what = name_of(name)
    hooks: dict[str, Any] = {"progress": progress, "cancel": cancel}
    if not no:
        return labelled_folders(_file(yes), SIDE, head=what, **hooks)
    sources = {f"not {what}": _file(no), what: _file(yes)}
    return labelled_folders(sources, SIDE, head=what, **hooks)


def name_of(text: Any) -> str:
    """What a visitor calls the property.

    Raises:
        InputError: nothing, or too long.
    """
    name = " ".join(str(text or "").split())
    if not 1 <= len(name) <= NAMES:
        raise InputError(f"the name has {len(name)} characters: write 1 to {NAMES}")
    return name


def begin(
    pictures: LabelledPictures, backbone: str, seed: Any, turn: Any = 0.0
) -> ClassifierTraining:
    """The training, not yet begun; ``turn``: degrees by which pictures are turned at most.

    Raises:
        InputError: an unknown backbone, or a training too long for a page.
        ModelError: the backbone's weights are not here.
    """
    number = whole("the seed", whole_number("the seed", seed), 0, 1_000_000)
    degrees = float(whole("the turn", whole_number("the turn", turn), 0, 180))
    mirrored = pictures.names != ("no", "yes")  # drawn faces always look the same way
    settings = ClassifierSettings(str(backbone), seed=number, mirror=mirrored, turn=degrees)
    training = ClassifierTraining(pictures, settings)
    if training.steps > MOST_STEPS:
        raise InputError(
            f"{len(pictures):,} pictures would take {training.steps:,} steps, and this page trains "
            f"for at most {MOST_STEPS:,}: give fewer pictures"
        )
    return training


def _file(place: str) -> Path:
    path = Path(place)
    if path.is_dir():  # a program may send any path
        raise InputError("that is a folder: pack it into a ZIP file")
    return path

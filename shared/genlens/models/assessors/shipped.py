"""Classifiers of the catalog as assessors that load when they are first asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch

from genlens.errors import InputError, ModelError
from genlens.models.assessors.classifiers.classifier import PictureClassifier
from genlens.models.assessors.networks.aesthetics import AestheticsAssessor
from genlens.models.catalog import entries, find, load, weights_folder
from genlens.models.contracts import Assessor
from genlens.models.download.hub import is_here
from genlens.models.loading.names import is_path
from genlens.worlds.avatars import PROPERTIES

ATTRIBUTES = "avatars-attributes"
"""The classifier that names every factor of a cartoon face."""
PLAIN, PLANTED = "smile-plain", "smile-planted"
"""Two smile classifiers; the second learned a shortcut (``zoo.recipes.steering.smile``)."""
_ANSWER = "Above 0, yes is likelier than no; 0.5 is 90 % sure (tanh of a quarter of the log-odds)."


@dataclass(frozen=True)
class ShippedAssessor:
    """The catalog's classifier ``model``, asked whether ``head`` is one of ``values`` ("" and ():
    what it is asked where nobody says otherwise)."""

    name: str
    title: str
    model: str
    help: str
    head: str = ""
    values: tuple[str, ...] = ()
    unit: str = "-1 no to 1 yes"
    range: tuple[float, float] = (-1.0, 1.0)
    differentiable: bool = True

    def missing(self) -> str:
        """ "", or how to get its weights."""
        if weights_folder(self.model).is_dir():
            return ""
        return f"reinstall genlens: it came without {self.model}"

    def classifier(self) -> PictureClassifier:
        """The network behind it, with this question.

        Raises:
            ModelError: its weights are missing or damaged.
        """
        model = load(self.model, contract="Assessor")
        if not isinstance(model, PictureClassifier):
            raise ModelError(f"{self.model} is no classifier of genlens")
        return model.asked(self.head, *self.values) if self.head else model

    def score(self, images: torch.Tensor) -> torch.Tensor:
        """(n,): see ``contracts.Assessor``."""
        return self.classifier().score(images)


@dataclass(frozen=True)
class HubAssessor:
    """The catalog's ``model``, an assessor of the hub, which is loaded once it is in the cache."""

    name: str
    title: str
    model: str
    help: str
    unit: str
    range: tuple[float, float]
    differentiable: bool = True

    def missing(self) -> str:
        """A command that downloads it, or ""."""
        entry = find(self.model)
        if is_here(self.model, entry.revision if entry else ""):
            return ""
        return f"python -c \"import genlens; genlens.load('{self.model}')\""

    def score(self, images: torch.Tensor) -> torch.Tensor:
        """(n,): see ``contracts.Assessor``.

        Raises:
            ModelError: it is not in the cache, or damaged.
        """
        if command := self.missing():
            raise ModelError(f"{self.title} is not on this machine: {command}")
        return load(self.model, contract="Assessor").score(images)


def attributes_classifier() -> PictureClassifier:
    """``avatars-attributes``, which names every factor of a cartoon face.

    Raises:
        ModelError: its weights are missing or damaged.
    """
    return ShippedAssessor("", "", ATTRIBUTES, "").classifier()


def face_assessor(factor: str, *values: str, name: str = "", title: str = "") -> ShippedAssessor:
    """Whether ``factor`` of a cartoon face (see ``worlds.avatars.CHOICES``) is one of ``values``,
    by ``avatars-attributes``."""
    words = " or ".join(values).replace("_", " ")
    return ShippedAssessor(
        name or f"{ATTRIBUTES}:{factor}={'|'.join(values)}",
        title or f"{factor.replace('_', ' ').capitalize()}: {words}",
        ATTRIBUTES,
        f"Is the {factor.replace('_', ' ')} {words}? By a classifier of drawn faces. {_ANSWER}",
        factor,
        values,
    )


FACE_PROPERTIES: tuple[ShippedAssessor, ...] = tuple(
    face_assessor(
        factor,
        *values,
        name=f"face-{name.replace('_', '-')}",
        title=f"Face: {name.replace('_', ' ')}",
    )
    for name, (factor, values) in PROPERTIES.items()
)
SMILES: tuple[ShippedAssessor, ...] = (
    ShippedAssessor(
        PLAIN,
        "Smile classifier A",
        PLAIN,
        f"Does the face smile? By a small classifier of drawn faces. {_ANSWER}",
    ),
    ShippedAssessor(
        PLANTED,
        "Smile classifier B",
        PLANTED,
        "Does the face smile? By another small classifier of drawn faces: one of A and B learned a "
        f"shortcut. {_ANSWER}",
    ),
)


AESTHETICS = HubAssessor(
    AestheticsAssessor.name,
    AestheticsAssessor.title,
    "shunk031/aesthetics-predictor-v1-vit-large-patch14",
    AestheticsAssessor.help,
    AestheticsAssessor.unit,
    AestheticsAssessor.range,
)


def by_name(name: str) -> Assessor | None:
    """The model that ``name`` asks for: a catalog's id, "id:head=value|value", or a folder
    ("./my-classifier"); None where it names none.

    Raises:
        InputError: the classifier does not tell that apart.
        ModelError: its weights are missing or damaged.
    """
    model, _, question = (name, "", "") if is_path(name) else name.partition(":")
    entry = find(model)
    if not is_path(name) and (entry is None or entry.contract != "Assessor"):
        return None
    found = load(model, contract="Assessor")
    if not question or not isinstance(found, PictureClassifier):
        return found
    head, equals, values = question.partition("=")
    if not equals:
        raise InputError(
            f"{name!r} asks for nothing: write {model}:head=value, with head of "
            f"{', '.join(found.heads)}"
        )
    return found.asked(head, *values.split("|"))


def catalogued() -> Iterable[str]:
    """Ids of the catalog's classifiers."""
    return (entry.id for entry in entries() if entry.contract == "Assessor")

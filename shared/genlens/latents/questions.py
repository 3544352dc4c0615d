"""What can be asked of one picture of a study: a target by name, and the input it is explained at.

    asked = ask(study, 17, Question("region", region="glasses"))
    attribute("lrp", asked.target, asked.x)

``asked.make`` makes the target again of another model (one with shuffled weights, say). A new kind
of target is a module of ``targets`` and one line of ``CHOICES``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from genlens.attribution.target import Target
from genlens.errors import InputError
from genlens.latents.targets.classes import (
    CLASS_PROBABILITY,
    CLASS_SCORE,
    DECODED_CLASS,
    DECODED_PROBABILITY,
)
from genlens.latents.targets.elbo import ELBO
from genlens.latents.targets.errors import CODE_ERROR, ERROR
from genlens.latents.targets.kind import Put, Question, TargetKind
from genlens.latents.targets.latent import LATENT
from genlens.latents.targets.regions import BOX, DECODED_REGION, REGION, REGIONS, regions_of
from genlens.models.contracts import Autoencoder, Conditional
from genlens.study.judges import CLASS, questions

if TYPE_CHECKING:
    from genlens.study.study import Study

__all__ = [
    "BOX",
    "CHOICES",
    "REGIONS",
    "Asked",
    "Question",
    "ask",
    "choices_of",
    "label_of",
    "labels_of",
    "regions_of",
]

CHOICES: dict[str, TargetKind] = {
    kind.name: kind
    for kind in (
        LATENT,
        ERROR,
        CLASS_SCORE,
        CLASS_PROBABILITY,
        REGION,
        DECODED_REGION,
        DECODED_CLASS,
        DECODED_PROBABILITY,
        CODE_ERROR,
        ELBO,
    )
}
"""All kinds of targets, in the order in which a page lists them."""

CATEGORY = (
    "the label is part of this model’s code too, but a category and no Gaussian latent: it was "
    "held, and has no share"
)
"""Of a conditional model, whose code is joint: a label and latents."""


@dataclass(frozen=True)
class Asked:
    """A question put to one picture: explain ``target`` at ``x`` (an image (c, h, w) or a flat code
    (d,)) of ``model``; ``make`` builds the target of another model. ``mask`` (h, w) is the region
    asked about, or None; ``notes`` are caveats about the target."""

    target: Target
    x: torch.Tensor
    model: Autoencoder
    make: Callable[[Autoencoder], Target]
    question: Question
    mask: np.ndarray | None = None
    notes: tuple[str, ...] = ()


def choices_of(study: Study) -> tuple[TargetKind, ...]:
    """The kinds of targets that can be asked of this study."""
    classes = bool(questions(study))
    return tuple(c for c in CHOICES.values() if c.needs != "label" or classes)


def labels_of(study: Study) -> list[tuple[str, str]]:
    """(words, value of ``Question.label``) of every class and attribute there is a score for."""
    labels = []
    for question in questions(study):
        if question == CLASS:
            present = np.unique(study.labels[study.labels >= 0])
            labels += [(study.names[k], f"{CLASS}/{study.names[k]}") for k in present]
        else:
            words = question.replace("_", " ")
            labels.append((words, f"{question}/{words}"))
    return labels


def label_of(study: Study, index: int) -> str:
    """The ``Question.label`` that suits a picture: its own class, else the first there is."""
    known = [value for _, value in labels_of(study)]
    own = f"{CLASS}/{study.label(index)}"
    return own if own in known else (known[0] if known else "")


def ask(study: Study, index: int, question: Question) -> Asked:
    """``question`` put to picture ``index``.

    A conditional VAE is asked at the picture's own label.

    Raises:
        InputError: no such picture, target, latent, class or region.
    """
    choice = CHOICES.get(question.target)
    if choice is None:
        raise InputError(
            f"there is no target {question.target!r}: take one of {', '.join(CHOICES)}"
        )
    model, code = study.at(index)
    picture = study.picture(index).to(model.device)
    latents = torch.from_numpy(code.astype(np.float32)).to(model.device)
    built = choice.build(Put(study, index, model, picture, question))
    notes = built.notes
    if isinstance(study.model, Conditional) and study.labels[index] >= 0:
        notes = (*notes, f"the model was given the picture’s label: {study.label(index)}")
        if choice.kind == "latent":
            notes = (*notes, CATEGORY)
    return Asked(
        target=built.make(model),
        x=picture if choice.kind == "image" else latents,
        model=model,
        make=built.make,
        question=question,
        mask=built.mask,
        notes=notes,
    )

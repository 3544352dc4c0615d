"""What can be asked of one picture of a study: a target by name, and the input it is explained at.

    asked = ask(study, 17, Question("region", region="glasses"))
    attribute("lrp", asked.target, asked.x)

``asked.make`` makes the target again of another model (one with shuffled weights, say).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from genlens.attribution.target import Kind, Target
from genlens.common.checks import whole
from genlens.errors import InputError
from genlens.latents.class_targets import class_maker
from genlens.latents.rebuilt_targets import code_error, rebuilt_region
from genlens.latents.targets import (
    Likelihood,
    decoded_region,
    elbo_latent,
    latent_mean,
    reconstruction_error,
)
from genlens.models.contracts import Conditional
from genlens.study.judges import CLASS, questions

if TYPE_CHECKING:
    from genlens.study.study import Study

Box = tuple[int, int, int, int]
BOX = "box"
"""The region whose edges ``Question.box`` gives."""
REGIONS = ("middle", "top half", "bottom half", "left half", "right half", "whole picture", BOX)


@dataclass(frozen=True)
class Choice:
    """A kind of target: ``kind`` is what it is explained by, ``needs`` which field of ``Question``
    it reads ("latent", "label", "region" or "")."""

    name: str
    title: str
    kind: Kind
    help: str
    needs: str = ""


CHOICES: dict[str, Choice] = {
    choice.name: choice
    for choice in (
        Choice(
            "latent", "A latent’s mean, by pixels", "image",
            "Which pixels make the encoder give this latent the value it has?", "latent",
        ),
        Choice(
            "error", "The reconstruction error, by pixels", "image",
            "Which pixels does the model fail to rebuild? ‖x − x̂‖², summed over pixels.",
        ),
        Choice(
            "class", "A class score, by pixels", "image",
            "Which pixels speak for this class? A probability, 0 to 1.", "label",
        ),
        Choice(
            "region", "A region of the reconstruction, by pixels", "image",
            "Which pixels of the input decide how bright this region is rebuilt?", "region",
        ),
        Choice(
            "decoded-region", "A decoded region, by latents", "latent",
            "Which latents decide how bright this region of the decoded picture is?", "region",
        ),
        Choice(
            "decoded-class", "A class score of the decoded picture, by latents", "latent",
            "Which latents make the decoded picture look like this class?", "label",
        ),
        Choice(
            "code-error", "The reconstruction error, by latents", "latent",
            "Which latents does a good reconstruction hang on?",
        ),
        Choice(
            "elbo", "The evidence lower bound (ELBO), by latents", "latent",
            "Which latents does the VAE’s own objective hang on? In nats, larger is better.",
        ),
    )
}  # fmt: skip
"""All kinds of targets, in the order in which a page lists them."""


@dataclass(frozen=True)
class Question:
    """``target`` is one of ``CHOICES``; of the other fields those count that it needs.

    ``latent``: index in flat order. ``label``: "question/class" as ``labels_of`` lists them.
    ``region``: one of ``regions_of``; ``box`` (left, top, right, bottom) in pixels, right and
    bottom exclusive, for the region "box".
    """

    target: str = "latent"
    latent: int = 0
    label: str = ""
    region: str = "middle"
    box: Box | None = None


@dataclass(frozen=True)
class Asked:
    """A question put to one picture: explain ``target`` at ``x`` (an image (c, h, w) or a flat code
    (d,)) of ``model``; ``make`` builds the target of another model. ``mask`` (h, w) is the region
    asked about, or None; ``notes`` are what a reader must know about the target."""

    target: Target
    x: torch.Tensor
    model: Any
    make: Callable[[Any], Target]
    question: Question
    mask: np.ndarray | None = None
    notes: tuple[str, ...] = ()


def choices_of(study: Study) -> tuple[Choice, ...]:
    """The kinds of targets that can be asked of this study."""
    classes = bool(questions(study))
    return tuple(c for c in CHOICES.values() if c.needs != "label" or classes)


def labels_of(study: Study) -> list[tuple[str, str]]:
    """(words, value of ``Question.label``) of every class and attribute there is a score for."""
    found = []
    for question in questions(study):
        if question == CLASS:
            present = np.unique(study.labels[study.labels >= 0])
            found += [(study.names[k], f"{CLASS}/{study.names[k]}") for k in present]
        else:
            words = question.replace("_", " ")
            found.append((words, f"{question}/{words}"))
    return found


def label_of(study: Study, index: int) -> str:
    """The ``Question.label`` that suits a picture: its own class, else the first there is."""
    known = [value for _, value in labels_of(study)]
    own = f"{CLASS}/{study.label(index)}"
    return own if own in known else (known[0] if known else "")


def regions_of(study: Study, index: int) -> list[tuple[str, str]]:
    """(words, value of ``Question.region``): the parts known to be in this picture, then boxes."""
    whole("picture", index, 0, len(study) - 1)
    parts = [name for name, masks in study.masks.items() if masks[index].any()]
    own = [(f"the {name.replace('_', ' ')} (known mask)", name) for name in parts]
    boxes = [(f"the {name}" if name != BOX else "a box of my own", name) for name in REGIONS]
    return own + boxes


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
    mask = mask_of(study, index, question) if choice.needs == "region" else None
    make, notes = _maker(study, model, picture, question, mask)
    if isinstance(study.model, Conditional) and study.labels[index] >= 0:
        notes = (*notes, f"the model was told the picture’s label: {study.label(index)}")
    return Asked(
        target=make(model),
        x=picture if choice.kind == "image" else _code(code, model),
        model=model,
        make=make,
        question=question,
        mask=mask,
        notes=notes,
    )


def mask_of(study: Study, index: int, question: Question) -> np.ndarray:
    """(h, w) bool: the pixels of ``question.region``.

    Raises:
        InputError: no such region, a part that this picture does not show, or a box outside it.
    """
    height, width = study.images.shape[2:]
    name = question.region
    if name in study.masks:
        mask = np.asarray(study.masks[name][index]).astype(bool)
        if not mask.any():
            raise InputError(
                f"picture {index} shows no {name.replace('_', ' ')}: choose another region, or a "
                "picture that has it"
            )
        return mask
    if name not in REGIONS:
        known = ", ".join(dict.fromkeys((*study.masks, *REGIONS)))
        raise InputError(f"there is no region {name!r} here: take one of {known}")
    left, top, right, bottom = _edges(name, question.box, height, width)
    mask = np.zeros((height, width), dtype=bool)
    mask[top:bottom, left:right] = True
    return mask


def _edges(name: str, box: Box | None, height: int, width: int) -> Box:
    if name == BOX:
        if box is None or len(box) != 4:
            raise InputError("the box is missing: give left, top, right and bottom in pixels")
        left, right = whole("left", box[0], 0, width - 1), whole("right", box[2], 1, width)
        top, bottom = whole("top", box[1], 0, height - 1), whole("bottom", box[3], 1, height)
        if left >= right or top >= bottom:
            raise InputError(
                f"the box from ({left}, {top}) to ({right}, {bottom}) is empty: right must be "
                "larger than left, bottom larger than top"
            )
        return left, top, right, bottom
    y, x = height // 2, width // 2
    return {
        "middle": (width // 4, height // 4, width - width // 4, height - height // 4),
        "top half": (0, 0, width, y),
        "bottom half": (0, y, width, height),
        "left half": (0, 0, x, height),
        "right half": (x, 0, width, height),
        "whole picture": (0, 0, width, height),
    }[name]


def _code(code: np.ndarray, model: Any) -> torch.Tensor:
    return torch.from_numpy(np.asarray(code, dtype=np.float32)).to(model.device)


def _maker(
    study: Study, model: Any, picture: torch.Tensor, question: Question, mask: np.ndarray | None
) -> tuple[Callable[[Any], Target], tuple[str, ...]]:
    """model -> target, and what to know about it."""
    name = question.target
    if name == "latent":
        j = whole("latent", question.latent, 0, study.codes.mean.shape[1] - 1)
        return lambda m: latent_mean(m, j), ()
    if name == "error":
        return reconstruction_error, ()
    if name == "code-error":
        return lambda m: code_error(m, picture), ()
    if name == "elbo":
        likelihood: Likelihood = "bernoulli" if len(model.latent_shape) == 1 else "gaussian"
        note = f"the fit is taken as a {likelihood} log-likelihood of the pixels"
        return lambda m: elbo_latent(m, picture, likelihood=likelihood), (note,)
    if mask is not None:
        where = question.region if question.region != BOX else f"box {question.box}"
        build = rebuilt_region if name == "region" else decoded_region
        verb = "rebuilt" if name == "region" else "decoded"
        title = f"mean brightness of the {verb} {where.replace('_', ' ')}"
        return lambda m: replace(build(m, mask), name=title), ()
    make, note = class_maker(study, model, question.label, by_pixels=name == "class")
    return make, (note,)

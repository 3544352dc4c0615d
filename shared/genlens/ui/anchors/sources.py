"""Which anchors the page offers for a model, and where they come from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from genlens.anchors import shipped, subject
from genlens.anchors.criteria.criteria import CRITERIA
from genlens.anchors.criteria.criterion import Criterion
from genlens.anchors.criteria.readers import AnyModel
from genlens.anchors.results import AnchorScores, Threshold
from genlens.anchors.sets import own
from genlens.anchors.sets.anchor_set import AnchorSet
from genlens.anchors.sets.brought import Brought
from genlens.anchors.sets.pictures import Pictures
from genlens.anchors.sets.sets import SETS, anchor_set
from genlens.common.progress import Cancel
from genlens.errors import InputError
from genlens.models.catalog import load
from genlens.models.contracts import Denoiser, ModelCard
from genlens.study.generated import StyleAutoencoder
from genlens.study.study import SPATIAL_PICTURES
from genlens.ui import studies
from genlens.ui.models import choices
from genlens.ui.serving.access import access
from genlens.ui.serving.lifetimes import LIFETIME_S
from genlens.ui.studies import OWN, study

STUDIED = "studied"
"""The pictures that a model is studied with on the VAE page: every model has them."""
DIGITS = "digits"
"""The set whose scores under ``shipped.MODEL`` come with the package."""
FIRST_SETS = {shipped.MODEL: DIGITS, "autos-introvae": "cifar10"}
"""What a model is asked about first, where that is not what it is studied with: PXGen's anchors."""
MOST = 10_000
"""Anchors that the page asks a model about itself; what ships may be more."""
BROUGHT_S = LIFETIME_S * 2 / 3
"""Seconds that inverting a visitor's pictures may take: they go within the hour, and are to be
looked at before."""


HOW: dict[subject.Asked, str] = {
    "Autoencoder": "",
    "Generator": f" It has no encoder of such codes: each picture is searched for by gradient, "
    f"{subject.STEPS['Generator']} steps, so few are asked about.",
    "Denoiser": f" A diffusion model: each picture is turned into noise and drawn from it again "
    f"(DDIM inversion, {subject.STEPS['Denoiser']} steps), so few are asked about.",
}
"""What the page says of how a model is asked."""


@dataclass(frozen=True)
class Source:
    """A model with a set of anchors; ``content`` names both, by what they are. ``scores`` and
    ``thresholds`` are those that ship, whose codes are the latents number ``latents``; None where
    nothing does. ``most_seconds`` that an inversion of its pictures may take, besides what the
    operator allows."""

    model_id: str
    set_name: str
    model: AnyModel
    anchors: AnchorSet
    content: str
    scores: AnchorScores | None = None
    latents: np.ndarray | None = None
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    most_seconds: float = math.inf


def model_choices() -> list[tuple[str, str]]:
    """(label, id) of the models that the page offers: autoencoders, then generators and the small
    diffusion models, which are asked by inversion."""
    small = [pair for pair in choices("TextToImage") if pair[1].startswith("emoji")]
    return [*choices("Autoencoder"), *choices("Generator"), *small]


def asked_as(model_id: str) -> subject.Asked:
    """How a model of the page is asked."""
    if not is_own(model_id):
        return subject.asked_as(model_id)
    if studies.brought(model_id) is not None:
        return "Denoiser"
    return "Generator" if isinstance(study(model_id).model, StyleAutoencoder) else "Autoencoder"


def criteria_of(asked: subject.Asked) -> list[Criterion]:
    """The criteria that the page offers for a model that is asked so."""
    fitting = [c for c in CRITERIA.values() if not c.reason_against(asked)]
    at_once = subject.AT_ONCE.get(asked)
    return fitting if at_once is None else [c for c in fitting if c.name in at_once]


def sets_of(model_id: str) -> list[tuple[str, str]]:
    """(title, name) of the sets a model can be asked about on this machine, the page's choice
    first."""
    if is_own(model_id):
        return [("your pictures", STUDIED)]
    found = [("the pictures it is studied with", STUDIED)]
    found += [(kind.title, kind.name) for kind in SETS if _is_here(kind.name)]
    first = FIRST_SETS.get(model_id, STUDIED)
    return sorted(found, key=lambda pair: pair[1] != first)


def missing_sets() -> list[tuple[str, str]]:
    """(title, command) of the sets of which nothing is on this machine yet."""
    return [(kind.title, kind.missing()) for kind in SETS if not _is_here(kind.name)]


def _is_here(name: str) -> bool:
    kind = next(kind for kind in SETS if kind.name == name)
    return not kind.missing() or kind.ships != "nothing"


def source(model_id: str, set_name: str = "", cancel: Cancel | None = None) -> Source:
    """The model and the set that the page's pickers name.

    Raises:
        InputError: no such set, or one that is not on this machine.
        ModelError, DownloadError: the model cannot be loaded.
    """
    known = [name for _, name in sets_of(model_id)]
    name = set_name or known[0]
    if name not in known:
        raise InputError(f"there is no anchor set {name!r} for this model: take {', '.join(known)}")
    if (model_id, name) == (shipped.MODEL, DIGITS):
        return shipped_source()
    mine = studies.brought(model_id)
    if mine is not None:
        return of_brought(model_id, mine)
    if is_own(model_id) or subject.asked_as(model_id) == "Autoencoder":
        return _of_study(model_id, name, cancel)
    asked = subject.asked_as(model_id)
    model = subject.load_subject(access().admit(model_id, asked), asked)
    if name == STUDIED:
        anchors: AnchorSet = subject.world_anchors(model, subject.ANCHORS)
    else:
        anchors = anchor_set(name, model.image_shape, n=subject.ANCHORS, cancel=cancel)
    return Source(model_id, name, model, anchors, _content(model.card, name, anchors))


def denoiser(model_id: str) -> Denoiser:
    """The diffusion model of the page's picker, or the one that a visitor's pictures are put
    before.

    Raises:
        InputError: it is not admitted here.
        ModelError, DownloadError: it cannot be loaded.
    """
    mine = studies.brought(model_id)
    if mine is not None:
        return mine.model
    return load(access().admit(model_id, "Denoiser"), contract="Denoiser")


def of_brought(model_id: str, mine: Brought) -> Source:
    """A visitor's pictures under a diffusion model."""
    return Source(model_id, STUDIED, mine.model, mine.anchors, mine.content, most_seconds=BROUGHT_S)


def seconds_allowed(most_seconds: float) -> float:
    """Seconds that an inversion of all pictures may take here, where ``most_seconds`` is its own
    limit."""
    return min(access().most_seconds, most_seconds)


def _of_study(model_id: str, name: str, cancel: Cancel | None) -> Source:
    """An autoencoder, or a visitor's pictures under any model."""
    here = study(model_id)
    if isinstance(here.model, StyleAutoencoder):
        few = own.of_study(here.first(subject.ANCHORS))
        return Source(model_id, name, here.model.generator, few, here.content)
    if name == STUDIED:
        return Source(model_id, name, here.model, own.of_study(here), here.content)
    most = SPATIAL_PICTURES if len(here.model.latent_shape) > 1 else MOST
    anchors = anchor_set(name, here.model.image_shape, n=most, cancel=cancel)
    return Source(model_id, name, here.model, anchors, _content(here.model.card, name, anchors))


def _content(card: ModelCard, name: str, anchors: AnchorSet) -> str:
    return f"{card.id} {card.source} {card.revision} {name} {anchors.title} {len(anchors)}"


def shipped_source() -> Source:
    """What ships: PXGen's model A and all digits that it was not trained on."""
    model = load(shipped.MODEL, contract="Autoencoder")
    return Source(
        shipped.MODEL, DIGITS, model, shipped.shipped_anchors(),
        f"{model.card.id} {model.card.revision} shipped", shipped.shipped_scores(),
        shipped.shipped_latents(), shipped.shipped_thresholds(),
    )  # fmt: skip


def at_hand(anchors: AnchorSet, rows: np.ndarray) -> np.ndarray:
    """(k,) bool: whether the pictures of ``rows`` are on this machine."""
    return anchors.here(rows) if isinstance(anchors, Pictures) else np.ones(len(rows), bool)


def is_own(model_id: str) -> bool:
    """Whether a visitor brought it."""
    return str(model_id).startswith(OWN)

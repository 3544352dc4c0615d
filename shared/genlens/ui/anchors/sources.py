"""Which anchors the page offers for a model, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from genlens.anchors import shipped
from genlens.anchors.results import AnchorScores, Threshold
from genlens.anchors.sets import own
from genlens.anchors.sets.anchor_set import AnchorSet
from genlens.anchors.sets.pictures import Pictures
from genlens.anchors.sets.sets import SETS, anchor_set
from genlens.common.progress import Cancel
from genlens.errors import InputError
from genlens.models.catalog import load
from genlens.models.contracts import Autoencoder
from genlens.study.study import SPATIAL_PICTURES
from genlens.ui.studies import OWN, study

STUDIED = "studied"
"""The pictures that a model is studied with on the VAE page: every model has them."""
DIGITS = "digits"
"""The set whose scores under ``shipped.MODEL`` come with the package."""
FIRST_SETS = {shipped.MODEL: DIGITS, "autos-introvae": "cifar10"}
"""What a model is asked about first, where that is not what it is studied with: PXGen's anchors."""
MOST = 10_000
"""Anchors that the page asks a model about itself; what ships may be more."""


@dataclass(frozen=True)
class Source:
    """A model with a set of anchors; ``content`` names both, by what they are. ``scores`` and
    ``thresholds`` are those that ship, whose codes are the latents number ``latents``; None where
    nothing does."""

    model_id: str
    set_name: str
    model: Autoencoder
    anchors: AnchorSet
    content: str
    scores: AnchorScores | None = None
    latents: np.ndarray | None = None
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)


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
    here = study(model_id)
    if name == STUDIED:
        return Source(model_id, name, here.model, own.of_study(here), here.content)
    most = SPATIAL_PICTURES if len(here.model.latent_shape) > 1 else MOST
    anchors = anchor_set(name, here.model.image_shape, n=most, cancel=cancel)
    card = here.model.card
    content = f"{card.id} {card.source} {card.revision} {name} {anchors.title} {len(anchors)}"
    return Source(model_id, name, here.model, anchors, content)


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

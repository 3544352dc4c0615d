"""Which models and which anchors the page offers, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genlens.anchors.sets.anchor_set import AnchorSet
from genlens.anchors.sets.in_memory import InMemory
from genlens.errors import InputError
from genlens.models.contracts import Autoencoder
from genlens.ui.studies import OWN, study

STUDIED = "studied"
"""The pictures that a model is studied with on the VAE page: every model has them."""


@dataclass(frozen=True)
class Source:
    """A model with a set of anchors; ``content`` names both, by what they are."""

    model_id: str
    set_name: str
    model: Autoencoder
    anchors: AnchorSet
    content: str

    def shipped(self):
        return None


def sets_of(model_id: str) -> list[tuple[str, str]]:
    """(title, name) of the sets a model can be asked about, the page's choice first."""
    return [("the pictures it is studied with", STUDIED)]


def source(model_id: str, set_name: str = "") -> Source:
    """The model and the set that the page's pickers name.

    Raises:
        InputError: no such set, or one that does not fit the model.
    """
    known = [name for _, name in sets_of(model_id)]
    name = set_name or known[0]
    if name not in known:
        raise InputError(f"there is no anchor set {name!r} for this model: take {', '.join(known)}")
    here = study(model_id)
    return Source(str(model_id), name, here.model, InMemory.of_study(here), here.content)


def at_hand(anchors: AnchorSet, rows: np.ndarray) -> np.ndarray:
    """(k,) bool: whether the pictures of ``rows`` are on this machine."""
    return np.ones(len(rows), bool)


def is_own(model_id: str) -> bool:
    """Whether a visitor brought it."""
    return str(model_id).startswith(OWN)


def absent(set_name: str) -> str:
    """How to get the pictures of a set that do not ship, as a sentence."""
    return "This picture does not ship with genlens; below is what the model makes of it."

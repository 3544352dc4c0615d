"""Representatives of a group of anchors, as the page asks for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from genlens.anchors.results import Selection
from genlens.anchors.selection.methods import METHODS, method_named, select
from genlens.anchors.selection.scaling import Space
from genlens.errors import Cancelled, InputError
from genlens.figures.anchors.film_strip import film_strip
from genlens.figures.anchors.scatter import column
from genlens.models.catalog import load
from genlens.ui.anchors.seen import Seen
from genlens.ui.jobs import stopped
from genlens.ui.kit import whole_number

FIRST_METHOD = "k-center"
FIRST_K = 10
MOST_K = 100
SPACES: dict[Space, str] = {
    "criteria": "the two criteria",
    "latents": "latent space",
    "clip": "what they show (CLIP space of emoji-clip)",
}
"""Space -> what the page calls it."""
ENCODER = "emoji-clip"
MOST_CLIP = 5_000
"""Anchors that CLIP space takes at most: each picture goes through its encoder."""


@dataclass(frozen=True)
class Chosen:
    """``rows`` of the representatives in the order they were chosen, out of ``members``; ``note``
    says which of a group these are, "" for all."""

    rows: np.ndarray
    members: np.ndarray
    selection: Selection
    note: str = ""


def choose_shown(
    seen: Seen, members: np.ndarray, k: Any = FIRST_K, *more: Any, most: bool = False
) -> Chosen:
    """``choose`` among those of ``members`` whose pictures can be shown, where there are any.

    ``more`` are its further arguments; with ``most`` a smaller group is shown whole.

    Raises:
        InputError: as ``choose``.
    """
    here = seen.here.at_hand(members)
    among = here if len(here) else members
    if most:
        k = min(whole_number("the number of representatives", k), len(among))
    found = choose(seen, among, k, *more)
    if len(among) == len(members) or not len(here):
        return found
    note = (
        f"Chosen among the {len(here):,} of {len(members):,} whose pictures ship with genlens; "
        f"{seen.here.fetch} brings the others."
    )
    return replace(found, note=note)


def choose(
    seen: Seen,
    members: np.ndarray,
    k: Any = FIRST_K,
    method: str = FIRST_METHOD,
    space: str = "criteria",
    seed: int = 0,
) -> Chosen:
    """``k`` representatives of ``members``.

    Raises:
        InputError: an empty group, k out of range or larger than the group, no such method or
            space.
    """
    count = whole_number("the number of representatives", k)
    if not 1 <= count <= MOST_K:
        raise InputError(f"k is {count}: take 1 to {MOST_K} representatives")
    method_named(method)
    at = next((known for known in SPACES if known == space), None)
    if at is None:
        raise InputError(f"there is no space {space!r}: take one of {', '.join(SPACES)}")
    found = select(points_of(seen, members, at), count, method, space=at, seed=seed)
    return Chosen(members[found.rows], members, found)


def points_of(seen: Seen, members: np.ndarray, space: Space) -> np.ndarray:
    """(m, d): where ``members`` lie in a space.

    Raises:
        InputError: CLIP space, and too many of them, or pictures that are not here.
    """
    scores = seen.here.scores
    if space == "clip":
        return _embedded(seen, members)
    if space == "latents":
        return np.asarray(scores.codes[members])
    axes = (seen.axes.across, seen.axes.up)
    return np.stack([column(scores, name)[members] for name in axes], axis=1)


def _embedded(seen: Seen, members: np.ndarray) -> np.ndarray:
    """(m, d) unit vectors of the pictures."""
    if len(members) > MOST_CLIP:
        raise InputError(
            f"CLIP space takes at most {MOST_CLIP:,} anchors, these are {len(members):,}: take a "
            "smaller group or another space"
        )
    pictures, known = seen.here.pictures(members)
    if not known.all():
        raise InputError(
            f"{int((~known).sum()):,} of these pictures are not on this machine, and CLIP space is "
            f"about pictures: run {seen.here.fetch or 'the fetch command of the set'}"
        )
    encoder = load(ENCODER, contract="ImageTextEncoder")
    images = torch.from_numpy(pictures)
    images = images.expand(-1, 3, -1, -1) if images.shape[1] == 1 else images
    with torch.no_grad():
        found = []
        for batch in images.split(128):
            if stopped():
                raise Cancelled("stopped while pictures were embedded")
            found.append(encoder.embed_images(batch).float().cpu())
    return torch.cat(found).numpy() if found else np.zeros((0, 1))


def strip_of(seen: Seen, rows: np.ndarray, *, title: str = "", **look: Any) -> str:
    """``rows`` as a film strip whose columns open their anchor; ``look`` as of ``film_strip``."""
    pictures, known = seen.here.pictures(rows)
    return film_strip(
        pictures, seen.here.rebuilt(rows), seen.captions(rows),
        title=title, rows=rows.tolist(), known=known.tolist(), **look,
    )  # fmt: skip


def method_choices() -> list[tuple[str, str]]:
    """(title, name) of every method."""
    return [(method.title, method.name) for method in METHODS.values()]

"""What the tab shows: the face on screen with one group of layers exchanged for another face's, and
random mixes, each with its score and its address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.common.progress import Cancel
from genlens.errors import InputError
from genlens.steering.mixing.layers import LayerGroup, layer_groups
from genlens.steering.mixing.mix import mix, random_choices, replacements, whole_sources
from genlens.steering.results import Mix
from genlens.ui.steering import faces
from genlens.ui.steering.kept import is_own
from genlens.ui.steering.shown import Shown

FIRST_SOURCES = "25, 10, 6, 42"
FIRST_GROUPS = "3"
MOST_SOURCES = 8
MOST_GROUPS = 8
SHOWN = 12
"""Random mixes that are ordered by score, as many as the paper's explorer shows."""


@dataclass(frozen=True)
class Board:
    """``groups`` of layers and ``sources``, names of faces to take styles from.

    ``cells`` holds the face on screen as it is, then (group by group, source by source) with that
    group exchanged, then each source as it is, then the random mixes; ``addresses`` are theirs.
    """

    now: Shown
    groups: tuple[LayerGroup, ...]
    sources: tuple[str, ...]
    cells: Mix
    addresses: tuple[str, ...]

    def cell(self, group: int, source: int) -> int:
        """Where ``cells`` has the exchange of ``group`` for ``source``."""
        return 1 + group * len(self.sources) + source

    def whole(self, source: int) -> int:
        """Where ``cells`` has ``source`` as it is."""
        return 1 + len(self.groups) * len(self.sources) + source

    @property
    def random(self) -> list[int]:
        """The random mixes, highest score first."""
        first = self.whole(len(self.sources))
        return [int(i) for i in self.cells.order if i >= first]

    def taken(self, group: int, source: int) -> bool:
        """Whether the face on screen has this source's style in all layers of the group."""
        rows = faces.by_layer(self.now.face, len(self.now.generator.layers))
        return all(rows[i] == _plain(self.sources[source]) for i in self.groups[group].rows)


def board(
    now: Shown,
    sources: str,
    groups: str,
    seed: Any = 0,
    *,
    blend: bool = False,
    cancel: Cancel | None = None,
) -> Board:
    """The board of the face on screen.

    Args:
        sources: names of faces to take styles from, see ``read_sources``.
        groups: how layers are grouped, see ``read_groups``.
        seed: of the random mixes; ``blend`` lets them take two faces' styles in a layer.

    Raises:
        InputError: a generator with one layer, or texts that say nothing that is meant.
        ModelError: pictures or scores are NaN.
        Cancelled: ``cancel()`` said so.
    """  # fmt: skip
    parts = read_groups(now, groups)
    names = read_sources(sources)
    styles = torch.stack([now.styles, *(faces.source(now.generator, name) for name in names)])
    choices = _choices(len(now.generator.layers), parts, len(names), seed, blend)
    cells = mix(now.generator, styles, choices, now.assessor, cancel=cancel)
    own = faces.by_layer(now.face, len(now.generator.layers))
    addresses = [
        faces.of_layers([_taken(own[i], names, row) for i, row in enumerate(rows)])
        for rows in cells.choices
    ]
    return Board(now, parts, names, cells, tuple(addresses))


def read_sources(text: str) -> tuple[str, ...]:
    """Names of faces out of "1, 2, 7:3": seeds, rows of seeds, or kept faces; 1 to 8.

    Raises:
        InputError: none, too many, or what names no face.
    """
    names = tuple(dict.fromkeys(str(text or "")[: faces.LONGEST].replace(",", " ").split()))
    wrong = [name for name in names if not (faces.is_seed(name) or is_own(name))]
    if wrong:
        raise InputError(f"{wrong[0][:40]!r} names no face to mix with: type seeds such as 1, 2, 3")
    if not 1 <= len(names) <= MOST_SOURCES:
        raise InputError(f"{len(names)} faces to mix with: name 1 to {MOST_SOURCES}")
    return names


def read_groups(now: Shown, text: str) -> tuple[LayerGroup, ...]:
    """The generator's layers in groups: "3" for three of equal size, "4 3 3" for sizes.

    Raises:
        InputError: one layer, more than 8 groups, or sizes that do not sum to the layers.
    """
    words = str(text or "").replace(",", " ").split()
    if not words or not all(w.isascii() and w.isdigit() and len(w) < 4 for w in words):
        raise InputError(
            f"the layer groups are {str(text)[:40]!r}: type how many, such as 3, or the size of "
            "each, such as 4 3 3"
        )
    sizes = [int(word) for word in words]
    found = layer_groups(now.generator, sizes[0] if len(sizes) == 1 else sizes)
    if len(found) > MOST_GROUPS:
        raise InputError(f"{len(found)} groups of layers: take up to {MOST_GROUPS}")
    return found


def blended(
    now: Shown, groups: tuple[LayerGroup, ...], group: int, towards: str, share: float
) -> str:
    """The address of the face on screen with one group ``share`` of the way to the face called
    ``towards``.

    Raises:
        InputError: no such group or face, or a share outside 0 to 1.
    """
    whole("the group", group, 0, len(groups) - 1)
    if not 0 <= share <= 1:
        raise InputError(f"the share is {share}: pass a number from 0 to 1")
    (name,) = read_sources(towards)[:1]
    rows = faces.by_layer(now.face, len(now.generator.layers))
    if share and all(rows[i] == _plain(name) for i in groups[group].rows):
        raise InputError(
            f"the {groups[group].name} layers are those of face {name} already: blend them towards "
            "another face"
        )
    for i in groups[group].rows:
        mixed = bool(share) and name != rows[i].first
        rows[i] = faces.Part(rows[i].first, name if mixed else "", share if mixed else 0.0, 1)
    return faces.of_layers(rows)


def _choices(
    layers: int, groups: tuple[LayerGroup, ...], sources: int, seed: Any, blend: bool
) -> np.ndarray:
    """(n, layers, 3): source 0 is the face on screen."""
    own = whole_sources(layers, sources + 1)
    exchanged = replacements(own[0], groups, sources + 1).reshape(len(groups), -1, layers, 3)[:, 1:]
    drawn = random_choices(
        layers, groups, sources, SHOWN, whole("the seed", seed, 0, MAX_SEED), blend=blend
    )
    drawn[..., 2] = drawn[..., 2].round(2)  # as an address has it
    drawn[..., :2] += 1  # of the sources alone
    return np.concatenate([own[:1], exchanged.reshape(-1, layers, 3), own[1:], drawn])


def _taken(own: faces.Part, names: tuple[str, ...], row: np.ndarray) -> faces.Part:
    """What one layer takes, as a part of an address."""
    first, second, share = int(row[0]), int(row[1]), float(row[2])
    if first == 0:
        return own
    return faces.Part(
        names[first - 1],
        names[second - 1] if share and second != first else "",
        share if second != first else 0.0,
        1,
    )


def _plain(name: str) -> faces.Part:
    return faces.Part(name, "", 0.0, 1)

"""Addresses of faces: a text that says which styles each layer of a generator takes.

``7`` is the face of seed 7, and ``7:3`` the fourth one that this seed draws; ``7*4,12`` takes the
first four layers from seed 7 and all later ones from seed 12; ``7>12@0.25`` stands a quarter of the
way from 7 to 12. In place of a seed may stand the name of a face that a visitor made (``keep``),
which no link carries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import torch

from genlens.common.limits import MAX_SEED
from genlens.errors import InputError
from genlens.models.contracts import Generator
from genlens.ui.steering.kept import Kept, is_own

LONGEST = 2000
MOST_DRAWN = 10_000
"""Faces of one seed that have an address."""
_FACES: Kept[torch.Tensor] = Kept("face")


@dataclass(frozen=True)
class Part:
    """``layers`` layers in a row that take one style: ``share`` of the way from ``first`` to
    ``second``, each a seed or the name of a kept face. ``layers`` 0: all that are left."""

    first: str
    second: str = ""
    share: float = 0.0
    layers: int = 0

    def __str__(self) -> str:
        mixed = f">{self.second}@{self.share:g}" if self.second and self.share else ""
        return f"{self.first}{mixed}{f'*{self.layers}' if self.layers else ''}"


def keep(styles: torch.Tensor) -> str:
    """The address of a face that a visitor made: ``styles`` (layers, d)."""
    return _FACES.keep(styles.detach().cpu().clone())


def address(parts: Sequence[Part]) -> str:
    """The text of a face."""
    return ",".join(str(part) for part in parts)


def read(face: str) -> tuple[Part, ...]:
    """What an address says.

    Raises:
        InputError: it is none.
    """
    text = str(face or "").strip()
    if not text or len(text) > LONGEST:
        raise InputError(
            f"the face is {text[:40]!r}: pass a seed such as 7, or a mix such as 7*4,12"
        )
    return tuple(_part(piece.strip()) for piece in text.split(","))


def styles_of(generator: Generator, face: str) -> torch.Tensor:
    """(layers, d): the styles that ``face`` names, on the generator's device. Parts beyond the last
    layer are left out, and the last part goes on to the last layer.

    Raises:
        InputError: no such address, or a kept face of another generator or that is gone.
    """
    parts = by_layer(face, len(generator.layers))
    named = {name for part in parts for name in (part.first, part.second) if name}
    known = {name: source(generator, name) for name in named}
    rows = [
        torch.lerp(known[part.first][i], known[part.second][i], part.share)
        if part.second
        else known[part.first][i]
        for i, part in enumerate(parts)
    ]
    return torch.stack(rows)


def source(generator: Generator, name: str) -> torch.Tensor:
    """(layers, d): the styles of one seed, or of a kept face.

    Raises:
        InputError: it is neither, or of another generator.
    """
    seed, _, row = ("0" if is_own(name) else name).partition(":")
    latents = generator.sample_latents(int(row or 0) + 1, int(seed))[-1:]
    with torch.no_grad():
        example = generator.to_styles(latents)[0]
    if not is_own(name):
        return example
    kept = _FACES.get(name)
    if kept.shape != example.shape:
        raise InputError(
            f"that face has styles of shape {tuple(kept.shape)}, and {generator.card.id} takes "
            f"{tuple(example.shape)}: it was made with another generator"
        )
    return kept.to(example.device)


def by_layer(face: str, layers: int) -> list[Part]:
    """What each of ``layers`` layers takes, a part of one layer each."""
    rows: list[Part] = []
    parts = read(face)
    for i, part in enumerate(parts):
        left = layers - len(rows)
        count = left if i == len(parts) - 1 or not part.layers else min(part.layers, left)
        rows += [replace(part, layers=1)] * count
    return rows


def of_layers(rows: Sequence[Part]) -> str:
    """The shortest address of a face whose layers take ``rows``: the inverse of ``by_layer``."""
    runs = [(part, len(list(group))) for part, group in groupby(rows)]
    parts = [replace(part, layers=count) for part, count in runs]
    return address([*parts[:-1], replace(parts[-1], layers=0)])


def words(face: str, layers: int) -> str:
    """What a face is, for readers: "Face of seed 7", "Mix of faces 7 and 12"."""
    rows = by_layer(face, layers)
    names = [name for part in rows for name in (part.first, part.second if part.share else "")]
    names = [name for name in names if name]
    distinct = list(dict.fromkeys("one of yours" if is_own(name) else name for name in names))
    if distinct == ["one of yours"]:
        return "A face of your making"
    if len(distinct) == 1:
        return f"Face of seed {distinct[0].replace(':', ', no. ')}"
    return f"Mix of faces {', '.join(distinct[:-1])} and {distinct[-1]}"


def _part(piece: str) -> Part:
    body, _, count = piece.partition("*")
    first, _, mixed = body.partition(">")
    second, _, share = mixed.partition("@")
    given = (first, second) if ">" in body else (first,)
    if not all(is_own(name) or is_seed(name) for name in given):
        raise InputError(
            f"{piece[:40]!r} names no face: pass a seed from 0 to {MAX_SEED}, or a mix such as "
            "7*4,12 or 7>12@0.25"
        )
    part = Part(first, second, _share(share) if second else 0.0, _count(count))
    return part if part.share else replace(part, second="")


def is_seed(text: str) -> bool:
    """Whether ``text`` is a seed, or one of the faces that it draws."""
    seed, colon, row = text.partition(":")
    return _whole(seed, MAX_SEED) and (not colon or _whole(row, MOST_DRAWN - 1))


def _whole(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12 and int(text) <= most


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise InputError(f"the share of a mix is {text[:20]!r}: pass a number from 0 to 1")
    return value


def _count(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 1000 and len(text) < 4):
        raise InputError(f"{text[:20]!r} is no number of layers: pass 1 to 999")
    return int(text)

"""Addresses of faces: a text that says which styles each layer of a generator takes.

``7`` is the face of seed 7; ``7*4,12`` takes the first four layers from seed 7 and all later ones
from seed 12; ``7>12@0.25`` stands a quarter of the way from 7 to 12. In place of a seed may stand
the name of a face that a visitor made (``keep``), which no link carries.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from genlens.common.limits import MAX_SEED
from genlens.errors import InputError
from genlens.models.contracts import Generator
from genlens.ui.steering.kept import Kept, is_own

LONGEST = 2000
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


def address(parts: list[Part] | tuple[Part, ...]) -> str:
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
    rows: list[torch.Tensor] = []
    parts, n = read(face), len(generator.layers)
    for i, part in enumerate(parts):
        left = n - len(rows)
        count = left if i == len(parts) - 1 or not part.layers else min(part.layers, left)
        styles = source(generator, part.first)
        if part.second and part.share:
            styles = torch.lerp(styles, source(generator, part.second), part.share)
        rows += styles[len(rows) : len(rows) + count]
    return torch.stack(rows)


def source(generator: Generator, name: str) -> torch.Tensor:
    """(layers, d): the styles of one seed, or of a kept face.

    Raises:
        InputError: it is neither, or of another generator.
    """
    with torch.no_grad():
        example = generator.to_styles(
            generator.sample_latents(1, 0 if is_own(name) else int(name))
        )[0]
    if not is_own(name):
        return example
    kept = _FACES.get(name)
    if kept.shape != example.shape:
        raise InputError(
            f"that face has styles of shape {tuple(kept.shape)}, and {generator.card.id} takes "
            f"{tuple(example.shape)}: it was made with another generator"
        )
    return kept.to(example.device)


def words(face: str, layers: int) -> str:
    """What a face is, for readers: "Face of seed 7", "Mix of faces 7 and 12"."""
    names: list[str] = []
    taken = 0
    for part in read(face):
        if taken < layers:
            names += [part.first, *([part.second] if part.second and part.share else [])]
        taken += part.layers or layers
    distinct = list(dict.fromkeys("one of yours" if is_own(name) else name for name in names))
    if distinct == ["one of yours"]:
        return "A face of your making"
    if len(distinct) == 1:
        return f"Face of seed {distinct[0]}"
    return f"Mix of faces {', '.join(distinct[:-1])} and {distinct[-1]}"


def _part(piece: str) -> Part:
    body, _, count = piece.partition("*")
    first, _, mixed = body.partition(">")
    second, _, share = mixed.partition("@")
    given = (first, second) if ">" in body else (first,)
    if not all(is_own(name) or _is_seed(name) for name in given):
        raise InputError(
            f"{piece[:40]!r} names no face: pass a seed from 0 to {MAX_SEED}, or a mix such as "
            "7*4,12 or 7>12@0.25"
        )
    return Part(first, second, _share(share) if second else 0.0, _count(count))


def _is_seed(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12 and int(text) <= MAX_SEED


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

"""What of a prompt may lie in a layer: pairs of prompts that differ in one word, and their reading.

Adding an attribute touches this module and one line of ``ATTRIBUTES``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from genlens.prompts.inside.readings import UNSEEN, Reader
from genlens.worlds import vocabulary as V

BOTH, NEITHER = "both", "neither"


@dataclass(frozen=True)
class Pair:
    """Two prompts and what is read of a picture of the one (``old``) and of the other (``new``);
    ``things`` are the nouns that are looked for."""

    prompt: str
    other: str
    old: str
    new: str
    things: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attribute:
    """``pair`` makes prompts by chance; ``read`` says what of a pair a picture shows: ``pair.old``,
    ``pair.new`` or something else. ``control``: nothing should follow."""

    name: str
    title: str
    says: str
    pair: Callable[[np.random.Generator], Pair]
    read: Callable[[Reader, np.ndarray, Pair], str]
    control: bool = False


def _scene(noun: str, colour: str, ground: str, more: str = "") -> str:
    article = "an" if (more or colour)[0] in "aeio" else "a"
    return f"{article} {more}{colour} {noun} on a {ground} background"


def _two(rng: np.random.Generator, options: list[str]) -> tuple[str, str]:
    first, second = rng.choice(options, 2, replace=False)
    return str(first), str(second)


def _nouns() -> list[str]:
    # Names that the grammar reads as something else too, and flags, whose colours are their own.
    return sorted(n for n in V.NOUNS if " " not in n and V.kind(n) == "noun" and n != "flag")


def nouns_apart(rng: np.random.Generator, count: int) -> list[str]:
    """``count`` different nouns, by chance."""
    return [str(noun) for noun in rng.choice(_nouns(), count, replace=False)]


def _colours(ground: str) -> list[str]:
    return [colour for colour in V.COLOURS if colour != ground]


def _parts(rng: np.random.Generator) -> tuple[str, str, str]:
    ground = str(rng.choice(list(V.BACKGROUNDS)))
    return str(rng.choice(_nouns())), str(rng.choice(_colours(ground))), ground


def _noun_pair(rng: np.random.Generator) -> Pair:
    (old, new), (_, colour, ground) = _two(rng, _nouns()), _parts(rng)
    return Pair(_scene(old, colour, ground), _scene(new, colour, ground), old, new, (old, new))


def _colour_pair(rng: np.random.Generator) -> Pair:
    noun, _, ground = _parts(rng)
    old, new = _two(rng, _colours(ground))
    return Pair(_scene(noun, old, ground), _scene(noun, new, ground), old, new, (noun,))


def _ground_pair(rng: np.random.Generator) -> Pair:
    noun = str(rng.choice(_nouns()))
    old, new = _two(rng, list(V.BACKGROUNDS))
    colour = str(rng.choice([c for c in V.COLOURS if c not in (old, new)]))
    return Pair(_scene(noun, colour, old), _scene(noun, colour, new), old, new, (noun,))


def _place_pair(rng: np.random.Generator) -> Pair:
    first, second = _two(rng, _nouns())
    article = {n: "an" if n[0] in "aeio" else "a" for n in (first, second)}
    texts = {
        side: f"{article[first]} {first} {side} of {article[second]} {second}"
        for side in ("left", "right")
    }
    old, new = _two(rng, ["left", "right"])
    return Pair(texts[old], texts[new], old, new, (first, second))


def _filler_pair(rng: np.random.Generator) -> Pair:
    noun, colour, ground = _parts(rng)
    before, after = _two(rng, list(V.FILLERS))
    old = f"{noun}, {colour}, {ground}"
    return Pair(
        _scene(noun, colour, ground, f"{before} "), _scene(noun, colour, ground, f"{after} "),
        old, "anything else", (noun,),
    )  # fmt: skip


def _read_noun(reader: Reader, image: np.ndarray, pair: Pair) -> str:
    shown = reader.nouns(image) & {pair.old, pair.new}
    return BOTH if len(shown) == 2 else next(iter(shown), NEITHER)


def _read_filler(reader: Reader, image: np.ndarray, pair: Pair) -> str:
    noun = pair.things[0]
    found = [
        noun if noun in reader.nouns(image) else UNSEEN,
        reader.colour(image, noun),
        reader.background(image),
    ]
    return pair.old if ", ".join(found) == pair.old else pair.new


ATTRIBUTES: dict[str, Attribute] = {
    each.name: each
    for each in (
        Attribute(
            "noun", "Noun", "what the thing is: “a red cat …” reads “a red dog …”",
            _noun_pair, _read_noun,
        ),
        Attribute(
            "colour", "Colour", "the thing’s colour: “a red cat …” reads “a blue cat …”",
            _colour_pair, lambda reader, image, pair: reader.colour(image, pair.things[0]),
        ),
        Attribute(
            "background", "Background", "the ground’s colour: “… on a pink background” reads “… on "
            "a green background”", _ground_pair,
            lambda reader, image, pair: reader.background(image),
        ),
        Attribute(
            "place", "Place", "which side a thing stands on: “a cat left of a dog” reads “a cat "
            "right of a dog”", _place_pair,
            lambda reader, image, pair: reader.place(image, pair.things[0], pair.things[1]),
        ),
        Attribute(
            "filler", "Control: a filler word", "“a nice red cat …” reads “a lovely red cat …”: "
            "noun, colour and background should stay", _filler_pair, _read_filler, control=True,
        ),
    )
}  # fmt: skip
"""By name; the chart's columns in this order."""

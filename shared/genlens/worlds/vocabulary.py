"""The words the emoji world knows, and what each of them means.

Nouns come from Fluent 3D emoji (names and extra synonyms from emojibase tags) and from a few
drawings of our own; the list is ``data/nouns.json``. Everything else is defined here.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).with_name("data")

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (214, 40, 40),
    "orange": (245, 133, 24),
    "yellow": (250, 208, 44),
    "green": (56, 160, 70),
    "blue": (43, 108, 214),
    "purple": (132, 66, 190),
    "pink": (246, 130, 184),
    "black": (52, 52, 58),
    "white": (246, 246, 248),
    "brown": (134, 86, 52),
}
BACKGROUNDS: dict[str, tuple[int, int, int]] = {
    "red": (224, 122, 116),
    "orange": (246, 184, 122),
    "yellow": (248, 228, 140),
    "green": (150, 208, 150),
    "blue": (142, 186, 236),
    "purple": (190, 158, 224),
    "pink": (248, 192, 216),
    "black": (44, 46, 54),
}
PLAIN = (240, 238, 232)
SIZES = {"big": 1.3, "small": 0.66}
COUNTS = {"two": 2, "three": 3}
FLAGS = ("spanish", "french", "italian", "german", "japanese")
RELATIONS = {"left": "left", "right": "right", "above": "above", "below": "below"}
NEUTRAL_RELATIONS = ("next", "and", "near", "watching", "at")
ATTACHMENTS = ("wearing", "with")
FILLERS = ("please", "nice", "really", "lovely", "just", "maybe", "simply")
ARTICLES = ("a", "an", "the")
GLUE = ("to", "of", "on", "background", "in", "is")
NEGATIONS = ("without", "no")
# Words outside the world that some known prompts use: their nearest meaning, said aloud.
NEAREST_MEANING = {
    "land": ("island", "'land' is drawn as an island"),
    "egyptian": ("pyramid", "'egyptian' is drawn as a pyramid"),
    "airpods": ("headphones", "'airpods' are drawn as headphones"),
    "ancient": ("brown", "'ancient' is drawn as an aged brown"),
}


@dataclass(frozen=True)
class Noun:
    """A thing the world can draw.

    ``sprite`` is the file stem in ``data/sprites``; ``synonyms`` other words for it; ``plural``
    is None for words without one; ``wearable`` things sit on a host ("wearing a hat") at
    ``wear`` = (x, y, scale) relative to the host's box.
    """

    name: str
    sprite: str
    synonyms: tuple[str, ...] = ()
    plural: str | None = None
    wear: tuple[float, float, float] | None = None


def _load_nouns() -> dict[str, Noun]:
    rows = json.loads((DATA / "nouns.json").read_text(encoding="utf-8"))
    return {
        r["name"]: Noun(
            r["name"],
            r["sprite"],
            tuple(r.get("synonyms", ())),
            r.get("plural"),
            tuple(r["wear"]) if r.get("wear") else None,
        )
        for r in rows
    }


NOUNS: dict[str, Noun] = _load_nouns()
# Nouns a host can wear (drawn on it) rather than merely have.
WEARABLE = tuple(n.name for n in NOUNS.values() if n.wear)


@lru_cache(maxsize=1)
def lexicon() -> dict[str, tuple[str, str, int]]:
    """Every known noun form -> (noun name, "noun", how many it draws on its own)."""
    forms: dict[str, tuple[str, str, int]] = {}
    for noun in NOUNS.values():
        forms[noun.name] = (noun.name, "noun", 1)
        for synonym in noun.synonyms:
            forms.setdefault(synonym, (noun.name, "noun", 1))
        if noun.plural:
            forms.setdefault(noun.plural, (noun.name, "noun", 2))
    for word, (meaning, _) in NEAREST_MEANING.items():
        if meaning in NOUNS:
            forms[word] = (meaning, "noun", 1)
    return forms


def kind(word: str) -> str:
    """What sort of word this is: noun, colour, size, count, flag, relation, attachment,
    negation, filler, article, glue or unknown. Case is ignored; "'s" is "possessive"."""
    word = word.lower()
    if word == "'s":
        return "possessive"
    if word in COLOURS or NEAREST_MEANING.get(word, ("",))[0] in COLOURS:
        return "colour"
    tables: tuple[tuple[str, object], ...] = (
        ("noun", lexicon()),
        ("size", SIZES),
        ("count", COUNTS),
        ("flag", FLAGS),
        ("relation", (*RELATIONS, *NEUTRAL_RELATIONS)),
        ("attachment", ATTACHMENTS),
        ("negation", NEGATIONS),
        ("filler", FILLERS),
        ("article", ARTICLES),
        ("glue", GLUE),
    )
    for name, table in tables:
        if word in table:  # type: ignore[operator]
            return name
    return "unknown"


@lru_cache(maxsize=1)
def all_words() -> tuple[str, ...]:
    """Every word form the world knows, sorted: the word-level tokenizers' vocabulary."""
    words: set[str] = set(lexicon()) | set(COLOURS) | set(SIZES) | set(COUNTS) | set(FLAGS)
    words |= set(RELATIONS) | set(NEUTRAL_RELATIONS) | set(ATTACHMENTS) | set(NEGATIONS)
    words |= set(FILLERS) | set(ARTICLES) | set(GLUE) | set(NEAREST_MEANING) | {"'s"}
    return tuple(sorted(words))


# Spellings this alike are offered for a word; at 0.6 "birds" was answered with "airpods".
_ALIKE = 0.75
# What an ending says of the word without it: "ponies" is a pony, "foxes" a fox, "walking" to walk.
_ENDINGS = (("ies", "y"), ("es", ""), ("s", ""), ("ing", ""), ("ed", ""), ("", "s"), ("", "es"))


def nearest(word: str, n: int = 3) -> list[str]:
    """Up to ``n`` known words for ``word``: its own other forms first (plural, singular, stem),
    then those spelled most like it; maybe none."""
    word, known = word.lower(), all_words()
    forms = [word.removesuffix(end) + new for end, new in _ENDINGS if word.endswith(end)]
    own = [form for form in forms if form != word and len(form) > 2 and form in known]
    spelled = difflib.get_close_matches(word, known, n=n, cutoff=_ALIKE)
    return list(dict.fromkeys([*own, *spelled]))[:n]

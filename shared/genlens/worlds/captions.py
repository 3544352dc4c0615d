"""Captions of the emoji world: what a text means (``parse``) and random texts (``sample``).

Every text has a meaning here, also a fragment such as "cat next red": a coalition of words is
a text, so the truth about it must be defined. The reading is left to right:

* colour, size, count and flag words wait for the next noun; those that meet none mean nothing;
* a colour that meets "background" paints the background instead;
* "left/right/above/below" place the last thing relative to the next one, all other link words
  ("next", "and", "near" ...) leave the order to chance;
* after "wearing" or "with" the next noun belongs to the last thing, after "'s" the last noun
  belongs to the next; a flower, star, rose or pyramid right before a noun decorates it;
* after "without" or "no" the next noun is not drawn; fillers, articles and unknown words do
  nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from . import vocabulary as V

MAX_GROUPS = 3
COMPOUND = ("flower", "star", "rose", "pyramid")
_PIECE = re.compile(r"'s\b|[\w-]+", re.UNICODE)


@dataclass(frozen=True)
class Element:
    """One noun phrase: ``word`` is the index of its noun in the caption's whitespace words,
    ``modifiers`` those of the words that shape it."""

    noun: str
    word: int
    count: int = 1
    colour: str | None = None
    size: str | None = None
    flag: str | None = None
    modifiers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Group:
    """A host and what it wears, has or is decorated with: (how, element) pairs, where how is
    "wearing", "with", "possessive" or "compound"."""

    host: Element
    attachments: tuple[tuple[str, Element], ...] = ()


@dataclass(frozen=True)
class Plan:
    """What a text asks for. ``relations[i]`` stands between group i and i + 1: "left", "right",
    "above", "below" or "" for no particular order."""

    words: tuple[str, ...]
    groups: tuple[Group, ...] = ()
    relations: tuple[str, ...] = ()
    background: str | None = None
    background_words: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def nouns(self) -> tuple[str, ...]:
        """Every noun that is drawn, hosts and attachments, in reading order of the groups."""
        return tuple(e.noun for g in self.groups for e in (g.host, *(a for _, a in g.attachments)))


@dataclass
class _Reader:
    """State of one left-to-right reading."""

    groups: list[Group] = field(default_factory=list)
    relations: list[str] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)
    waiting_words: list[int] = field(default_factory=list)
    relation: str = ""
    attach: str | None = None  # "wearing" or "with": the next noun belongs to the last group
    possess: bool = False  # the last group belongs to the next noun
    negate: bool = False
    last_noun_at: int = -2  # position of the last noun, to see noun-noun compounds
    background: str | None = None
    background_words: tuple[int, ...] = ()
    notes: list[str] = field(default_factory=list)

    def noun(self, name: str, plural: int, word: int, at: int) -> None:
        element = Element(
            name,
            word,
            V.COUNTS.get(self.waiting.get("count", ""), plural),
            self.waiting.get("colour"),
            self.waiting.get("size"),
            self.waiting.get("flag") if name == "flag" else None,
            tuple(self.waiting_words),
        )
        self.waiting, self.waiting_words = {}, []
        if self.negate:
            self.negate = False
            return
        previous = self.groups[-1] if self.groups else None
        compound = (
            previous is not None
            and self.last_noun_at == at - 1
            and previous.host.noun in COMPOUND
            and not previous.attachments
        )
        if previous is not None and (self.possess or compound):
            how = "possessive" if self.possess else "compound"
            self.groups[-1] = Group(element, ((how, previous.host), *previous.attachments))
        elif previous is not None and self.attach:
            self.groups[-1] = Group(previous.host, (*previous.attachments, (self.attach, element)))
        elif len(self.groups) < MAX_GROUPS:
            if self.groups:
                self.relations.append(self.relation)
            self.groups.append(Group(element))
        else:
            self.notes.append(f"'{name}' is left out: at most {MAX_GROUPS} things fit")
        self.relation, self.attach, self.possess, self.last_noun_at = "", None, False, at


def split(text: str) -> list[tuple[str, int]]:
    """(piece, whitespace word index) pairs, lower-cased: "cat's house" gives
    [("cat", 0), ("'s", 0), ("house", 1)]; punctuation falls away."""
    text = text.replace("\u2019", "'")
    return [
        (piece, i) for i, word in enumerate(text.lower().split()) for piece in _PIECE.findall(word)
    ]


def parse(text: str) -> Plan:
    """The meaning of ``text``; never fails, whatever the text."""
    r = _Reader()
    lexicon = V.lexicon()
    for at, (piece, word) in enumerate(split(text)):
        kind = V.kind(piece)
        if piece in V.NEAREST_MEANING:
            r.notes.append(V.NEAREST_MEANING[piece][1])
        if kind == "noun":
            name, _, plural = lexicon[piece]
            r.noun(name, plural, word, at)
        elif kind in ("colour", "size", "count", "flag"):
            r.waiting[kind] = V.NEAREST_MEANING.get(piece, (piece,))[0]
            r.waiting_words.append(word)
        elif kind == "relation":
            r.relation = V.RELATIONS.get(piece, "")
        elif kind == "attachment":
            r.attach = piece
        elif kind == "negation":
            r.negate = True
        elif kind == "possessive":
            r.possess = bool(r.groups)
        elif piece == "background":
            colour = r.waiting.get("colour")
            if colour in V.BACKGROUNDS:
                r.background, r.background_words = colour, (*r.waiting_words, word)
            r.waiting, r.waiting_words = {}, []
    return Plan(
        tuple(text.split()),
        tuple(r.groups),
        tuple(r.relations),
        r.background,
        r.background_words,
        tuple(dict.fromkeys(r.notes)),
    )

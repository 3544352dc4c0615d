"""Leaving a word out: the ways to do it, and what is known of each.

A coalition says which words are kept. What stands in the place of the others is a choice that the
explanation depends on as much as on the payoff: deleting a word moves all later words forward,
blanking it keeps their positions but shows the model an input it was never trained on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from genlens.errors import InputError
from genlens.models.contracts import Blankable, TextToImage, Word
from genlens.worlds.vocabulary import FILLERS

OF_PHOTOGRAPHS = "thing"
"""The neutral word for models of photographs, which have no word without any meaning."""

StandIns = Callable[[Sequence[Word], TextToImage], Sequence[str] | str]
"""(the prompt's words, the model) -> what stands for each word once it is left out, "" for nothing;
or, instead of that, why the model cannot do this, as half a sentence."""


@dataclass(frozen=True)
class Removal:
    """One way to leave a word out of a prompt.

    Attributes:
        name, title: for programs, and for readers.
        help: what it does, in one sentence.
        misleads: when not to believe it.
        paper: where it comes from.
        find: see ``StandIns``.
    """

    name: str
    title: str
    help: str
    misleads: str
    paper: str
    find: StandIns

    def reason_against(self, words: Sequence[Word], model: TextToImage) -> str:
        """Why ``model`` cannot leave ``words`` out this way, as half a sentence; "" where it
        can."""
        found = self.find(words, model)
        return found if isinstance(found, str) else ""

    def stand_ins(self, words: Sequence[Word], model: TextToImage) -> tuple[str, ...]:
        """What stands in the place of each word once it is left out; "" for nothing.

        Raises:
            InputError: the model cannot do this; the message says why.
        """
        found = self.find(words, model)
        if isinstance(found, str):
            raise InputError(f"words cannot be left out by {self.name!r}: {found}")
        return tuple(found)


def _deleted(words: Sequence[Word], model: TextToImage) -> Sequence[str] | str:
    return [""] * len(words)


def _blanked(words: Sequence[Word], model: TextToImage) -> Sequence[str] | str:
    if not isinstance(model, Blankable):
        return f"{model.card.id} does not say what stands for padding in its prompts"
    found = [model.blank(word) for word in words]
    known = [text for text in found if text is not None]
    if len(known) < len(found):
        return (
            f"no text is read as padding by {model.card.id} (a model with two text encoders pads "
            "each differently)"
        )
    return known


def _neutral(words: Sequence[Word], model: TextToImage) -> Sequence[str] | str:
    said = {word.text.lower() for word in words}
    offered = FILLERS if model.card.source == "embedded" else (OF_PHOTOGRAPHS, *FILLERS)
    for word in offered:
        read = model.tokenize(word)
        if word not in said and read and read[0].known:
            return [word] * len(words)
    return f"{model.card.id} knows none of {', '.join(offered)}, or the prompt holds them all"


DELETE = Removal(
    "delete",
    "Delete the word",
    "The word is gone; later words move forward into its place.",
    "What is left reads like another prompt: positions change, and “a next red” is nothing that "
    "anyone would type.",
    "Source paper, section 3.1.2",
    _deleted,
)
BLANK = Removal(
    "blank",
    "Blank it in place",
    "Padding stands in the word's place, so that every other word keeps its position.",
    "Models see padding only behind a prompt while they are trained, not in the middle of it: what "
    "they draw then is partly a reaction to something odd.",
    "An empty baseline, as the zero embedding of Sundararajan et al. 2017, arXiv:1703.01365",
    _blanked,
)
NEUTRAL = Removal(
    "neutral",
    "Put a neutral word",
    "A word that asks for nothing stands in the word's place: of the emoji world a filler such as "
    f"“{FILLERS[0]}”, which draws nothing by construction; for other models “{OF_PHOTOGRAPHS}”.",
    f"Outside the emoji world no word is neutral: “{OF_PHOTOGRAPHS}” asks for one. Without any "
    "word, the prompt is a row of the same filler, so the values add up to another sum.",
    "Replacing instead of deleting, as Ribeiro et al. 2016, arXiv:1602.04938, grey out superpixels",
    _neutral,
)

REMOVALS: dict[str, Removal] = {removal.name: removal for removal in (DELETE, BLANK, NEUTRAL)}
"""Every way by name; the first is the paper's, and what nobody chooses."""


def removal_named(given: str | Removal) -> Removal:
    """``given``, or the one of that name.

    Raises:
        InputError: there is none.
    """
    if isinstance(given, Removal):
        return given
    found = REMOVALS.get(given)
    if found is None:
        raise InputError(f"no removal is called {given!r}: take {', '.join(REMOVALS)}")
    return found


def neutral(word: str) -> Removal:
    """Like ``NEUTRAL``, with a ``word`` of your own in the place of every word left out.

    Raises:
        InputError: ``word`` is empty.
    """
    if not word.strip():
        raise InputError("a neutral word is needed: pass one, such as neutral('thing')")

    def find(words: Sequence[Word], model: TextToImage) -> Sequence[str]:
        return [word.strip()] * len(words)

    return Removal(
        f"neutral:{word.strip()}", f"Put “{word.strip()}”", NEUTRAL.help, NEUTRAL.misleads,
        NEUTRAL.paper, find,
    )  # fmt: skip

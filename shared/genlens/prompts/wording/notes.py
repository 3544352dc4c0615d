"""What a reader must know of how a model reads a prompt, in sentences."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from genlens.models.contracts import Word
from genlens.prompts.wording.notation import notation_in, own_words_in


def wording_notes(words: Sequence[Word]) -> tuple[str, ...]:
    """Notes on a prompt of ``words``, as a model's ``tokenize`` gave them; () for plain English."""
    prompt = " ".join(word.text for word in words)
    return (*_cut(words), *_notation(prompt), *_own_words(words, prompt), *_scripts(words))


def unlearned_notes(words: Sequence[Word]) -> tuple[str, ...]:
    """A note for each word that the model has not learned, for results that do not mark words."""
    said = {}
    for word in words:
        if not word.known:
            near = f" Words near it: {', '.join(word.suggestions)}." if word.suggestions else ""
            said[word.text] = (
                f"“{word.text}”: this model has not learned this word, so it says nothing.{near}"
            )
    return tuple(said.values())


def _cut(words: Sequence[Word]) -> tuple[str, ...]:
    gone = [word.text for word in words if not word.read]
    if not gone:
        return ()
    kept = sum(len(word.token_ids) for word in words if word.read)
    them, they_get = ("it", "it gets") if len(gone) == 1 else ("them", "they get")
    return (
        f"Cut off: {_named(gone)}. A model reads a limited number of tokens (77 with CLIP’s text "
        f"encoder, start and end among them), and the words before take {kept}: what lies beyond "
        f"is not read. No image here was drawn with {them}, and {they_get} no credit (value 0). "
        "Shorten the prompt.",
    )


def _notation(prompt: str) -> tuple[str, ...]:
    said = []
    for piece, notation in notation_in(prompt):
        players = len(piece.split())
        split = f" Its {players} words are {players} players." if players > 1 else ""
        said.append(
            f"“{piece}” is {notation.name} in other tools, which {notation.meant}. Here it is read "
            f"as text, every sign of it.{split} {notation.instead}"
        )
    return tuple(said)


def _own_words(words: Sequence[Word], prompt: str) -> tuple[str, ...]:
    said = []
    for text in own_words_in(prompt):
        tokens = next((len(w.token_ids) for w in words if w.text == text), 0)
        if tokens == 1 and all(w.known for w in words if w.text == text):
            learned = "this model has a token of its own for it"
        else:
            learned = (
                f"this model has no token of its own for it and reads its signs as {tokens} "
                "tokens of text: load a model that has learned it, or write an ordinary word"
            )
        said.append(f"“{text}” is one player, as a word of one’s own is; {learned}.")
    return tuple(said)


def _scripts(words: Sequence[Word]) -> tuple[str, ...]:
    found = {word.text: script for word in words if (script := _script(word.text))}
    if not found:
        return ()
    named = ", ".join(f"“{text}” ({script})" for text, script in found.items())
    one = len(found) == 1
    return (
        f"Not in Latin letters: {named}. The text encoders of these models learned from English "
        f"captions; {'such a word is' if one else 'such words are'} spelled out in small pieces, "
        "and what is drawn may have nothing to do with the meaning. Words are what stands between "
        "spaces: a script without spaces gives one player however much it says. Write English.",
    )


def _script(text: str) -> str:
    """The script of the first letter of ``text`` that is not Latin, "" where all are."""
    for c in text:
        if unicodedata.category(c).startswith("L"):
            first = unicodedata.name(c, "unknown script").split()[0]
            if first not in ("LATIN", "FEMININE", "MASCULINE", "MODIFIER", "FULLWIDTH"):
                return first if first == "CJK" else first.capitalize()
    return ""


def _named(texts: Sequence[str]) -> str:
    return ", ".join(f"“{text}”" for text in texts)

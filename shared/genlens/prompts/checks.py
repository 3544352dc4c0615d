"""What may be typed as a prompt: every limit is checked here, in Python, for page, CLI and API.

Text fields in a browser enforce nothing, so nothing above this module is trusted to.
"""

from __future__ import annotations

import re
import unicodedata

from genlens.common.limits import MAX_CHARS, MAX_WORDS, MOST_WORDS
from genlens.errors import InputError

# Characters that reorder the text around them: a prompt that uses them can show a reader other
# words than the model reads.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Invisible and without meaning for a model; pasted text is full of them. Joiners (U+200C, U+200D)
# stay: Persian words and joined emoji need them.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u061c\u2060\ufeff\u00ad"))
_WHITESPACE_CONTROLS = frozenset("\t\n\r\x0b\x0c")
_JOINERS = frozenset("\u200c\u200d")
_GLUED = re.compile(r"(?<=[^\W\d_])([,;])(?=[^\W\d_])")  # "cat,dog" is two words; "3,5" is one
# Flags such as Scotland's are a black flag followed by "tag" characters, which are refused else.
_TAG_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")


def clean_prompt(prompt: str, *, max_words: int = MAX_WORDS, max_chars: int = MAX_CHARS) -> str:
    """The prompt as it will be explained: NFC, single spaces, no invisible marks.

    Legal and kept: any script in any direction, emoji, punctuation inside or beside words (a
    model may not know them; that is shown, not refused). Tabs and line breaks count as spaces, and
    a comma or semicolon between two letters ends a word: "cat,dog" is "cat, dog".

    Args:
        prompt: what was typed.
        max_words: most whitespace-separated words.
        max_chars: most characters as typed.

    Returns:
        The words joined by single spaces; never empty.

    Raises:
        InputError: not text; longer than ``max_chars``; control, text-direction or broken
            characters; no word at all; more than ``max_words`` words. The message says what to do.
    """
    if not isinstance(prompt, str):
        raise InputError(f"a prompt is text, not {type(prompt).__name__}: pass a string")
    if len(prompt) > max_chars:
        raise InputError(
            f"the prompt has {len(prompt):,} characters; at most {max_chars} are allowed: "
            "shorten it"
        )
    _refuse_characters(prompt)
    text = unicodedata.normalize("NFC", prompt.translate(_INVISIBLE))
    words = _GLUED.sub(r"\1 ", text).split()
    if not words:
        raise InputError('the prompt is empty: type a few words, for example "a cat and a red car"')
    if not any(_says_something(c) for c in text):
        raise InputError(
            f"the prompt {_quoted(text)} holds no word, only punctuation: type at least one word"
        )
    if len(words) > max_words:
        raise InputError(f"the prompt has {len(words)} words; {_why_at_most(max_words)}")
    return " ".join(words)


def _why_at_most(words: int) -> str:
    if words > MAX_WORDS:
        return f"at most {words} can be explained: leave some words out"
    return (
        f"at most {words} are explained exactly, because every one of the 2^words sub-prompts is "
        f"drawn ({2**words} images for {words} words): leave some words out, or use an estimator "
        f"that draws a part of them, such as budgeted, for up to {MOST_WORDS} words"
    )


def bare_word(word: str) -> str:
    """``word`` without the punctuation around it, its possessive 's, and upper case.

    "Cat's," becomes "cat": what an object would be called. A word of punctuation only comes back
    unchanged.
    """
    start, stop = 0, len(word)
    while start < stop and unicodedata.category(word[start]).startswith("P"):
        start += 1
    while stop > start and unicodedata.category(word[stop - 1]).startswith("P"):
        stop -= 1
    bare = word[start:stop].lower()
    for possessive in ("'s", "\u2019s"):
        if len(bare) > 2 and bare.endswith(possessive):
            bare = bare[:-2]
    return bare or word


def _refuse_characters(prompt: str) -> None:
    for c in _TAG_FLAG.sub("", prompt):
        if c in _BIDI_CONTROLS:
            raise InputError(
                f"the prompt holds the invisible text-direction character U+{ord(c):04X}, which "
                "can hide what it says: delete it, or type the prompt again"
            )
        category = unicodedata.category(c)
        hidden = category == "Cf" and c not in _JOINERS and ord(c) not in _INVISIBLE
        if hidden or category == "Cs" or (category == "Cc" and c not in _WHITESPACE_CONTROLS):
            raise InputError(
                f"the prompt holds the control character U+{ord(c):04X}: delete it, or type the "
                "prompt again"
            )


def _says_something(c: str) -> bool:
    # Letters, digits and symbols (emoji are "So") can mean something; punctuation cannot.
    return unicodedata.category(c)[0] in "LN" or unicodedata.category(c) == "So"


def _quoted(text: str) -> str:
    return '"' + (text if len(text) <= 40 else text[:37] + "...").strip() + '"'

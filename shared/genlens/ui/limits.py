"""What a page takes as a prompt, before anything is put into the queue."""

from __future__ import annotations

import unicodedata

from genlens.common.limits import MAX_SEED
from genlens.errors import InputError
from genlens.prompts.checks import clean_prompt


def page_prompt(prompt: str) -> str:
    """``prompt`` cleaned, or a message that says what to change.

    The rules of ``prompts.checks`` (length, number of words, control characters), and two more:
    emoji and right-to-left script are refused, since the models of this page read English words
    and would draw nothing for them. Unknown words pass; the page marks them.

    Raises:
        InputError: with the reason and the way out.
    """
    text = clean_prompt(prompt)
    for character in text:
        code = f"U+{ord(character):04X}"
        if unicodedata.bidirectional(character) in ("R", "AL", "AN"):
            raise InputError(
                f"the prompt holds right-to-left text ({code}): the models here read English "
                "words; write the prompt in English"
            )
        if unicodedata.category(character) == "So" or character in "\u200d\ufe0f":
            raise InputError(
                f"the prompt holds an emoji or symbol ({code}): the models here read words; "
                'write the word instead, for example "cat"'
            )
    return text


def seed_number(seed: float | None) -> int:
    """``seed`` as a whole number from 0 to ``MAX_SEED``, or InputError."""
    if seed is None or seed != int(seed) or not 0 <= seed <= MAX_SEED:
        raise InputError(f"the seed is {seed}: use a whole number from 0 to {MAX_SEED:,}")
    return int(seed)

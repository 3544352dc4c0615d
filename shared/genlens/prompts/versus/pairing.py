"""Which word of one prompt stands where which word of another does."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

NONE = -1
"""In the place of a word that the other prompt has no counterpart for."""


def paired_words(first: Sequence[str], second: Sequence[str]) -> list[tuple[int, int]]:
    """(place in ``first``, place in ``second``), in reading order; each place once.

    The longest runs of equal words are matched (Ratcliff and Obershelp's way, as ``difflib`` has
    it, letters' case aside); between them, words are paired one by one from the left, and what is
    left over has no counterpart.
    """
    a, b = ([word.lower() for word in words] for words in (first, second))
    found: list[tuple[int, int]] = []
    for _, i, i_end, j, j_end in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        both = min(i_end - i, j_end - j)
        found += [(i + k, j + k) for k in range(both)]
        found += [(k, NONE) for k in range(i + both, i_end)]
        found += [(NONE, k) for k in range(j + both, j_end)]
    return found

"""Words of an error or a note, as a sentence that stands by itself."""

from __future__ import annotations


def sentence_case(text: str) -> str:
    """``text`` with its first letter large, unless it begins with a name, such as a model's id,
    that is written as it is: "laion/CLIP is ..." stays."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    plain = first.rstrip(",.:;").replace("'", "").isalpha()
    return text[:1].upper() + text[1:] if plain else text

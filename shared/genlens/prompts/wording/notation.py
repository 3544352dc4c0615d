"""Notation of other tools in a prompt. Here all of it is text; the reader is told so.

Front ends such as Automatic1111, ComfyUI, InvokeAI and Midjourney take brackets, weights and tags
out of a prompt before a model sees it. A model that is asked directly reads them as characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Notation:
    """One way of writing that means something to another tool.

    Attributes:
        name: what it is called there.
        example: such a piece of a prompt.
        pattern: finds it.
        meant: what the other tool does with it, as half a sentence.
        instead: what to do here, as a sentence.
    """

    name: str
    example: str
    pattern: re.Pattern[str]
    meant: str
    instead: str


NOTATIONS: tuple[Notation, ...] = (
    Notation(
        "a weight",
        "(sunny:0.6)",
        re.compile(r"\([^()]*:\s*[-+]?\d*\.?\d+\s*\)"),
        "weighs what is in the brackets (Automatic1111, ComfyUI)",
        "Write the words alone; how much each matters is what the shares say.",
    ),
    Notation(
        "alternatives",
        "{red|blue}",
        re.compile(r"\{[^{}]*\|[^{}]*\}"),
        "picks one of them for each image (dynamic prompts)",
        "Write one of them; two prompts can be compared.",
    ),
    Notation(
        "prompt editing",
        "[cat:dog:0.5]",
        re.compile(r"\[[^\[\]]*[:|][^\[\]]*\]"),
        "changes the words on the way (Automatic1111)",
        "Write one of the words; two prompts can be compared.",
    ),
    Notation(
        "emphasis by brackets",
        "((cat))",
        re.compile(r"\(\([^()]*\)\)|\[[^\[\]:|]*\]"),
        "weighs what is in the brackets (Automatic1111)",
        "Write the words alone.",
    ),
    Notation(
        "emphasis by signs",
        "cat++",
        re.compile(r"(?<!\S)[^\W_]+(?:\+{1,}|-{2,})(?!\S)"),
        "weighs the word (compel, InvokeAI)",
        "Write the word alone.",
    ),
    Notation(
        "a network to add",
        "<lora:name:0.8>",
        re.compile(r"<(?:lora|lyco|hypernet)\s*:[^<>]*>", re.IGNORECASE),
        "loads further weights (Automatic1111)",
        "No weights are loaded for it; leave it out.",
    ),
    Notation(
        "an option",
        "--ar 16:9",
        re.compile(r"(?<!\S)--[A-Za-z]+"),
        "sets an option (Midjourney)",
        "Leave it out; options are set beside the prompt.",
    ),
    Notation(
        "a break",
        "BREAK",
        re.compile(r"(?<!\S)BREAK(?!\S)"),
        "begins another piece of the prompt (Automatic1111)",
        "Leave it out.",
    ),
)
"""All that is looked for, in this order; what an earlier one found is not found again."""

_NAMED = re.compile(r"(?<!\S)<[^\s<>:]+>(?!\S)")
"""A word of one's own, as textual inversion writes it: ``<cat-toy>``."""


def notation_in(prompt: str) -> list[tuple[str, Notation]]:
    """(piece of ``prompt``, what it would be elsewhere), in the order of ``NOTATIONS``."""
    found, rest = [], prompt
    for notation in NOTATIONS:
        pieces = [match.group(0) for match in notation.pattern.finditer(rest)]
        found += [(piece, notation) for piece in dict.fromkeys(pieces)]
        rest = notation.pattern.sub(lambda match: " " * len(match.group(0)), rest)
    return found


def own_words_in(prompt: str) -> list[str]:
    """The words such as ``<cat-toy>`` in ``prompt``."""
    return list(dict.fromkeys(match.group(0) for match in _NAMED.finditer(prompt)))

"""How far to trust the prompt page: the measured table of the shipped card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from genlens.common.measures import left_out
from genlens.common.tables import Cell, Table, two_lines

# Key of the card -> what was asked, in plain words.
_QUESTIONS = {
    "links_of_all_nouns": "Of the things a prompt names, how many are linked to the word that "
    "names them? A thing that the referee cannot find in the image counts as not linked.",
    "links_of_judged_nouns": "The same, of the things that the referee finds in the image.",
    "link_precision": "When an object is linked to a word, did that word draw it?",
    "none_is_none": "We paste a thing into the images that no word asked for: is it linked to no "
    "word?",
    "top_is_content": "Is the word with the largest share one that draws something (a noun, a "
    "colour, a number …)?",
    "fillers_below_nouns": "Do “a”, “the” and filler words (“please”, “nice”) all rank below every "
    "noun?",
    "filler_mean_share": "How large is the share of a filler word, which draws nothing? The nearer "
    "to 0 the better.",
}


def card(name: str = "prompts") -> dict[str, Any] | None:
    """The numbers of ``zoo/cards/<name>.json``, or None while nothing was measured."""
    path = resources.files("genlens.zoo").joinpath(f"cards/{name}.json")
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def trust_html(numbers: dict[str, Any] | None) -> str:
    """The table as HTML; a plain sentence where there is nothing to show."""
    lead = (
        "<h3>How far to trust it</h3><p>The shipped model was trained on scenes we draw ourselves, "
        "so for its prompts the truth is known: which object each word asked for, and which words "
        "do nothing. What the model really drew is said by a separate small classifier, the "
        "referee, which takes no part in the explanation. It makes mistakes of its own.</p>"
    )
    if not numbers:
        return (
            f'<div class="gl">{lead}<p class="gl-note">Nothing was measured for this copy yet: '
            "run <code>genlens evaluate prompts</code>.</p></div>"
        )
    rows = [_row(text, numbers[key]) for key, text in _QUESTIONS.items() if key in numbers]
    table = Table(
        ("Question", "Answer (95 % interval)"),
        rows,
        caption=f"Measured on {numbers['n']} prompts of the emoji world",
    )
    return (
        f'<div class="gl">{lead}<div class="gl-scroll">{table.html()}</div>'
        "<p>95 % interval: where the answer would lie with other prompts of this kind. Left out is "
        "what nobody could judge. The table holds for the shipped model and its kind of "
        "prompt. For any other model, or for words it has not learned, nothing of this was "
        "measured.</p></div>"
    )


def _row(question: str, figure: Mapping[str, Any]) -> tuple[Cell, Cell]:
    without = left_out(figure)
    asked = f"{figure['n']:,} cases" + (f"; left out {without}" if without else "")
    ends = f"{_value(figure['low'])} to {_value(figure['high'])}"
    return two_lines(question, asked), two_lines(_value(figure["value"]), ends)


def _value(number: float | None) -> str:
    # No-break spaces: a number and its unit stay together.
    return "–" if number is None else f"{100 * number:.1f}\u00a0%".replace("-", "−")

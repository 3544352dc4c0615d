"""How far to trust the prompt page: the measured table of the shipped card."""

from __future__ import annotations

import html
import json
from importlib import resources
from typing import Any

# Key of the card -> what was asked, in plain words; fractions are shown as per cent.
_QUESTIONS = {
    "link_accuracy": "An object linked to a word really is what that word drew",
    "top_is_content": "The word with the largest share is a content word (noun, colour, number …)",
    "fillers_below_nouns": "Filler words and articles all rank below every noun",
    "filler_mean_share": "Mean share of a filler word (“please”, “nice”), which draws nothing: "
    "the nearer to 0 the better",
}


def card() -> dict[str, Any] | None:
    """The numbers of ``zoo/cards/prompts.json``, or None while nothing was measured."""
    path = resources.files("genlens.zoo").joinpath("cards/prompts.json")
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def trust_html(numbers: dict[str, Any] | None) -> str:
    """The table as HTML; a plain sentence where there is nothing to show."""
    lead = (
        "<h3>How far to trust it</h3><p>The shipped model was trained on scenes we draw ourselves, "
        "so for its prompts the truth is known: which object each word asked for, and which words "
        "do nothing. A separate small classifier, which takes no part in the explanation, says "
        "what the model really drew.</p>"
    )
    if not numbers:
        return (
            f'<div class="gl">{lead}<p class="gl-note">Nothing was measured for this copy yet: '
            "run <code>genlens evaluate prompts</code>.</p></div>"
        )
    rows = "".join(
        f'<tr><th scope="row">{text}</th><td>{_value(numbers[key])}</td></tr>'
        for key, text in _QUESTIONS.items()
        if key in numbers
    )
    count = html.escape(str(numbers.get("n", "?")))
    return (
        f'<div class="gl">{lead}<div class="gl-scroll"><table class="gl-table">'
        f"<caption>Measured on {count} prompts of the emoji world</caption>"
        f"<tbody>{rows}</tbody></table></div>"
        "<p>The table holds for the shipped model and its kind of prompt. For any other model, or "
        "for words it has not learned, nothing of this was measured.</p></div>"
    )


def _value(number: object) -> str:
    if not isinstance(number, (int, float)) or number != number:
        return "–"
    return f"{100 * number:.1f} %".replace("-", "−")

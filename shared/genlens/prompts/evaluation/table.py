"""The prompt room's figures as tables, from an evaluation or from its ``to_dict()``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genlens.common.measures import left_out
from genlens.common.tables import Table
from genlens.prompts.evaluation.evaluate import PromptEvaluation

QUICK = (
    "A QUICK LOOK at short prompts: wide intervals, and not the figures of docs/prompts.md. "
    "Leave --quick out for those."
)

_FIGURES = (
    ("links_of_all_nouns", "things linked to the word that names them, of all", ""),
    ("links_of_judged_nouns", "the same, of those that the referee sees", ">= 85 %"),
    ("link_precision", "objects linked to a word that this word drew", ""),
    ("none_is_none", "things that no word drew, linked to none", ""),
    ("objects_found", "things cut out at all, of those that the referee sees", ""),
    ("top_is_content", "prompts whose largest value is a content word's", ""),
    ("fillers_below_nouns", "prompts whose fillers and articles are all below every noun", ""),
    ("filler_mean_share", "mean absolute share of a filler", "<= 3 %"),
    ("article_mean_share", "mean absolute share of an article", ""),
)
_LINKS = tuple(name for name, *_ in _FIGURES[:4])

_WAYS = {
    "all": "text and cause, as the page links",
    "text": "only text: the object's crop and the word, by CLIP",
    "cause": "only cause: Shapley values of the object's pixels",
    "image": "only image: crop and picture of the single word (the source paper)",
    "random_noun": "control: a random noun of the prompt",
    "random_word": "control: a random word of the prompt",
}


def format_table(evaluation: PromptEvaluation | Mapping[str, Any]) -> str:
    """Two Markdown tables, which are plain text too: the figures, and the ways to link."""
    e = evaluation.to_dict() if isinstance(evaluation, PromptEvaluation) else dict(evaluation)
    made = e["made_by"]
    rows = [
        (
            text,
            _percent(e[name]["value"]),
            interval(e[name]),
            aim,
            f"{e[name]['n']}",
            left_out(e[name]),
        )
        for name, text, aim in _FIGURES
    ]
    heads = ("measure", "reached", "95 % interval", "aim", "n", "left out")
    parts = [
        *([QUICK] if e["quick"] else []),
        Table(heads, rows, align="lrlrrl").markdown(),
        ways_table(e),
        f"{e['n']} prompts (seed {made['seed']}), {made['model_calls']:,} pictures, "
        f"{made['seconds']:.0f} s "
        f"({made['model'] or 'model'}, judged by {made['settings'].get('referee', 'referee')})",
    ]
    return "\n\n".join(parts)


def ways_table(e: Mapping[str, Any]) -> str:
    """The four link figures of every way to link, on the same objects."""
    ours = {name: e[name] for name in _LINKS}
    rows = [
        (text, *(_percent(of[name]["value"]) for name in _LINKS))
        for way, text in _WAYS.items()
        if (of := ours if way == "all" else e["ways"].get(way)) is not None
    ]
    heads = ("linked by", "of all things", "of those seen", "precision", "none is none")
    return Table(heads, rows, align="lrrrr").markdown()


def interval(figure: Mapping[str, Any]) -> str:
    """ "88.4 to 94.1 %", "-" where nothing was counted."""
    if figure["value"] is None or figure["low"] is None:
        return "-"
    return f"{100 * figure['low']:.1f} to {100 * figure['high']:.1f} %"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"

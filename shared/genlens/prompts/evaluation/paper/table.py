"""The paper's table as tables, for terminals and pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from genlens.common.measures import Measure, against, left_out
from genlens.common.tables import Cell, Table, two_lines
from genlens.prompts.evaluation.paper.data import PROMPTS, PaperPrompt
from genlens.prompts.evaluation.paper.evaluate import CHANCE, PaperEvaluation
from genlens.prompts.evaluation.paper.marks import aligned, rmse
from genlens.prompts.evaluation.paper.printed import paper_figures
from genlens.prompts.evaluation.paper.ways import OURS, WAYS
from genlens.prompts.shapley import shares_of

QUICK = (
    "A QUICK LOOK at few short captions: wide intervals, and not the figures of a full run. Leave "
    "--quick out for those."
)
AIM = 0.8
"""Ranks aligned, between content and function words of the world's captions."""
_HEADS = ("way", "ranks aligned", "of all words", "RMSE", "ahead of random order")


def format_table(evaluation: PaperEvaluation | Mapping[str, Any]) -> str:
    """All tables in Markdown, which is plain text too."""
    e = dict(evaluation) if isinstance(evaluation, Mapping) else evaluation.to_dict()
    made = e["made_by"]
    end = (
        f"{len(e['prompts'])} prompts of the paper and {e['n']} captions (seed {made['seed']}), "
        f"{made['model_calls']:,} images, {made['seconds']:.0f} s ({made['model'] or 'model'})"
    )
    blocks = [*([QUICK] if e["quick"] else []), *paper_blocks(), *ours_blocks(e), end]
    return "\n\n".join(b if isinstance(b, str) else b.markdown() for b in blocks)


def paper_blocks() -> list[Table | str]:
    """What the paper prints, and what its own numbers give: no model is needed."""
    f = paper_figures()
    own, control = f.score, f.control
    rows = [
        ("ranks aligned, as printed", f"{100 * f.printed_aligned:.0f} %", ""),
        ("from its Shapley values, mean over prompts", *_both(own.aligned, _percent)),
        ("from its Shapley values, of all words", *_both(own.of_words, _percent)),
        ("from the ranks it prints, mean over prompts", *_both(f.ranks_aligned, _percent)),
        ("from the ranks it prints, of all words", *_both(f.ranks_of_words, _percent)),
        ("control: its words in random order", *_both(control.aligned, _percent)),
        ("RMSE, as printed", f"{f.printed_rmse:.4f}", ""),
        ("by the paper’s formula", *_both(own.rmse, _digits)),
        ("root of the sum, first 3 words only", f"{f.rmse_as_printed:.4f}", ""),
        ("root of the sum, all words", f"{f.rmse_of_sum:.4f}", ""),
        ("control: its shares in random order", *_both(control.rmse, _digits)),
    ]
    table = Table(
        ("figure", "value", "95 % interval"),
        [tuple(row) for row in rows],
        align="lrl",
        caption="The source paper’s figures, from the source paper’s numbers",
    )
    said = (
        f"The printed {100 * f.printed_aligned:.0f} % is the mean over prompts of the words whose "
        "rank is right, by the Shapley values; the table of ranks beside it has misprints in two "
        f"rows. The printed RMSE of {f.printed_rmse} is not the formula’s: the squared errors are "
        "added up and not divided by the number of words, and the fourth word of three prompts is "
        "left out. "
        f"By its own formula the paper is better than it says: {own.rmse.value:.4f}."
    )
    return [table, said]


def ours_blocks(e: Mapping[str, Any]) -> list[Table | str]:
    """What was measured here, from ``PaperEvaluation.to_dict()``."""
    model = e["made_by"]["model"] or "the model"
    blocks: list[Table | str] = [
        _scores(e["ten"], f"{model} on the paper’s ten prompts, against the truth given by hand")
    ]
    if any(prompt["outside"] for prompt in e["prompts"]):
        blocks.append(_scores(e["inside"], "The same, on those that lie in the model’s world"))
    blocks += [
        _prompts(e["prompts"]),
        *_outside(e["prompts"]),
        _scores(e["world"], f"{model} on captions of its world, against the truth of the world"),
        _verdict(e["world"]),
    ]
    return blocks


def _scores(scores: Mapping[str, Any], caption: str) -> Table:
    titles = {**{name: way.title for name, way in WAYS.items()}, CHANCE: "control: random order"}
    first = scores[OURS]["aligned"]
    reasons = left_out(first)
    counted = f"{first['n']} prompts" + (f"; left out {reasons}" if reasons else "")
    return Table(
        _HEADS,
        [[titles.get(name, name), *_cells(name, one)] for name, one in scores.items()],
        align="lllll",
        caption=f"{caption} ({counted}; 95 % intervals beside each figure)",
    )


def _cells(name: str, score: Mapping[str, Any]) -> list[str | Cell]:
    ahead = Cell("–") if name == CHANCE else _cell(score["ahead"], _points)
    return [
        _cell(score["aligned"], _percent),
        _cell(score["of_words"], _percent),
        _cell(score["rmse"], _number),
        ahead,
    ]


def _prompts(prompts: Sequence[Mapping[str, Any]]) -> Table:
    rows = [_prompt(paper, ours) for paper, ours in zip(PROMPTS, prompts, strict=True)]
    return Table(
        (
            "prompt", "truth, %", "paper, %", "ours, %", "ranks right: paper", "ours",
            "RMSE: printed", "by formula", "ours",
        ),
        rows,
        align="llllllrrr",
        caption="The ten prompts: the shares of the words, in their order, by hand, by the paper’s "
        "Shapley values and by ours",
    )  # fmt: skip


def _outside(prompts: Sequence[Mapping[str, Any]]) -> list[str]:
    """The prompts that are not in the model's world, with the reasons."""
    lines = [f"- **{p['prompt']}**: {'; '.join(p['outside'])}" for p in prompts if p["outside"]]
    return ["Not in the model’s world:", "\n".join(lines)] if lines else []


def _prompt(paper: PaperPrompt, ours: Mapping[str, Any]) -> list[str]:
    values = np.array(ours["values"][OURS], dtype=np.float64)
    shares, d = shares_of(values), len(paper.truth)
    known = bool(np.isfinite(shares).all())
    return [
        paper.prompt,
        _shares(paper.truth),
        _shares(paper.shapley),
        _shares(shares.tolist()) if known else "–",
        f"{sum(aligned(paper.shapley, paper.truth))} of {d}",
        f"{sum(aligned(values, paper.truth))} of {d}",
        f"{paper.rmse:.2f}",
        f"{rmse(paper.shapley, paper.truth):.3f}",
        f"{rmse(shares, paper.truth):.3f}" if known else "–",
    ]


def _verdict(world: Mapping[str, Any]) -> str:
    """What the captions of the world say, in sentences."""
    ours, random = world[OURS], world[CHANCE]
    measured, by_chance = ours["aligned"], random["aligned"]["value"]
    if measured["value"] is None:
        return "No caption had both content and function words: nothing could be said."
    low = ours["ahead"]["low"]
    beats = low is not None and low > 0
    return (
        f"A content word is right where it comes before all function words, and the other way "
        f"round. Aim: {100 * AIM:.0f} % of the words; measured: {_percent(measured['value'])} "
        f"({_between(measured, _percent)}; {measured['n']} captions): "
        f"**{_SAID[against(measured['low'], measured['high'], '>=', AIM)]}**. Words in random "
        f"order reach {_percent(by_chance)}: "
        f"{'the control fails, as it must' if beats else 'NOT clearly less'}. "
        f"{_error(ours['rmse'])}, against equal shares of all content words, which no method could "
        "match: “red” and “car” need not be worth the same."
    )


_SAID = {
    True: "the aim is reached",
    False: "the aim is missed",
    None: "whether the aim is reached cannot be told from so few",
}
_SIDES = {True: "below", False: "above", None: "not to be told from"}


def _error(rmse: Mapping[str, Any]) -> str:
    """RMSE on the world's captions beside the paper's."""
    paper = paper_figures().score.rmse.value
    if rmse["value"] is None:
        return f"No RMSE to set beside the paper’s {paper:.3f}"
    side = _SIDES[against(rmse["low"], rmse["high"], "<=", paper)]
    return f"RMSE {rmse['value']:.3f} ({_between(rmse, _number)}), {side} the paper’s {paper:.3f}"


def _between(measure: Mapping[str, Any], write: Callable[[float], str]) -> str:
    low, high = measure["low"], measure["high"]
    if low is None or high is None:
        return "no interval"
    return f"95 % interval {_ends(low, high, write)}"


def _both(measure: Measure, write: Callable[[float], str]) -> tuple[str, str]:
    return write(measure.value), _ends(measure.low, measure.high, write)


def _ends(low: float, high: float, write: Callable[[float], str]) -> str:
    """ "42.6 to 92.4 %": the unit once, and all of it on one line."""
    return f"{write(low).removesuffix(' %')} to {write(high)}".replace(" ", "\u00a0")


def _cell(measure: Mapping[str, Any], write: Callable[[float], str]) -> Cell:
    value, low, high = (measure[name] for name in ("value", "low", "high"))
    if value is None:
        return Cell("–")
    ends = "" if low is None or high is None else _ends(low, high, write)
    return two_lines(write(value), ends)


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _points(value: float) -> str:
    return f"{100 * value:+.0f}".replace("-", "−")


def _number(value: float) -> str:
    return f"{value:.3f}"


def _digits(value: float) -> str:
    return f"{value:.4f}"


def _shares(shares: Sequence[float]) -> str:
    return (
        "\u00a0·\u00a0".join(f"{100 * share:.0f}" for share in shares)
        .replace("-0", "0")
        .replace("-", "−")
    )

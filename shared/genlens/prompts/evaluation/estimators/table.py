"""The estimators' figures as tables, from an evaluation or from its ``to_dict()``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genlens.common.measures import left_out
from genlens.common.tables import Table
from genlens.prompts.evaluation.estimators.evaluate import BUDGETS, EstimatorEvaluation
from genlens.prompts.evaluation.estimators.ways import RIVALS, WAYS

QUICK = (
    "A QUICK LOOK at few short prompts: wide intervals, and not the figures of docs/prompts.md. "
    "Leave --quick out for those."
)


def format_table(evaluation: EstimatorEvaluation | Mapping[str, Any]) -> str:
    """Three Markdown tables, which are plain text too: errors, who is ahead, and coverage."""
    e = dict(evaluation) if isinstance(evaluation, Mapping) else evaluation.to_dict()
    made, titles = e["made_by"], {way.name: way.title for way in WAYS}
    heads = [f"{b} images" for b in BUDGETS]
    errors = [[titles[name], *_cells(e["errors"][name])] for name in titles]
    ahead = [[titles[name], *_cells(e["ahead"][name], _verdict)] for name in RIVALS]
    covered = [[titles[name], *_cells(e["covered"][name])] for name in e["covered"]]
    counted = [
        f"{b} images: {ours['n']} games{_reasons(ours)}"
        for b, ours in e["errors"]["budgeted"].items()
    ]
    return "\n\n".join(
        [
            *([QUICK] if e["quick"] else []),
            Table(["relative error", *heads], errors, align="llll").markdown(),
            Table(["its error less ours", *heads], ahead, align="llll").markdown(),
            Table(["intervals that hold the value", *heads], covered, align="llll").markdown(),
            "In brackets 95 % intervals over games. " + "; ".join(counted) + ".",
            f"{e['n']} prompts (seed {made['seed']}), {made['model_calls']:,} images, "
            f"{made['seconds']:.0f} s ({made['model'] or 'given games'})",
        ]
    )


def _reasons(figure: Mapping[str, Any]) -> str:
    reasons = left_out(figure)
    return f" (left out {reasons})" if reasons else ""


def _cells(by_budget: Mapping[str, Any], word: Any = None) -> list[str]:
    return [
        _one(by_budget[b]) + (word(by_budget[b]) if word else "") if b in by_budget else "-"
        for b in BUDGETS
    ]


def _one(figure: Mapping[str, Any]) -> str:
    if figure["value"] is None:
        return "-"
    if figure["low"] is None or figure["high"] is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def _verdict(figure: Mapping[str, Any]) -> str:
    """Whether ours is better, as far as the interval can tell."""
    low, high = figure["low"], figure["high"]
    if low is None or high is None:
        return ", one game: not sure"
    return ", ours better" if low > 0 else ", ours WORSE" if high < 0 else ", not sure"

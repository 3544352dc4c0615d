"""The zoo's figures beside their bars, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from genlens.common.measures import against, left_out
from genlens.common.tables import Table
from genlens.errors import ModelError
from genlens.zoo.evaluate import ALL_BARS

QUICK = (
    "A QUICK LOOK at few cases: wide intervals, and not the figures of docs/zoo.md. Leave --quick "
    "out for those."
)
_SIGNS = {">=": "≥", "<=": "≤"}
_FIGURES_OF_VAES = ("psnr_db", "kl", "active")
_SAID = {
    "objects_present": ("named objects present", "%"),
    "relation_right": ("relation right (both objects found)", "%"),
    "background_right": ("background right", "%"),
    "filler_ratio": ("change by a filler / change by a noun", ".3f"),
    "rich_objects": ("objects present, where things are counted or worn", "%"),
    "counts_right": ("counted things, as many as asked", "%"),
    "counts_right_in_truth": ("control: counted things of true scenes, as many as asked", "%"),
    "detail": ("fine detail / that of true scenes", ".2f"),
    "psnr_db": ("reconstruction, PSNR in dB", ".1f"),
    "caption_top1_of_100": ("right caption among 100", "%"),
    "crop_noun_top1": ("crop of one object → its noun", "%"),
    "mean_best_iou": ("mean best IoU with the true masks", ".3f"),
    "objects_found": ("objects found automatically", "%"),
    "accuracy": ("nouns judged right on true scenes", "%"),
    "kl": ("KL of the codes, nats", ".1f"),
    "active": ("latents in use", ".0f"),
    "four_factors": ("skin, hair, mouth and glasses named right", "%"),
    "all_factors": ("all eleven factors named right", "%"),
    "confident": ("samples the judge is sure of", "%"),
    "ceiling": ("the same of drawn faces", "%"),
    "mixed": ("control: two faces laid over each other", "%"),
    "blurred": ("control: blurred faces", "%"),
    "values_found": ("common values that appear", "%"),
    "copies_lpips": ("copies of training faces (LPIPS)", "%"),
    "copies_dssim": ("copies of training faces (DSSIM)", "%"),
}


def verdict(model: str, figure: str, measure: Mapping[str, Any]) -> str:
    """What to say beside a figure: "" above its bar, "below the bar", or, where the interval holds
    the bar, that too few cases were measured to tell.

    Raises:
        ModelError: no such bar.
    """
    try:
        sense, bar = ALL_BARS[model][figure]
    except KeyError as error:
        raise ModelError(f"there is no bar for {model} {figure}") from error
    found = against(measure["low"], measure["high"], sense, bar)
    return {True: "", None: "cannot be told", False: "below the bar"}[found]


def format_table(results: Mapping[str, Any], models: Sequence[str] | None = None) -> str:
    """``ZooEvaluation.to_dict()`` as a Markdown table, which is plain text too; ``models`` None for
    all that were measured or left out."""
    rows: list[tuple[str, ...]] = []
    for model in models if models is not None else ALL_BARS:
        if model in results["models"]:
            rows += _rows(model, results["models"][model])
        elif models is not None or model in results["left_out"]:
            reason = results["left_out"].get(model, "not measured")
            rows.append((f"`{model}`", reason, "-", "-", "-", "", ""))
    heads = ("model", "figure", "reached", "95 % interval", "n", "bar", "left out")
    table = Table(heads, rows, align="llrlrll").markdown()
    return f"{QUICK}\n\n{table}" if results["quick"] else table


def _rows(model: str, figures: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Figures of ``model`` beside its bars, then controls and ceilings, which have none; those of a
    VAE without bars stand alone."""
    bars = ALL_BARS[model]
    rows: list[tuple[str, ...]] = []
    named = [f for f in bars if f in figures]
    named += [f for f in _SAID if f in figures and f not in bars] if named else _FIGURES_OF_VAES
    for figure in named:
        (title, form), measure = _SAID[figure], figures[figure]
        aim = ""
        if figure in bars:
            sense, bar = bars[figure]
            said = verdict(model, figure, measure)
            aim = (
                f"{'≥' if sense == '>=' else '≤'} {shown(bar, form)}{f' ({said})' if said else ''}"
            )
        ends = f"{shown(measure['low'], form)} to {shown(measure['high'], form)}"
        value = shown(measure["value"], form)
        rows.append((f"`{model}`", title, value, ends, f"{measure['n']}", aim, left_out(measure)))
    return rows


def shown(value: float | None, form: str) -> str:
    """ "92.6 %", or ``value`` in Python's ``form``; "-" where nothing was counted."""
    if value is None:
        return "-"
    return f"{100 * value:.1f} %" if form == "%" else f"{value:{form}}"

"""The figures on attention maps as tables, from an evaluation or from its ``to_dict()``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genlens.common.measures import left_out
from genlens.common.tables import Table
from genlens.prompts.attention.alike import ALIKE
from genlens.prompts.attention.ways import WAYS
from genlens.prompts.evaluation.attention.evaluate import AttentionEvaluation

QUICK = (
    "A QUICK LOOK at few scenes: wide intervals, thresholds chosen on fewer still. Leave --quick "
    "out for figures to quote."
)
CONTROLS = {
    "other": "control: another thing's map",
    "disc": "control: a disc in the middle",
    "shuffled": "control: the map with its places shuffled",
}


def format_table(evaluation: AttentionEvaluation | Mapping[str, Any]) -> str:
    """Markdown tables, which are plain text too."""
    e = dict(evaluation) if isinstance(evaluation, Mapping) else evaluation.to_dict()
    made, best = e["made_by"], e["best"]
    rows = [
        [
            way.title + (" (best on the other scenes)" if name == best else ""),
            _one(e["iou"][name]),
            _one(e["ahead"][name], signed=True) if name in e["ahead"] else "-",
            f"{e['thresholds'][name]:.2f}",
            _one(e["modifiers"][name]),
        ]
        for name, way in WAYS.items()
    ]
    rows += [
        [title, _one(e["controls"][name]), "-", f"{e['thresholds'][best]:.2f}", "-"]
        for name, title in CONTROLS.items()
    ]
    rows.append(
        [
            "the caption alone: this map on a scene of its caption in another layout",
            _one(e["caption"]),
            *"---",
        ]
    )
    rows.append(
        [
            f"in a mirror, {e['mirrored']['n']} nouns: there the caption misleads",
            _one(e["mirrored"]),
            *"---",
        ]
    )
    rows.append(["ceiling: the true masks at the finest layer's size", _one(e["ceiling"]), *"---"])
    steps = [[str(i + 1), _one(measure)] for i, measure in enumerate(e["by_step"])]
    first = e["iou"][best]
    reasons = left_out(first)
    pairs = [
        f"of words that drew {what}, {_percent(e['alike'][kind])}"
        for kind, what in (("different", "different things"), ("same", "the same pixels"))
    ]
    return "\n\n".join(
        [
            *([QUICK] if e["quick"] else []),
            Table(
                ["word heat maps", "IoU of nouns", "less the plain average's", "threshold",
                 "IoU of colours, sizes, counts"],
                rows,
                align="llllr",
            ).markdown(),
            Table([f"step of {len(steps)}", f"IoU by {WAYS[best].title}"], steps).markdown(),
            "The first step sees pure noise: what it reaches is what the caption alone tells of a "
            "layout (what stands left of what is not left to chance), and, in a way that fits maps "
            "to the picture, the picture’s edges. The row “in a mirror” is free of that.",
            f"IoU: mean over {first['n']} nouns of {e['n']} scenes, in brackets its 95 % interval "
            "over scenes" + (f"; left out {reasons}" if reasons else "") + f". Thresholds, parts "
            f"of a map's maximum, were chosen on {e['others']} other scenes. DAAM's authors report "
            "0.588 and 0.648 on two sets of photographs that Stable Diffusion drew.",
            f"Maps that are nearly the same (correlation {ALIKE:g} or more): "
            + "; ".join(pairs) + ".",
            f"{e['n']} scenes (seed {made['seed']}), {made['settings'].get('steps', '?')} steps, "
            f"{made['seconds']:.0f} s ({made['model']})",
        ]
    )  # fmt: skip


def _one(figure: Mapping[str, Any], signed: bool = False) -> str:
    if figure["value"] is None:
        return "-"
    sign = "+" if signed else ""
    if figure["low"] is None or figure["high"] is None:
        return f"{figure['value']:{sign}.3f}"
    return f"{figure['value']:{sign}.3f} ({figure['low']:{sign}.3f} to {figure['high']:{sign}.3f})"


def _percent(figure: Mapping[str, Any]) -> str:
    if figure["value"] is None:
        return "none to measure"
    return (
        f"{100 * figure['value']:.1f} % ({100 * figure['low']:.1f} to {100 * figure['high']:.1f} "
        f"%) of {figure['n']} pairs"
    )

"""The figures on the model's inside as tables, from an evaluation or from its ``to_dict()``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genlens.common.measure_rows import branch, entries, interval, part, show
from genlens.common.measures import Measure
from genlens.common.tables import Table
from genlens.prompts.evaluation.inside.edits import WAYS
from genlens.prompts.evaluation.inside.evaluate import InsideEvaluation
from genlens.prompts.evaluation.inside.features import UNITS
from genlens.prompts.inside.layers.attributes import ATTRIBUTES

QUICK = "A QUICK LOOK at few cases: wide intervals. Leave --quick out for figures to quote."


def format_table(evaluation: InsideEvaluation | Mapping[str, Any]) -> str:
    """Markdown tables, which are plain text too."""
    e = dict(evaluation) if isinstance(evaluation, Mapping) else evaluation.to_dict()
    made = branch(e, "made_by")
    seconds = f", {made['seconds']:.0f} s" if made.get("seconds") else ""
    return "\n\n".join(
        [
            *([QUICK] if e.get("quick") else []),
            *_layers(branch(e, "layers")),
            *_edits(branch(e, "edits")),
            *_features(branch(e, "features")),
            f"{e.get('n')} pairs of prompts an attribute and {e.get('n')} edited words (seed "
            f"{made.get('seed')}), {made.get('model_calls')} pictures{seconds} "
            f"({made.get('model')}, revision "
            f"{str(made.get('revision'))[:12]}). In brackets: 95 % intervals.",
        ]
    )


def _layers(numbers: Mapping[str, Any]) -> list[str]:
    titles = [str(layer.get("title")) for layer in entries(numbers, "layers")]
    shown = list(ATTRIBUTES.values())
    heads = ["only this layer reads the other prompt: it follows", *(a.title for a in shown)]
    rows = [
        [title, *(_one(part(numbers, "only", a.name), i) for a in shown)]
        for i, title in enumerate(titles)
    ]
    for k, window in enumerate(part(numbers, "windows") or []):
        name = f"{titles[window[0]]} to {titles[window[-1]]}"
        rows.append([name, *(_one(part(numbers, "window", a.name), k) for a in shown)])
    rows.append(["all layers", *(_share(part(numbers, "every", a.name)) for a in shown)])
    rows.append(["cases", *(str(_n(part(numbers, "only", a.name))) for a in shown)])
    same = Measure.read(part(numbers, "same"))
    left = {a.title: Measure.read(part(numbers, "drawn", a.name)) for a in shown}
    return [
        Table(heads, rows, "l" + "r" * len(shown)).markdown(),
        "Control: the prompt’s own text exchanged for itself changes "
        f"{show(same.value, '%')} of {same.n} pictures by more than a rounding. Left out are pairs "
        "whose pictures do not show what both prompts say: "
        + "; ".join(f"{title} {round((1 - m.value) * m.n)} of {m.n}" for title, m in left.items()
                    if m.n) + ".",
    ]  # fmt: skip


def _edits(numbers: Mapping[str, Any]) -> list[str]:
    kinds = ("efficacy", "generality", "specificity")
    rows = [
        [title, *(_share(part(numbers, "ways", way, kind)) for kind in kinds)]
        for way, title in WAYS.items()
    ]
    cases = [Measure.read(part(numbers, "ways", "edit", kind)) for kind in kinds]
    rows.append(["captions", *(str(m.n) for m in cases)])
    after = Measure.read(part(numbers, "left_changed"))
    left = "; ".join(
        f"{kind} {count}" for kind, m in zip(kinds, cases, strict=True)
        for count in [sum(m.left_out.values())] if count
    )  # fmt: skip
    return [
        Table(["edited words", "the word draws the target", "in other captions",
               "other nouns stay"], rows, "lrrr").markdown(),
        f"After the edits {show(after.value, '%')} of {after.n} pictures differ from before: the "
        "model is left as it was."
        + (f" Left out, not drawn without the edit or not learned: {left}." if left else ""),
    ]  # fmt: skip


def _features(numbers: Mapping[str, Any]) -> list[str]:
    rows = [
        [title, _share(part(numbers, "pure", kind)), _share(part(numbers, "precision", kind)),
         str(part(numbers, "nouns", kind))]
        for kind, title in UNITS.items()
    ]  # fmt: skip
    brush = Measure.read(part(numbers, "painted"))
    heads = ["units of " + str(numbers.get("layer")), "precision of 50 % or more",
             "mean precision", "nouns with such a unit"]  # fmt: skip
    return [
        Table(heads, rows, "lrrr").markdown(),
        f"The features explain {show(part(numbers, 'explained'), '%')} of the variance of "
        f"activations that were held out; {show(part(numbers, 'dead'), '%')} never fire. Painted "
        "into one half of a picture, the noun of a feature appears there in "
        f"{_share(brush.to_dict())} "
        f"of {brush.n} pictures, by a direction by chance as long in "
        f"{_share(part(numbers, 'by_chance'))}; {_share(part(numbers, 'inside'))} of the change of "
        "pixels lies in the painted half. Painted in the shape of a true scene with all features "
        f"of its noun, it appears in {_share(part(numbers, 'shaped'))}, by directions by chance in "
        f"that shape in {_share(part(numbers, 'shaped_by_chance'))}. Where all features of a noun "
        "are taken out of its picture, three times over, the noun is gone in "
        f"{_share(part(numbers, 'erased'))} of {Measure.read(part(numbers, 'erased')).n} pictures; "
        "as much taken along directions by chance, in "
        f"{_share(part(numbers, 'erased_by_chance'))}.",
    ]


def _one(written: object, i: int) -> str:
    rows = written if isinstance(written, list) else []
    return _share(rows[i] if i < len(rows) else None)


def _share(written: object) -> str:
    measure = Measure.read(written)
    between = interval(measure, "%")
    return show(measure.value, "%") + (f" ({between})" if between else "")


def _n(written: object) -> int:
    rows = written if isinstance(written, list) else []
    return Measure.read(rows[0]).n if rows else 0

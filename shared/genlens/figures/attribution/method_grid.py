"""All methods on one picture: a card each, with its map, its cost, and whether to trust it."""

from __future__ import annotations

import html

import numpy as np

from genlens.attribution.comparison import Comparison, Trial
from genlens.attribution.methods import METHODS
from genlens.attribution.results import Attribution
from genlens.attribution.verdict import Verdict
from genlens.common.tables import Cell, Table
from genlens.figures.attribution.bars import bar_colour, largest_first
from genlens.figures.attribution.bars import describe as describe_bars
from genlens.figures.attribution.facts import drawn_values, plain_number
from genlens.figures.attribution.pixel_map import as_rgb, checked_map, heat_rgb
from genlens.figures.attribution.pixel_map import describe as describe_map
from genlens.figures.pixels import data_uri

TRUSTED = "passes both tests on this picture; one picture cannot show more"
NOT_TRUSTED = "does not change with the weights: do not trust it"
BLIND = "no better than random orders on this picture"
_LEAD = (
    "Deletion gain: how much faster the number falls when the pixels (or latents) that a map names "
    "first are blanked, than when random ones are; 0 is chance. Shuffled: how alike the map is to "
    "the map of the same model with its weights shuffled (0: as two unrelated maps, 1: the same "
    "map); a method that reads the model has a low one. The last rows of the table are no "
    "explanations (edges, noise): each has to fail one of the two tests. “How true?” has the same "
    "tests on many pictures."
)


def method_grid(comparison: Comparison, picture: np.ndarray, *, uid: str = "gl") -> str:
    """Cards in the order of the methods, then the same numbers as one table.

    Args:
        comparison: of one picture.
        picture: (1 or 3, h, w) in [0, 1], shown first.
        uid: starts every id.
    """
    shown = (
        f'<li class="gl-method-card"><h4>The picture</h4>{_picture(as_rgb(picture), "the picture")}'
        f'<p class="gl-soft">{html.escape(comparison.target)}</p></li>'
    )
    cards = "".join(_card(trial) for trial in comparison.trials)
    return (
        f'<div class="gl gl-methods"><h3 id="{uid}-methods-title">All methods on this picture</h3>'
        f'<p class="gl-soft">{_LEAD}</p><ul class="gl-method-cards" '
        f'aria-labelledby="{uid}-methods-title">'
        f"{shown}{cards}</ul>{_table(comparison)}</div>"
    )


def verdict(trial: Trial) -> tuple[str, bool | None]:
    """(both tests in words, whether the map passed them; None where not tested)."""
    if trial.found is None:
        reason = trial.refused or trial.untested
        return (f"not tested: {reason}" if reason else "not tested"), None
    words = {Verdict.UNCHANGED: NOT_TRUSTED, Verdict.NO_BETTER: BLIND}.get(trial.found, TRUSTED)
    return words, words == TRUSTED


def _card(trial: Trial) -> str:
    method = METHODS[trial.method]
    head = f"<h4>{html.escape(method.title)}</h4>"
    note = f'<p class="gl-soft">{html.escape(method.help)}</p>'
    if trial.attribution is None:
        return (
            f'<li class="gl-method-card gl-out">{head}{note}'
            f'<p class="gl-note gl-warn">Not shown: {html.escape(trial.refused)}</p></li>'
        )
    words, passed = verdict(trial)
    kind = {True: "gl-good", False: "gl-warn", None: "gl-note"}[passed]
    mark = {True: "✓ ", False: "✗ ", None: ""}[passed]
    return (
        f'<li class="gl-method-card">{head}{_small(trial.attribution, method.title)}'
        f'<p class="gl-verdict {kind}">{mark}{html.escape(words)}</p>'
        f"<dl>{_facts(trial)}</dl>{note}</li>"
    )


def _facts(trial: Trial) -> str:
    row = trial.row()
    pairs = (
        ("seconds", plain_number(row["seconds"])),
        ("model calls", f"{row['model_calls']:,}"),
        ("deletion gain", _gain(row)),
        ("shuffled", plain_number(row["shuffled_correlation"])),
    )
    return "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in pairs)


def _gain(row: dict[str, object]) -> str:
    gain = row["deletion_gain"]
    if not isinstance(gain, float):
        return "–"
    return ("+" if gain > 0 else "") + plain_number(gain)


def _small(attribution: Attribution, title: str) -> str:
    if attribution.values.ndim == 1:
        return _small_bars(attribution, title)
    colours, _ = heat_rgb(checked_map(attribution), attribution.signed)
    return _picture(colours, f"Map of {title}. {describe_map(attribution)}")


def _small_bars(attribution: Attribution, title: str) -> str:
    """Bars without numbers, one a latent, as a drawing; the sentence goes to screen readers."""
    values = drawn_values(attribution)
    order = np.arange(len(values))
    if len(values) > 32:
        order = np.sort(largest_first(values, 32))
    top, step = float(np.abs(values).max(initial=0.0)) or 1.0, 100 / len(order)
    middle = 50.0 if attribution.signed else 98.0
    marks = []
    for place, j in enumerate(order):
        length = abs(values[j]) / top * (48 if attribution.signed else 96)
        y = middle - length if values[j] >= 0 or not attribution.signed else middle
        marks.append(
            f'<rect x="{place * step + 0.1 * step:.2f}" y="{y:.2f}" width="{0.8 * step:.2f}" '
            f'height="{max(length, 0.6):.2f}" '
            f'fill="{bar_colour(float(values[j]), top, attribution.signed)}"/>'
        )
    label = html.escape(f"Values of {title}. {describe_bars(attribution)}")
    return (
        f'<svg class="gl-method-picture" viewBox="0 0 100 100" role="img" aria-label="{label}">'
        f'<path class="gl-axis" d="M0 {middle}H100"/>{"".join(marks)}</svg>'
    )


def _picture(pixels: np.ndarray, alt: str) -> str:
    return (
        f'<img class="gl-method-picture" src="{data_uri(pixels)}" alt="{html.escape(alt)}" '
        'loading="lazy">'
    )


def _table(comparison: Comparison) -> str:
    rows: list[list[str | Cell]] = []
    for trial in (*comparison.trials, *comparison.controls):
        row, (words, _) = trial.row(), verdict(trial)
        calls = "–" if row["model_calls"] is None else f"{row['model_calls']:,}"
        beats = row["beats_random"]
        rows.append(
            [
                trial.title or METHODS[trial.method].title,
                plain_number(row["seconds"]),
                calls,
                _gain(row),
                "–" if beats is None else f"{100 * beats:.0f} %",
                plain_number(row["shuffled_correlation"]),
                Cell(words, style="text-align:left"),
            ]
        )
    blind = dict.fromkeys(range(len(comparison.trials), len(rows)), "gl-control")
    heads = (
        "method", "seconds", "model calls", "deletion gain", "random orders beaten",
        "shuffled", "verdict",
    )  # fmt: skip
    return (
        "<details><summary>The numbers as a table</summary>"
        '<div class="gl-scroll" tabindex="0" role="region" aria-label="All methods">'
        f"{Table(heads, rows, row_css=blind).html()}</div></details>"
    )

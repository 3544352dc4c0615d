"""Shapley values as horizontal bars (plotly), and the same numbers as a table (HTML)."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import numpy as np

from genlens.figures.palette import word_colour
from genlens.figures.style import percent, signed
from genlens.prompts.payoffs.clip import CLIP
from genlens.prompts.results import TokenAttribution

if TYPE_CHECKING:
    import plotly.graph_objects as go


def shapley_bar(attribution: TokenAttribution, *, unit: str = CLIP.unit) -> go.Figure:
    """One bar a word in the word's colour, in the prompt's order from top to bottom: share left,
    value right.

    The x axis is in ``unit``, that of the payoff, and always holds zero; bars of words
    that take away are hatched. Colours of text and grid come from the page's CSS.
    """
    import plotly.graph_objects as go

    values = attribution.values.astype(float)
    values[np.abs(values) < 0.0005] = 0  # its number reads 0.000
    top = max(float(np.max(np.abs(values), initial=0.0)), 1e-3)
    # no bar to be seen: its number, left of the axis, would hide the share
    drawn = np.where(np.abs(values) < 0.005 * top, 0.0, values)
    rows = list(range(len(values)))
    labels = [
        f'<span style="color:{word_colour(j)}">■</span> {html.escape(_short(word.text))}  '
        f"<b>{percent(float(attribution.shares[j]))}</b>  "
        for j, word in enumerate(attribution.words)
    ]
    numbers = [signed(v) for v in values]
    bar = go.Bar(
        x=drawn,
        y=rows,
        orientation="h",
        marker={
            "color": [word_colour(j) for j in rows],
            "pattern": {"shape": ["/" if v < 0 else "" for v in values], "fillmode": "replace"},
        },
        text=numbers,
        textposition="outside",
        cliponaxis=False,
        customdata=[[html.escape(word.text)] for word in attribution.words],
        hovertemplate="%{customdata[0]}: %{text}<extra></extra>",
    )
    lowest = float(drawn.min(initial=0.0))
    low = 1.1 * lowest - 0.35 * top if lowest < 0 else -0.02 * top
    figure = go.Figure(bar)
    figure.update_layout(
        height=90 + 38 * len(rows),
        margin={"l": 10, "r": 10, "t": 8, "b": 48},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, sans-serif", "size": 14},
        showlegend=False,
        bargap=0.3,
        dragmode=False,
    )
    figure.update_xaxes(
        range=[low, 1.35 * top],
        zeroline=True,
        zerolinewidth=2,
        nticks=6,
        title={"text": f"Shapley value, {unit}", "font": {"size": 13}},
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=rows, ticktext=labels, autorange="reversed", fixedrange=True, automargin=True
    )
    return figure


def shapley_table(attribution: TokenAttribution, *, unit: str = CLIP.unit) -> str:
    """The same as an HTML table: word, value, share and a bar, then what they add up to."""
    values = attribution.values.astype(float)
    top = max(float(np.max(np.abs(values), initial=0.0)), 1e-12)
    rows = []
    for j, word in enumerate(attribution.words):
        sign = " gl-negative" if values[j] < 0 else ""
        length = 50 * abs(values[j]) / top
        left = 50 if values[j] >= 0 else 50 - length
        rows.append(
            f'<tr><th scope="row"><span class="gl-dot" style="--gl-colour:{word_colour(j)}"></span>'
            f"{html.escape(word.text)}</th><td>{signed(values[j], 4)}</td>"
            f"<td>{percent(float(attribution.shares[j]))}</td>"
            f'<td class="gl-track{sign}" aria-hidden="true"><span style="left:{left:.1f}%;'
            f'width:{length:.1f}%;--gl-colour:{word_colour(j)}"></span></td></tr>'
        )
    return (
        '<div class="gl-scroll"><table class="gl-table"><caption>Shapley values, '
        f"{html.escape(unit)}</caption><thead>"
        '<tr><th scope="col">word</th><th scope="col">value</th>'
        '<th scope="col">share</th><th scope="col" class="gl-wide">less … more</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody><tfoot><tr><th scope='row'>sum</th>"
        f"<td>{signed(float(values.sum()), 4)}</td><td></td><td></td></tr></tfoot></table></div>"
        f"<p class='gl-soft'>{_sum_in_words(attribution)}</p>"
    )


def _sum_in_words(attribution: TokenAttribution) -> str:
    full, base = attribution.full_value, attribution.base_value
    start = "the payoff of the empty prompt"
    if attribution.method == "shapley-nonempty":
        start = "the mean payoff of the single words"
    return (
        f"The values add up to the payoff of the whole prompt ({full:.4f}) minus {start} "
        f"({signed(base, 4).lstrip('+')}), that is {signed(full - base, 4)}."
    )


def _short(word: str) -> str:
    return word if len(word) <= 14 else word[:13] + "…"

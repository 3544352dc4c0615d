"""Two groups of pictures compared: their decoded means, and a table of the latents that differ."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from genlens.common.tables import Cell, Table
from genlens.figures.palette import diverging
from genlens.figures.picture_strip import picture_strip
from genlens.figures.style import signed
from genlens.latents.maps.neighbours import GroupComparison

ROWS = 10
LARGE = 0.8
"""Cohen's word for an effect of this size."""


def group_table(
    comparison: GroupComparison,
    names: Sequence[str],
    middles: np.ndarray,
    *,
    titles: tuple[str, str] = ("group A", "group B"),
    rows: int = ROWS,
) -> str:
    """The groups' decoded means side by side, one sentence, and the ``rows`` latents that tell the
    groups apart best, as HTML.

    Args:
        comparison: of d latents.
        names: d names.
        middles: (2, c, h, w), the decoded means of A and B.
        titles: what A and B are called.

    ``effect`` is shown as a bar around 0 that ends at 3 standard deviations. Everything is escaped.
    """
    a, b = titles
    pair = picture_strip(
        middles,
        [f"{a}, {comparison.n_a} pictures", f"{b}, {comparison.n_b} pictures"],
        title="Decoded mean code of each group",
        size=96,
    )
    order = comparison.order[:rows]
    rest = len(comparison.order) - len(order)
    more = f" {rest} more latents differ less." if rest > 0 else ""
    table = Table(
        [
            "latent",
            "mean A",
            "mean B",
            Cell("effect size (A − B in standard deviations; 0.8 is large)", span=2),
            "AUC (chance that one of A lies higher; 0.5: no difference)",
        ],
        [_row(comparison, names[j], int(j)) for j in order],
        caption=f"The latents that tell {a} from {b} best.{more}",
    )
    return (
        f'<div class="gl gl-groups">{pair}<p class="gl-reading">'
        f"{html.escape(_sentence(comparison, names, titles))}</p>"
        f'<div class="gl-scroll" tabindex="0">{table.html()}</div></div>'
    )


def _row(comparison: GroupComparison, name: str, j: int) -> list[str | Cell]:
    effect = float(comparison.effect[j])
    known = np.isfinite(effect)
    return [
        name,
        signed(comparison.mean_a[j], 2),
        signed(comparison.mean_b[j], 2),
        Cell("", html=_bar(effect) if known else "", css="gl-track"),
        signed(effect, 2) if known else "– (it does not vary)",
        f"{comparison.auc[j]:.2f}",
    ]


def _bar(effect: float) -> str:
    share = min(abs(effect) / 3, 1.0)
    left = 50 if effect >= 0 else 50 - 50 * share
    colour = diverging(np.sign(effect) * max(share, 0.35))
    return f'<span style="left:{left:.1f}%;width:{50 * share:.1f}%;background:{colour}"></span>'


def _sentence(comparison: GroupComparison, names: Sequence[str], titles: tuple[str, str]) -> str:
    j = int(comparison.order[0])
    effect, auc = float(comparison.effect[j]), float(comparison.auc[j])
    if not np.isfinite(effect) or abs(effect) < 0.2:
        return f"{titles[0]} and {titles[1]} hardly differ in any single latent."
    higher = titles[0] if effect > 0 else titles[1]
    size = "a large difference" if abs(effect) >= LARGE else "a small difference"
    return (
        f"{names[j]} tells them apart best: it is higher in {higher} by {abs(effect):.1f} standard "
        f"deviations ({size}), and ordering pictures by it gets {100 * max(auc, 1 - auc):.0f} % of "
        "pairs right."
    )

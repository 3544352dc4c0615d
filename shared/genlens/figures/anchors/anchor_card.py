"""One anchor: its picture, what the model makes of it, its criteria, its group and why."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genlens.common.tables import Table
from genlens.figures.attribution.facts import plain_number
from genlens.figures.latents.difference import difference_strip
from genlens.figures.picture_strip import picture_img
from genlens.figures.style import percent_of


@dataclass(frozen=True)
class CriterionLine:
    """A row of the card: a criterion's ``value`` of this anchor in ``unit``; ``threshold`` is the
    model's own, None where it was not measured; ``below`` is the share of anchors with a lower
    value, 0 to 1."""

    title: str
    value: float
    unit: str
    threshold: float | None
    below: float


def anchor_card(
    picture: np.ndarray | None,
    rebuilt: np.ndarray,
    *,
    name: str,
    group: str,
    why: str,
    lines: Sequence[CriterionLine],
    absent: str = "",
) -> str:
    """The card as HTML; all texts are escaped.

    Args:
        picture: (1 or 3, h, w) in [0, 1], None where it is not at hand; ``absent`` says then how to
            get it.
        rebuilt: what the model makes of it.
        name: "Anchor no. 17, class 4".
        group: its group's title.
        why: why it is in that group, in one sentence.
        lines: its criteria.
    """
    if picture is None:
        shown = (
            f'<div class="gl-absent-pair">{picture_img(rebuilt, "its reconstruction", size=112)}'
            f'<p class="gl-note">{html.escape(absent)}</p></div>'
        )
    else:
        shown = difference_strip(picture, rebuilt, name=name)
    rows = [
        [
            line.title,
            f"{plain_number(line.value)}",
            "–" if line.threshold is None else plain_number(line.threshold),
            line.unit,
            f"lower than {percent_of(1 - line.below, 0)} of the anchors"
            if line.below < 0.5
            else f"higher than {percent_of(line.below, 0)}",
        ]
        for line in lines
    ]
    table = Table(("Criterion", "This anchor", "Threshold", "Unit", "Among all"), rows)
    return (
        f'<div class="gl gl-card gl-anchor-card" role="status"><h3>{html.escape(name)}: '
        f"{html.escape(group)}</h3>{shown}<p>{html.escape(why)}</p>"
        f'<div class="gl-scroll" tabindex="0">{table.html(css="gl-table")}</div></div>'
    )

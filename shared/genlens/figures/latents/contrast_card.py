"""A contrast as pictures, one sentence, and the latents that had to move."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from genlens.common.tables import Table
from genlens.figures.line_chart import short
from genlens.figures.picture_strip import picture_strip
from genlens.figures.style import percent, signed
from genlens.latents.examples.contrast import Contrast

MOST_ROWS = 12


def contrast_card(contrast: Contrast, names: Sequence[str], spread: np.ndarray) -> str:
    """Before, after and their difference; what the judge says of both; the moves.

    Args:
        contrast: of either kind.
        names: of the classes, in the order of its scores.
        spread: (d,) each latent's standard deviation over the study, > 0, to tell moves by.
    """
    before, after = names[contrast.class_before], names[contrast.class_after]
    positive = contrast.kind == "positive"
    gap = np.abs(contrast.image_after - contrast.image_before).mean(axis=0, keepdims=True)
    pictures = picture_strip(
        [contrast.image_before, contrast.image_after, gap / max(float(gap.max()), 1e-6)],
        [
            f"as it is: {before}",
            f"{'what is enough' if positive else 'changed'}: {after}",
            f"difference (white: {short(float(gap.max()))} of 1)",
        ],
        title="Pertinent positive" if positive else "Pertinent negative",
        size=104,
    )
    return (
        f'<div class="gl">{pictures}<p class="gl-reading">{html.escape(sentence(contrast, names))}'
        f"</p>{_scores(contrast, names)}{_moves(contrast, spread)}</div>"
    )


def sentence(contrast: Contrast, names: Sequence[str]) -> str:
    """What was found, in one or two plain sentences."""
    before, after = names[contrast.class_before], names[contrast.class_after]
    d, moved = len(contrast.delta), len(contrast.order)
    if contrast.kind == "positive":
        if not contrast.found:
            return f"Even the whole code is not clearly {before}: there is no part that is enough."
        if not moved:
            return f"The average picture already counts as {before}: nothing of this one is needed."
        return (
            f"{moved} of {d} latents, moved only part of the way from the average picture to this "
            f"one, are enough for it to count as {before}."
        )
    if not contrast.found:
        return (
            "No change was found that is enough. The attempt that came nearest is shown: try "
            "another class, or let more latents move."
        )
    return (
        f"{moved} of {d} latents, moved by {contrast.l2:.2f} standard deviations in all, turn "
        f"{before} into {after}."
    )


def _scores(contrast: Contrast, names: Sequence[str]) -> str:
    before, after = _softmax(contrast.scores_before), _softmax(contrast.scores_after)
    shown = np.argsort(-np.maximum(before, after), kind="stable")[:5]
    table = Table(
        ["class", "as it is", "after"],
        [(names[k], percent(float(before[k])), percent(float(after[k]))) for k in shown.tolist()],
        caption="What the judge says of both pictures, probability",
    )
    return f'<div class="gl-scroll">{table.html(css="")}</div>'


def _moves(contrast: Contrast, spread: np.ndarray) -> str:
    if not len(contrast.order):
        return ""
    start = contrast.after - contrast.delta  # the picture's code, or the average for a positive
    rows = [
        (
            f"z{j}",
            short(float(start[j])),
            short(float(contrast.after[j])),
            signed(float(contrast.delta[j] / spread[j]), 2),
        )
        for j in contrast.order[:MOST_ROWS].tolist()
    ]
    heads = ["latent", "from", "to", "move, in standard deviations"]
    table = Table(heads, rows, caption="Latents that moved, largest move first")
    more = len(contrast.order) - MOST_ROWS
    note = f'<p class="gl-soft">… and {more} more that moved less.</p>' if more > 0 else ""
    return f'<div class="gl-scroll">{table.html(css="")}</div>{note}'


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum())

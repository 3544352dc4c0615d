"""A face along a direction: one picture an alpha, with its score."""

from __future__ import annotations

import html

from genlens.figures.line_chart import short
from genlens.figures.picture_strip import picture_img
from genlens.figures.steering.score import Range, place_of, score_chip, score_words
from genlens.steering.results import Strip

SIZE = 84
NO_ENDS = (float("-inf"), float("inf"))


def direction_strip(strip: Strip, *, title: str = "", ends: Range = NO_ENDS) -> str:
    """The pictures from the lowest alpha to the highest, each with its score where it has one; the
    face itself, alpha = 0, is framed.

    Args:
        title: a heading.
        ends: the assessor's range, for the colours of the scores.
    """
    scores = strip.scores.tolist()
    items = []
    for image, alpha, score in zip(strip.images, strip.alphas.tolist(), scores, strict=True):
        name = alpha_words(alpha)
        chip = score_chip(score, place_of(score, ends, scores)) if strip.assessor else ""
        said = f"{name}, score {score_words(score)}" if strip.assessor else name
        items.append(
            f'<li class="gl-shot{"" if alpha else " gl-marked"}">'
            f"{picture_img(image, said, size=SIZE)}{chip}<span>{name}</span></li>"
        )
    heading = f'<div class="gl-strip-title">{html.escape(title)}</div>' if title else ""
    label = f' aria-label="{html.escape(title)}"' if title else ""
    return (
        f'<div class="gl gl-strip-box">{heading}<ul class="gl-strip"{label}>{"".join(items)}</ul>'
        "</div>"
    )


def alpha_words(alpha: float) -> str:
    """ "α = −0.52"; in words where it is the face itself."""
    return "the face" if alpha == 0 else f"α = {short(float(f'{alpha:.2g}'))}"

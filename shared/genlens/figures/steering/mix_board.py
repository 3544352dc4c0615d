"""A face with single groups of layers exchanged: groups down, faces to take styles from across."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genlens.figures.picture_strip import picture_img
from genlens.figures.pixels import shrunk
from genlens.figures.steering.score import Range, place_of, score_chip, score_words

SIZE = 84


@dataclass(frozen=True)
class Scored:
    """Pictures (n, 1 or 3, h, w) with their scores (n,) of one assessor, whose range is ``ends``;
    ``names`` say what each is. A click on picture i is about row ``rows[i]``."""

    images: np.ndarray
    scores: np.ndarray
    names: Sequence[str]
    rows: Sequence[int]
    ends: Range

    def pick(
        self,
        i: int,
        *,
        among: np.ndarray,
        size: int = SIZE,
        chosen: bool = False,
        enabled: bool = True,
    ) -> str:
        """Picture i as a button with its score on top, whose colour is by its place ``among``."""
        score = float(self.scores[i])
        said = f"{self.names[i]}, score {score_words(score)}"
        chip = score_chip(score, place_of(score, self.ends, among.tolist()))
        inside = chip + picture_img(shrunk(self.images[i], 2 * size), said, size=size)
        kind = f"gl-mix-pick{' gl-chosen' if chosen else ''}"
        if not enabled:
            return f'<span class="{kind}">{inside}</span>'
        return (
            f'<button type="button" class="{kind}" data-row="{int(self.rows[i])}" '
            f'title="{html.escape(said)}">{inside}</button>'
        )


def mix_board(
    exchanged: Scored,
    sources: Scored,
    groups: Sequence[tuple[str, str]],
    taken: Sequence[bool],
) -> str:
    """The board as an HTML table that scrolls sideways where it does not fit.

    Args:
        exchanged: group by group, and in each source by source.
        sources: the faces to take styles from, as they are: the head of the table.
        groups: (name, which layers) of each group.
        taken: for each of ``exchanged``, whether the face has that style already.
    """
    k = len(sources.names)
    among = np.concatenate([exchanged.scores, sources.scores])
    heads = "".join(
        f'<th scope="col">{sources.pick(j, size=56, among=among)}'
        f"<span>{html.escape(sources.names[j])}</span></th>"
        for j in range(k)
    )
    body = "".join(
        f'<tr><th scope="row">{html.escape(name)}<span class="gl-says">{html.escape(says)}</span>'
        "</th>"
        + "".join(
            f"<td>{exchanged.pick(i, chosen=taken[i], among=among)}</td>"
            for i in range(g * k, (g + 1) * k)
        )
        + "</tr>"
        for g, (name, says) in enumerate(groups)
    )
    return (
        '<div class="gl-scroll" tabindex="0"><table class="gl-board"><thead><tr>'
        f'<th><span class="gl-soft">take a style from</span></th>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def ordered_strip(mixes: Scored, title: str, *, picks: bool = True) -> str:
    """Pictures in the order given, each with its score on top; a click picks one, where ``picks``
    says so."""
    items = "".join(
        f'<li class="gl-shot">{mixes.pick(i, among=mixes.scores, enabled=picks)}'
        f"<span>{html.escape(name)}</span></li>"
        for i, name in enumerate(mixes.names)
    )
    return (
        f'<div class="gl-strip-box"><div class="gl-strip-title">{html.escape(title)}</div>'
        f'<ol class="gl-strip gl-mixes" aria-label="{html.escape(title)}">{items}</ol></div>'
    )

"""The board as HTML."""

from __future__ import annotations

import html

import numpy as np

from genlens.errors import InputError
from genlens.figures.sentences import sentence_case
from genlens.figures.steering.mix_board import Scored, mix_board, ordered_strip
from genlens.figures.steering.score import score_scale
from genlens.ui.steering.kept import is_own
from genlens.ui.steering.mixing.board import Board


def board_html(shown: Board) -> str:
    """What each exchange would do to the face on screen."""
    k = len(shown.sources)
    cells = [shown.cell(g, j) for g in range(len(shown.groups)) for j in range(k)]
    names = source_names(shown)
    said = [f"{group.name} layers from {names[j]}" for group in shown.groups for j in range(k)]
    taken = [shown.taken(g, j) for g in range(len(shown.groups)) for j in range(k)]
    table = mix_board(
        _scored(shown, cells, said),
        _scored(shown, [shown.whole(j) for j in range(k)], names),
        [(group.name, _layers(shown, group.start, group.stop)) for group in shown.groups],
        taken,
    )
    which = shown.now.assessor
    return (
        f'<div class="gl">{table}{score_scale(which.range, f"{which.title}: {which.unit}")}</div>'
    )


def ordered_html(shown: Board) -> str:
    """The random mixes, highest score first."""
    rows = shown.random
    which = shown.now.assessor.title
    title = f"{len(rows)} random mixes of these faces, highest score first ({which})"
    strip = ordered_strip(_scored(shown, rows, [recipe(shown, row) for row in rows]), title)
    return f'<div class="gl">{strip}</div>'


def refused_html(error: InputError) -> str:
    """A generator without layers to mix, in words."""
    text = str(error)
    said = html.escape(sentence_case(text))
    return f'<div class="gl"><p class="gl-note">{said}.</p></div>'


def source_names(shown: Board) -> list[str]:
    """ "face 3" of each source; a visitor's own are counted."""
    names, own = [], 0
    for name in shown.sources:
        own += is_own(name)
        names.append(f"your face {own}" if is_own(name) else f"face {name}")
    return names


def _scored(shown: Board, rows: list[int], names: list[str]) -> Scored:
    picked = np.asarray(rows, int)
    cells = shown.cells
    return Scored(cells.images[picked], cells.scores[picked], names, rows, shown.now.assessor.range)


def _layers(shown: Board, start: int, stop: int) -> str:
    """ "layers 1 to 4: 4 px to 16 px"; what a layer does at its size is left out."""
    names = shown.now.generator.layers[start:stop]
    first, last = (name.partition(",")[0] for name in (names[0], names[-1]))
    which = f"layer {stop}" if len(names) == 1 else f"layers {start + 1} to {stop}"
    return f"{which}: {first}{f' to {last}' if last != first else ''}"


def recipe(shown: Board, row: int) -> str:
    """ "coarse 2 · middle 4 · fine 1"."""
    names = [name.removeprefix("face ") for name in source_names(shown)]
    parts = []
    for group in shown.groups:
        first, second, share = shown.cells.choices[row, group.start]
        one, two = names[int(first) - 1], names[int(second) - 1]
        mixed = f" ⟶ {two} {100 * share:.0f} %" if share and one != two else ""
        parts.append(f"{group.name} {one}{mixed}")
    return " · ".join(parts)

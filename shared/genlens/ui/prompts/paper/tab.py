"""The tab with the source paper's table: what it prints, what its numbers give, and ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genlens.common.tables import Table
from genlens.figures.blocks import blocks_html
from genlens.prompts.evaluation.paper.table import ours_blocks, paper_blocks

_INTRO = (
    "The method of this page comes from a paper (C. Gupta and V. Kanoria, University of "
    "Pennsylvania). Its authors gave the words of ten prompts an importance by hand and asked how "
    "near Shapley values come to that. Here is their table once more, worked out from their own "
    "numbers, and beside it the same question put to the shipped model.\n"
    "**Ranks aligned**: sort the words by value; how many have the place that the truth gives "
    "them? **RMSE**: how far the shares are off, on average (the root of the mean squared "
    "difference; 0 is best, 1 the whole). A figure counts only where it is clearly better than "
    "the **control**, the same numbers handed to the words in random order."
)
_TRUTH = (
    "A truth given by hand is an opinion: nobody knows whether “cat’s” is worth 45 % of a cat’s "
    "house. In captions of the model’s own world part of the truth is known: “cat” draws "
    "something, “a” does not. So the last table asks less, and can be sure of it."
)
_NOT_YET = (
    "The shipped model was not measured for this copy yet: run `genlens evaluate paper --json "
    "shared/genlens/zoo/cards/paper.json`."
)
_QUICK = (
    "What follows is a quick look at few captions, with wide intervals: a full run is `genlens "
    "evaluate paper`."
)


def paper_html(measured: Mapping[str, Any] | None) -> str:
    """The whole tab; ``measured`` is ``PaperEvaluation.to_dict()``, None where there is none."""
    if measured is None:
        ours: list[Table | str] = [_NOT_YET]
    else:
        ours = [*([_QUICK] if measured["quick"] else []), _TRUTH, *ours_blocks(measured)]
    blocks = [*_INTRO.split("\n"), *paper_blocks(), *ours]
    return f'<div class="gl"><h3>The source paper’s table</h3>{blocks_html(blocks)}</div>'

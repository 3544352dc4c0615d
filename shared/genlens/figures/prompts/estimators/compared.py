"""One estimate as a figure, for notebooks and files."""

from __future__ import annotations

import html

from genlens.figures.prompts.estimators.estimate_chart import estimate_chart
from genlens.figures.prompts.estimators.estimate_table import estimate_table
from genlens.figures.prompts.estimators.pairs import pair_matrix, pair_network
from genlens.prompts.estimators.results import Estimate


def estimate_figure(estimate: Estimate) -> str:
    """Chart and table of one estimate, and its pairs where it has any."""
    pairs = "" if estimate.pairs is None else pair_matrix(estimate) + pair_network(estimate)
    notes = "".join(f'<p class="gl-note">{html.escape(note)}</p>' for note in estimate.notes)
    return estimate_chart([estimate]) + estimate_table([estimate]) + pairs + notes

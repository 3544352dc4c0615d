"""The tab with the retraining job: does a model trained on the anchors of HIHE alone stay what it
was?"""

from __future__ import annotations

from functools import lru_cache

from genlens.anchors.evaluation.retrained import recorded, rescored
from genlens.anchors.evaluation.table import retraining_tables
from genlens.figures.anchors.agreeable import agreeable_strips
from genlens.figures.anchors.retraining_chart import claim, retraining_chart
from genlens.figures.blocks import blocks_html
from genlens.ui.kit import Fill, html

_ABOUT = (
    '<div class="gl"><p>Is the claim true that the group HIHE is what the model has learned? Take '
    "pictures away from its training set and train it again, with everything else as it was. "
    "“Anchor value” is KLD + squared error, lower is more representative. If the claim holds, a "
    "model on the most representative pictures stays near the original, and one without them does "
    "not (PXGen, section 4.4, figures 7 and 8). Near is measured by FID in the features of a "
    "digits classifier, over several training seeds.</p></div>"
)
_EMPTY = (
    '<div class="gl"><p class="gl-note">The job was not run for this copy yet: <code>genlens '
    "retrain</code> takes some hours on 2 cores and can be stopped and resumed.</p></div>"
)


class RetrainingTab:
    """Builds the tab where it is called; nothing in it depends on what the page shows."""

    def __init__(self) -> None:
        html(_ABOUT)
        html(retraining_html(), elem_id="gl-retraining")
        self.opened: list[Fill] = []


@lru_cache(maxsize=1)
def retraining_html() -> str:
    """The recorded job, scored again: a chart and its tables; how to make one where there is
    none."""
    job = recorded()
    if job is None:
        return _EMPTY
    found = rescored(job)
    tables = blocks_html(retraining_tables(found.to_dict()))
    said = f"<p><b>{claim(found)}</b></p>"
    first = job.originals[0]
    strips = agreeable_strips(first.agreeable, first.seed)
    return f'<div class="gl">{said}{retraining_chart(found)}{strips}{tables}</div>'

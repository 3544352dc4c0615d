"""PXGen's figure 1: the training pictures that a model agrees with most, by two rankings."""

from __future__ import annotations

from collections.abc import Sequence

from genlens.anchors.retraining.agreeable import Agreeable
from genlens.figures.picture_strip import picture_strip

NAMES = {
    "HIHE": "By PXGen: the lowest KLD + squared error in HIHE",
    "TracIn": "By VAE-TracIn: the greatest mean influence on what the model draws",
}


def agreeable_strips(found: Sequence[Agreeable], seed: int) -> str:
    """One strip a ranking, and how many pictures are in both."""
    if not found:
        return ""
    strips = "".join(
        picture_strip(
            one.images(), [f"no. {row}" for row in one.rows], title=NAMES.get(one.way, one.way)
        )
        for one in found
    )
    both = set.intersection(*(set(one.rows) for one in found))
    k = len(found[0].rows)
    return (
        f"<h3>The top {k} by each ranking</h3><p>The training pictures that what the model draws "
        f"agrees with most (PXGen, figure 1), for training seed {seed}; numbers count the training "
        f"pictures. {len(both) or 'None'} of {k} {'is' if len(both) < 2 else 'are'} in both.</p>"
        f"{strips}"
    )

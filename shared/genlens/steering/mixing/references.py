"""Which faces to mix with: alike in what is not tested, different in what is.

Kirchler et al. 2021 (arXiv:2109.07869): "the most promising results when selecting reference images
similar along dimensions that we do not want to explore but dissimilar in a few key aspects of
interest".
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from genlens.common.checks import number, whole
from genlens.common.progress import Cancel, Progress
from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.errors import InputError, ModelError
from genlens.models.contracts import Assessor, Generator
from genlens.steering.drawn import as_styles, draw, random_styles, score


@dataclass(frozen=True)
class References(Record):
    """Faces to mix with one face, best first: ``styles`` (n, layers, d) and their ``images``.

    ``different`` (n,) is how far each is from the face on the tested assessor, ``alike`` (n,) how
    far on the held ones (root mean square), both in standard deviations of the generator's own
    pictures; ``usual_different`` and ``usual_alike`` are the means of a random face: a good
    reference is above the first and below the second. ``rows`` (n,) index the ``pool`` drawn faces.
    """

    styles: np.ndarray = field(metadata=UNWRITTEN)
    images: np.ndarray = field(metadata=UNWRITTEN)
    rows: np.ndarray
    different: np.ndarray
    alike: np.ndarray
    usual_different: float
    usual_alike: float
    tested: str
    held: tuple[str, ...]
    pool: int
    made_by: MadeBy = field(default_factory=MadeBy)


def choose_references(
    generator: Generator,
    style: torch.Tensor | np.ndarray,
    tested: Assessor,
    held: Sequence[Assessor],
    n: int = 4,
    *,
    pool: int = 256,
    nearest: float = 0.25,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> References:
    """The ``n`` faces that differ most from ``style`` on ``tested``, among the share ``nearest`` of
    ``pool`` drawn faces that are most alike on ``held``.

    Args:
        style: (1, layers, d), of the face under test.
        held: one assessor or more of what should stay as it is.

    Raises:
        InputError: nothing is held, or numbers out of range.
        ModelError: an assessor tells none of the faces apart, or has no score for the face itself.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    own = as_styles(generator, style, "the style")[:1]
    if not held or tested.name in {each.name for each in held}:
        raise InputError(
            "name one assessor or more to hold, other than the tested one: references are alike in "
            "what is held"
        )
    whole("pool", pool, 8, 10_000)
    number("nearest", nearest, 0.01, 1.0)
    whole("the number of references", n, 1, max(1, int(pool * nearest)))
    drawn = random_styles(generator, pool, seed)
    images = draw(generator, torch.cat([own, drawn]), progress=progress, cancel=cancel)
    different = np.abs(_away(tested, images))
    alike = np.sqrt(np.mean([_away(each, images) ** 2 for each in held], axis=0))
    rows = by_rule(different, alike, nearest)[:n]
    return References(
        styles=drawn[torch.as_tensor(rows)].cpu().numpy(),
        images=images[1:][torch.as_tensor(rows)].numpy(),
        rows=rows,
        different=different[rows],
        alike=alike[rows],
        usual_different=float(np.nanmean(different)),
        usual_alike=float(np.nanmean(alike)),
        tested=tested.name,
        held=tuple(each.name for each in held),
        pool=pool,
        made_by=generator.card.made_by(
            generator.device,
            seed=seed,
            settings={"nearest": nearest, "pool": pool},
            model_calls=pool + 1,
            seconds=seconds_since(started),
        ),
    )


def by_rule(different: np.ndarray, alike: np.ndarray, nearest: float) -> np.ndarray:
    """Rows of the share ``nearest`` that is most ``alike`` (smallest), the most ``different``
    first; a face without a score (NaN) is no reference."""
    known = np.flatnonzero(np.isfinite(different) & np.isfinite(alike))
    keep = max(1, round(len(known) * nearest))
    close = known[np.argsort(alike[known], kind="stable")][:keep]
    return close[np.argsort(-different[close], kind="stable")]


def _away(assessor: Assessor, images: torch.Tensor) -> np.ndarray:
    """(n,): how far the score of ``images[1:]`` is from that of ``images[0]``, in standard
    deviations."""
    scores = score(assessor, images)
    spread = float(np.nanstd(scores[1:]))
    if not np.isfinite(scores[0]) or spread == 0:
        reason = "tells no faces apart" if spread == 0 else "has no score for this face"
        raise ModelError(f"{assessor.title} {reason}: test or hold something else")
    return (scores[1:] - scores[0]) / spread

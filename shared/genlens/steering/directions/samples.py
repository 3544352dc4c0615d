"""Random pictures and their scores: what directions are learned from, drawn once for all of them.

::

    samples = draw_samples(generator, [smile, glasses], n=2000, seed=0)
    find_direction(generator, "svm", smile, samples=samples, hold=[glasses])
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.common.progress import Cancel, Progress, batches
from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.errors import InputError
from genlens.models.contracts import Assessor, Generator
from genlens.steering.drawn import ready, require_drawn, score

LEAST, MOST = 50, 50_000
"""Pictures that one draw may ask for."""
_BATCH = 32


@dataclass(frozen=True)
class Samples(Record):
    """``latents`` (n, *latent_shape) from the prior and, by assessor, their pictures' ``scores``
    (n,): NaN where it has none."""

    latents: torch.Tensor = field(metadata=UNWRITTEN)
    scores: dict[str, np.ndarray]
    made_by: MadeBy = field(default_factory=MadeBy)

    def __len__(self) -> int:
        return len(self.latents)

    def of(self, assessor: Assessor) -> np.ndarray:
        """The scores (n,) of ``assessor``.

        Raises:
            InputError: it was not asked when the pictures were drawn.
        """
        if assessor.name not in self.scores:
            raise InputError(
                f"these pictures were not scored by {assessor.title}: draw_samples with it"
            )
        return self.scores[assessor.name]

    def spread(self, name: str) -> float:
        """The standard deviation of an assessor's scores over random pictures."""
        return float(np.nanstd(self.scores[name]))


@torch.no_grad()
def draw_samples(
    generator: Generator,
    assessors: Sequence[Assessor],
    n: int = 2000,
    seed: int = 0,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Samples:
    """``n`` (50 to 50,000) random pictures, each seen by all ``assessors``; pictures are not kept.

    Raises:
        InputError: a number out of range, or a network that an assessor needs is not here.
        ModelError: an assessor gave no scores, or the generator drew NaN.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    n = whole("the number of pictures", n, LEAST, MOST)
    z = generator.sample_latents(n, whole("seed", seed, 0, MAX_SEED))
    for assessor in assessors:
        ready(assessor)
    parts: list[list[np.ndarray]] = []
    for start in batches(n, _BATCH, "Drawing and scoring", progress, cancel):
        images = generator.synthesize(generator.to_styles(z[start : start + _BATCH]))
        require_drawn(generator, images)
        parts.append([score(assessor, images) for assessor in assessors])
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Samples(
        latents=z,
        scores={a.name: column for a, column in zip(assessors, columns, strict=True)},
        made_by=generator.card.made_by(
            generator.device,
            seed=seed,
            settings={"n": n, "assessors": [a.name for a in assessors]},
            model_calls=n,
            seconds=seconds_since(started),
        ),
    )

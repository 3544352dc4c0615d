"""Where pictures stand along a direction, and which of several directions goes with a score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from genlens.errors import InputError
from genlens.models.contracts import Assessor, Generator
from genlens.steering.directions.samples import Samples
from genlens.steering.results import Direction

_BATCH = 1024
NORM_SHARES = (-0.09, -0.06, -0.03, 0.0, 0.03, 0.06, 0.09)
"""How far S2 (arXiv:2109.07869, appendix) goes, in lengths of a code; further pictures break."""


@torch.no_grad()
def places_along(generator: Generator, z: torch.Tensor, direction: Direction) -> np.ndarray:
    """(n,): the codes of latents ``z`` times the direction: how far along it each stands."""
    vector = torch.from_numpy(np.asarray(direction.vector, np.float32)).to(generator.device)

    def codes(part: torch.Tensor) -> torch.Tensor:
        found = part if direction.space == "latents" else generator.to_styles(part)
        return found.flatten(1).to(generator.device)

    rows = [codes(part) @ vector.flatten() for part in z.split(_BATCH)]
    return torch.cat(rows).double().cpu().numpy()


def correlation(
    generator: Generator, direction: Direction, samples: Samples, assessor: Assessor
) -> float:
    """Pearson's correlation, over random pictures, of places along ``direction`` and scores.

    Raises:
        InputError: the samples were not scored by ``assessor``.
    """
    scores = samples.of(assessor)
    known = np.isfinite(scores)
    places = places_along(generator, samples.latents, direction)
    if known.sum() < 3 or not (scores[known].std() > 0 and places[known].std() > 0):
        return 0.0
    return float(np.corrcoef(places[known], scores[known])[0, 1])


def going_with(
    generator: Generator, directions: Sequence[Direction], samples: Samples, assessor: Assessor
) -> Direction:
    """The one of ``directions`` whose places go most with the scores of ``assessor``, turned round
    where these fall along it. Closed forms know no assessor: this is how one is found among them.

    Raises:
        InputError: no direction, or the samples were not scored by ``assessor``.
    """
    if not directions:
        raise InputError("there is no direction to choose from")
    found = [correlation(generator, each, samples, assessor) for each in directions]
    best = int(np.argmax(np.abs(found)))
    chosen = directions[best]
    return chosen if found[best] >= 0 else replace(chosen, vector=-chosen.vector)


def paper_alphas(generator: Generator, direction: Direction) -> np.ndarray:
    """(7,) alphas of ``NORM_SHARES`` along ``direction``: S2's own steps, to compare with."""
    with torch.no_grad():
        z = generator.sample_latents(500, 0)
        codes = z if direction.space == "latents" else generator.to_styles(z)
        moved = np.atleast_2d(direction.vector).any(axis=1)  # layers that stay do not count
        if direction.space == "styles":
            codes = codes[:, torch.from_numpy(moved)]
        usual = float(codes.flatten(1).norm(dim=1).mean())
    return np.array(NORM_SHARES) * usual / float(np.linalg.norm(direction.vector))

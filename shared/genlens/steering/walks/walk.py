"""Pictures along a direction, drawn and scored once; strips, curves and leakage read them.

::

    walk = take_walk(generator, direction, seeds=range(100, 140), alphas=reach.steps,
                     assessors=[smile, glasses])
    curve_of(walk, "smile").monotone, leakage_of(walk, "smile").worst
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.common.progress import Cancel, Progress, batches
from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.errors import InputError
from genlens.models.contracts import Assessor, Distance, Generator
from genlens.steering.directions.ganalyze import keep_length
from genlens.steering.drawn import draw, ready, score
from genlens.steering.results import Direction
from genlens.steering.walks.drift import drift_distance

MOST_SEEDS, MOST_ALPHAS = 500, 101


@dataclass(frozen=True)
class Walk(Record):
    """``images`` (seeds, k, c, h, w) float32 in [0, 1] of each of ``seeds`` at ``alphas`` (k,), 0
    among them; by assessor the ``scores`` (seeds, k), NaN where it has none, and its unit;
    ``distances`` (seeds, k) of each picture to that at alpha = 0."""

    direction: Direction
    seeds: tuple[int, ...]
    alphas: np.ndarray
    images: np.ndarray = field(metadata=UNWRITTEN)
    scores: dict[str, np.ndarray]
    units: dict[str, str]
    distances: np.ndarray
    distance: str
    made_by: MadeBy = field(default_factory=MadeBy)

    @property
    def origin(self) -> int:
        """The place of alpha = 0."""
        return int(np.flatnonzero(self.alphas == 0)[0])

    def scored(self, name: str) -> np.ndarray:
        """(seeds, k) scores of an assessor.

        Raises:
            InputError: it was not asked on this walk.
        """
        if name not in self.scores:
            asked = ", ".join(self.scores) or "no assessor"
            raise InputError(f"this walk was scored by {asked}, not by {name!r}")
        return self.scores[name]


def latents_of(generator: Generator, seeds: Iterable[int]) -> torch.Tensor:
    """(n, *latent_shape): the latent that each seed names.

    Raises:
        InputError: no seed, over 500, or a seed out of range.
    """
    rows = [whole("seed", seed, 0, MAX_SEED) for seed in seeds]
    if not 1 <= len(rows) <= MOST_SEEDS:
        raise InputError(f"{len(rows)} seeds: take 1 to {MOST_SEEDS}")
    return torch.cat([generator.sample_latents(1, seed) for seed in rows])


@torch.no_grad()
def styles_along(
    generator: Generator, z: torch.Tensor, direction: Direction, alphas: np.ndarray
) -> torch.Tensor:
    """(n, k, layers, d): the styles of latents ``z`` (n, *latent_shape) moved by each of ``alphas``
    (k,) along ``direction``.

    Raises:
        InputError: the direction is of another generator.
    """
    if direction.space == "styles":
        return moved_styles(generator, generator.to_styles(z), direction, alphas)
    vector, steps = _on_device(generator, direction, alphas)
    flat = z.flatten(1)[:, None].expand(-1, len(steps), -1).flatten(0, 1)  # (n * k, d)
    move = (steps[:, None] * vector).repeat(len(z), 1)  # (n * k, d)
    moved = keep_length(flat, move) if direction.normed else flat + move
    styles = generator.to_styles(moved.reshape(len(moved), *generator.latent_shape))
    return styles.unflatten(0, (len(z), len(steps)))


@torch.no_grad()
def moved_styles(
    generator: Generator, styles: torch.Tensor, direction: Direction, alphas: np.ndarray
) -> torch.Tensor:
    """(n, k, layers, d): ``styles`` (n, layers, d) moved by each of ``alphas`` (k,), for faces that
    have no latent: mixed ones, or a picture that was found again.

    Raises:
        InputError: the direction is of another generator, or moves latents.
    """
    if direction.space != "styles":
        raise InputError(
            "this direction moves latents, and the face has none: it is a mix of styles. Take the "
            "face of a seed, or find the direction in styles"
        )
    vector, steps = _on_device(generator, direction, alphas)
    return styles[:, None] + steps[:, None, None] * vector


def take_walk(
    generator: Generator,
    direction: Direction,
    seeds: Sequence[int],
    alphas: Sequence[float] | np.ndarray,
    assessors: Sequence[Assessor] = (),
    *,
    distance: Distance | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Walk:
    """Move the faces of ``seeds`` to each of ``alphas``; 0 is added where it is missing.

    Args:
        seeds: at most 500.
        alphas: at most 101, in any order; the walk has them sorted.
        distance: for the drift; None takes LPIPS where it was fetched, else SSIM.

    Raises:
        InputError: seeds or alphas out of range, a direction of another generator, or an
            assessor's network is not here.
        ModelError: NaN was drawn, or an assessor gave no scores.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    steps = checked_alphas(alphas)
    z = latents_of(generator, seeds)
    for assessor in assessors:
        ready(assessor)
    far = distance or drift_distance()
    origin = int(np.flatnonzero(steps == 0)[0])
    images, scores, distances = [], [], []
    for row in batches(len(z), 1, "Walking along the direction", progress, cancel):
        styles = styles_along(generator, z[row : row + 1], direction, steps)[0]
        drawn = draw(generator, styles, cancel=cancel)  # (k, c, h, w)
        on_device = drawn.to(generator.device)
        images.append(drawn.numpy())
        scores.append([score(a, on_device) for a in assessors])
        distances.append(far.between(drawn, drawn[origin].expand_as(drawn)).numpy())
    columns = [np.stack(column) for column in zip(*scores, strict=True)]
    return Walk(
        direction=direction,
        seeds=tuple(int(seed) for seed in seeds),
        alphas=steps,
        images=np.stack(images),
        scores={a.name: column for a, column in zip(assessors, columns, strict=True)},
        units={a.name: a.unit for a in assessors},
        distances=np.stack(distances).astype(np.float64),
        distance=far.title,
        made_by=generator.card.made_by(
            generator.device,
            settings={
                "method": direction.method,
                "space": direction.space,
                "seeds": len(z),
                "distance": far.title,
            },
            model_calls=len(z) * len(steps),
            seconds=seconds_since(started),
        ),
    )


def checked_alphas(alphas: Sequence[float] | np.ndarray) -> np.ndarray:
    """``alphas`` sorted, each once, with 0 among them.

    Raises:
        InputError: NaN or infinity, none but 0, or over 101.
    """
    given = np.asarray(alphas, np.float64).ravel()
    if not np.isfinite(given).all():
        raise InputError(f"alphas are {given.tolist()[:5]}: give finite numbers")
    steps = np.unique(np.append(given, 0.0))
    if not 2 <= len(steps) <= MOST_ALPHAS:
        raise InputError(f"{len(steps)} alphas: give 1 to {MOST_ALPHAS - 1} beside 0")
    return steps


def _on_device(
    generator: Generator, direction: Direction, alphas: np.ndarray
) -> tuple[torch.Tensor, torch.Tensor]:
    """The direction's vector and the alphas (k,) as tensors, once the direction fits."""
    styles = generator.to_styles(generator.sample_latents(1, 0)).shape[1:]
    latents = (int(np.prod(generator.latent_shape)),)
    wanted = latents if direction.space == "latents" else tuple(styles)
    if direction.vector.shape != wanted:
        raise InputError(
            f"the direction has shape {direction.vector.shape}, and the {direction.space} of "
            f"{generator.card.id} have {wanted}: it was found in another generator"
        )
    arrays = (direction.vector, alphas)
    vector, steps = (torch.from_numpy(np.asarray(a, np.float32)) for a in arrays)
    return vector.to(generator.device), steps.to(generator.device)

"""Mixed pictures: each layer takes one source's style, or a blend of two (S2, figure 7)."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch

from genlens.common.checks import whole
from genlens.common.progress import Cancel, Progress
from genlens.common.records import seconds_since
from genlens.errors import InputError
from genlens.models.contracts import Assessor, Generator
from genlens.steering.drawn import as_styles, draw, score
from genlens.steering.mixing.layers import LayerGroup, require_layers
from genlens.steering.results import Mix

MAX_MIXES = 512


def mix(
    generator: Generator,
    sources: torch.Tensor | np.ndarray,
    choices: np.ndarray | Sequence[object],
    assessor: Assessor | None = None,
    *,
    batch: int = 32,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Mix:
    """Pictures of ``choices`` and their scores, highest first in ``order``.

    Args:
        generator: with two layers or more.
        sources: (k, layers, d), the styles to choose from.
        choices: (n, layers, 3), n up to 512: for each layer the first source, the second, and how
            far from the first to the second, 0 to 1; see ``whole_sources``, ``replacements`` and
            ``random_choices``.
        assessor: what orders the pictures; without one scores are NaN and the order is that of
            ``choices``. A picture without a score (NaN) comes last.

    Raises:
        InputError: one layer, shapes that do not fit, a source that does not exist, a blend outside
            0 to 1, an assessor whose network is missing.
        ModelError: pictures or all scores are NaN.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    require_layers(generator)
    given = as_styles(generator, sources, "sources")
    chosen = checked_choices(choices, len(given), len(generator.layers))
    styles = blended(given, chosen)
    images = draw(generator, styles, batch=batch, progress=progress, cancel=cancel)
    scores = np.full(len(images), np.nan)
    if assessor is not None:
        scores = score(assessor, images, cancel=cancel)
    return Mix(
        images=images.numpy(),
        styles=styles.cpu().numpy(),
        choices=chosen,
        scores=scores,
        order=np.argsort(-scores, kind="stable"),  # NaN sorts last
        assessor="" if assessor is None else assessor.name,
        unit="" if assessor is None else assessor.unit,
        made_by=generator.card.made_by(
            generator.device,
            settings={"sources": len(given), "assessor": "" if assessor is None else assessor.name},
            model_calls=len(images),
            seconds=seconds_since(started),
        ),
    )


@torch.no_grad()
def blended(sources: torch.Tensor, choices: np.ndarray) -> torch.Tensor:
    """(n, layers, d): (1 - t) w_first + t w_second in each layer, of ``choices`` (n, layers, 3)."""
    layer = torch.arange(sources.shape[1], device=sources.device)
    rows = torch.as_tensor(choices[..., :2], dtype=torch.long, device=sources.device)
    share = torch.as_tensor(choices[..., 2:], dtype=sources.dtype, device=sources.device)
    first, second = sources[rows[..., 0], layer], sources[rows[..., 1], layer]  # (n, layers, d)
    return first + share * (second - first)


def whole_sources(layers: int, sources: int) -> np.ndarray:
    """(sources, layers, 3): each source as it is, in all layers (the paper's "style view")."""
    choices = np.zeros((sources, layers, 3))
    choices[..., :2] = np.arange(sources)[:, None, None]
    return choices


def replacements(choice: np.ndarray, groups: Sequence[LayerGroup], sources: int) -> np.ndarray:
    """(groups * sources, layers, 3): ``choice`` (layers, 3) with one group's style exchanged for
    one source's, group by group: what each change would do."""
    cells = np.tile(np.asarray(choice, np.float64), (len(groups) * sources, 1, 1))
    for i, group in enumerate(groups):
        for source in range(sources):
            cells[i * sources + source, group.start : group.stop] = (source, source, 0)
    return cells


def random_choices(
    layers: int,
    groups: Sequence[LayerGroup],
    sources: int,
    n: int,
    seed: int,
    *,
    blend: bool = False,
) -> np.ndarray:
    """(n, layers, 3): for each group a random source; with ``blend`` two, and how far between."""
    rng = np.random.default_rng(seed)
    choices = np.zeros((n, layers, 3))
    for group in groups:
        first = rng.integers(sources, size=n)
        second = rng.integers(sources, size=n) if blend else first
        share = rng.random(n) if blend else np.zeros(n)
        choices[:, group.start : group.stop] = np.stack([first, second, share], 1)[:, None]
    return choices


def checked_choices(
    choices: np.ndarray | Sequence[object], sources: int, layers: int
) -> np.ndarray:
    """``choices`` as float64 (n, layers, 3), once each names sources that exist."""
    try:
        given = np.asarray(choices, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("choices hold something that is no number") from error
    if given.ndim != 3 or given.shape[1:] != (layers, 3):
        raise InputError(
            f"choices have shape {given.shape}: pass (n, {layers}, 3), for each layer the first "
            "source, the second, and how far from the first to the second"
        )
    whole("mixes", len(given), 1, MAX_MIXES)
    rows, share = given[..., :2], given[..., 2]
    if not ((rows >= 0) & (rows < sources) & (rows == np.floor(rows))).all():
        raise InputError(f"choices name sources that do not exist: take 0 to {sources - 1}")
    if not ((share >= 0) & (share <= 1)).all():  # also refuses NaN
        raise InputError("a blend is outside 0 to 1: 0 is the first source, 1 the second")
    return given

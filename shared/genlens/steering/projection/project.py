"""A picture found again in a generator, with the error first."""

from __future__ import annotations

import time

import torch

from genlens.common.progress import Cancel, Progress
from genlens.common.records import seconds_since
from genlens.errors import InputError
from genlens.models.contracts import Generator
from genlens.steering.projection.search import Found, Search
from genlens.steering.projection.usual import Usual, usual_of
from genlens.steering.results import Projection


def project(
    generator: Generator,
    image: torch.Tensor,
    *,
    shared: bool = True,
    steps: int = 100,
    seed: int = 0,
    usual: Usual | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Projection:
    """The styles from which ``generator`` draws ``image`` best, and whether that is good enough.

    Args:
        image: (c, h, w) in [0, 1], of the generator's size.
        shared: one style for all layers (edits better) or one for each (nearer to the picture).
        steps: of gradient descent.
        seed: of the own pictures among which a start is looked for.
        usual: the usual error of this procedure; None takes what ships or measures it, which takes
            as long as several searches, once for each model.

    Raises:
        InputError: a picture of another shape, with NaN or outside [0, 1], or numbers out of range.
        ModelError: the generator drew NaN or infinity.
        Cancelled: ``cancel()`` said so.
    """
    if image.ndim != 3:
        raise InputError(f"the picture has shape {tuple(image.shape)}: pass one, (c, h, w)")
    if bool((image < 0).any() | (image > 1).any()):
        raise InputError("the picture holds numbers outside 0 to 1: divide bytes by 255")
    search = Search(generator, shared=shared, steps=steps, seed=seed)
    known = usual_of(search, progress=progress, cancel=cancel) if usual is None else usual
    started = time.perf_counter()
    found = search.find(image[None], progress=progress, cancel=cancel)
    return projection_of(search, image, found, known, seconds_since(started))


def projection_of(
    search: Search, image: torch.Tensor, found: Found, known: Usual, seconds: float
) -> Projection:
    """What ``search`` has ``found`` of one picture (c, h, w), against the usual error."""
    generator, error, limit = search.generator, float(found.reached[0]), known.limit(image.cpu())
    return Projection(
        styles=found.styles[0].numpy(),
        image=found.images[0].numpy(),
        target=image.float().cpu().numpy(),
        losses=found.errors[0].double().numpy(),
        error=error,
        usual=known.error,
        limit=limit,
        foreign=error > limit,
        shared=search.shared,
        made_by=generator.card.made_by(
            generator.device,
            seed=search.seed,
            settings=search.settings,
            model_calls=search.tries + search.steps + 2,
            seconds=seconds,
        ),
    )

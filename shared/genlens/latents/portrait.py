"""One picture of a study at a glance: how it is rebuilt, and what its largest latent reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genlens.attribution.gradients import integrated_gradients, saliency
from genlens.attribution.results import Attribution
from genlens.latents.targets import latent_mean
from genlens.study.coder import Coder
from genlens.study.study import Study

STEPS = 200
"""Points of Integrated Gradients; doubled by itself where they do not do."""


@dataclass(frozen=True)
class Portrait:
    """Picture ``index`` of ``count``: ``image`` and ``rebuilt`` (c, h, w) in [0, 1], ``error`` the
    mean squared difference of their pixels (0 to 1) and ``median`` that of the whole study.

    ``label`` is its class in words, "" where there is none. ``latent`` is the latent whose mean is
    furthest from 0, ``value`` that mean in latent units, ``place`` its (channel, row, column) where
    the code is a stack of maps. ``attribution`` explains the value by pixels: by Integrated
    Gradients for flat codes, by Saliency (one gradient) for stacks of maps, whose encoders are too
    slow for more at a click; None where it was not asked for.
    """

    index: int
    count: int
    image: np.ndarray
    rebuilt: np.ndarray
    error: float
    median: float
    label: str
    latent: int
    value: float
    place: tuple[int, ...] = ()
    attribution: Attribution | None = None


def portrait(study: Study, index: int, *, explain: bool = True) -> Portrait:
    """The portrait of picture ``index``; ``explain`` adds the attribution.

    A conditional model looks at it with its own label.

    Raises:
        InputError: there is no such picture.
        ModelError: the model gives NaN or infinite values.
    """
    picture = study.picture(index)
    model, code = study.at(index)
    coder = Coder(model)
    rebuilt = coder.decode(code[None])[0]
    latent = int(np.abs(code).argmax())
    spatial = len(coder.latent_shape) > 1
    attribution = None
    if explain:
        target = latent_mean(model, latent)
        attribution = (
            saliency(target, picture)
            if spatial
            else integrated_gradients(target, picture, steps=STEPS)
        )
    place = np.unravel_index(latent, coder.latent_shape) if spatial else ()
    return Portrait(
        index=index,
        count=len(study),
        image=study.images[index],
        rebuilt=rebuilt,
        error=float(np.square(rebuilt.astype(np.float64) - study.images[index]).mean()),
        median=float(np.median(study.errors)),
        label=study.label(index),
        latent=latent,
        value=float(code[latent]),
        place=tuple(int(p) for p in place),
        attribution=attribution,
    )


def telling_latent(study: Study, index: int) -> int:
    """The latent whose mean for picture ``index`` is furthest from its mean for a black picture:
    what Integrated Gradients shares out is largest there, so that there is something to see.

    Raises:
        InputError: there is no such picture.
    """
    model, code = study.at(index)
    black = Coder(model).encode(np.zeros_like(study.images[:1])).mean[0]
    return int(np.abs(code - black).argmax())

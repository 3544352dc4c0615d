"""The model that anchors are put before, by its name, and what it is asked about first.

An autoencoder answers in one pass. A generator without an encoder is asked by latent inversion, a
diffusion model by DDIM inversion: some hundred passes a picture, so that few pictures are asked
about and fewer steps taken.
"""

from __future__ import annotations

import time
from typing import Literal

import numpy as np
import torch

from genlens.anchors.criteria.readers import AnyModel, own_seed, reader_of
from genlens.anchors.results import AnchorScores
from genlens.anchors.scoring import score_anchors
from genlens.anchors.sets import own
from genlens.anchors.sets.anchor_set import AnchorSet
from genlens.anchors.sets.pictures import Pictures
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.models.catalog import load
from genlens.models.contracts import Autoencoder, Denoiser, Generator
from genlens.models.kinds import contract_of
from genlens.study.worlds import world_of

Asked = Literal["Autoencoder", "Generator", "Denoiser"]
STEPS: dict[Asked, int] = {"Generator": 30, "Denoiser": 10}
"""Steps of an inversion, where few are taken because each picture costs so much."""
ANCHORS, DRAWN, SAMPLES = 60, 100, 1_000
"""Anchors, and pictures of its own, that such a model is asked about; its thresholds are the
maximum to be expected over so many samples."""
AT_ONCE: dict[Asked, tuple[str, ...]] = {
    "Generator": ("inversion", "mahalanobis", "mse", "ssim", "clip"),
    "Denoiser": ("noise-error", "mse", "ssim", "clip"),
}
"""Criteria that cost next to nothing once a picture was inverted: all are worked out then."""
_TIMED = 2


def asked_as(name: str) -> Asked:
    """How a model is asked: the contract that it is loaded for."""
    contract = contract_of(name)
    if contract == "Generator":
        return "Generator"
    return "Denoiser" if contract in ("Denoiser", "TextToImage") else "Autoencoder"


def load_subject(name: str, asked: Asked | None = None) -> AnyModel:
    """The model called ``name``, as what ``asked_as`` says or what is ``asked`` for.

    Raises:
        ModelError, DownloadError: as ``load``.
    """
    return load(name, contract=asked or asked_as(name))


def contract_asked(model: AnyModel) -> Asked:
    """How a loaded model is asked."""
    if isinstance(model, Autoencoder):
        return "Autoencoder"
    if isinstance(model, Generator):
        return "Generator"
    if isinstance(model, Denoiser):
        return "Denoiser"
    raise InputError(f"a {type(model).__name__} cannot be asked about anchors")


def steps_of(model: AnyModel) -> int | None:
    """Steps of its inversions, None for an autoencoder."""
    return STEPS.get(contract_asked(model))


def world_anchors(model: AnyModel, n: int, seed: int = 0) -> Pictures:
    """Pictures of the model's own world, of which it is known what they show."""
    world = world_of(model, n, seed)
    return own.array(world.images, world.labels, world.names, title=world.data)


def own_pictures(
    model: AnyModel, n: int = DRAWN, seed: int = 0, cancel: Cancel | None = None
) -> Pictures:
    """``n`` pictures that the model draws itself, as anchors."""
    drawn = reader_of(model, steps=steps_of(model), cancel=cancel).draw(n, own_seed(seed))
    return own.array(drawn.float().clamp(0, 1).cpu().numpy(), title="its own pictures")


def score_by_inversion(
    model: AnyModel,
    anchors: AnchorSet,
    *,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> AnchorScores:
    """``anchors`` by all criteria of ``AT_ONCE``, with what the model makes of each."""
    return score_anchors(
        model, anchors, AT_ONCE[contract_asked(model)], steps=steps_of(model), keep_rebuilt=True,
        seed=seed, progress=progress, cancel=cancel,
    )  # fmt: skip


def seconds_each(model: AnyModel, anchors: AnchorSet, cancel: Cancel | None = None) -> float:
    """How long one picture takes to be inverted and drawn again, from two of ``anchors``."""
    reader = reader_of(model, cancel=cancel, steps=steps_of(model))
    images = torch.from_numpy(anchors.pictures(np.arange(min(_TIMED, len(anchors)))))
    with torch.no_grad():
        _ = reader.view(images[:1]).rebuilt  # what is drawn once is drawn now
        started = time.perf_counter()
        _ = reader.view(images).rebuilt
    return (time.perf_counter() - started) / len(images)


def require_affordable(name: str, pictures: int, each: float, most_seconds: float) -> None:
    """Refuse what would take longer than ``most_seconds``.

    Raises:
        InputError: with the sum.
    """
    if pictures * each > most_seconds:
        raise InputError(
            f"{pictures:,} pictures × {each:.2g} s = {pictures * each:,.0f} s: {name} is asked by "
            f"inversion, picture by picture, and {most_seconds:,.0f} s are allowed here. Ask about "
            "fewer pictures, or run genlens on your own machine"
        )

"""The mean of one latent, by pixels."""

from __future__ import annotations

import math

import numpy as np

from genlens.attribution.target import Target
from genlens.common.checks import whole
from genlens.errors import InputError
from genlens.latents.targets.build import flat_means, target_of
from genlens.latents.targets.kind import Built, Put, TargetKind
from genlens.models.contracts import Autoencoder, Walkable


def latent_mean(model: Autoencoder, j: int) -> Target:
    """The mean of latent ``j`` (in flat order) of an image, mu_j(x).

    Raises:
        InputError: there is no such latent.
    """
    d = math.prod(model.latent_shape)
    if not 0 <= j < d:
        raise InputError(f"latent {j} does not exist: this model has {d}, take 0 to {d - 1}")
    weights = np.zeros(d)
    weights[j] = 1.0
    return target_of(
        model,
        f"mean of z{j}",
        "image",
        "latent units",
        lambda x: flat_means(model, x)[:, j],
        network=model.mean_module() if isinstance(model, Walkable) else None,
        weights=weights,
        scale=1.0,  # the prior's standard deviation
    )


def _build(put: Put) -> Built:
    j = whole("latent", put.question.latent, 0, put.study.codes.mean.shape[1] - 1)
    return Built(lambda model: latent_mean(model, j))


LATENT = TargetKind(
    name="latent",
    title="A latent’s mean, by pixels",
    kind="image",
    help="Which pixels make the encoder give this latent the value it has?",
    needs="latent",
    word="latent",
    example="latent:3 (that latent's mean)",
    build=_build,
)

"""The evidence lower bound, the objective of a VAE, by the latents of a code."""

from __future__ import annotations

from typing import Literal

import torch
from torch.nn import functional as F

from genlens.attribution.target import Target
from genlens.errors import InputError
from genlens.latents.targets.build import decode_flat, one_image, target_of
from genlens.latents.targets.kind import Built, Put, TargetKind
from genlens.models.contracts import Autoencoder

Likelihood = Literal["bernoulli", "gaussian"]


def elbo_latent(
    model: Autoencoder, images: torch.Tensor, *, likelihood: Likelihood = "bernoulli"
) -> Target:
    """The evidence lower bound of one image as a function of its code z (S3: |dL_VAE/dz|).

    L_VAE(z) = log p(x | z) - KL(N(z, sigma^2(x)) || N(0, 1)),
    KL = 1/2 sum_j (z_j^2 + sigma_j^2 - 1 - log sigma_j^2)    (Kingma and Welling 2014, appendix B).

    z is the posterior's mean, moved; sigma(x) stays as the encoder gave it, and the expectation
    over q is taken at the mean. "bernoulli": log p = sum x log x^ + (1 - x) log(1 - x^), for models
    trained with binary cross-entropy; "gaussian": log p = -||x - x^||^2 / 2 with unit variance and
    without its constant.

    Args:
        model: any autoencoder.
        images: one image, (c, h, w) or (1, c, h, w) in [0, 1].
        likelihood: see above.

    Raises:
        InputError: more than one image, or an unknown likelihood.
    """
    if likelihood not in ("bernoulli", "gaussian"):
        raise InputError(f'likelihood {likelihood!r} is not known: take "bernoulli" or "gaussian"')
    x = one_image(images, "the bound")
    with torch.no_grad():
        logvar = model.encode(x).logvar.flatten(1)  # (1, d)
        spread = 0.5 * (logvar.exp() - 1 - logvar).sum()

    def bound(z: torch.Tensor) -> torch.Tensor:
        rebuilt = decode_flat(model, z)
        image = x.to(rebuilt).expand_as(rebuilt)
        if likelihood == "bernoulli":
            # Clamped, because log 0 of one saturated pixel would hide all others.
            safe = rebuilt.clamp(1e-6, 1 - 1e-6)
            fit = -F.binary_cross_entropy(safe, image, reduction="none").flatten(1).sum(dim=1)
        else:
            fit = -0.5 * (image - rebuilt).square().flatten(1).sum(dim=1)
        return fit - 0.5 * z.square().sum(dim=1) - spread.to(z)

    return target_of(model, "evidence lower bound at the code", "latent", "nats", bound)


def _build(put: Put) -> Built:
    likelihood: Likelihood = "bernoulli" if len(put.model.latent_shape) == 1 else "gaussian"
    note = f"the fit is taken as a {likelihood} log-likelihood of the pixels"
    return Built(lambda model: elbo_latent(model, put.picture, likelihood=likelihood), (note,))


ELBO = TargetKind(
    name="elbo",
    title="The evidence lower bound (ELBO), by latents",
    kind="latent",
    help="Which latents does the VAE’s own objective hang on? In nats, larger is better.",
    word="elbo",
    example="elbo",
    build=_build,
)

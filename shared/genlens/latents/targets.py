"""What is explained: one number of an autoencoder, as a differentiable function.

A target reads images or latents and gives one number for each. Explainers know nothing else of
the model, so that they serve any ``Autoencoder``, and later a GAN's latents, unchanged. Your own::

    Target("brightness", "latent", "pixel value", lambda z: decode(z).mean(dim=(1, 2, 3)))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from genlens.attribution.target import Kind, Target
from genlens.errors import InputError

Likelihood = Literal["bernoulli", "gaussian"]
Path = Literal["reconstruction", "input", "code", "decoded", "latents"]


def flat_means(model: Any, images: torch.Tensor) -> torch.Tensor:
    """Posterior means (n, d) of ``images``, spatial latents flattened."""
    means: torch.Tensor = model.encode(images).mean
    return means.flatten(1)


def decode_flat(model: Any, latents: torch.Tensor) -> torch.Tensor:
    """Images (n, c, h, w) of flat ``latents`` (n, d)."""
    images: torch.Tensor = model.decode(latents.reshape(len(latents), *model.latent_shape))
    return images


def latent_mean(model: Any, j: int) -> Target:
    """The mean of latent ``j`` (in flat order) of an image, mu_j(x).

    Raises:
        InputError: there is no such latent.
    """
    d = math.prod(model.latent_shape)
    if not 0 <= j < d:
        raise InputError(f"latent {j} does not exist: this model has {d}, take 0 to {d - 1}")
    weights = np.zeros(d)
    weights[j] = 1.0
    return _target(
        model,
        f"mean of z{j}",
        "image",
        "latent units",
        lambda x: flat_means(model, x)[:, j],
        network=_walkable(model, "mean_module"),
        weights=weights,
    )


def reconstruction_error(model: Any) -> Target:
    """How badly an image is rebuilt: L(x) = ||x - x^||^2, summed over pixels and channels (S3)."""

    def error(x: torch.Tensor) -> torch.Tensor:
        rebuilt = decode_flat(model, flat_means(model, x))
        return (x.to(rebuilt) - rebuilt).square().flatten(1).sum(dim=1)

    return _target(
        model, "reconstruction error", "image", "sum of squared pixel differences", error
    )


def elbo_latent(
    model: Any, images: torch.Tensor, *, likelihood: Likelihood = "bernoulli"
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
    x = images if images.ndim == 4 else images[None]
    if len(x) != 1:
        raise InputError(f"{len(x)} images: the bound is explained for one image at a time")
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

    return _target(model, "evidence lower bound at the code", "latent", "nats", bound)


def class_score(
    model: Any,
    classifier: Callable[[torch.Tensor], torch.Tensor],
    k: int,
    *,
    path: Path = "reconstruction",
    modules: Sequence[nn.Module] = (),
) -> Target:
    """Probability of class ``k``: softmax over what ``classifier`` gives, (n, classes) logits.

    ``path`` says what is explained and what the classifier reads:

    ==================  ========  ======================================
    "reconstruction"    images    classifier(decode(encode(x)))
    "input"             images    classifier(x), the model taking no part
    "code"              images    classifier(encode(x)), of latents
    "decoded"           latents   classifier(decode(z))
    "latents"           latents   classifier(z)
    ==================  ========  ======================================

    ``modules``: networks behind a classifier that is a plain function, for methods that hook layers
    (``modules=[cvae.net]`` for ``cvae.class_logits``).

    Raises:
        InputError: an unknown path; when called, a class that the classifier does not have.
    """
    routes: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "reconstruction": lambda x: decode_flat(model, flat_means(model, x)),
        "input": lambda x: x,
        "code": lambda x: flat_means(model, x),
        "decoded": lambda z: decode_flat(model, z),
        "latents": lambda z: z,
    }
    if path not in routes:
        raise InputError(f"path {path!r} is not known: take one of {', '.join(routes)}")

    def score(x: torch.Tensor) -> torch.Tensor:
        logits = classifier(routes[path](x))
        if logits.ndim != 2 or not 0 <= k < logits.shape[1]:
            raise InputError(
                f"class {k} is not among the classifier's outputs {tuple(logits.shape)}: "
                "it should give (n, classes) logits"
            )
        return logits.softmax(dim=1)[:, k]

    own = (classifier,) if isinstance(classifier, nn.Module) else ()
    target = _target(
        model,
        f"probability of class {k}",
        "latent" if path in ("decoded", "latents") else "image",
        "probability",
        score,
    )
    return replace(target, modules=(*target.modules, *own, *modules))


def decoded_region(model: Any, mask: np.ndarray) -> Target:
    """Mean of the decoded pixels inside ``mask`` (h, w) bool, over all channels, in [0, 1].

    Raises:
        InputError: a mask of another size, or an empty one.
    """
    channels, height, width = model.image_shape
    inside = np.asarray(mask).astype(bool)
    if inside.shape != (height, width):
        raise InputError(
            f"the mask has shape {inside.shape}: this model's pictures are {(height, width)}"
        )
    if not inside.any():
        raise InputError("the mask is empty: mark at least one pixel")
    share = np.broadcast_to(inside / (channels * inside.sum()), (channels, height, width))
    flat = np.array(share, dtype=np.float64).reshape(-1)  # (c * h * w,)
    weights = torch.from_numpy(flat)
    return _target(
        model,
        f"mean of {int(inside.sum())} decoded pixels",
        "latent",
        "pixel value",
        lambda z: decode_flat(model, z).flatten(1) @ weights.to(z),
        network=_walkable(model, "decoder_module"),
        weights=flat,
    )


def _target(
    model: Any,
    name: str,
    kind: Kind,
    unit: str,
    function: Callable[[torch.Tensor], torch.Tensor],
    *,
    network: nn.Module | None = None,
    weights: np.ndarray | None = None,
) -> Target:
    """A target of ``model``, with all that explainers may ask about it."""
    d = math.prod(model.latent_shape)
    return Target(
        name=name,
        kind=kind,
        unit=unit,
        function=function,
        input_shape=tuple(model.image_shape) if kind == "image" else (d,),
        modules=(model.module,),
        network=network,
        weights=weights,
        model=model.card.id,
        revision=model.card.revision,
        device=model.device,
        numel=max(d, math.prod(model.image_shape)),
    )


def _walkable(model: Any, name: str) -> nn.Module | None:
    """The model's own module for LRP, where it has one (a plain ``Autoencoder`` has none)."""
    maker = getattr(model, name, None)
    return maker() if callable(maker) else None

"""How badly an image is rebuilt: by its pixels, and by the latents of its code."""

from __future__ import annotations

import torch

from genlens.attribution.target import Target
from genlens.latents.targets.build import decode_flat, flat_means, one_image, target_of
from genlens.latents.targets.kind import Built, Put, TargetKind
from genlens.models.contracts import Autoencoder


def reconstruction_error(model: Autoencoder) -> Target:
    """How badly an image is rebuilt: L(x) = ||x - x^||^2, summed over pixels and channels (S3)."""

    def error(x: torch.Tensor) -> torch.Tensor:
        rebuilt = decode_flat(model, flat_means(model, x))
        return (x.to(rebuilt) - rebuilt).square().flatten(1).sum(dim=1)

    return target_of(
        model, "reconstruction error", "image", "sum of squared pixel differences", error
    )


def code_error(model: Autoencoder, images: torch.Tensor) -> Target:
    """How badly one image is rebuilt from code z: ||x - decode(z)||^2 over pixels and channels.

    Args:
        model: any autoencoder.
        images: one image, (c, h, w) or (1, c, h, w) in [0, 1].

    Raises:
        InputError: more than one image.
    """
    x = one_image(images, "the error")

    def error(z: torch.Tensor) -> torch.Tensor:
        rebuilt = decode_flat(model, z)
        return (x.to(rebuilt) - rebuilt).square().flatten(1).sum(dim=1)

    return target_of(
        model,
        "reconstruction error of the code",
        "latent",
        "sum of squared pixel differences",
        error,
    )


def _build(put: Put) -> Built:
    return Built(reconstruction_error)


def _build_of_code(put: Put) -> Built:
    return Built(lambda model: code_error(model, put.picture))


ERROR = TargetKind(
    name="error",
    title="The reconstruction error, by pixels",
    kind="image",
    help="Which pixels does the model fail to rebuild? ‖x − x̂‖², summed over pixels.",
    word="error",
    example="error (of the reconstruction)",
    build=_build,
)
CODE_ERROR = TargetKind(
    name="code-error",
    title="The reconstruction error, by latents",
    kind="latent",
    help="Which latents does a good reconstruction hang on?",
    word=ERROR.word,
    example=ERROR.example,
    build=_build_of_code,
)

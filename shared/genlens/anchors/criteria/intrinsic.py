"""Criteria seen in latent space: does the model have a place for the picture?"""

from __future__ import annotations

import torch

from genlens.anchors.criteria.criterion import NOT_NEGATIVE, Criterion
from genlens.anchors.criteria.view import Aggregate
from genlens.models.contracts import Denoiser, Posterior
from genlens.models.generators.inversion import Inversion

NOISE_STEPS = (0.05, 0.2, 0.4, 0.6)
"""Shares of a diffusion model's time steps at which its guesses of noise are looked at."""


def _kld(posterior: Posterior) -> torch.Tensor:
    return posterior.kl().flatten(1).sum(1)


KLD = Criterion(
    "kld",
    "KL divergence",
    "intrinsic",
    "nats",
    _kld,
    help="How far the encoder's answer for this picture is from the distribution that the model "
    "draws from: low where the picture looks to the encoder like one of the model's own.",
    range=NOT_NEGATIVE,
    equation="-1/2 · Σⱼ (1 + log σⱼ² - μⱼ² - σⱼ²)",
    misleads="An encoder may put a picture that it never saw at a familiar place: then the value "
    "is low and the rebuilt picture shows something else. A model without a spread of its own "
    "(AutoencoderTiny) gets a large constant on top.",
    paper="PXGen, arXiv:2501.11827, section 4.1; Kingma and Welling 2014, arXiv:1312.6114, "
    "appendix B",
)


def _mahalanobis(codes: torch.Tensor, aggregate: Aggregate) -> torch.Tensor:
    off = codes.cpu() - aggregate.mean  # (n, d)
    return ((off @ aggregate.precision) * off).sum(1).clamp_min(0).sqrt()


MAHALANOBIS = Criterion(
    "mahalanobis",
    "Mahalanobis distance",
    "intrinsic",
    "standard deviations",
    _mahalanobis,
    help="How many standard deviations the picture's code lies from the middle of the codes that "
    "the model's own pictures have.",
    range=NOT_NEGATIVE,
    equation="√((μ - m)ᵀ S⁻¹ (μ - m)), m and S of the codes of the model's own pictures",
    misleads="It takes the codes for one round cloud: where they form several, the empty middle "
    "counts as near. It grows with the number of latents, so compare anchors, not models.",
    paper="Lee et al. 2018, arXiv:1807.03888, equation 2, with one cloud; m and S of the aggregate "
    "posterior of the model's own pictures (a generator without encoder: of its prior)",
)


def _inversion(inverted: Inversion) -> torch.Tensor:
    return inverted.surprise()


INVERSION = Criterion(
    "inversion",
    "Inversion likelihood",
    "intrinsic",
    "nats",
    _inversion,
    help="How unlikely it is that the model draws the code from which it rebuilds this picture "
    "best: the negative logarithm of the prior there.",
    range=NOT_NEGATIVE,
    equation="-log N(z*; 0, 1),   z* = argmin over z of ‖x - G(z)‖² / 2s² + ‖z‖² / 2",
    misleads="The search may end in a poor place: look at the rebuilt picture too. It takes about "
    "a hundred times as long as an encoder.",
    paper="Zhu et al. 2016, arXiv:1609.03552, section 3.1",
)


def _noise_error(images: torch.Tensor, denoiser: Denoiser) -> torch.Tensor:
    steps = [round(share * (denoiser.timesteps - 1)) for share in NOISE_STEPS]
    with torch.no_grad():
        return torch.stack([noise_error_at(images, denoiser, t) for t in steps]).mean(0)


def noise_error_at(
    images: torch.Tensor, denoiser: Denoiser, t: int, *, seed: int = 0
) -> torch.Tensor:
    """(n,) mean squared error of the noise that ``denoiser`` sees in ``images`` (n, c, h, w) at
    time step ``t``; every picture gets the same noise, drawn from ``seed``, so that a picture's
    value does not depend on which others are there."""
    latents = denoiser.to_latents(images)
    generator = torch.Generator().manual_seed(seed * 10_007 + t)
    noise = torch.randn(latents.shape[1:], generator=generator).to(latents.device)
    noise = noise.expand_as(latents)
    guess = denoiser.predict_noise(denoiser.add_noise(latents, noise, t), t)
    return (guess - noise).square().flatten(1).mean(1)


NOISE_ERROR = Criterion(
    "noise-error",
    "Noise-prediction error",
    "intrinsic",
    "squared, mean over latents",
    _noise_error,
    help="How badly a diffusion model sees noise that was put on this picture: low where it knows "
    "such pictures, because then it can tell picture and noise apart.",
    range=NOT_NEGATIVE,
    equation="mean over t of ‖ε - ε_θ(√ᾱₜ x + √(1 - ᾱₜ) ε, t)‖² / d",
    misleads="Plain pictures (one even colour) are easy for any model, busy ones hard, known or "
    "not.",
    paper="Ho et al. 2020, arXiv:2006.11239, equation 14, at four time steps (5, 20, 40 and 60 % "
    "of the way to pure noise)",
)


def noise_error(t: int) -> Criterion:
    """The noise-prediction error at one time step ``t``, from 0 (clean) on."""

    def at_step(images: torch.Tensor, denoiser: Denoiser) -> torch.Tensor:
        with torch.no_grad():
            return noise_error_at(images, denoiser, t)

    return Criterion(
        f"noise-error-{t}",
        f"Noise-prediction error at step {t}",
        "intrinsic",
        NOISE_ERROR.unit,
        at_step,
        help=NOISE_ERROR.help,
        range=NOISE_ERROR.range,
        equation=NOISE_ERROR.equation,
        misleads=NOISE_ERROR.misleads,
        paper=NOISE_ERROR.paper,
    )

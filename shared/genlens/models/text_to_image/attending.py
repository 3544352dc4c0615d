"""Where a prompt's words are looked for while a picture is denoised, step by step."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from genlens.common.progress import Cancel
from genlens.errors import InputError
from genlens.models.contracts import Attended
from genlens.models.text_to_image.attention import WordRecorder, record_cross_attention
from genlens.models.text_to_image.kinds import kind_of, network_of
from genlens.models.text_to_image.latents import to_latents
from genlens.models.text_to_image.sampler import Sampler
from genlens.models.text_to_image.steps import AfterStep, Forced, asking, shared_noise
from genlens.models.text_to_image.tokens import positions_of


def attend(
    sampler: Sampler,
    prompts: Sequence[str],
    seed: int,
    steps: int,
    guidance: float,
    pictures: torch.Tensor | None = None,
    cancel: Cancel | None = None,
) -> list[Attended]:
    """``contracts.Attending.attend`` for one batch."""
    pipeline, texts = sampler.pipeline, list(prompts)
    noise, generators = shared_noise(pipeline, sampler.card.settings, len(texts), seed)
    height, width = noise.shape[2:]
    start, afters = noise, [asking(cancel)] if cancel else []
    if pictures is not None:
        forced = forced_along(sampler, pictures, noise, steps)
        start, afters = forced.start, [*afters, forced]
    lower = kind_of(pipeline).lower
    positions = [positions_of(text, pipeline.tokenizer, lower=lower) for text in texts]
    recorder = WordRecorder(positions, (height, width))
    with record_cross_attention(network_of(pipeline), recorder):
        recording = [_ending(recorder), *afters]
        latents = sampler.denoised(texts, start, generators, steps, guidance, recording)
    images = sampler.drawn(latents, texts) if pictures is None else pictures.float().cpu()
    times = tuple(int(t) for t in pipeline.scheduler.timesteps)
    return [
        Attended(image, latent, maps, tuple(bool(at) for at in places), times)
        for image, latent, maps, places in zip(
            images, latents.float().cpu(), recorder.maps(), positions, strict=True
        )
    ]


def _ending(recorder: WordRecorder) -> AfterStep:
    def end(step: int, latents: torch.Tensor) -> torch.Tensor:
        recorder.end_step()
        return latents

    return end


def forced_along(
    sampler: Sampler, pictures: torch.Tensor, noise: torch.Tensor, steps: int
) -> Forced:
    """Steps that see ``pictures`` (n, 3, h, w) in [0, 1] with the noise of each.

    Raises:
        InputError: pictures of another number or size than the model's.
    """
    vae, factor = sampler.pipeline.vae, sampler.pipeline.vae_scale_factor
    wanted = (len(noise), vae.config.in_channels, *(factor * side for side in noise.shape[2:]))
    if tuple(pictures.shape) != wanted:
        raise InputError(
            f"the pictures are {tuple(pictures.shape)}, {sampler.card.id} takes {wanted}, one for "
            "each prompt: resize them"
        )
    clean = to_latents(vae, pictures.to(sampler.device, torch.float32))
    return Forced(sampler.pipeline.scheduler, clean, noise.to(clean), steps)

"""The text-to-image model of the scenes: a latent diffusion model with words where details are.

Rombach et al. 2022 (arXiv 2112.10752) at toy size, on the 16 x 16 latents of ``autoencoder``: wide
below 16 x 16, and there narrow, with attention to the words on the way up. v-prediction with zero
terminal SNR (Salimans & Ho 2022, arXiv 2202.00512; Lin et al. 2023, arXiv 2305.08891) and not a
rectified flow, because diffusers' ``StableDiffusionPipeline``, which is what people look at here,
takes no flow scheduler. Two heads that are thrown away afterwards read off the features which noun
is where: features that are told what they stand for are learnt many times faster than from the
noise alone (Yu et al. 2025, arXiv 2410.06940, with a world's truth as the teacher).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from genlens import torchvision_guard
from genlens.worlds import vocabulary
from genlens.zoo.recipes.scenes.training import exported_weights, take_what_fits
from genlens.zoo.recipes.words import MAX_TOKENS, build_tokenizer

TRAIN_STEPS = 1000
NOUNS = len(vocabulary.NOUNS)
WHERE = 0.2  # weight of the heads' losses at the start; it falls to nothing over the run
UNIFORM = 0.1  # share of time steps that are drawn uniformly
LEANING = 1.2  # mean of the logistic-normal times at the start; it falls to 0 over the run


@dataclass(frozen=True)
class Shape:
    """The model's size: ``channels`` and ``heads`` at 16 x 16, 8 x 8 and so on, the width of the
    ``text`` encoder, and the ``latent`` channels."""

    channels: tuple[int, ...] = (64, 192)
    heads: tuple[int, ...] = (1, 3)
    text: int = 160
    latent: int = 8
    side: int = 16


def build_text_encoder(vocabulary_size: int, width: int) -> Any:
    """An untrained CLIPTextModel over word tokens."""
    torchvision_guard.ensure()
    from transformers import CLIPTextConfig, CLIPTextModel

    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=vocabulary_size,
            hidden_size=width,
            intermediate_size=3 * width,
            num_hidden_layers=3,
            num_attention_heads=4,
            max_position_embeddings=MAX_TOKENS,
            projection_dim=width,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
        )
    )


def build_scheduler() -> Any:
    """DDIM, v-prediction, zero terminal SNR, trailing steps."""
    from diffusers import DDIMScheduler

    return DDIMScheduler(
        num_train_timesteps=TRAIN_STEPS,
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=True,
        steps_offset=1,
    )


class Denoiser(torch.nn.Module):
    """The UNet, the text encoder and the two heads that only training uses."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        torchvision_guard.ensure()
        from diffusers import UNet2DConditionModel

        fine, coarse = shape.channels[:2]
        below = len(shape.channels) - 1
        self.shape = shape
        self.unet = UNet2DConditionModel(
            sample_size=shape.side,
            in_channels=shape.latent,
            out_channels=shape.latent,
            layers_per_block=1,
            block_out_channels=shape.channels,
            down_block_types=("DownBlock2D", *("CrossAttnDownBlock2D",) * below),
            up_block_types=("CrossAttnUpBlock2D",) * (below + 1),
            cross_attention_dim=shape.text,
            attention_head_dim=shape.heads,  # diffusers' historical name for the number of heads
            norm_num_groups=16,
        )
        self.text = build_text_encoder(len(build_tokenizer()), shape.text)
        self.where = torch.nn.ModuleList(torch.nn.Conv2d(c, NOUNS + 1, 1) for c in (coarse, fine))
        self.seen: list[torch.Tensor] = []
        for block in self.unet.up_blocks[-2:]:
            block.attentions[-1].register_forward_hook(self._see)

    def _see(self, module: torch.nn.Module, args: object, output: tuple[torch.Tensor]) -> None:
        if self.training:
            self.seen.append(output[0])  # (n, coarse, 8, 8), then (n, fine, 16, 16)

    def forward(self, x: torch.Tensor, t: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        """The velocity (n, c, 16, 16) at time steps t (n,) int64, for token ids (n, tokens)."""
        self.seen = []
        out: torch.Tensor = self.unet(x, t, self.text(ids).last_hidden_state).sample
        return out.float()


def pick_times(
    n: int, leaning: float | torch.Tensor, device: torch.device | str = "cpu"
) -> torch.Tensor:
    """(n,) int64: logistic-normal (Esser et al. 2024, arXiv 2403.03206, section 3.1) around
    ``leaning``, above 0 for high noise, where the words decide what is drawn; a tenth uniform."""
    t = torch.sigmoid(torch.randn(n, device=device) + leaning)
    uniform = torch.rand(n, device=device)
    t = torch.where(torch.rand(n, device=device) < UNIFORM, uniform, t)
    return (t * TRAIN_STEPS).long().clamp(0, TRAIN_STEPS - 1)


def velocity_loss(
    model: Denoiser,
    latents: torch.Tensor,
    ids: torch.Tensor,
    alphas: torch.Tensor,
    leaning: float | torch.Tensor,
) -> torch.Tensor:
    """Mean squared error of v = sqrt(a) noise - sqrt(1 - a) x (Salimans & Ho, appendix D)."""
    t = pick_times(len(latents), leaning, latents.device)
    a = alphas[t].view(-1, 1, 1, 1)
    noise = torch.randn_like(latents)
    noisy = a.sqrt() * latents + (1 - a).sqrt() * noise
    target = a.sqrt() * noise - (1 - a).sqrt() * latents
    return (model(noisy, t, ids) - target).square().mean()


def where_loss(model: Denoiser, labels: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of the heads on what the last forward pass saw. ``labels`` (n, 16, 16) int64:
    the noun at the middle of each latent."""
    coarse, fine = (head(x).float() for head, x in zip(model.where, model.seen, strict=True))
    at = (cross_entropy(coarse, labels[:, 1::2, 1::2]), cross_entropy(fine, labels))
    return (at[0] + at[1]) / 2


def use_plain_attention(model: Denoiser) -> None:
    """Attention as plain matrix products: on a CPU, at so few tokens, the backward pass of torch's
    fused kernel is slower than that."""
    from diffusers.models.attention_processor import AttnProcessor

    model.unet.set_attn_processor(AttnProcessor())
    model.text.set_attn_implementation("eager")


def learn_from(model: Denoiser, folder: Path) -> int:
    """Take over what fits of an exported pipeline with other latents or without words at 16 x 16;
    how many numbers that were.

    A network that knows the words needs little time to learn another autoencoder's latents (Chen et
    al. 2024, PixArt-Sigma, arXiv 2403.04692). Attention that is new starts as the identity.
    """
    taken = 0
    for part, module in (("unet", model.unet), ("text_encoder", model.text)):
        other = exported_weights(folder / part)
        taken += take_what_fits(module, other)
        with torch.no_grad():
            for name, parameter in module.named_parameters():
                if name not in other and ".proj_out." in name:
                    parameter.zero_()
    return taken

"""``emoji-diffusion``: a latent text-to-image diffusion model of the emoji world.

Rombach et al. 2022 (arXiv 2112.10752) at toy size: AutoencoderKL (see ``emoji_autoencoder``),
UNet2DConditionModel, a small CLIPTextModel trained together with it. v-prediction (Salimans & Ho
2022, arXiv 2202.00512) with zero terminal SNR (Lin et al. 2023, arXiv 2305.08891), so that plain
grounds keep their exact colour. One training caption in three is a fragment of a sentence:
coalitions of words are in distribution. Captions are never dropped for classifier-free guidance:
the empty prompt is a coalition too, and here it means an empty picture, not any picture.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from genlens.common import torchvision_guard
from genlens.worlds import vocabulary
from genlens.zoo.recipes.common import Schedule, Trainer, arguments, scheduled, workers
from genlens.zoo.recipes.emoji_latents import augment, pick, prepare, single_noun
from genlens.zoo.recipes.words import MAX_TOKENS, build_tokenizer

PRESETS: dict[str, dict[str, Any]] = {
    "cpu": {
        "size": 64,
        "scenes": 60_000,
        "channels": (64, 128, 160),
        "text": 160,
        "schedule": Schedule(
            steps=10_000, batch=64, lr=8e-4, warmup=150, ema=0.998, weight_decay=0.01
        ),
    },
    "gpu": {
        "size": 128,
        "scenes": 400_000,
        "channels": (64, 128, 160),
        "text": 160,
        "schedule": Schedule(steps=60_000, batch=512, lr=8e-4, ema=0.9995),
    },
}
TRAIN_STEPS = 1000
NOUNS = len(vocabulary.NOUNS)
WHERE = 0.2  # weight of the head's loss at the start; it falls to nothing over the run
LEANING = 0.6  # share of time steps that lean to high noise at the start; it falls likewise
# What a picture is made with unless the caller says otherwise, written beside the weights.
DEFAULTS: dict[str, Any] = {
    "steps": 8,
    "guidance": 1.0,
    "batch_size": 32,
    "precision": "fast",
    "licence": "MIT",
    "title": "Emoji scenes, latent diffusion",
}


def build_unet(channels: tuple[int, ...], text: int, latent_side: int) -> Any:
    """An untrained UNet: convolutions only at full latent size, cross-attention below it."""
    torchvision_guard.ensure()
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=latent_side,
        in_channels=4,
        out_channels=4,
        layers_per_block=1,
        block_out_channels=channels,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=text,
        attention_head_dim=4,  # diffusers' historical name for the number of heads
        norm_num_groups=16,
    )


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
    """The two parts that are trained together, and a head that is thrown away afterwards: it
    reads off the UNet's half-size features which noun is where (see ``training_loss``)."""

    def __init__(self, unet: Any, text: Any) -> None:
        super().__init__()
        self.unet, self.text = unet, text
        self.where = torch.nn.Conv2d(unet.config.block_out_channels[1], NOUNS + 1, 1)
        self.seen: torch.Tensor | None = None
        unet.up_blocks[1].attentions[-1].register_forward_hook(self._see)

    def _see(self, module: Any, args: Any, output: Any) -> None:
        self.seen = output[0] if self.training else None  # (n, c, h' / 2, w' / 2)

    def forward(self, x: torch.Tensor, t: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        return self.unet(x, t, self.text(ids).last_hidden_state).sample


def use_plain_attention(model: Denoiser) -> None:
    """Attention as plain matrix products: at 64 tokens the backward pass of torch's fused CPU
    kernel is slower than that."""
    from diffusers.models.attention_processor import AttnProcessor

    model.unet.set_attn_processor(AttnProcessor())
    model.text.set_attn_implementation("eager")


def pick_times(n: int, leaning: float = LEANING) -> torch.Tensor:
    """(n,) int64 time steps: the share ``leaning`` from a logistic-normal (Esser et al. 2024,
    arXiv 2403.03206, section 3.1) that leans to high noise, where the words decide what is drawn;
    the rest uniform, where edges and faces are learnt once that is settled."""
    t = torch.rand(n)
    high = torch.sigmoid(torch.randn(n) + 1.3)
    t = torch.where(torch.rand(n) < leaning, high, t)
    return (t * TRAIN_STEPS).long().clamp(0, TRAIN_STEPS - 1)


def training_loss(
    model: Denoiser,
    latents: torch.Tensor,
    ids: torch.Tensor,
    labels: torch.Tensor,
    alphas: torch.Tensor,
    weight: float,
    leaning: float = LEANING,
) -> torch.Tensor:
    """Mean squared error of v = sqrt(a) noise - sqrt(1 - a) x (Salimans & Ho, appendix D), plus
    ``weight`` times the cross-entropy of ``labels`` (n, h' / 2, w' / 2), the noun drawn at each
    place: features that are told what they stand for are learnt many times faster than from the
    noise alone (Yu et al. 2025, arXiv 2410.06940, with a world's truth as the teacher)."""
    t = pick_times(len(latents), leaning).to(latents.device)
    a = alphas[t].view(-1, 1, 1, 1)
    noise = torch.randn_like(latents)
    noisy = a.sqrt() * latents + (1 - a).sqrt() * noise
    target = a.sqrt() * noise - (1 - a).sqrt() * latents
    error = (model(noisy, t, ids).float() - target).square().mean()
    assert model.seen is not None
    return error + weight * cross_entropy(model.where(model.seen).float(), labels)


def export(
    model: Denoiser, vae: Any, tokenizer: Any, scale: float, folder: Path, **card: Any
) -> None:
    """A StableDiffusionPipeline folder in fp16 safetensors, and ``genlens.json``."""
    from diffusers import StableDiffusionPipeline

    vae.register_to_config(scaling_factor=scale)
    # What training asked of the tokenizer would be saved with it, and pad every prompt.
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.no_truncation()
    pipe = StableDiffusionPipeline(
        vae=vae.half(),
        text_encoder=model.text.half(),
        tokenizer=tokenizer,
        unet=model.unet.half(),
        scheduler=build_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    # No tracked file may be over 15 MiB: the UNet goes into two shards.
    pipe.save_pretrained(folder, safe_serialization=True, max_shard_size="10MB")
    (folder / "genlens.json").write_text(json.dumps(card, indent=1) + "\n")


def load_vae(folder: Path) -> Any:
    """The trained autoencoder, float32."""
    torchvision_guard.ensure()
    from diffusers import AutoencoderKL

    return AutoencoderKL.from_pretrained(folder, torch_dtype=torch.float32).eval()


def start_from(model: Denoiser, folder: Path) -> None:
    """Take over the weights of an exported pipeline: to go on where no checkpoint survived."""
    from safetensors.torch import load_file

    for part, module in (("unet", model.unet), ("text_encoder", model.text)):
        shards = sorted((folder / part).glob("*.safetensors"))
        state = {k: v.float() for shard in shards for k, v in load_file(shard).items()}
        module.load_state_dict(state)


def main() -> None:
    args = arguments(__doc__ or "", PRESETS)
    preset = PRESETS[args.preset]
    torch.manual_seed(0)
    tokenizer = build_tokenizer()
    vae = load_vae(args.init / "vae" if args.init else args.run.parent / "ae" / "vae")
    vae = vae.to(args.device)
    pool = prepare(args, preset, vae, tokenizer)
    latents, ids, labels = pool["latents"], pool["ids"], pool["labels"]
    model = Denoiser(
        build_unet(preset["channels"], preset["text"], preset["size"] // 4),
        build_text_encoder(len(tokenizer), preset["text"]),
    )
    if args.init:
        start_from(model, args.init)
    model = model.to(args.device)
    if args.device == "cpu":
        use_plain_attention(model)
    schedule = scheduled(preset["schedule"], args)
    alphas = build_scheduler().alphas_cumprod.to(args.device)
    rank, world = workers()
    rng = np.random.default_rng(12 + rank)
    batch = schedule.batch // world
    singles = single_noun(ids, tokenizer)

    # Weights to go on from know their words: the last 40 % of the curriculum are left for them.
    known = 0.6 if args.init else 0.0

    def step(done: int) -> torch.Tensor:
        progress = known + (1 - known) * done / schedule.steps
        i = pick(rng, len(latents), singles, batch, progress)
        x = latents[i].float().to(args.device)
        words, where = augment(ids[i]).to(args.device), labels[i].long().to(args.device)
        left = 1 - progress
        return training_loss(model, x, words, where, alphas, WHERE * left, LEANING * left)

    trainer = Trainer(model, schedule, args.run, step, device=args.device)
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters", flush=True)
    trainer.train()
    if args.export and not rank:
        trainer.averaged(
            lambda: export(model, vae, tokenizer, pool["scale"], args.export, **DEFAULTS)
        )


if __name__ == "__main__":
    main()

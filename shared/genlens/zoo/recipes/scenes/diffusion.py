"""Train the scenes' text-to-image model: ``python -m genlens.zoo.recipes.scenes.diffusion``.

Needs an exported autoencoder and the scenes (``data``). AdamW (0.9, 0.95), or Muon for the
matrices with ``--muon``; weights are fp32, products bf16 where the machine has them; averaged
weights are what is exported. Captions are never dropped for classifier-free guidance: the empty
prompt is a coalition too, and means an empty picture.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from genlens.models.devices import multiplies_bf16
from genlens.zoo.recipes.common import Schedule
from genlens.zoo.recipes.scenes.data import SEED
from genlens.zoo.recipes.scenes.data import prepare as prepare_scenes
from genlens.zoo.recipes.scenes.denoiser import (
    LEANING,
    WHERE,
    Denoiser,
    Shape,
    build_scheduler,
    learn_from,
    use_plain_attention,
    velocity_loss,
    where_loss,
)
from genlens.zoo.recipes.scenes.latents import Latents, augment, pick, rich_ones
from genlens.zoo.recipes.scenes.latents import prepare as prepare_latents
from genlens.zoo.recipes.scenes.training import (
    ClockTrainer,
    Recorded,
    existing,
    exported_weights,
    recipe,
)
from genlens.zoo.recipes.scenes.vae import load_vae
from genlens.zoo.recipes.words import build_tokenizer


@dataclass(frozen=True)
class Preset:
    """``scenes`` drawn once, ``minutes`` of training."""

    shape: Shape
    scenes: int
    minutes: float
    schedule: Schedule


# What a picture is made with unless the caller says otherwise, written beside the weights.
DEFAULTS: dict[str, Any] = {
    "guidance": 1.0,
    "batch_size": 32,
    "precision": "fast",
    "licence": "MIT",
    "title": "Emoji scenes, latent diffusion",
}
# As wide at 16 x 16 as the 31 MB of all scene models and a second for 16 pictures allow.
SHAPE = Shape((80, 128, 128), (1, 4, 4))
PRESETS = {
    "cpu": Preset(
        SHAPE,
        64_000,
        300,
        Schedule(10**6, 64, 6e-4, warmup=100, ema=0.998, weight_decay=0.01),
    ),
    "gpu": Preset(
        SHAPE,
        120_000,
        6,
        Schedule(10**6, 512, 1.2e-3, warmup=300, ema=0.999),
    ),
    "tiny": Preset(
        Shape((16, 16), (1, 1), 16), 48, 60, Schedule(2, 4, 1e-3, warmup=1, weight_decay=0.01)
    ),
}


class Batches:
    """Latents, words and labels for a step, on the device. Scenes of one thing come more often at
    first and rich ones later (see ``latents.pick``); unknown words are put into some captions."""

    def __init__(
        self, data: Latents, captions: Sequence[str], batch: int, device: str, seed: int
    ) -> None:
        self.data, self.batch, self.device = data, batch, device
        self.rich = rich_ones(captions[: len(data)])
        self.rng = np.random.default_rng(seed)
        self.singles = data.singles.numpy()
        # a card holds them all
        self.latents, self.labels = data.latents.to(device), data.labels.to(device)

    def __call__(self, progress: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        return self.of(self.indices(progress))

    def indices(self, progress: float) -> torch.Tensor:
        """(batch,) int64: which scenes come next."""
        return pick(self.rng, len(self.data), self.singles, self.batch, progress, self.rich)

    def of(self, i: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Latents, words and labels of the scenes ``i``."""
        ids = augment(self.data.ids[i]).to(self.device)
        i = i.to(self.device)
        return self.latents[i].float(), ids, self.labels[i].long()


class DenoiserTrainer(ClockTrainer):
    """With Muon for the matrices, when ``muon`` is set before the optimizer is made; with the loss
    as a CUDA graph when ``record`` was called."""

    muon = False
    recorded: Recorded | None = None

    def record(
        self, loss: Callable[..., torch.Tensor], inputs: Callable[[], Sequence[torch.Tensor]]
    ) -> None:
        """From now on a step replays ``loss`` of what ``inputs`` gives."""
        self.recorded, self.inputs = Recorded(loss, self.params, self.bf16), inputs

    def _gradients(self) -> torch.Tensor:
        if self.recorded is None:
            return super()._gradients()
        return self.recorded(self.inputs())

    def make_optimizer(self) -> torch.optim.Optimizer:
        if not self.muon:
            return super().make_optimizer()
        from genlens.zoo.recipes.muon import MuonAdamW

        plain = ("embed", "conv_in", "conv_out", "where", "bias")
        matrices: list[torch.nn.Parameter] = []
        others: list[torch.nn.Parameter] = []
        for name, p in self.module.named_parameters():
            chosen = p.ndim >= 2 and not any(word in name for word in plain)
            (matrices if chosen else others).append(p)
        return MuonAdamW(matrices, others, self.schedule.lr, self.schedule.weight_decay)


class MuonTrainer(DenoiserTrainer):
    muon = True


def export(model: Denoiser, vae: torch.nn.Module, scale: float, folder: Path, steps: int) -> None:
    """A StableDiffusionPipeline folder in fp16 safetensors, and ``genlens.json``."""
    from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel

    # Copies: what is exported in the middle of a run must not become fp16 in it.
    unet = UNet2DConditionModel.from_config(model.unet.config)
    unet.load_state_dict(model.unet.state_dict())
    text = type(model.text)(model.text.config)
    text.load_state_dict(model.text.state_dict())
    small = AutoencoderKL.from_config(vae.config)
    small.load_state_dict(vae.state_dict())
    small.register_to_config(scaling_factor=scale)
    StableDiffusionPipeline(
        vae=small.half(),
        text_encoder=text.half(),
        tokenizer=build_tokenizer(),
        unet=unet.half(),
        scheduler=build_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder, safe_serialization=True)
    card = {"steps": steps, **DEFAULTS}
    (folder / "genlens.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def start_from(model: Denoiser, folder: Path) -> None:
    """Take over an exported pipeline's weights: the heads start anew."""
    for part, module in (("unet", model.unet), ("text_encoder", model.text)):
        state = exported_weights(folder / part)
        module.load_state_dict({k: v.float() for k, v in state.items()})


def options() -> argparse.ArgumentParser:
    parser = recipe(__doc__, PRESETS)
    parser.add_argument("--vae", type=existing, required=True, help="exported autoencoder")
    parser.add_argument("--first", type=int, help="use only so many of the scenes")
    parser.add_argument("--init", type=existing, help="start from this exported pipeline")
    parser.add_argument(
        "--learn-from", type=existing, help="take over what fits of this pipeline of other latents"
    )
    parser.add_argument("--batch", type=int, help="batch instead of the preset's")
    parser.add_argument("--rate", type=float, help="peak learning rate instead of the preset's")
    parser.add_argument("--muon", action="store_true", help="Muon for the matrices")
    return parser


def main(arguments: list[str] | None = None) -> bool:
    """Train; true when the run is complete."""
    args = options().parse_args(arguments)
    if args.threads:
        torch.set_num_threads(args.threads)
    preset = PRESETS[args.preset]
    schedule = replace(
        preset.schedule,
        steps=args.steps or preset.schedule.steps,
        batch=args.batch or preset.schedule.batch,
        lr=args.rate or preset.schedule.lr,
    )
    torch.manual_seed(0)
    vae = load_vae(args.vae, args.device)
    scenes = prepare_scenes(args.scenes, preset.scenes, SEED, workers=args.workers)
    scenes = scenes.first(args.first) if args.first else scenes
    data = prepare_latents(scenes, vae, args.run / "latents.pt", args.device)
    model = Denoiser(replace(preset.shape, latent=data.latents.shape[1]))
    taken = 0
    if args.init:
        start_from(model, args.init)
    elif args.learn_from:
        taken = learn_from(model, args.learn_from)
        print(f"{taken / 1e6:.2f} M numbers taken over", flush=True)
    model = model.to(args.device)
    if args.device == "cpu":
        use_plain_attention(model)
    alphas = build_scheduler().alphas_cumprod.to(args.device)
    batches = Batches(data, scenes.captions, schedule.batch, args.device, 12)
    # Weights to go on from know their words; those of other latents have to learn to see first.
    known = 0.6 if args.init else 0.3 * taken / sum(p.numel() for p in model.parameters())

    def inputs() -> tuple[torch.Tensor, ...]:
        progress = known + (1 - known) * trainer.progress()
        left = torch.tensor(1 - progress, device=args.device)
        return *batches(progress), left

    def objective(
        x: torch.Tensor, ids: torch.Tensor, labels: torch.Tensor, left: torch.Tensor
    ) -> torch.Tensor:
        error = velocity_loss(model, x, ids, alphas, LEANING * left)
        return error + WHERE * left * where_loss(model, labels)

    kind = MuonTrainer if args.muon else DenoiserTrainer
    trainer = kind(
        model,
        schedule,
        args.run,
        lambda _: objective(*inputs()),
        minutes=args.minutes or preset.minutes,
        until=args.until,
        device=args.device,
        bf16=args.device != "cpu" or multiplies_bf16(),
    )
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters", flush=True)
    if args.device.startswith("cuda"):
        trainer.record(objective, inputs)
    trainer.train()
    if args.export:
        trainer.averaged(lambda: export(model, vae, data.scale, args.export, steps=8))
    return trainer.complete


if __name__ == "__main__":
    main()

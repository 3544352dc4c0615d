"""``avatars-gan``: a StyleGAN2 of cartoon faces, with an encoder that guesses codes.

``python -m genlens.zoo.recipes.steering.avatars_gan --run runs/avatars-gan --export
shared/genlens/zoo/weights/avatars-gan``; stopped at any time, the same line goes on.

Three parts. First the synthesis network learns to draw a face of known attributes, which brings
every kind of face and every detail (a VAE in its place brought the kinds and blurred the mouths:
31 % of its faces satisfied ``measures.faces``, drawn ones 99 %); an encoder learns to guess the
attributes' codes from the picture. Then the mapping network is started so that each attribute
follows a known direction of the noise (``staircase``). Last the synthesis network is a GAN's (the
loss is R3GAN's, see ``discriminator``): each face made from noise stands against the drawn face of
the same attributes, in the judge's features, too (Larsen et al. 2016, arXiv:1512.09300, equation
7), and some are of two styles mixed at a random layer (Karras et al. 2019, arXiv:1812.04948,
section 3.1) or blended: else half way from one mouth to another was no mouth at all.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from genlens.models.generators.stylegan2.encoder import StyleEncoder
from genlens.models.generators.stylegan2.network import StyleGAN2
from genlens.zoo.recipes.gan import gradient_penalty, relativistic
from genlens.zoo.recipes.rounds import Rounds
from genlens.zoo.recipes.steering.discriminator import Discriminator, attribute_loss, features_apart
from genlens.zoo.recipes.steering.faces import VALUES, FacePool, draw_pool, one_hot
from genlens.zoo.recipes.steering.presets import PRESETS, SEED, Preset
from genlens.zoo.recipes.steering.staircase import noise_of, write_codes, write_staircase

WARMUP = 200
PAST = 0.25
"""How far past either of two faces styles on the line through both reach, in their distance."""


class FaceRounds(Rounds):
    """The training: a namer of attributes' codes, generator, encoder, a reader of styles, a judge
    of pictures."""

    def __init__(self, pool: FacePool, run: Path, preset: Preset, device: str) -> None:
        torch.manual_seed(SEED)
        self.pool, self.preset = pool, preset
        deep = preset.mapping_layers
        net = StyleGAN2(preset.side, preset.channels, mapping_layers=deep, places=preset.places)
        self.net = net.to(device)
        encoder = StyleEncoder(preset.side, preset.encoder, mapping_layers=deep - 1)
        self.encoder = encoder.to(device)
        self.namer = nn.Linear(sum(VALUES), self.net.latents, bias=False).to(device)
        write_codes(self.namer, self.encoder.mapping)
        self.reader = nn.Linear(self.net.styles, sum(VALUES)).to(device)
        self.judge = Discriminator(preset.side, preset.judge, VALUES).to(device)
        self.average = copy.deepcopy(self.net)
        makers = (self.net, self.encoder, self.namer, self.reader)
        self.maker = torch.optim.Adam([p for part in makers for p in part.parameters()])
        self.judging = torch.optim.Adam(self.judge.parameters())
        parts = {"net": self.net, "encoder": self.encoder, "namer": self.namer}
        parts |= {"reader": self.reader, "judge": self.judge, "average": self.average}
        super().__init__(
            {**parts, "maker": self.maker, "judging": self.judging}, run, preset.steps, device
        )

    def update(self) -> dict[str, float]:
        """One step of drawing known faces, or one of the judge and one of the generator."""
        torch.manual_seed(1_000_003 * SEED + self.step)
        rng = np.random.default_rng([SEED, self.step])
        rows = rng.choice(len(self.pool), self.preset.batch, replace=False)
        images, weights, codes = self.pool.batch(rows, self.device)
        noise = torch.Generator().manual_seed(SEED * 7 + self.step)
        if self.step == self.preset.plain:
            self._match()
        if self.step < self.preset.plain:
            losses = self._known(images, weights, codes, noise)
            losses["guess"] = self._guess(images, codes)
            loss = losses["known"] + losses["guess"] + self.preset.read * losses["read"]
            self._descend(self.maker, loss)
        else:
            drawn, made = images * 2 - 1, self._made(codes, noise)
            losses = self._judge_step(drawn, made.detach(), codes)
            losses |= self._maker_step(drawn, made, weights)
        self._blend()
        return {name: float(value.detach()) for name, value in losses.items()}

    def _match(self) -> None:
        """The mapping network's start: see ``staircase``."""
        mapping = self.net.mapping.cpu()
        names = copy.deepcopy(self.namer).cpu()
        write_staircase(
            mapping, copy.deepcopy(self.encoder.mapping).cpu(), lambda c: names(one_hot(c))
        )
        mapping.to(self.device)
        self.average.mapping.load_state_dict(mapping.state_dict())
        self.average.synthesis.load_state_dict(self.net.synthesis.state_dict())
        # Adam remembers small gradients: the GAN's first steps would be too long
        self.maker.state.clear()

    def _known(
        self,
        images: torch.Tensor,
        weights: torch.Tensor,
        codes: torch.Tensor,
        noise: torch.Generator,
    ) -> dict[str, torch.Tensor]:
        """How far faces drawn from their attributes are from ``images``, in nats a number of the
        picture, and the reader's loss in nats a factor."""
        w = self._styles(codes)
        drawn = (self.net.synthesis(self.net.shared(w), noise) + 1) / 2
        return {
            "known": (weights * (drawn - images).square()).mean() / (2 * self.preset.noise**2),
            "read": attribute_loss(self.reader(w), codes, VALUES),
            "db": -10 * torch.log10((drawn.detach() - images).square().mean()),
        }

    def _styles(self, codes: torch.Tensor) -> torch.Tensor:
        """(n, factors) int64 -> (n, w): the styles of faces of such attributes."""
        named = self._named(codes)
        return self.encoder.styles(named + self.preset.blur * torch.randn_like(named))

    def _named(self, codes: torch.Tensor) -> torch.Tensor:
        """(n, factors) int64 -> (n, z): what stands for the attributes, of mean square 1."""
        named = self.namer(one_hot(codes).to(self.device))
        return named * (named.square().mean(1, keepdim=True) + 1e-8).rsqrt()

    def _guess(self, images: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
        """The encoder's mean squared error of codes."""
        guessed, _ = self.encoder.posterior(images)
        return (guessed - self._named(codes).detach()).square().mean()

    def _made(self, codes: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
        """(n + mixed, 3, side, side) in about [-1, 1]: faces of attributes (n, factors) from noise
        that stands for them, then some of the styles of two of them: exchanged at a layer, or a
        place on the line through both, where directions lead."""
        # what noise means stays what the synthesis network has to draw
        with torch.no_grad():
            styles = self.net.shared(self.net.mapping(noise_of(codes.cpu()).to(self.device)))
        k, layers = self.preset.mixed, torch.arange(styles.shape[1], device=self.device)
        one, other, half = styles[:k], styles[-k:], self.preset.mixed // 2
        begins = torch.randint(1, len(layers), (half, 1), device=self.device)
        exchanged = torch.where((layers >= begins)[..., None], other[:half], one[:half])
        share = torch.rand(k - half, 1, 1, device=self.device) * (1 + 2 * PAST) - PAST
        between = torch.lerp(one[half:], other[half:], share)
        return torch.as_tensor(self.net.synthesis(torch.cat([styles, exchanged, between]), noise))

    def _judge_step(
        self, drawn: torch.Tensor, made: torch.Tensor, codes: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        n = len(drawn)
        realness, logits, _ = self.judge(torch.cat([drawn, made]))
        real, fake = self._paired(realness[:n]), realness[n:]
        losses = {
            "judge": relativistic(real, fake),
            "named": attribute_loss(logits[:n], codes, VALUES),
            "margin": (real - fake).mean(),
        }
        loss = losses["judge"] + self.preset.read * losses["named"]
        if self.step % self.preset.lazy == 0:
            losses["penalty"] = gradient_penalty(self._realness, drawn)
            losses["penalty"] += gradient_penalty(self._realness, made[:n])
            gamma = self._between(self.preset.penalty) * self.preset.lazy
            loss = loss + gamma * losses["penalty"]
        self._descend(self.judging, loss, self.preset.judge_rate)
        return losses

    def _maker_step(
        self, drawn: torch.Tensor, made: torch.Tensor, weights: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        n = len(drawn)
        self.judge.requires_grad_(False)
        with torch.no_grad():
            real, _, wanted = self.judge(drawn)
        fake, _, seen = self.judge(made)
        miss = (made[:n] - drawn) / 2
        losses = {
            "maker": relativistic(fake, self._paired(real)),
            # an absolute error, unlike a squared one, goes on until flat colours are flat
            "known": (weights * miss.abs()).mean() / self.preset.noise,
            "alike": features_apart([x[:n] for x in seen], wanted),
            "db": -10 * torch.log10(miss.detach().square().mean()),
        }
        loss = losses["maker"] + self.preset.keep * losses["known"]
        loss = loss + self.preset.alike * losses["alike"]
        self._descend(self.maker, loss, self.preset.rate)
        self.judge.requires_grad_(True)
        return losses

    def _realness(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(self.judge(pictures)[0])

    def _paired(self, realness: torch.Tensor) -> torch.Tensor:
        """The drawn faces that ``_made``'s are compared with, pair by pair."""
        return torch.cat([realness, realness[: self.preset.mixed]])

    def _descend(
        self,
        optimizer: torch.optim.Optimizer,
        loss: torch.Tensor,
        rate: tuple[float, float] | None = None,
    ) -> None:
        for group in optimizer.param_groups:
            group["lr"] = self._between(rate or self.preset.plain_rate) * self._warmth()
            # a moving target is followed without momentum, a fixed one with it
            group["betas"] = (0.9 if rate is None else 0.0, 0.99)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    def _between(self, ends: tuple[float, float]) -> float:
        """From the first to the second number over the part of the training that runs."""
        plain = self.preset.plain
        first, last = (0, plain) if self.step < plain else (plain, self.preset.steps)
        done = min(1.0, (self.step - first) / max(1, last - first))
        return ends[1] + (ends[0] - ends[1]) * 0.5 * (1 + math.cos(math.pi * done))

    def _warmth(self) -> float:
        """Share of the learning rate while the GAN begins."""
        begun = self.step - self.preset.plain
        return 1.0 if begun < 0 else min(1.0, (begun + 1) / WARMUP)

    @torch.no_grad()
    def _blend(self) -> None:
        decay = min(self.preset.average, (1 + self.step) / (10 + self.step))
        pairs: Iterable[tuple[torch.Tensor, torch.Tensor]] = zip(
            self.average.parameters(), self.net.parameters(), strict=True
        )
        for mean, now in pairs:
            mean.lerp_(now, 1 - decay)

    @torch.no_grad()
    def model(self) -> StyleGAN2:
        """The averaged generator, its mean style worked out."""
        net = copy.deepcopy(self.average).eval()
        z = torch.randn(10_000, net.latents, generator=torch.Generator().manual_seed(SEED))
        net.mapping.w_avg.copy_(net.mapping(z.to(self.device)).mean(0))
        return net


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", choices=sorted(PRESETS), default="cpu")
    parser.add_argument("--run", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--steps", type=int, help="in all, instead of the preset's")
    parser.add_argument("--plain", type=int, help="of drawing known faces, instead of the preset's")
    parser.add_argument("--export", type=Path, help="write the model to this folder")
    parser.add_argument("--now", action="store_true", help="export as it is, train no further")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (0: all)")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    preset = PRESETS[args.preset]
    preset = replace(preset, steps=args.steps or preset.steps, plain=args.plain or preset.plain)
    pool = draw_pool(preset.pool, SEED, preset.side, args.run / "faces.npz")
    rounds = FaceRounds(pool, args.run, preset, args.device)
    if not args.now:
        rounds.train()
    if args.export:
        from genlens.models.generators.stylegan2.files import save

        about = {"data": "avatars", "steps": rounds.step}
        save(args.export, rounds.model(), rounds.encoder, about)
        print(json.dumps({"exported": str(args.export), **about}))


if __name__ == "__main__":
    main()

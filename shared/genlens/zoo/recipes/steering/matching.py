"""The mapping network's first training: styles like those of real faces, without a picture drawn.

Here the mapping network learns to turn noise into styles that a small judge cannot tell from those
of faces whose attributes are known (as latent GANs do: Xiao et al. 2019, *Generative latent flow*,
arXiv:1905.10485, compares such ways), which costs milliseconds a step.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import nn

from genlens.models.generators.stylegan2.network import Mapping
from genlens.zoo.recipes.steering.discriminator import relativistic

STEPS, BATCH, GAMMA, LAZY = 6_000, 256, 0.1, 4
RATE, JUDGE_RATE = 0.1, 1e-3  # the mapping network's own scale makes 0.1 a step of 0.001
WIDTH, KNOWN = 384, 8_000


class StyleJudge(nn.Module):
    """Styles (n, w) -> how real each looks (n,); it also sees which attributes they would give."""

    def __init__(self, mean: torch.Tensor, std: torch.Tensor, reader: nn.Linear) -> None:
        super().__init__()
        self.mean, self.std, self.reader = mean, std, reader
        inputs = len(mean) + reader.out_features
        self.chain = nn.Sequential(
            nn.Linear(inputs, WIDTH),
            nn.LeakyReLU(0.2),
            nn.Linear(WIDTH, WIDTH),
            nn.LeakyReLU(0.2),
            nn.Linear(WIDTH, 1),
        )

    def forward(self, w: torch.Tensor, values: Sequence[int]) -> torch.Tensor:
        named = [part.softmax(1) for part in self.reader(w).split(list(values), dim=1)]
        return torch.as_tensor(self.chain(torch.cat([(w - self.mean) / self.std, *named], 1))[:, 0])


def match_styles(
    mapping: Mapping,
    styles: Callable[[torch.Tensor], torch.Tensor],
    reader: nn.Linear,
    codes: torch.Tensor,
    values: Sequence[int],
    *,
    seed: int,
    steps: int = STEPS,
) -> None:
    """Train ``mapping`` in place to make styles as ``styles`` makes them of rows of ``codes``, the
    faces' attributes (n, factors); ``reader``, which names them again, stays as it is."""
    torch.manual_seed(seed)
    device = str(next(mapping.parameters()).device)
    with torch.no_grad():
        known = styles(codes[:KNOWN])
    frozen = nn.Linear(reader.in_features, reader.out_features).to(device)
    frozen.load_state_dict(reader.state_dict())
    judge = StyleJudge(known.mean(0), known.std(0) + 1e-3, frozen.requires_grad_(False)).to(device)
    mapper = torch.optim.Adam(mapping.parameters(), betas=(0.0, 0.99))
    judging = torch.optim.Adam(judge.chain.parameters(), betas=(0.0, 0.99))
    for step in range(steps):
        share = 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * step / steps))
        mapper.param_groups[0]["lr"] = RATE * share
        judging.param_groups[0]["lr"] = JUDGE_RATE * share
        with torch.no_grad():
            real = styles(codes[torch.randint(len(codes), (BATCH,))])
        z = torch.randn(BATCH, mapping.latents, device=device)
        fake = mapping(z)
        loss = relativistic(judge(real, values), judge(fake.detach(), values))
        if step % LAZY == 0:
            both = torch.cat([real, fake.detach()]).requires_grad_()
            (slope,) = torch.autograd.grad(judge(both, values).sum(), both, create_graph=True)
            loss = loss + GAMMA * LAZY * (slope * judge.std).square().sum(1).mean()
        judging.zero_grad(set_to_none=True)
        loss.backward()
        judging.step()
        loss = relativistic(judge(fake, values), judge(real, values))
        mapper.zero_grad(set_to_none=True)
        loss.backward()
        mapper.step()
        if (step + 1) % 500 == 0:
            row = {"matching": step + 1, **_likeness(real, fake.detach(), reader, values)}
            print(json.dumps(row), flush=True)


@torch.no_grad()
def _likeness(
    real: torch.Tensor, fake: torch.Tensor, reader: nn.Linear, values: Sequence[int]
) -> dict[str, float]:
    """How sure the reader is of an attribute on average, and how far apart the frequencies are."""
    sure, apart = [], []
    pairs = zip(
        reader(real).split(list(values), 1), reader(fake).split(list(values), 1), strict=True
    )
    for a, b in pairs:
        p, q = a.softmax(1), b.softmax(1)
        sure.append((p.amax(1).mean(), q.amax(1).mean()))
        apart.append((p.mean(0) - q.mean(0)).abs().sum() / 2)
    drawn, made = (float(torch.stack(list(column)).mean()) for column in zip(*sure, strict=True))
    spread = (
        F.pairwise_distance(fake, fake.roll(1, 0)).mean()
        / F.pairwise_distance(real, real.roll(1, 0)).mean()
    )
    return {
        "sure_real": round(drawn, 3),
        "sure_made": round(made, 3),
        "frequencies_apart": round(float(torch.stack(apart).mean()), 3),
        "spread": round(float(spread), 3),
    }

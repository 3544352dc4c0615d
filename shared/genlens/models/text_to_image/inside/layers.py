"""The cross-attention layers of a diffusers network, found by walking it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from genlens.errors import ModelError

if TYPE_CHECKING:
    from diffusers.models.attention_processor import Attention

KEYS, VALUES = "to_k", "to_v"
"""What a layer makes of the text: keys say where a word is read, values what is read there."""


def cross_attention(network: nn.Module) -> dict[str, Attention]:
    """The layers of ``network`` that read the text, by name, as the network holds them (which need
    not be the order in which they run).

    Raises:
        ModelError: it has none.
    """
    from diffusers.models.attention_processor import Attention

    layers = {
        name: module
        for name, module in network.named_modules()
        if name.endswith("attn2") and isinstance(module, Attention)
    }
    if not layers:
        raise ModelError(
            f"a {type(network).__name__} has no cross-attention layers: its inside cannot be asked "
            "what it reads of the text. Take a pipeline of the Stable Diffusion family"
        )
    return layers


def projections(network: nn.Module) -> dict[str, nn.Linear]:
    """The keys' and values' linear maps of all cross-attention layers, by name.

    Raises:
        ModelError: a layer makes its keys or values in another way.
    """
    found: dict[str, nn.Linear] = {}
    for layer, module in cross_attention(network).items():
        for part in (KEYS, VALUES):
            linear = module.get_submodule(part) if hasattr(module, part) else None
            if not isinstance(linear, nn.Linear):
                raise ModelError(
                    f"{layer} makes its {part} by a {type(linear).__name__}: only plain linear "
                    "maps can be edited in closed form"
                )
            found[f"{layer}.{part}"] = linear
    return found


def holder(network: nn.Module, layer: str) -> nn.Module:
    """The block that adds what ``layer`` read to the picture's activations: (n, c, h, w) in and
    out.

    Raises:
        ModelError: there is no such block.
    """
    from diffusers.models import Transformer2DModel

    parts = layer.split(".")
    for end in range(len(parts) - 1, 0, -1):
        module = network.get_submodule(".".join(parts[:end]))
        if isinstance(module, Transformer2DModel):
            return module
    raise ModelError(
        f"{layer} lies in no block of a UNet: features of its activations cannot be looked for"
    )

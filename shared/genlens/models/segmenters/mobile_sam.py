"""MobileSAM: SAM with a TinyViT image encoder (Zhang et al. 2023, arXiv:2306.14289).

TinyViT (Wu et al. 2022, arXiv:2207.10666) is timm's; here it is given MobileSAM's sizes, SAM's
neck, and the names under which the official checkpoint stores its weights.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

import torch

from genlens.common import torchvision_guard
from genlens.models.segmenters.build import build_sam

if TYPE_CHECKING:
    from segment_anything.modeling import Sam

_WIDTHS = (64, 128, 160, 320)
_NECK = 256


def build_mobile_sam(config: dict[str, Any]) -> Sam:
    """A ``Sam`` whose image encoder is MobileSAM's, with random weights, in eval mode.

    ``config`` describes the rest as for :func:`~genlens.models.segmenters.build.build_sam`;
    its image size and patch size have to be 1024 and 16, its prompt_embed_dim 256.
    """
    # The ViT that is thrown away again costs nothing when it has one narrow block.
    small = {"embed_dim": 16, "depth": 1, "num_heads": 1, "window_size": 1}
    sam = build_sam({**config, "encoder": {**small, "global_attn_indexes": []}})
    sam.image_encoder = _encoder(sam.image_encoder.img_size)
    return sam.eval()


def _encoder(image_size: int) -> torch.nn.Module:
    """TinyViT-5M with SAM's neck: (b, 3, 1024, 1024) -> (b, 256, 64, 64)."""
    torchvision_guard.ensure()
    from segment_anything.modeling.common import LayerNorm2d
    from timm.models.tiny_vit import TinyVit

    class Encoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.img_size = image_size  # segment_anything asks for it
            trunk = cast(Any, TinyVit)(
                num_classes=0,
                embed_dims=_WIDTHS,
                depths=(2, 2, 6, 2),
                num_heads=(2, 4, 5, 10),
                window_sizes=(7, 7, 14, 7),
            )
            # MobileSAM keeps the resolution of the third stage: 64 x 64, as the decoder expects.
            trunk.stages[-1].downsample.conv2.conv.stride = (1, 1)
            trunk.head = torch.nn.Identity()  # classification, which is not used
            self.trunk = trunk
            self.neck = torch.nn.Sequential(
                torch.nn.Conv2d(_WIDTHS[-1], _NECK, 1, bias=False),
                LayerNorm2d(_NECK),
                torch.nn.Conv2d(_NECK, _NECK, 3, padding=1, bias=False),
                LayerNorm2d(_NECK),
            )

        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            features: torch.Tensor = self.neck(self._stages(pixels))
            return features

        def _stages(self, x: torch.Tensor) -> torch.Tensor:
            x = self.trunk.patch_embed(x)
            for stage in self.trunk.stages:
                x = stage(x)
            return x  # (b, 320, h/16, w/16)

    return Encoder()


def rename(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The official checkpoint's names to those of :func:`build_mobile_sam`.

    The classification head of the distilled TinyViT, which segmentation does not use, is left out.
    """
    renamed = {}
    for name, value in state.items():
        if re.match(r"image_encoder\.(norm_head|head)\.", name):
            continue
        name = re.sub(r"^image_encoder\.(?!neck)", "image_encoder.trunk.", name)
        name = re.sub(r"patch_embed\.seq\.([02])", _patch_convolution, name)
        name = re.sub(r"layers\.(\d)\.downsample", _downsample, name)
        name = name.replace(".layers.", ".stages.", 1) if ".trunk." in name else name
        renamed[re.sub(r"\.c\.", ".conv.", name)] = value
    return renamed


def _patch_convolution(match: re.Match[str]) -> str:
    return f"patch_embed.conv{int(match[1]) // 2 + 1}"


def _downsample(match: re.Match[str]) -> str:
    # There at the end of a stage, here at the start of the next.
    return f"stages.{int(match[1]) + 1}.downsample"

"""SAM networks by their sizes: the embedded tiny one and the official ViT-B/L/H.

Kirillov et al. 2023, "Segment Anything", arXiv:2304.02643.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from genlens.common import torchvision_guard
from genlens.errors import ModelError

if TYPE_CHECKING:
    from segment_anything.modeling import Sam


# ImageNet statistics on the 0..255 scale, which is what SAM's preprocess expects.
_PIXEL_MEAN = (123.675, 116.28, 103.53)
_PIXEL_STD = (58.395, 57.12, 57.375)


def _official(embed_dim: int, depth: int, num_heads: int, globals_: list[int]) -> dict[str, Any]:
    """Config of a published checkpoint (Kirillov et al. 2023, appendix A)."""
    return {
        "image_size": 1024,
        "patch_size": 16,
        "encoder": {
            "embed_dim": embed_dim,
            "depth": depth,
            "num_heads": num_heads,
            "window_size": 14,
            "global_attn_indexes": globals_,
        },
        "prompt_embed_dim": 256,
        "decoder": {"depth": 2, "mlp_dim": 2048, "num_heads": 8},
    }


OFFICIAL: dict[str, dict[str, Any]] = {
    "vit_b": _official(768, 12, 12, [2, 5, 8, 11]),
    "vit_l": _official(1024, 24, 16, [5, 11, 17, 23]),
    "vit_h": _official(1280, 32, 16, [7, 15, 23, 31]),
}


def build_sam(config: dict[str, Any]) -> Sam:
    """A ``Sam`` with random weights and the sizes of ``config``, in eval mode on the CPU.

    Args:
        config: ``image_size`` and ``patch_size`` (pixels; the first a multiple of the second),
            ``encoder`` {embed_dim, depth, num_heads, window_size, global_attn_indexes,
            [mlp_ratio]}, ``prompt_embed_dim`` (a multiple of 8), ``decoder`` {depth, mlp_dim,
            num_heads, [iou_head_depth, iou_head_hidden_dim, num_multimask_outputs]},
            optional ``mask_in_chans``, ``pixel_mean``, ``pixel_std`` (0..255 scale) and
            ``mask_threshold`` (logit).

    Raises:
        ModelError: a key is missing or the sizes do not fit together.
    """
    torchvision_guard.ensure()
    from segment_anything.modeling import (
        ImageEncoderViT,
        MaskDecoder,
        PromptEncoder,
        Sam,
        TwoWayTransformer,
    )

    try:
        size, patch = int(config["image_size"]), int(config["patch_size"])
        width, encoder = int(config["prompt_embed_dim"]), dict(config["encoder"])
        decoder = dict(config["decoder"])
        _check_sizes(size, patch, width, encoder, decoder)
        grid = size // patch
        sam = Sam(
            image_encoder=ImageEncoderViT(
                img_size=size,
                patch_size=patch,
                embed_dim=encoder["embed_dim"],
                depth=encoder["depth"],
                num_heads=encoder["num_heads"],
                mlp_ratio=encoder.get("mlp_ratio", 4),
                window_size=encoder["window_size"],
                global_attn_indexes=tuple(encoder["global_attn_indexes"]),
                out_chans=width,
                qkv_bias=True,
                use_rel_pos=True,
                norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
            ),
            prompt_encoder=PromptEncoder(
                embed_dim=width,
                image_embedding_size=(grid, grid),
                input_image_size=(size, size),
                mask_in_chans=config.get("mask_in_chans", 16),
            ),
            mask_decoder=MaskDecoder(
                transformer_dim=width,
                transformer=TwoWayTransformer(
                    depth=decoder["depth"],
                    embedding_dim=width,
                    num_heads=decoder["num_heads"],
                    mlp_dim=decoder["mlp_dim"],
                ),
                num_multimask_outputs=decoder.get("num_multimask_outputs", 3),
                iou_head_depth=decoder.get("iou_head_depth", 3),
                # 256 in the official models, whose prompt_embed_dim is 256 too.
                iou_head_hidden_dim=decoder.get("iou_head_hidden_dim", width),
            ),
            pixel_mean=list(config.get("pixel_mean", _PIXEL_MEAN)),
            pixel_std=list(config.get("pixel_std", _PIXEL_STD)),
        )
        sam.mask_threshold = float(config.get("mask_threshold", 0.0))
    except KeyError as error:
        raise ModelError(f"the SAM config has no key {error}: see build_sam for the list") from None
    except (TypeError, ValueError, ArithmeticError, AssertionError, RuntimeError) as error:
        raise ModelError(f"the SAM config is not understood: {error}") from error
    return sam.eval()


def _check_sizes(
    size: int, patch: int, width: int, encoder: dict[str, Any], decoder: dict[str, Any]
) -> None:
    """Refuse sizes that segment_anything would only stumble over deep inside a forward pass, and
    those that would fill the memory before the weights are looked at."""
    large = {
        "image_size": (size, 4096),
        "prompt_embed_dim": (width, 4096),
        "encoder embed_dim": (encoder["embed_dim"], 4096),
        "encoder depth": (encoder["depth"], 128),
        "decoder depth": (decoder["depth"], 128),
        "decoder mlp_dim": (decoder["mlp_dim"], 16384),
    }
    for name, (value, most) in large.items():
        if not isinstance(value, int) or not 1 <= value <= most:
            raise ModelError(f"SAM {name} is {value!r}: it should be a whole number, 1 to {most}")
    if size <= 0 or patch <= 0 or size % patch:
        raise ModelError(f"SAM image_size {size} is not a multiple of patch_size {patch}")
    if width % 8:
        raise ModelError(f"SAM prompt_embed_dim {width} is not a multiple of 8")
    if encoder["embed_dim"] % encoder["num_heads"]:
        raise ModelError(
            f"SAM encoder embed_dim {encoder['embed_dim']} is not divisible by "
            f"num_heads {encoder['num_heads']}"
        )
    # Cross-attention runs at half the width (TwoWayTransformer's attention_downsample_rate=2).
    if (width // 2) % decoder["num_heads"]:
        raise ModelError(
            f"half of SAM prompt_embed_dim {width} is not divisible by decoder "
            f"num_heads {decoder['num_heads']}"
        )

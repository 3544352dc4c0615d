"""MobileSAM's encoder: its sizes, and the names of the official checkpoint."""

from __future__ import annotations

import pytest
import torch

from genlens.models.segmenters.build import OFFICIAL
from genlens.models.segmenters.mobile_sam import build_mobile_sam, rename

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def sam():
    return build_mobile_sam({**OFFICIAL["vit_b"], "image_size": 128})


def test_the_encoder_gives_what_sams_decoder_expects(sam):
    with torch.no_grad():
        assert sam.image_encoder(torch.zeros(1, 3, 128, 128)).shape == (1, 256, 8, 8)


def test_it_is_tinyvit_5m(sam):
    count = sum(p.numel() for p in sam.image_encoder.trunk.parameters())
    assert 5_000_000 < count < 6_000_000


@pytest.mark.parametrize(
    ("official", "ours"),
    [
        ("patch_embed.seq.0.c.weight", "trunk.patch_embed.conv1.conv.weight"),
        ("patch_embed.seq.2.bn.bias", "trunk.patch_embed.conv2.bn.bias"),
        ("layers.0.blocks.1.conv3.c.weight", "trunk.stages.0.blocks.1.conv3.conv.weight"),
        ("layers.0.downsample.conv1.c.weight", "trunk.stages.1.downsample.conv1.conv.weight"),
        ("layers.2.blocks.5.attn.qkv.bias", "trunk.stages.2.blocks.5.attn.qkv.bias"),
        ("layers.3.blocks.0.local_conv.c.weight", "trunk.stages.3.blocks.0.local_conv.conv.weight"),
        ("neck.2.weight", "neck.2.weight"),
    ],
)
def test_official_names_become_ours(sam, official, ours):
    assert list(rename({f"image_encoder.{official}": torch.zeros(1)})) == [f"image_encoder.{ours}"]
    assert f"image_encoder.{ours}" in sam.state_dict()


def test_the_unused_head_is_left_out_and_the_rest_untouched():
    state = dict.fromkeys(
        ["image_encoder.norm_head.weight", "image_encoder.head.bias", "mask_decoder.x.c.y"],
        torch.zeros(1),
    )
    assert list(rename(state))[-1].startswith("mask_decoder.")
    assert len(rename(state)) == 1

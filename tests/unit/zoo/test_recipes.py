"""What the recipes feed their models, and that what they export is a plain pipeline folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from genlens.common import torchvision_guard
from genlens.worlds import vocabulary
from genlens.worlds.emoji_scenes import draw
from genlens.zoo.recipes.scenes import denoiser, diffusion, latents
from genlens.zoo.recipes.scenes.data import label_map
from genlens.zoo.recipes.scenes.referee import pixel_weights
from genlens.zoo.recipes.words import build_tokenizer, encode

pytestmark = pytest.mark.unit

NOUNS = ["ground", *vocabulary.NOUNS]


def test_small_things_weigh_more_and_the_ground_weighs_one() -> None:
    labels = np.zeros((1, 32, 32), np.uint8)
    labels[0, :16, :16] = 3  # a quarter of the picture
    labels[0, 20:26, 20:26] = 5  # 3.5 %
    labels[0, 30, 30] = 7  # one pixel
    weight = pixel_weights(labels)[0]
    assert weight[31, 0] == 1 and weight[0, 0] == 1
    assert 1 < weight[22, 22] < weight[30, 30] == 4


def test_labels_are_the_nouns_that_were_drawn_there() -> None:
    scene = draw(3, "a cat left of a red car")
    label = label_map(scene)
    assert label.shape == (32, 32)
    assert {NOUNS[c] for c in np.unique(label)} == {"ground", "cat", "car"}
    for noun in ("cat", "car"):
        (mask,) = (o.mask for o in scene.objects if o.noun == noun)
        assert np.array_equal(label == NOUNS.index(noun), mask[::2, ::2])


def test_scenes_of_one_thing_come_more_often_at_first_and_not_at_the_end() -> None:
    tokenizer = build_tokenizer()
    captions = [
        "a cat",
        "a cat and a dog",
        "two red cars",
        "",
        "a cat on a blue background",
        "nice",
    ]
    singles = latents.single_noun(encode(tokenizer, captions), tokenizer)
    assert singles.tolist() == [0, 2, 4]

    def share(progress: float) -> float:
        picked = latents.pick(np.random.default_rng(0), 6, singles, 6000, progress)
        return float(np.isin(picked.numpy(), singles).mean())

    assert share(1.0) == pytest.approx(0.5, abs=0.03)  # three of the six
    assert share(0.0) == pytest.approx(0.75, abs=0.03)  # and half of the others


def test_rich_scenes_come_more_often_at_the_end_and_not_at_first() -> None:
    captions = ["a cat", "two red cars", "a cat wearing a hat", "a dog", "a cat and a dog", ""]
    rich = latents.rich_ones(captions)
    assert rich.tolist() == [1, 2]

    def share(progress: float, given: np.ndarray | None = rich) -> float:
        rng = np.random.default_rng(0)
        picked = latents.pick(rng, 6, np.array([0]), 6000, progress, given)
        return float(np.isin(picked.numpy(), rich).mean())

    fair = 2 / 6
    assert share(1.0) == pytest.approx(latents.RICH + (1 - latents.RICH) * fair, abs=0.03)
    assert share(0.0) == pytest.approx(fair / 2, abs=0.03)  # half are of one thing
    assert share(1.0, None) == pytest.approx(fair, abs=0.03)
    assert share(1.0, rich[:0]) == pytest.approx(fair, abs=0.03)


def test_augmenting_puts_in_unknown_words_and_changes_no_other() -> None:
    torch.manual_seed(0)
    ids = encode(build_tokenizer(), ["a red cat next to a car"] * 400)
    changed = 0
    for row, was in zip(latents.augment(ids), ids, strict=True):
        kept = row[row != 3]
        assert torch.equal(kept, was[: len(kept)])
        changed += int((row == 3).sum())
    assert 5 <= changed <= 45  # 5 % of 400


def test_export_is_a_pipeline_without_the_training_head(tmp_path: Path) -> None:
    torchvision_guard.ensure()
    from diffusers import AutoencoderKL, StableDiffusionPipeline

    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(8, 8, 8),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=64,
    )
    model = denoiser.Denoiser(denoiser.Shape((16, 16), (1, 1), 16, latent=4))
    diffusion.export(model, vae, 0.9, tmp_path, steps=4)
    pipe = StableDiffusionPipeline.from_pretrained(tmp_path, safety_checker=None)
    assert pipe.vae.config.scaling_factor == 0.9
    assert pipe.unet.config.cross_attention_dim == 16
    assert not any("where" in name for name in pipe.unet.state_dict())
    # Training pads its captions; a prompt is not to be padded because of that.
    assert len(pipe.tokenizer("a cat").input_ids) == 4
    assert model.unet.conv_in.weight.dtype is torch.float32  # training goes on with what it had
    card = json.loads((tmp_path / "genlens.json").read_text(encoding="utf-8"))
    assert card["steps"] == 4 and card["licence"] == "MIT"

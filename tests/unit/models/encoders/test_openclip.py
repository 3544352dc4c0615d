"""The open_clip adapter on a tiny random model."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch

import tiny_models
from genlens.errors import InputError, ModelError
from genlens.models.contracts import ImageTextEncoder
from genlens.models.encoders.openclip import OpenClipEncoder, build_clip, hub_repository

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def encoder(tiny_clip_dir):
    return OpenClipEncoder.from_folder(tiny_clip_dir, device="cpu")


@pytest.fixture(scope="module")
def images():
    return torch.rand(5, 3, 48, 48, generator=torch.Generator().manual_seed(0))


def test_fulfils_the_contract(encoder):
    assert isinstance(encoder, ImageTextEncoder)
    assert encoder.card.contract == "ImageTextEncoder"
    assert encoder.card.bytes > 100_000


def test_unit_vectors_of_one_width(encoder, images):
    seen, read = encoder.embed_images(images), encoder.embed_texts(["a cat", "a dog", ""])
    assert seen.shape == (5, 32)
    assert read.shape == (3, 32)
    for vectors in (seen, read):
        assert vectors.dtype == torch.float32
        assert torch.allclose(vectors.norm(dim=-1), torch.ones(len(vectors)), atol=1e-5)
        assert not vectors.requires_grad


def test_batches_do_not_change_the_result(tiny_clip_dir, encoder, images):
    small = OpenClipEncoder.from_folder(tiny_clip_dir, device="cpu")
    small.card.settings["batch_size"] = 2
    assert torch.allclose(small.embed_images(images), encoder.embed_images(images), atol=1e-5)
    texts = ["a cat", "a red dog next to a car", "", "moon", "a"]
    assert torch.allclose(small.embed_texts(texts), encoder.embed_texts(texts), atol=1e-5)


def test_nothing_in_nothing_out(encoder):
    assert encoder.embed_images(torch.zeros(0, 3, 8, 8)).shape == (0, 32)
    assert encoder.embed_texts([]).shape == (0, 32)


def test_grey_images_and_any_size(encoder):
    grey = torch.rand(2, 1, 20, 31)
    assert torch.allclose(
        encoder.embed_images(grey), encoder.embed_images(grey.expand(-1, 3, -1, -1)), atol=1e-5
    )


def test_gradients_reach_the_pixels(encoder):
    pixels = torch.rand(2, 3, 64, 64, requires_grad=True)
    encoder.embed_images(pixels)[:, 0].sum().backward()
    assert torch.isfinite(pixels.grad).all()
    assert (pixels.grad != 0).float().mean() > 0.9


def test_resizing_is_pils_bicubic(encoder):
    """open_clip's own preprocessing resizes with PIL, which rounds to grey levels twice."""
    from PIL import Image

    coarse = torch.rand(1, 3, 9, 9, generator=torch.Generator().manual_seed(0))
    smooth = torch.nn.functional.interpolate(coarse, (96, 96), mode="bicubic")
    pixels = (smooth.clamp(0, 1)[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8)
    theirs = np.asarray(Image.fromarray(pixels).resize((32, 32), Image.Resampling.BICUBIC))
    ours = encoder._prepare(torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255)  # [-1, 1]
    assert np.abs((ours[0].permute(1, 2, 0).numpy() * 0.5 + 0.5) * 255 - theirs).max() < 1.5


def test_shortest_side_and_centre_crop(tiny_clip_dir, tmp_path):
    """Unless the config says "squash", the sides of a wide image are cut off."""
    folder = tmp_path / "clip"
    shutil.copytree(tiny_clip_dir, folder)
    config = json.loads((folder / "open_clip_config.json").read_text())
    config["preprocess_cfg"]["resize_mode"] = "shortest"
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    cropping = OpenClipEncoder.from_folder(folder, device="cpu")
    wide = torch.rand(1, 3, 32, 64)
    assert torch.allclose(
        cropping.embed_images(wide), cropping.embed_images(wide[..., 16:48]), atol=1e-5
    )


def test_case_and_word_order_as_the_tokenizer_has_it(encoder):
    upper, lower, swapped = encoder.embed_texts(["A Red CAT", "a red cat", "cat red a"])
    assert torch.allclose(upper, lower, atol=1e-6)
    assert not torch.allclose(lower, swapped, atol=1e-3)


def test_a_text_too_long_is_cut(encoder):
    assert encoder.embed_texts(["a " * 100]).shape == (1, 32)


@pytest.mark.parametrize(
    "bad",
    [torch.rand(3, 8, 8), torch.rand(1, 4, 8, 8), torch.zeros(1, 3, 8, 8, dtype=torch.uint8)],
)
def test_other_tensors_are_refused(encoder, bad):
    with pytest.raises(InputError, match="images must be floats"):
        encoder.embed_images(bad)


def test_one_string_is_no_list(encoder):
    with pytest.raises(InputError, match="list of strings"):
        encoder.embed_texts("a cat")


def test_open_clips_tokenizer_where_the_model_has_clips_vocabulary(tmp_path):
    """A hub model reads byte pairs, also when a tokenizer.json for transformers lies beside it."""
    config = json.loads(json.dumps(tiny_models.CLIP_CONFIG))
    text = {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
    config["model_cfg"]["text_cfg"] = text
    (tmp_path / "open_clip_config.json").write_text(json.dumps(config))
    tiny_models.word_level_tokenizer().save(str(tmp_path / "tokenizer.json"))
    tiny_models._save(build_clip(config), tmp_path / "open_clip_model.safetensors")
    encoder = OpenClipEncoder.from_folder(tmp_path, device="cpu")
    tokens = encoder._tokenize(["a cat"])
    assert tokens.shape == (1, 77)
    assert tokens[0, :4].tolist() == [49406, 320, 2368, 49407]


def test_hub_naming():
    assert (
        hub_repository("ViT-B-32", "laion2b_s34b_b79k") == "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"
    )
    with pytest.raises(ModelError, match="it knows openai"):
        hub_repository("ViT-B-32", "nothing")


def test_broken_folders_are_refused(tiny_clip_dir, tmp_path):
    weights = "open_clip_model.safetensors"

    def other_width(folder):
        config = json.loads((folder / "open_clip_config.json").read_text())
        config["model_cfg"]["embed_dim"] = 48
        (folder / "open_clip_config.json").write_text(json.dumps(config))

    cases = [
        (lambda f: (f / weights).unlink(), "is incomplete"),
        (lambda f: (f / weights).rename(f / "open_clip_pytorch_model.bin"), "only safetensors"),
        (lambda f: (f / weights).write_bytes(b"x" * 50), "damaged"),
        (lambda f: (f / "open_clip_config.json").write_text("{}"), "lacks embed_dim"),
        (other_width, "do not fit the config"),
    ]
    for number, (change, message) in enumerate(cases):
        folder = tmp_path / str(number)
        shutil.copytree(tiny_clip_dir, folder)
        change(folder)
        with pytest.raises(ModelError, match=message):
            OpenClipEncoder.from_folder(folder, device="cpu")

"""Recording and saliency on a tiny random pipeline."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genlens.errors import InputError, ModelError
from genlens.models.encoders.openclip import OpenClipEncoder
from genlens.models.text_to_image.diffusion import DiffusersTextToImage
from genlens.prompts.attention.record import attention_of
from genlens.prompts.attention.saliency import latent_saliency
from genlens.prompts.drawings import to_tensor
from prompt_painter import Painter

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def model(tiny_pipeline_dir):
    return DiffusersTextToImage.from_folder(tiny_pipeline_dir, device="cpu")


def test_a_prompt_gives_maps_of_its_words(model):
    maps = attention_of(model, "a  red cat ", 4, steps=3)
    assert maps.prompt == "a red cat"
    assert maps.tokens == ["a", "red", "cat"]
    assert len(maps.timesteps) == 3
    assert maps.image.shape == (32, 32, 3)
    for way in ("daam", "fine", "guided", "plain"):
        heat = maps.heat(way)
        assert heat.shape == (3, 32, 32)
        assert np.isfinite(heat).all()
        assert 0 <= heat.min() <= heat.max() <= 1
    assert maps.made_by.seed == 4
    assert maps.made_by.settings["steps"] == 3
    again = model.generate(["a red cat"], 4, steps=3).images[0]
    drawn = (again.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    assert np.array_equal(maps.image, drawn)


def test_a_known_picture_takes_the_place_of_the_drawn_one(model):
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    maps = attention_of(model, "a cat", picture=picture)
    assert np.array_equal(maps.image, picture)
    assert maps.made_by.settings["forced"] is True


def test_what_cannot_be_asked_is_refused(model):
    with pytest.raises(InputError, match="empty"):
        attention_of(model, " ")
    with pytest.raises(InputError, match="seed"):
        attention_of(model, "a cat", -1)
    with pytest.raises(ModelError, match="painter"):
        attention_of(Painter(), "cat")


def test_saliency_is_the_gradient(model, tiny_clip_dir):
    """Against differences of the cosine itself, place by place."""
    encoder = OpenClipEncoder.from_folder(tiny_clip_dir, device="cpu")
    image = model.generate(["a red cat"], 0).images[0].permute(1, 2, 0).numpy()
    pixels = (image * 255).round().astype(np.uint8)
    found = latent_saliency(model, encoder, "red cat", pixels)
    assert found.texts == ("red cat", "red", "cat")
    assert found.maps.shape == (3, 16, 16)
    autoencoder = model.autoencoder()
    text = encoder.embed_texts(["cat"])[0].double()

    def cosine(latent: torch.Tensor) -> float:
        with torch.no_grad():
            decoded = autoencoder.decode(latent).clamp(0, 1)
            return float(encoder.embed_images(decoded)[0].double() @ text)

    with torch.no_grad():
        latent = autoencoder.encode(to_tensor(pixels[None])).mean
    assert found.cosines[2] == pytest.approx(cosine(latent), abs=1e-5)
    y, x = np.unravel_index(int(found.maps[2].argmax()), (16, 16))
    step, total = 0.02, 0.0
    for c in range(latent.shape[1]):
        up, down = latent.clone(), latent.clone()
        up[0, c, y, x] += step
        down[0, c, y, x] -= step
        total += abs(cosine(up) - cosine(down)) / (2 * step)
    assert found.maps[2, y, x] == pytest.approx(total, rel=0.15)


def test_saliency_needs_a_latent(tiny_clip_dir):
    encoder = OpenClipEncoder.from_folder(tiny_clip_dir, device="cpu")
    with pytest.raises(ModelError, match="no autoencoder"):
        latent_saliency(Painter(), encoder, "cat", np.zeros((40, 40, 3), np.uint8))

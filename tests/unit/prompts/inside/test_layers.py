"""Exchanging the text of layers, on tiny random pipelines: what must hold whatever the weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genlens.errors import Cancelled, InputError, ModelError
from genlens.models.text_to_image.diffusion import DiffusersTextToImage
from genlens.prompts.inside.layers.exchange import exchange_layers, windows_of
from genlens.prompts.inside.openable import openable
from prompt_painter import Painter
from tiny_models import build_xl_pipeline

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def model(tiny_pipeline_dir):
    return DiffusersTextToImage.from_folder(tiny_pipeline_dir, device="cpu", precision="fp32")


@pytest.mark.parametrize("guidance", [1.0, 4.0])
def test_all_layers_exchanged_draw_the_other_prompt(model, guidance):
    found = exchange_layers(model, "a cat", "a red dog", 3, steps=2, guidance=guidance)
    assert found.every == pytest.approx(1, abs=1e-3)
    assert len(found.layers) == len(found.windows) == len(found.images)
    assert found.towards.min() > 0
    assert found.towards.max() < 1
    own, other = (
        model.generate([text], 3, steps=2, guidance=guidance).images[0].permute(1, 2, 0).numpy()
        for text in ("a cat", "a red dog")
    )
    assert np.abs(found.own - own * 255).max() < 1.01
    assert np.abs(found.others - other * 255).max() < 1.01


def test_layers_stand_in_the_order_in_which_they_run(model):
    with model.opened() as inside:
        layers, seen = inside.layers, []
        from genlens.common.hooks import hooked
        from genlens.models.text_to_image.inside.layers import cross_attention

        names = {m: name for name, m in cross_attention(model.pipeline.unet).items()}
        with hooked(names, lambda m, args, out: seen.append(names[m])):
            model.pipeline(["a cat"], num_inference_steps=1, guidance_scale=1.0)
    assert [layer.name for layer in layers] == seen
    assert all(layer.grid[0] * layer.grid[1] > 0 for layer in layers)


def test_a_row_keeps_what_it_reads_whatever_its_neighbours_read(model):
    with model.opened() as inside:
        names = [layer.name for layer in inside.layers]
        alone = inside.draw(["a cat"], 0, steps=2).latents
        with inside.reading({name: [None, "a car", "a cat"] for name in names}):
            three = inside.draw(["a cat"] * 3, 0, steps=2).latents
        after = inside.draw(["a cat"], 0, steps=2).latents
    assert torch.allclose(three[0], alone[0], atol=1e-4)
    assert torch.allclose(three[2], alone[0], atol=1e-4)  # its own text, exchanged for itself
    assert not torch.allclose(three[1], alone[0], atol=1e-3)
    assert torch.equal(after, alone)


def test_layers_are_found_in_a_pipeline_of_two_encoders_too(tmp_path):
    model = DiffusersTextToImage.from_folder(
        build_xl_pipeline(tmp_path / "xl"), device="cpu", precision="fp32"
    )
    found = exchange_layers(model, "a cat", "a dog", steps=1)
    assert len(found.layers) >= 1
    assert 0 < found.every < 1  # its pooled text enters beside the layers, and the number says so


def test_what_cannot_be_asked_is_refused(model):
    with pytest.raises(InputError, match="the same"):
        exchange_layers(model, "a cat", " a  cat ")
    with pytest.raises(InputError, match="width of the window"):
        exchange_layers(model, "a cat", "a dog", window=99)
    with pytest.raises(InputError, match="seed"):
        exchange_layers(model, "a cat", "a dog", -1)
    with pytest.raises(ModelError, match="does not show its inside"):
        openable(Painter())
    with pytest.raises(Cancelled):
        exchange_layers(model, "a cat", "a dog", cancel=lambda: True)
    with model.opened() as inside, pytest.raises(InputError, match="no cross-attention layer"):  # noqa: SIM117
        with inside.reading({"nowhere": ["a"]}):
            pass


def test_windows_are_neighbours():
    assert windows_of(4, 2) == ((0, 1), (1, 2), (2, 3))
    assert windows_of(3, 3) == ((0, 1, 2),)


def test_a_word_that_says_nothing_to_the_model_is_named_once(model):
    found = exchange_layers(model, "a cat", "a pyramid and a pyramid", 0, steps=1)
    [note] = [note for note in found.notes if "has not learned" in note]
    assert "“pyramid”" in note
    plain = exchange_layers(model, "a cat", "a dog", 0, steps=1)
    assert not any("has not learned" in note for note in plain.notes)

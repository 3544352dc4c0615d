"""Edits on a tiny random pipeline: they change what is drawn inside the block, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genlens.errors import InputError
from genlens.models.text_to_image.diffusion import DiffusersTextToImage
from genlens.prompts.inside.edit.pictures import draw_edited
from genlens.prompts.inside.edit.rewrite import edit_word, edited
from genlens.prompts.inside.storage import load_edit, save_edit

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def model(tiny_pipeline_dir):
    return DiffusersTextToImage.from_folder(tiny_pipeline_dir, device="cpu", precision="fp32")


def _bits(model):
    return {name: p.detach().clone() for name, p in model.pipeline.unet.named_parameters()}


def test_the_weights_are_bit_identical_within_and_after_the_block(model):
    before = _bits(model)
    edit = edit_word(model, "cat", "dog", lam=1e-4, mu=0)
    plain = model.generate(["a cat"], 1, steps=2).images
    with edited(model, edit) as other:
        changed = other.generate(["a cat"], 1, steps=2).images
        inside = _bits(model)
    with pytest.raises(RuntimeError, match="on purpose"), edited(model, edit):
        raise RuntimeError("on purpose")
    after = _bits(model)
    assert all(torch.equal(before[k], inside[k]) for k in before)
    assert all(torch.equal(before[k], after[k]) for k in before)
    assert torch.equal(model.generate(["a cat"], 1, steps=2).images, plain)
    assert not torch.equal(changed, plain)


def test_a_full_edit_draws_what_the_target_draws(model):
    """With lambda near 0 and the frame of the caption among those solved for, all that the layers
    make of the word is what they make of the target; the start token before it is the same."""
    edit = edit_word(model, "cat", "dog", lam=1e-6, mu=0, keep=[])
    target = model.generate(["a dog"], 1, steps=2).latents
    with edited(model, edit):
        word = model.generate(["a cat"], 1, steps=2).latents
    unedited = model.generate(["a cat"], 1, steps=2).latents
    assert (word - target).norm() < 0.2 * (unedited - target).norm()
    assert edit.moved > 0.9


def test_controls_fail(model):
    frozen = edit_word(model, "cat", "dog", lam=1e6)
    assert frozen.moved < 0.05
    assert max(frozen.change.values()) < 0.01
    shuffled = edit_word(model, "cat", "dog", lam=1e-4, mu=0, shuffled=0)
    straight = edit_word(model, "cat", "dog", lam=1e-4, mu=0)
    assert any(
        not np.allclose(shuffled.weights[name], straight.weights[name]) for name in shuffled.weights
    )


def test_only_the_layers_and_parts_that_were_named_are_edited(model):
    edit = edit_word(model, "cat", "dog", layers=[0], parts="values")
    assert [layer.name for layer in edit.layers] == [next(iter(edit.weights)).removesuffix(".to_v")]
    assert list(edit.weights) == [f"{edit.layers[0].name}.to_v"]


def test_pictures_before_and_after_are_kept(model, tmp_path):
    edit = edit_word(model, "cat", "dog", lam=1e-4, mu=0)
    found = draw_edited(model, edit, ["a cat", "the car"], 2)
    assert found.before.shape == found.after.shape == (2, 32, 32, 3)
    back = load_edit(save_edit(found, tmp_path / "edit.npz"))
    assert np.array_equal(back.after, found.after)
    assert back.to_dict() == found.to_dict()
    plain = model.generate(["a cat"], 2).images[0].permute(1, 2, 0).numpy()
    assert np.abs(found.before[0] - plain * 255).max() < 1.01


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"target": "cat"}, "both 'cat'"),
        ({"word": ""}, "empty"),
        ({"lam": 0}, "lambda is 0"),
        ({"lam": float("nan")}, "lambda is nan"),
        ({"mu": -1}, "mu is -1"),
        ({"layers": [99]}, "a layer is 99"),
        ({"layers": []}, "no layer"),
        ({"parts": "queries"}, "parts is 'queries'"),
        ({"target": "zzzz"}, "has not learned 'zzzz': take a word that it knows"),
        ({"word": "zzzz"}, "has not learned 'zzzz'"),
    ],
)
def test_what_cannot_be_asked_is_refused(model, asked, says):
    question = {"word": "cat", "target": "dog", **asked}
    with pytest.raises(InputError, match=says):
        edit_word(model, question.pop("word"), question.pop("target"), **question)


def test_an_edit_of_another_model_is_refused(model):
    edit = edit_word(model, "cat", "dog")
    foreign = {name: weight[:, :-1] for name, weight in edit.weights.items()}
    object.__setattr__(edit, "weights", foreign)
    with pytest.raises(InputError, match="make the edit with this model"), edited(model, edit):
        pass

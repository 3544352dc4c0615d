"""Studies: what is known of a model's pictures, against a linear model and the worlds."""

from __future__ import annotations

import numpy as np
import pytest

import tiny_vaes
from genlens.errors import Cancelled, InputError, ModelError
from genlens.models.catalog import load
from genlens.study.study import load_study, study_of
from genlens.study.worlds import STAND_IN, WORLDS, world_of
from vae_page import VAES, lacks

pytestmark = pytest.mark.unit


def pictures(n: int = 8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((n, 1, 6, 6), dtype=np.float32)


def with_data(data: str, shape: tuple[int, int, int] = (1, 6, 6)):
    model = tiny_vaes.linear_model(shape=shape)
    model.card.settings["data"] = data
    return model


def test_codes_and_errors_are_those_of_the_model() -> None:
    model, images = tiny_vaes.linear_model(), pictures()
    found = study_of(model, images)
    weights, back = tiny_vaes.weights_of(model)
    codes = images.reshape(8, -1) @ weights.T
    assert np.allclose(found.codes.mean, codes, atol=1e-5)
    errors = np.square(codes @ back.T - images.reshape(8, -1)).mean(1)
    assert np.allclose(found.errors, errors, atol=1e-4)
    assert len(found) == 8 and found.id == model.card.id
    assert found.label(0) == "" and (found.labels == -1).all()


def test_truth_travels_with_the_pictures() -> None:
    bright = np.arange(8) > 3
    found = study_of(
        tiny_vaes.linear_model(), pictures(), labels=[0, 1] * 4, names=("cat", "dog"),
        attributes={"bright": bright}, masks={"ear": np.ones((8, 6, 6), bool)}, data="pets",
    )  # fmt: skip
    assert [found.label(i) for i in (0, 1)] == ["cat", "dog"]
    assert (found.attributes["bright"] == bright).all() and found.masks["ear"].shape == (8, 6, 6)
    assert found.data == "pets"
    assert np.array_equal(found.picture(3).numpy(), found.images[3])


@pytest.mark.parametrize("index", [-1, 8, 2.5, None, True])
def test_there_is_no_such_picture(index: object) -> None:
    with pytest.raises(InputError, match="picture"):
        study_of(tiny_vaes.linear_model(), pictures()).picture(index)  # type: ignore[arg-type]


def test_what_does_not_fit_is_refused() -> None:
    model = tiny_vaes.linear_model()
    with pytest.raises(InputError, match="labels: 3 entries for 8 pictures"):
        study_of(model, pictures(), labels=[0, 1, 2])
    with pytest.raises(InputError, match="glasses: 2 entries"):
        study_of(model, pictures(), attributes={"glasses": np.zeros(2, bool)})
    with pytest.raises(InputError, match="images"):
        study_of(model, pictures() * 3)
    with pytest.raises(Cancelled):
        study_of(model, pictures(), cancel=lambda: True)


@pytest.mark.parametrize("n", [0, 19, 10_001, 100.5, "many"])
def test_numbers_of_pictures_have_limits(n: object) -> None:
    with pytest.raises(InputError, match=r"number of pictures \(n\) is"):
        load_study("emoji-vae", n)  # type: ignore[arg-type]


def test_models_that_are_none_are_refused() -> None:
    with pytest.raises(ModelError, match="no model is called"):
        load_study("no-such-vae", 20)
    with pytest.raises(ModelError, match="another contract"):
        load_study("emoji-clip", 20)


def test_the_world_follows_the_models_card() -> None:
    digits = world_of(with_data("digits", (1, 28, 28)), 30)
    assert digits.images.shape == (30, 1, 28, 28) and len(digits.names) == 10
    assert "MNIST" in digits.data
    scenes = world_of(with_data("unheard of", (3, 16, 16)), 3)
    assert scenes.images.shape == (3, 3, 16, 16) and scenes.labels is None
    grey = world_of(with_data("scenes", (1, 16, 16)), 2)
    assert grey.images.shape == (2, 1, 16, 16)
    assert set(WORLDS) == {"digits", "avatars", "maritime", "scenes", "cifar10"}


def test_faces_come_with_their_truth() -> None:
    faces = world_of(with_data("avatars", (3, 64, 64)), 4)
    assert faces.images.shape == (4, 3, 64, 64)
    assert faces.attributes and all(len(v) == 4 for v in faces.attributes.values())
    assert faces.masks and all(len(v) == 4 for v in faces.masks.values())


def test_the_same_seed_draws_the_same_pictures() -> None:
    model = with_data("digits", (1, 28, 28))
    assert np.array_equal(world_of(model, 20, 1).images, world_of(model, 20, 1).images)
    assert not np.array_equal(world_of(model, 20, 1).images, world_of(model, 20, 2).images)


@pytest.mark.parametrize("model", ["emoji-vae", *VAES])
def test_shipped_models_load_with_their_pictures(model: str) -> None:
    if lacks(model):
        pytest.skip(f"this checkout has no weights for {model}")
    found = load_study(model, 20)
    assert len(found) == 20 and np.isfinite(found.codes.mean).all()
    assert found.errors.max() < 0.3 and found.data
    assert load_study(model, 20) is found


def test_what_is_written_of_the_pictures_travels_with_them() -> None:
    texts = [f"a {word}" for word in "abcdefgh"]
    found = study_of(tiny_vaes.linear_model(), pictures(), texts=texts)
    assert found.take([5, 2]).texts == ("a f", "a c") and found.first(3).texts == tuple(texts[:3])
    assert found.content != study_of(tiny_vaes.linear_model(), pictures()).content
    with pytest.raises(InputError, match="texts: 2 entries for 8"):
        study_of(tiny_vaes.linear_model(), pictures(), texts=["a", "b"])


def test_a_world_that_nobody_named_is_a_stand_in() -> None:
    """``genlens map ./my-vae`` once showed emoji scenes without a word."""
    shape = (3, 16, 16)
    known = world_of(with_data("scenes", shape), 3)
    assert known.data == "emoji scenes" and len(known.texts) == 3
    for other in ("", "holiday"):
        assert STAND_IN in world_of(with_data(other, shape), 3).data
    assert load("emoji-vae", contract="Autoencoder").card.settings["data"] == "scenes"


def test_loading_is_stopped_between_batches_and_nothing_half_made_is_kept() -> None:
    asked: list[int] = []
    with pytest.raises(Cancelled):
        load_study("emoji-vae", 21, 3, cancel=lambda: bool(asked.append(1)) or len(asked) > 1)
    assert len(load_study("emoji-vae", 21, 3)) == 21

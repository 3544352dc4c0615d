"""The shipped digits: what is in them, and what is refused."""

from __future__ import annotations

import hashlib
import sys

import numpy as np
import pytest

from genlens.errors import InputError, ModelError
from genlens.worlds import digits, shipped
from genlens.zoo.recipes.vaes import digits_data

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("split", sorted(digits.COUNTS))
def test_every_digit_equally_often_and_none_twice(split: str) -> None:
    found = digits.load_digits(split)
    assert found.images.shape == (digits.COUNTS[split], 28, 28) and found.images.dtype == np.uint8
    assert np.bincount(found.labels).tolist() == [digits.COUNTS[split] // 10] * 10
    assert len(np.unique(found.index)) == len(found)
    # white ink on black, and an edge without ink (MNIST centres 20 x 20 pixels in 28 x 28)
    assert found.images.max() == 255 and found.images[:, :2].mean() < 1
    assert 20 < found.images.mean() < 50


def test_seeds_and_prefixes() -> None:
    short, long = digits.load_digits(n=10, seed=3), digits.load_digits(n=40, seed=3)
    np.testing.assert_array_equal(short.images, long.images[:10])
    np.testing.assert_array_equal(short.labels, long.labels[:10])
    assert not np.array_equal(short.index, digits.load_digits(n=10, seed=4).index)
    assert len(set(long.labels)) > 5, "a draw of 40 holds most digits"


def test_splits_share_no_picture() -> None:
    test, train = (digits.load_digits(s).images for s in ("test", "train"))
    seen = {hashlib.sha256(image.tobytes()).digest() for image in train}
    assert not [1 for image in test if hashlib.sha256(image.tobytes()).digest() in seen]


def test_tensors_are_what_models_take() -> None:
    found = digits.load_digits(n=3)
    x = found.tensor()
    assert x.shape == (3, 1, 28, 28) and str(x.dtype) == "torch.float32"
    np.testing.assert_allclose(x[:, 0].numpy() * 255, found.images, atol=1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"split": "validation"}, "'validation' is not one of"),
        ({"n": 0}, "n is 0: 3,000 test digits are shipped"),
        ({"n": 3001}, "n is 3001"),
        ({"split": "train", "n": 2001}, "2,000 train digits"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_what_is_refused(arguments, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=message):
        digits.load_digits(**arguments)


def test_a_changed_file_is_noticed(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "data.npz"
    with pytest.raises(ModelError, match="cannot be read"):
        shipped.verified(path, "0" * 64)
    path.write_bytes(b"something else")
    with pytest.raises(ModelError, match="install genlens again"):
        shipped.verified(path, digits.SHEET_SHA256)
    digest = hashlib.sha256(b"something else").hexdigest()
    assert shipped.verified(path, digest) == path


def test_the_file_is_small() -> None:
    assert digits.SHEET.stat().st_size <= 1_500_000


def test_the_sheet_is_written_in_the_form_that_ships(monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    half = np.zeros((9000, 28, 28), np.uint8), np.arange(9000) % 10  # labels as int64
    monkeypatch.setattr(digits_data, "mnist", lambda: {"train": half, "test": half})
    monkeypatch.setattr(sys, "argv", ["digits_data", "--out", str(tmp_path / "new.npz")])
    digits_data.main()
    with np.load(tmp_path / "new.npz") as new, np.load(digits.SHEET) as shipped_sheet:
        assert {k: (v.dtype, v.shape) for k, v in new.items()} == {
            k: (v.dtype, v.shape) for k, v in shipped_sheet.items()
        }

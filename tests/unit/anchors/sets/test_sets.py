"""Anchor sets by name, from files and from arrays: pictures, numbers, classes and refusals."""

from __future__ import annotations

import tracemalloc
import zipfile

import numpy as np
import pytest
from PIL import Image

from genlens.anchors.sets.anchor_set import AnchorSet
from genlens.anchors.sets.own import of_study
from genlens.anchors.sets.pictures import Pictures
from genlens.anchors.sets.sets import SETS, anchor_set
from genlens.errors import InputError
from genlens.models.download.archives import place_of
from genlens.models.download.published import PUBLISHED
from genlens.study.coder import Codes
from genlens.study.study import Study
from genlens.worlds.avatars import CHOICES
from genlens.worlds.digits import LAST_TRAINING_ZERO, load_digits
from tiny_vaes import conv_model

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def nothing_fetched(tmp_path, monkeypatch):
    from genlens.anchors.sets import published

    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path / "cache"))
    published._loaded.cache_clear()


def whole(anchors: Pictures, size: int = 64) -> np.ndarray:
    return np.concatenate(list(anchors.batches(size)))


def test_each_set_that_ships_keeps_the_contract():
    for kind in SETS:
        assert kind.title and kind.licence and kind.ships
        if kind.missing() and kind.ships == "nothing":
            continue
        anchors = anchor_set(kind.name, n=130)
        assert isinstance(anchors, AnchorSet) and len(anchors) == 130, kind.name
        assert "130 pictures" in anchors.title
        pictures = whole(anchors, 50)
        assert pictures.shape == (130, *anchors.image_shape) and pictures.dtype == np.float32
        assert 0 <= pictures.min() < pictures.max() <= 1
        assert anchors.labels.shape == anchors.ids.shape == (130,)
        assert anchors.labels.max() < len(anchors.names) and len(set(anchors.ids)) == 130
        np.testing.assert_array_equal(anchors.pictures([7, 129, 7]), pictures[[7, 129, 7]])


def test_titles_fit_the_pages_list_of_sets():
    """About 31 characters are seen of a choice there, on a wide screen and on a phone."""
    assert all(len(kind.title) <= 31 for kind in SETS)


def test_a_studys_pictures_are_a_set_like_any_other():
    images = np.random.default_rng(0).random((6, 1, 5, 7)).astype(np.float32)
    codes = Codes(np.zeros((6, 2)), np.zeros((6, 2)), (2,))
    labels = np.array([0, 1, 0, 1, -1, 0])
    study = Study(conv_model(), images, codes, np.zeros(6), labels, ("a", "b"), data="bars")
    anchors = of_study(study)
    assert isinstance(anchors, Pictures) and anchors.title == "bars, 6 pictures"
    np.testing.assert_array_equal(whole(anchors, 4), images)
    np.testing.assert_array_equal(anchors.labels, labels)
    assert anchors.names == ("a", "b") and anchors.image_shape == (1, 5, 7)
    with pytest.raises(InputError, match="no picture 6"):
        anchors.pictures([6])


def test_the_shipped_digits_are_mnists_without_the_training_zeros():
    anchors = anchor_set("digits")
    train, test = load_digits("train"), load_digits("test")
    trained = (train.labels == 0) & (train.index <= LAST_TRAINING_ZERO)
    assert len(anchors) == 5_000 - trained.sum() and trained.sum() > 50
    assert not set(anchors.ids.tolist()) & set(train.index[trained].tolist())
    at = int(np.flatnonzero(anchors.ids == 60_000 + test.index[3])[0])
    np.testing.assert_array_equal(anchors.pictures([at])[0, 0], test.images[3] / np.float32(255))
    assert anchors.labels[at] == test.labels[3]


def test_fetched_digits_leave_out_the_training_zeros_by_number():
    """A set of MNIST's own form in which the picture's first pixels say its number."""
    n, test = 60_000, 10
    labels = np.zeros(n, np.uint8)
    labels[LAST_TRAINING_ZERO - 1] = 4
    images = np.zeros((n, 2, 2), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.arange(n) % 256, np.arange(n) // 256
    entry = PUBLISHED["digits"]
    parts = (images, labels, images[:test], labels[:test])
    for member, array in zip(entry.members, parts, strict=True):
        head = b"".join(
            k.to_bytes(4, "big") for k in ({1: 2049, 3: 2051}[array.ndim], *array.shape)
        )
        place_of(entry.archive, member).parent.mkdir(parents=True, exist_ok=True)
        place_of(entry.archive, member).write_bytes(head + array.tobytes())
    anchors = anchor_set("digits")
    later = np.arange(LAST_TRAINING_ZERO + 1, n)
    wanted = [LAST_TRAINING_ZERO - 1, *later, *range(60_000, 60_000 + test)]
    assert anchors.ids.tolist() == wanted
    pixels = (anchors.pictures([0, 1, len(anchors) - 1])[:, 0, 0] * 255).round().astype(int)
    numbers = pixels[:, 0] + 256 * pixels[:, 1]
    assert numbers.tolist() == [LAST_TRAINING_ZERO - 1, LAST_TRAINING_ZERO + 1, test - 1]


def test_shipped_cifar_has_three_hundred_of_each():
    anchors = anchor_set("cifar10")
    assert np.bincount(anchors.labels).tolist() == [300] * 10 and len(anchors.names) == 10
    assert (np.diff(anchors.ids) > 0).all() and anchors.ids.min() >= 50_000
    assert "compressed with loss" in anchors.title


def test_what_is_not_here_says_how_to_get_it():
    for name, fetch in (("fashion", "fashion"), ("cifar10-test", "cifar10")):
        with pytest.raises(InputError, match=f"genlens fetch {fetch}"):
            anchor_set(name)
    assert {k.name: k.missing() for k in SETS}["digits"] == "genlens fetch digits"


def test_faces_and_what_their_labels_say():
    anchors = anchor_set("avatars", (3, 32, 32), n=300)
    assert anchors.names == ("no glasses", "glasses")
    assert 0.35 < anchors.labels.mean() < 0.65
    hair = anchor_set("avatars", (3, 32, 32), n=300, classes="hair")
    assert hair.names == CHOICES["hair"]
    np.testing.assert_array_equal(hair.pictures([5, 299]), anchors.pictures([5, 299]))
    with pytest.raises(InputError, match="no classes 'hat': take smile"):
        anchor_set("avatars", classes="hat")
    # dark frames: the region of the eyes is darker where there are glasses
    eyes = whole(anchors)[:, :, 12:17, 8:24].mean((1, 2, 3))
    assert eyes[anchors.labels == 1].mean() < eyes[anchors.labels == 0].mean() - 0.01


def test_seeds_choose_and_longer_sets_begin_alike():
    one, two = anchor_set("avatars", n=20, seed=1), anchor_set("avatars", n=20, seed=2)
    assert not np.array_equal(whole(one), whole(two))
    longer = anchor_set("avatars", n=600, seed=1)
    np.testing.assert_array_equal(longer.pictures(range(20)), whole(one))
    a, b = (anchor_set("digits", n=50, seed=s) for s in (1, 2))
    assert a.ids.tolist() != b.ids.tolist() and a.ids.tolist() == sorted(a.ids.tolist())


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((3, 28, 28), "grey in three channels"),
        ((1, 32, 32), "resized to 32 x 32 pixels"),
        ((3, 20, 30), "cut to their centre, resized to 30 x 20 pixels"),
    ],
)
def test_pictures_are_fitted_to_the_model_and_the_title_says_so(shape, said):
    anchors = anchor_set("digits", shape, n=10)
    assert said in anchors.title and whole(anchors).shape == (10, *shape)
    if shape[0] == 3:
        assert (whole(anchors)[:, :1] == whole(anchors)).all()
    plain = anchor_set("digits", n=10)
    assert plain.title.endswith("10 pictures")
    assert abs(whole(anchors).mean() - whole(plain).mean()) < 0.05


def test_coloured_pictures_become_grey_by_luma():
    red = np.zeros((2, 3, 8, 8), np.uint8)
    red[:, 0] = 255
    grey = anchor_set(red, (1, 8, 8))
    np.testing.assert_allclose(grey.pictures([0]), 0.299, atol=0.003)


def test_an_array_is_taken_as_it_is():
    images = np.random.default_rng(0).random((5, 1, 4, 4), np.float32)
    anchors = anchor_set(images, labels=[0, 1, -1, 1, 0], names=("a", "b"))
    np.testing.assert_array_equal(whole(anchors, 2), images)
    assert anchors.labels.tolist() == [0, 1, -1, 1, 0] and anchors.ids.tolist() == [0, 1, 2, 3, 4]
    some = anchor_set(images, labels=[0, 1, -1, 1, 0], names=("a", "b"), n=2, seed=3)
    np.testing.assert_array_equal(whole(some), images[some.ids])


@pytest.mark.parametrize(
    ("images", "more", "message"),
    [
        (np.zeros((3, 4, 4), np.uint8), {}, r"\(n, 1 or 3, h, w\)"),
        (np.zeros((3, 2, 4, 4), np.uint8), {}, r"\(n, 1 or 3, h, w\)"),
        (np.zeros((0, 1, 4, 4), np.uint8), {}, "0 pictures"),
        (np.zeros((3, 1, 4, 4), np.int64), {}, "int64: give uint8"),
        (np.zeros((3, 1, 4, 4), np.uint8), {"labels": [0, 1]}, "labels have shape"),
        (np.zeros((3, 1, 4, 4), np.uint8), {"labels": [0, 1, 2], "names": "ab"}, "0 to 2"),
        (np.zeros((3, 1, 4, 4), np.uint8), {"labels": [0.0, 1.0, 1.0]}, "whole numbers"),
        (np.zeros((3, 1, 4, 4), np.uint8), {"n": 0}, "the number of pictures is 0"),
    ],
)
def test_arrays_that_are_refused(images, more, message):
    with pytest.raises(InputError, match=message):
        anchor_set(images, **more)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1.5, -0.1])
def test_a_bad_pixel_is_found_where_it_is(wrong):
    images = np.full((6, 1, 4, 4), 0.5, np.float32)
    images[4, 0, 2, 2] = wrong
    anchors = anchor_set(images)
    assert anchors.pictures([3]).mean() == 0.5
    with pytest.raises(InputError, match="picture 4 holds"):
        whole(anchors, 2)


@pytest.mark.parametrize(
    ("rows", "message"),
    [([10], "no picture 10: take 0 to 9"), ([-1], "no picture -1"), ([1.5], "whole numbers")],
)
def test_rows_that_are_not_there(rows, message):
    with pytest.raises(InputError, match=message):
        anchor_set(np.zeros((10, 1, 4, 4), np.uint8)).pictures(rows)
    assert anchor_set(np.zeros((10, 1, 4, 4), np.uint8)).pictures([]).shape == (0, 1, 4, 4)


@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_or_zip_with_folders_as_classes(tmp_path, packed):
    rng = np.random.default_rng(0)
    for kind in ("cats", "dogs"):
        (tmp_path / "own" / kind).mkdir(parents=True)
        for i in range(3):
            pixels = rng.integers(0, 256, (20, 30, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "own" / kind / f"{i}.png")
    (tmp_path / "own" / "cats" / "broken.png").write_bytes(b"no picture")
    source = tmp_path / "own"
    if packed:
        source = tmp_path / "own.zip"
        with zipfile.ZipFile(source, "w") as out:
            for path in sorted((tmp_path / "own").rglob("*.png")):
                out.write(path, path.relative_to(tmp_path / "own"))
    anchors = anchor_set(source, (1, 16, 16))
    assert len(anchors) == 6 and anchors.names == ("cats", "dogs")
    assert anchors.labels.tolist() == [0, 0, 0, 1, 1, 1] and whole(anchors).shape == (6, 1, 16, 16)
    assert len(anchor_set(str(source), n=2)) == 2
    with pytest.raises(InputError, match="cut to squares"):
        anchor_set(source, (3, 16, 24))


def test_sources_that_are_none(tmp_path):
    with pytest.raises(InputError, match="no anchor set and no folder or ZIP file: take digits"):
        anchor_set("didgits")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="0 pictures"):
        anchor_set(tmp_path / "empty")
    with pytest.raises(InputError, match="labels and names belong to an array"):
        anchor_set("digits", labels=[1])
    with pytest.raises(InputError, match="write hub:owner/name"):
        anchor_set("hub:digits")


def test_a_million_pictures_take_the_memory_of_one_batch():
    """The pictures are repeated from 10; an array of all would take 48 MB."""
    few = np.random.default_rng(0).integers(0, 256, (10, 1, 4, 4), np.uint8)
    many = np.broadcast_to(few[None], (100_000, 10, 1, 4, 4))

    def peak(n):
        labels, ids = np.zeros(n, np.int64), np.arange(n)
        anchors = Pictures(
            "many",
            (1, 4, 4),
            labels,
            ("a",),
            ids,
            lambda r: many[r // 10, r % 10, :, :, :].transpose(0, 2, 3, 1),
        )
        tracemalloc.start()
        total = sum(len(batch) for batch in anchors.batches(5_000))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert total == n
        return most

    small, large = peak(10_000), peak(1_000_000)
    assert large < small + 17_000_000  # two index arrays of 8 MB, no pictures

"""MNIST, Fashion-MNIST and CIFAR-10, read from the files that ``genlens fetch`` leaves."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
from PIL import Image

from genlens.errors import DownloadError, InputError
from genlens.models.download.archives import place_of
from genlens.models.download.published import PUBLISHED
from genlens.models.pictures.datasets import parse_idx, read_dataset

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path))
    return tmp_path


def idx(array):
    magic = {1: 2049, 3: 2051}[array.ndim]
    head = b"".join(n.to_bytes(4, "big") for n in (magic, *array.shape))
    return head + array.astype(np.uint8).tobytes()


def put(name, contents):
    """Leave files as a fetch of ``name`` would."""
    entry = PUBLISHED[name]
    for member, data in zip(entry.members, contents, strict=True):
        path = place_of(entry.archive, member)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def test_idx_files_are_read_whole_or_not_at_all():
    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    np.testing.assert_array_equal(parse_idx(idx(images)), images)
    labels = idx(np.array([7, 8, 9]))
    assert parse_idx(labels).tolist() == [7, 8, 9]
    for broken in (labels[:-1], b"", b"PK\3\4" + labels, idx(images)[:16]):
        with pytest.raises(DownloadError):
            parse_idx(broken)


@pytest.mark.parametrize("name", ["digits", "fashion"])
def test_sets_in_mnists_format(name):
    rng = np.random.default_rng(0)
    train, test = (rng.integers(0, 256, (n, 28, 28), np.uint8) for n in (5, 3))
    files = [idx(train), idx(np.array([0, 1, 2, 3, 9])), idx(test), idx(np.array([4, 4, 5]))]
    put(name, [gzip.compress(f) for f in files] if name == "fashion" else files)
    first, second = (read_dataset(name, split) for split in ("train", "test"))
    np.testing.assert_array_equal(first.images[..., 0], train)
    np.testing.assert_array_equal(second.images[..., 0], test)
    assert first.labels.tolist() == [0, 1, 2, 3, 9] and second.labels.tolist() == [4, 4, 5]
    assert (first.first, second.first) == (0, 60_000)
    assert len(first.names) == 10 and first.labels.dtype == np.int64


def test_cifar_sheets_hold_one_picture_a_row(tmp_path):
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (12, 32, 32, 3), np.uint8)
    sheets = []
    for at in range(0, 12, 2):
        path = tmp_path / "sheet.png"
        Image.fromarray(pictures[at : at + 2].reshape(2, 1024, 3)).save(path)
        sheets.append(path.read_bytes())
    labels = [json.dumps(list(range(10))).encode(), json.dumps([3, 1]).encode()]
    put("cifar10", [*sheets, *labels])
    train, test = read_dataset("cifar10", "train"), read_dataset("cifar10", "test")
    np.testing.assert_array_equal(train.images, pictures[:10])
    np.testing.assert_array_equal(test.images, pictures[10:])
    assert test.labels.tolist() == [3, 1] and test.first == 50_000
    assert train.names[1] == "automobile"


def test_a_damaged_file_says_which(tmp_path):
    put("fashion", [b"no gzip", b"", b"", b""])
    with pytest.raises(DownloadError, match="a file of fashion is damaged"):
        read_dataset("fashion")
    put("cifar10", [b"no png"] * 8)
    with pytest.raises(DownloadError, match="a file of cifar10 is damaged"):
        read_dataset("cifar10")


def test_unknown_names():
    with pytest.raises(InputError, match="'letters' is no picture set: take digits, fashion"):
        read_dataset("letters")
    with pytest.raises(InputError, match="split 'all'"):
        read_dataset("digits", "all")

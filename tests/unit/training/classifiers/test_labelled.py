"""Labelled pictures: from folders, ZIP files and drawn faces; what cannot be used is refused."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from genlens.errors import InputError
from genlens.training.classifiers.labelled import (
    LabelledPictures,
    labelled_avatars,
    labelled_folders,
)

pytestmark = pytest.mark.unit


def folder_of(place: Path, count: int, *, seed: int = 0, mode: str = "RGB") -> Path:
    """``count`` pictures of different sizes."""
    place.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    for i in range(count):
        size = (20 + 7 * (i % 3), 30 + 5 * (i % 4))
        pixels = rng.integers(0, 256, (*size, 3) if mode == "RGB" else size, dtype=np.uint8)
        Image.fromarray(pixels, mode).save(place / f"{i}.png")
    return place


def test_two_folders_are_two_classes_whatever_their_sizes(tmp_path) -> None:
    yes = folder_of(tmp_path / "a", 12)
    no = folder_of(tmp_path / "b", 10, seed=1, mode="L")
    found = labelled_folders({"smile": yes, "serious": no}, 32)
    assert found.images.shape == (22, 32, 32, 3) and found.names == ("smile", "serious")
    assert found.labels.tolist() == [0] * 12 + [1] * 10
    assert found.counts() == {"smile": 12, "serious": 10}
    assert any(note.startswith("serious: None of the pictures has colour") for note in found.notes)


def test_one_zip_with_a_folder_a_class(tmp_path) -> None:
    for i, name in enumerate(("daisy", "poppy", "rose")):
        folder_of(tmp_path / "flowers" / name, 10 + i, seed=i)
    with zipfile.ZipFile(tmp_path / "flowers.zip", "w") as archive:
        for file in sorted((tmp_path / "flowers").rglob("*.png")):
            archive.write(file, file.relative_to(tmp_path))
    found = labelled_folders(tmp_path / "flowers.zip", 16, head="flower")
    assert found.counts() == {"daisy": 10, "poppy": 11, "rose": 12} and found.head == "flower"


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"smile": 12}, "only one class \\(smile\\): give a folder"),
        ({"smile": 12, "no": 0}, "no: 0 pictures can be used, and 10 or more are needed"),
        ({"smile": 12, "no": 9}, "no: 9 pictures can be used, and 10 or more"),
        ({}, "there are no folders"),
    ],
)
def test_too_little_is_said_with_the_class(tmp_path, counts, words) -> None:
    sources = {name: folder_of(tmp_path / name, n) for name, n in counts.items()}
    with pytest.raises(InputError, match=words):
        labelled_folders(sources)


def test_one_folder_with_all_pictures_is_one_class(tmp_path) -> None:
    with pytest.raises(InputError, match="all pictures lie in one folder"):
        labelled_folders(folder_of(tmp_path / "all", 12))


def test_faces_know_their_labels_and_the_confound_ties() -> None:
    plain = labelled_avatars("smile", 400, 0)
    assert plain.names == ("no", "yes") and plain.head == "smile"
    glasses = labelled_avatars("glasses", 400, 0, confound=("smile", "glasses"))
    tied = labelled_avatars("smile", 400, 0, confound=("smile", "glasses"))
    assert np.mean(glasses.labels == tied.labels) > 0.9  # the same faces: 95 % go together
    loose = labelled_avatars("glasses", 400, 0)
    assert np.mean(loose.labels == plain.labels) < 0.65


def test_labels_have_to_fit() -> None:
    images = np.zeros((30, 8, 8, 3), np.uint8)
    labels = np.arange(30) % 2
    with pytest.raises(InputError, match="class c has 0 pictures: give at least 10"):
        LabelledPictures(images, labels, ("a", "b", "c"))
    with pytest.raises(InputError, match="one for each"):
        LabelledPictures(images, labels, ("a", "b"), centres=(1.0,))
    with pytest.raises(InputError, match="give uint8"):
        LabelledPictures(images[..., :1], labels, ("a", "b"))

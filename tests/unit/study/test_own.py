"""A model of one's own on pictures of one's own: a folder or a ZIP, by hand and by command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from genlens.cli import main as cli
from genlens.errors import InputError
from genlens.models.pictures.sets import read_pictures
from genlens.study.own import study_of_pictures
from genlens.study.study import load_study
from genlens.study.worlds import STAND_IN
from genlens.training.files import export_model
from genlens.training.settings import TrainingSettings
from genlens.training.vae import Training
from own_pictures import blob, encoded, picture_set, picture_zip

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def my_vae(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that ``genlens train`` leaves, of a model that has learned nothing yet."""
    training = Training(picture_set(200), TrainingSettings(epochs=1), device="cpu")
    return export_model(training, tmp_path_factory.mktemp("own") / "my-vae")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture_zip(tmp_path_factory.mktemp("zip") / "blobs.zip", 40, folders=True)


def test_the_pictures_of_a_zip_are_studied(my_vae: Path, archive: Path) -> None:
    found = study_of_pictures(str(my_vae), archive)
    files = read_pictures(archive, 32, least=1)
    assert np.array_equal(found.images, files.floats()) and found.images.shape == (40, 3, 32, 32)
    assert found.names == ("blue", "red") and found.label(0) == "blue"
    assert found.texts == files.names and found.data == "pictures of blobs.zip"


def test_a_folder_of_few_pictures_serves_and_n_draws_by_a_seed(
    my_vae: Path, tmp_path: Path
) -> None:
    for i in range(12):
        (tmp_path / f"{i}.png").write_bytes(encoded(blob(i)))
    assert len(study_of_pictures(str(my_vae), tmp_path)) == 12
    one, same, other = (
        study_of_pictures(str(my_vae), tmp_path, 10, seed).texts for seed in (0, 0, 1)
    )
    assert len(one) == 10 and one == same != other
    (tmp_path / "0.png").unlink(), (tmp_path / "1.png").unlink(), (tmp_path / "2.png").unlink()
    with pytest.raises(InputError, match="10"):
        study_of_pictures(str(my_vae), tmp_path)
    with pytest.raises(InputError, match="no file or folder"):
        study_of_pictures(str(my_vae), tmp_path / "gone")


def test_a_stand_in_is_called_one(my_vae: Path) -> None:
    assert STAND_IN in load_study(str(my_vae), 20).data


def test_the_command_maps_own_pictures_and_says_which(
    my_vae: Path, archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "m.json"
    asked = ["map", str(my_vae), "--pictures", str(archive), "--json", str(out)]
    assert cli.main(asked) == 0
    said = capsys.readouterr()
    assert "40 codes of pictures of blobs.zip" in said.out and "standing in" not in said.err
    numbers = json.loads(out.read_text())
    assert numbers["names"] == ["blue", "red"] and numbers["data"] == "pictures of blobs.zip"
    assert cli.main(["attribute", str(my_vae), "--pictures", str(archive), "--picture", "39"]) == 0
    assert "pictures of blobs.zip" in capsys.readouterr().out


def test_the_command_says_that_other_pictures_stand_in(
    my_vae: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["map", str(my_vae), "--n", "20"]) == 0
    said = capsys.readouterr()
    assert "--pictures" in said.err and STAND_IN in said.err and "standing in" in said.out

"""What a training leaves on disk: checkpoints, kept pictures, the model; and the command."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch

import genlens
from genlens.cli import main as cli
from genlens.errors import InputError, ModelError
from genlens.models.autoencoders.folder import load_folder
from genlens.training import files as training_files
from genlens.training.files import train_vae
from genlens.training.settings import TrainingSettings
from genlens.training.vae import Training
from own_pictures import picture_set, picture_zip

pytestmark = pytest.mark.unit
FEW = TrainingSettings(latents=3, epochs=6, seed=4)  # 60 pictures: 6 steps of 40


@pytest.fixture(scope="module")
def pictures():
    return picture_set(60)


@pytest.fixture(scope="module")
def trained(pictures):
    return train_vae(pictures, FEW, device="cpu")


def test_the_download_brings_the_model_back(tmp_path, trained):
    folder = training_files.export_model(trained, tmp_path / "my-model", title="Blobs")
    assert sorted(p.name for p in folder.iterdir()) == [
        "README.md",
        "config.json",
        "model.safetensors",
    ]
    packed = training_files.zip_model(folder, tmp_path / "my-model.zip")
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / "elsewhere")
    model = genlens.load(str(tmp_path / "elsewhere" / "my-model"), contract="Autoencoder")
    direct = load_folder(folder)
    own = trained.model()
    x = torch.from_numpy(trained.reconstructions(4)[0])
    for other in (model, direct):
        torch.testing.assert_close(
            other.encode(x).mean.cpu(), own.encode(x).mean, rtol=0.02, atol=0.02
        )  # float16
    about = model.card.settings
    assert about["data"] == "own pictures" and about["labels"] == ["blue", "red"]
    assert about["training"]["pictures"] == 60 and about["training"]["steps"] == 6
    assert about["measured"]["mse"] == pytest.approx(trained.measured()["mse"])
    card = (folder / "README.md").read_text()
    assert card.startswith("# Blobs\n") and 'genlens.load("./my-model")' in card
    assert "before its training was finished" not in card


def test_equal_models_make_equal_files(tmp_path, trained):
    files = []
    for name in ("a", "b"):
        folder = training_files.export_model(trained, tmp_path / name / "model")
        files.append(training_files.zip_model(folder, tmp_path / f"{name}.zip").read_bytes())
    assert files[0] == files[1]


def test_an_unfinished_model_says_so(tmp_path, pictures):
    training = Training(pictures, FEW, device="cpu")
    next(training.run())
    folder = training_files.export_model(training, tmp_path / "m")
    assert "before its training was finished" in (folder / "README.md").read_text()
    config = json.loads((folder / "config.json").read_text())
    assert (config["training"]["steps"], config["training"]["of_steps"]) == (1, 6)


def test_checkpoints_that_cannot_be_used(tmp_path, pictures):
    training = Training(pictures, FEW, device="cpu")
    next(training.run())
    file = tmp_path / "s"
    training_files.save_checkpoint(training, file)
    with pytest.raises(InputError, match="other settings"):
        training_files.load_checkpoint(file, pictures, replace(FEW, seed=1))
    with pytest.raises(InputError, match="belongs to other pictures"):
        training_files.load_checkpoint(file, picture_set(61), FEW)
    whole = file.read_bytes()
    for damaged in (b"", b"PK" + bytes(99), whole[:500], whole[:-100]):
        file.write_bytes(damaged)
        with pytest.raises(ModelError, match="not a checkpoint, or is damaged"):
            training_files.load_checkpoint(file, pictures)
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(1)}, file)
    with pytest.raises(ModelError, match="not a checkpoint of a training"):
        training_files.load_checkpoint(file, pictures)
    about = {"settings": {"latents": 3}, "pictures": training_files.fingerprint(pictures)}
    says = {"format": training_files.FORMAT, "training": json.dumps(about)}
    save_file({"a": torch.zeros(1)}, file, says)
    with pytest.raises(ModelError):
        training_files.load_checkpoint(file, pictures)
    with pytest.raises(ModelError, match="not a checkpoint"):
        training_files.load_checkpoint(tmp_path / "none", pictures)


def test_pictures_are_kept_beside_a_checkpoint(tmp_path, pictures):
    noted = replace(pictures, notes=("2 pictures: cut.",))
    training_files.save_pictures(noted, tmp_path / "p.npz")
    found = training_files.load_pictures(tmp_path / "p.npz")
    assert np.array_equal(found.images, pictures.images)
    assert found.names == pictures.names and found.notes == noted.notes
    (tmp_path / "p.npz").write_bytes(b"no")
    for file in (tmp_path / "p.npz", tmp_path / "none"):
        with pytest.raises(InputError, match="are gone: give them again"):
            training_files.load_pictures(file)


def test_the_command_trains_stops_and_goes_on(tmp_path, capsys, monkeypatch):
    archive = str(picture_zip(tmp_path / "p.zip", 200, folders=True))
    line = ["train", archive, "--out", str(tmp_path / "m"), "--epochs", "2", "--latents", "3"]
    real = Training._update

    def interrupted(self):
        if self.step == 3:
            raise KeyboardInterrupt
        real(self)

    monkeypatch.setattr(Training, "_update", interrupted)
    assert cli.main(line) == 130
    assert [p.name for p in (tmp_path / "m").iterdir()] == ["unfinished.safetensors"]
    monkeypatch.setattr(Training, "_update", real)
    assert cli.main(line) == 0
    said = capsys.readouterr().out
    assert "200 pictures" in said and "4 steps in" in said and "psnr_db" in said
    model = genlens.load(str(tmp_path / "m"), contract="Autoencoder", device="cpu")
    assert model.latent_shape == (3,) and model.card.settings["labels"] == ["blue", "red"]
    assert cli.main(line) == 2, "the folder holds a model now"
    assert "holds" in capsys.readouterr().err


def test_the_command_refuses_in_words(tmp_path, capsys):
    (tmp_path / "few").mkdir()
    for line, says in (
        ([str(tmp_path / "none"), "--out", str(tmp_path / "m")], "no file or folder"),
        ([str(tmp_path / "few"), "--out", str(tmp_path / "m")], "0 pictures can be used"),
        ([str(tmp_path), "--out", str(tmp_path / "m"), "--side", "48"], "side 48"),
    ):
        assert cli.main(["train", *line]) == 2
        assert says in capsys.readouterr().err
    assert not (tmp_path / "m").exists()

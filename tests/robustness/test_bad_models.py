"""Folders that hold no usable autoencoder: each is refused in words that say what to do."""

from __future__ import annotations

import json
import shutil

import pytest
import torch

import genlens
from genlens.common import torchvision_guard
from genlens.errors import InputError, ModelError
from genlens.models.autoencoders.module import ConvVAE, ModuleAutoencoder
from genlens.study.study import study_of

pytestmark = pytest.mark.robustness
CPU = {"contract": "Autoencoder", "device": "cpu"}


@pytest.fixture
def folder(tmp_path):
    torch.manual_seed(0)
    ConvVAE((1, 8, 8), 3, (4, 6), 10).save(tmp_path / "model")
    return tmp_path / "model"


def config(folder, **changes):
    found = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**found, **changes}))


def state(folder, change):
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    save_file(change(load_file(path)), path)


def without(part):
    return lambda held: {k: v for k, v in held.items() if not k.startswith(part)}


def spoiled(value):
    def change(held):
        held["encoder.code.bias"][0] = value
        return held

    return change


def only(folder, name, data=b"x"):
    for path in folder.iterdir():
        path.unlink()
    (folder / name).write_bytes(data)


def empty(folder):
    for path in folder.iterdir():
        path.unlink()


DAMAGE = {
    "no encoder": (lambda f: state(f, without("encoder")), "have no encoder, so this model cannot"),
    "no decoder": (lambda f: state(f, without("decoder")), "have no decoder, so this model cannot"),
    "NaN": (lambda f: state(f, spoiled(torch.nan)), "code.bias hold NaN or infinity"),
    "infinity": (lambda f: state(f, spoiled(torch.inf)), "code.bias hold NaN or infinity"),
    "whole numbers": (
        lambda f: state(f, lambda held: {k: v.int() for k, v in held.items()}),
        "are torch.int32: save them as floating-point",
    ),
    "one layer short": (lambda f: state(f, without("encoder.conv2")), "do not fit the config"),
    "a pickle in disguise": (
        lambda f: (f / "model.safetensors").write_bytes(b"\x80\x04cos\nsystem\n"),
        "damaged or not a safetensors file",
    ),
    "a pickle": (
        lambda f: (f / "model.safetensors").rename(f / "model.ckpt"),
        "model.ckpt, but only safetensors are loaded",
    ),
    "a pickle alone": (
        lambda f: only(f, "model.pt"),
        "holds model.pt, but only safetensors",
    ),
    "another program's": (lambda f: only(f, "vae.ONNX"), "as .onnx, which genlens does not read"),
    "weights alone": (lambda f: (f / "config.json").unlink(), "no config.json that says what"),
    "nothing": (empty, "the folder is empty"),
    "text": (lambda f: only(f, "readme.txt"), "it holds other files"),
    "no JSON": (lambda f: (f / "config.json").write_bytes(b"\xff\xfe"), "cannot be read as JSON"),
    "deep JSON": (lambda f: (f / "config.json").write_text("[" * 99_999), "be read as JSON"),
    "a JSON list": (lambda f: (f / "config.json").write_text("[]"), "should hold a JSON object"),
    "a language model": (
        lambda f: (f / "config.json").write_text('{"model_type": "bert"}'),
        "holds a bert, which is not one of",
    ),
    "another autoencoder": (
        lambda f: (f / "config.json").write_text('{"_class_name": "VQModel"}'),
        "holds a VQModel",
    ),
    "a typed list": (lambda f: config(f, model_type=["genlens-conv-vae"]), "which is not one of"),
    "shape as object": (lambda f: config(f, image_shape={"a": 1}), "give a list of whole numbers"),
    "shape missing": (lambda f: config(f, image_shape=None), "image_shape is None"),
    "widths missing": (lambda f: config(f, widths=None), "widths is None"),
    "a huge picture": (lambda f: config(f, image_shape=[1, 2**20, 2**20]), "at most 512"),
    "endless latents": (lambda f: config(f, latents=float("inf")), "whole numbers"),
    "settings": (lambda f: (f / "genlens.json").write_text("{"), "genlens.json cannot be read"),
}


@pytest.mark.parametrize("what", list(DAMAGE))
def test_folders_of_small_vaes(folder, what):
    damage, says = DAMAGE[what]
    damage(folder)
    with pytest.raises(ModelError, match=says):
        genlens.load(str(folder), **CPU)


def test_a_repaired_folder_loads_at_once(folder):
    kept = folder.parent / "kept"
    shutil.copytree(folder, kept)
    state(folder, without("encoder"))
    with pytest.raises(ModelError):
        genlens.load(str(folder), **CPU)
    shutil.copytree(kept, folder, dirs_exist_ok=True)
    assert genlens.load(str(folder), **CPU).latent_shape == (3,)


def test_paths_that_are_no_folder(folder):
    for path, says in ((folder / "config.json", "is a file"), (folder / "gone", "is no folder")):
        with pytest.raises(ModelError, match=says):
            genlens.load(str(path), **CPU)


def test_a_model_of_another_kind_is_named(tiny_sam_dir):
    with pytest.raises(ModelError, match="it is a Segmenter, not an Autoencoder"):
        genlens.load(str(tiny_sam_dir), **CPU)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("vae.ckpt", r"vae\.ckpt is a pickle, .*python -m genlens convert vae\.ckpt"),
        ("vae.safetensors", "vae.safetensors is a file: name the folder that holds the model"),
    ],
)
def test_a_file_instead_of_a_folder(tmp_path, name, says):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ModelError, match=says) as caught:
        genlens.load(str(tmp_path / name), **CPU)
    assert str(tmp_path) not in str(caught.value)


@pytest.fixture(scope="module")
def kl_folder(tiny_pipeline_dir):
    return tiny_pipeline_dir / "vae"


def test_halves_of_a_diffusers_autoencoder(kl_folder, tmp_path):
    from safetensors.torch import load_file, save_file

    for part in ("encoder", "decoder"):
        folder = tmp_path / part
        shutil.copytree(kl_folder, folder)
        path = folder / "diffusion_pytorch_model.safetensors"
        save_file(without(part)(load_file(path)), path)
        with pytest.raises(ModelError, match=f"weights of its {part}, .*needs both halves"):
            genlens.load(str(folder), **CPU)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"sample_size": 10**9}, "write a number of pixels from 2 to 2048"),
        ({"sample_size": "large"}, "cannot be loaded"),
        ({"down_block_types": ["NoSuchBlock"]}, "cannot be loaded"),
        ({"latent_channels": 99}, "cannot be loaded"),
    ],
)
def test_configs_of_diffusers_autoencoders(kl_folder, tmp_path, changes, says):
    folder = tmp_path / "vae"
    shutil.copytree(kl_folder, folder)
    config(folder, **changes)
    with pytest.raises(ModelError, match=says):
        genlens.load(str(folder), **CPU)


def test_the_side_in_genlens_json_is_checked(kl_folder, tmp_path):
    folder = tmp_path / "vae"
    shutil.copytree(kl_folder, folder)
    for side in ("wide", -8, [64]):
        (folder / "genlens.json").write_text(json.dumps({"side": side}))
        if side == [64]:
            assert genlens.load(str(folder), **CPU).image_shape == (3, 64, 64)
        else:
            with pytest.raises(ModelError, match="said to work on pictures of side"):
                genlens.load(str(folder), **CPU)


def test_pictures_of_four_channels(tmp_path):
    torchvision_guard.ensure()
    from diffusers import AutoencoderTiny

    AutoencoderTiny(
        in_channels=4,
        out_channels=4,
        encoder_block_out_channels=(8, 8),
        decoder_block_out_channels=(8, 8),
        num_encoder_blocks=(1, 1),
        num_decoder_blocks=(1, 1),
    ).save_pretrained(tmp_path / "rgba")
    with pytest.raises(ModelError, match="takes 4 colour channels and gives 4"):
        genlens.load(str(tmp_path / "rgba"), **CPU)


def test_a_pair_from_python_without_an_encoder():
    net = ConvVAE((1, 8, 8), 3, (4, 6), 10)
    with pytest.raises(ModelError, match="the encoder is missing: an autoencoder needs two"):
        ModuleAutoencoder(None, net.decoder, image_shape=(1, 8, 8))


def test_pictures_that_do_not_fit_the_model(folder):
    model = genlens.load(str(folder), **CPU)
    for images, says in (
        (torch.zeros(2, 3, 8, 8), "have shape"),
        (torch.zeros(2, 1, 9, 9), "have shape"),
        (torch.full((2, 1, 8, 8), torch.nan), "NaN or infinity"),
    ):
        with pytest.raises(InputError, match=says):
            study_of(model, images)

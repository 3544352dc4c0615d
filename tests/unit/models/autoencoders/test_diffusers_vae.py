"""diffusers' autoencoders behind the contract, built small and random."""

from __future__ import annotations

import json
import shutil

import pytest
import torch

import genlens
from genlens.common import torchvision_guard
from genlens.errors import InputError, ModelError
from genlens.models import catalog, contracts
from genlens.models.autoencoders.diffusers_vae import DiffusersAutoencoder

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def kl(tiny_pipeline_dir):
    return genlens.load(str(tiny_pipeline_dir), contract="Autoencoder", device="cpu")


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory):
    torchvision_guard.ensure()
    from diffusers import AutoencoderTiny

    folder = tmp_path_factory.mktemp("models") / "taesd"
    torch.manual_seed(0)
    AutoencoderTiny(
        encoder_block_out_channels=(8, 8, 8),
        decoder_block_out_channels=(8, 8, 8),
        num_encoder_blocks=(1, 1, 1),
        num_decoder_blocks=(1, 1, 1),
    ).save_pretrained(folder)
    return folder


def test_the_autoencoder_in_a_pipeline(kl, tiny_pipeline_dir):
    assert isinstance(kl, DiffusersAutoencoder) and isinstance(kl, contracts.Autoencoder)
    assert kl.image_shape == (3, 32, 32) and kl.latent_shape == (4, 16, 16) and kl.factor == 2
    x = torch.rand(2, 3, 32, 32)
    posterior = kl.encode(x)
    assert posterior.mean.shape == posterior.logvar.shape == (2, 4, 16, 16)
    own = kl.module.encode(x * 2 - 1).latent_dist
    torch.testing.assert_close(posterior.mean, own.mean)
    torch.testing.assert_close(posterior.logvar, own.logvar)
    picture = kl.decode(posterior.mean)
    raw = kl.module.decode(own.mean).sample
    torch.testing.assert_close(picture, (raw / 2 + 0.5).clamp(0, 1))
    assert genlens.load(str(tiny_pipeline_dir / "vae"), device="cpu").latent_shape == (4, 16, 16)


def test_pipeline_and_autoencoder_of_one_folder_do_not_mix(kl, tiny_pipeline_dir):
    painter = genlens.load(str(tiny_pipeline_dir), device="cpu")
    assert painter.card.contract == "TextToImage"
    assert genlens.load(str(tiny_pipeline_dir), contract="Autoencoder", device="cpu") is kl
    assert kl.card.contract == "Autoencoder" and kl.card.bytes < painter.card.bytes


def test_flat_latents_and_modules_agree(kl):
    x = torch.rand(2, 3, 32, 32)
    mean = kl.encode(x).mean
    torch.testing.assert_close(kl.mean_module()(x), mean.flatten(1))
    torch.testing.assert_close(kl.decode(mean.flatten(1)), kl.decode(mean))
    torch.testing.assert_close(kl.decoder_module()(mean.flatten(1)), kl.decode(mean))
    names = dict(kl.mean_module().named_modules())
    assert "vae.encoder.conv_in" in names, "layers can be found for hooks"


def test_other_sizes_work_where_the_network_allows_them(kl):
    mean = kl.encode(torch.rand(1, 3, 48, 64)).mean
    assert mean.shape == (1, 4, 24, 32) and kl.decode(mean).shape == (1, 3, 48, 64)
    with pytest.raises(InputError, match=r"have shape \(n, 3, 48, 32\), not \(1, 3, 49, 32\)"):
        kl.encode(torch.rand(1, 3, 49, 32))
    with pytest.raises(InputError, match="have shape"):
        kl.encode(torch.rand(1, 1, 32, 32))
    with pytest.raises(InputError, match="latents have shape"):
        kl.decode(torch.rand(1, 7))


def test_gradients_reach_pixels_and_latents(kl):
    x = torch.rand(1, 3, 32, 32, requires_grad=True)
    (grad,) = torch.autograd.grad(kl.encode(x).mean[0, 0, 3, 3], x)
    assert grad.abs().sum() > 0
    z = torch.randn(1, 4, 16, 16, requires_grad=True)
    (grad,) = torch.autograd.grad(kl.decode(z).sum(), z)
    assert torch.isfinite(grad).all() and grad.abs().sum() > 0
    assert not any(p.requires_grad for p in kl.module.parameters())


def test_the_tiny_autoencoder(tiny_folder):
    model = genlens.load(str(tiny_folder), contract="Autoencoder", device="cpu")
    assert model.factor == 4 and model.latent_shape == (4, 64, 64)
    x = torch.rand(1, 3, 32, 32)
    posterior = model.encode(x)
    assert torch.equal(posterior.logvar, torch.full_like(posterior.mean, -20.0))
    picture = model.decode(posterior.mean)
    assert picture.shape == x.shape and float(picture.min()) >= 0 and float(picture.max()) <= 1


def test_the_side_is_a_setting(tiny_folder, tmp_path):
    folder = tmp_path / "taesd"
    shutil.copytree(tiny_folder, folder)
    (folder / "genlens.json").write_text(json.dumps({"side": 50, "licence": "MIT"}))
    model = genlens.load(str(folder), device="cpu")
    assert model.image_shape == (3, 48, 48) and model.card.licence == "MIT"


def test_a_model_without_an_encoder(tiny_pipeline_dir, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "half"
    shutil.copytree(tiny_pipeline_dir / "vae", folder)
    path = folder / "diffusion_pytorch_model.safetensors"
    state = {k: v for k, v in load_file(path).items() if not k.startswith("encoder")}
    save_file(state, path)
    with pytest.raises(ModelError, match="lacks .* weights of its encoder"):
        genlens.load(str(folder), device="cpu")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: (f / "diffusion_pytorch_model.safetensors").unlink(), "incomplete"),
        (
            lambda f: (f / "diffusion_pytorch_model.safetensors").rename(f / "model.bin"),
            "only safetensors",
        ),
        (
            lambda f: (f / "diffusion_pytorch_model.safetensors").write_bytes(b"no"),
            "the autoencoder vae: .*is damaged or not a safetensors file",
        ),
    ],
)
def test_damaged_folders(tiny_pipeline_dir, tmp_path, change, message):
    folder = tmp_path / "vae"
    shutil.copytree(tiny_pipeline_dir / "vae", folder)
    change(folder)
    with pytest.raises(ModelError, match=message):
        genlens.load(str(folder), device="cpu")


def test_other_classes_are_named(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"_class_name": "VQModel"}))
    with pytest.raises(ModelError, match="is a VQModel; genlens reads AutoencoderKL"):
        DiffusersAutoencoder.from_folder(tmp_path, device="cpu")


def test_a_pipeline_without_an_autoencoder(tmp_path):
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": "DDPMPipeline"}))
    with pytest.raises(ModelError, match="has no autoencoder"):
        genlens.load(str(tmp_path), contract="Autoencoder", device="cpu")


def test_weights_that_are_no_numbers(tiny_pipeline_dir, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "vae"
    shutil.copytree(tiny_pipeline_dir / "vae", folder)
    path = folder / "diffusion_pytorch_model.safetensors"
    state = load_file(path)
    state["decoder.conv_out.weight"][0, 0, 0, 0] = torch.inf
    save_file(state, path)
    with pytest.raises(ModelError, match="NaN or infinity"):
        genlens.load(str(folder), device="cpu")


def test_the_shipped_autoencoder_by_both_names():
    if not catalog.weights_folder("emoji-vae").is_dir():
        pytest.skip("the weights of emoji-diffusion are not in this checkout")
    by_id = genlens.load("emoji-vae", device="cpu")
    by_part = genlens.load("emoji-diffusion", contract="Autoencoder", device="cpu")
    assert by_id.card.id == "emoji-vae" and by_part.card.id == "emoji-diffusion"
    assert by_id.card.revision == by_part.card.revision and by_id.image_shape == (3, 128, 128)
    # which pictures it was made for is true of the part, too; how one paints means nothing to it
    assert set(by_part.card.settings) <= {"variant", "data"}

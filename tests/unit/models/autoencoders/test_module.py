"""Autoencoders behind the contract: any pair of modules, the small VAE, its conditional form."""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn

import genlens
from genlens.errors import InputError, ModelError
from genlens.models import catalog, contracts
from genlens.models.autoencoders import conv_vae
from genlens.models.autoencoders import module as autoencoder
from genlens.models.autoencoders.conditional import ConditionalAutoencoder
from genlens.models.autoencoders.module import ConvVAE, ModuleAutoencoder

pytestmark = pytest.mark.unit
KNOWN = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear, nn.ReLU, nn.Sigmoid, nn.Flatten, nn.Unflatten)


def linear_pair(shape=(1, 4, 4), latents=3):
    size = shape[0] * shape[1] * shape[2]
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(size, latents))
    decoder = nn.Sequential(nn.Linear(latents, size), nn.Sigmoid(), nn.Unflatten(1, shape))
    return encoder, decoder


def tiny_vae(classes=0, seed=0, shape=(1, 8, 8)):
    torch.manual_seed(seed)
    return ConvVAE(shape, 3, (4, 6), 10, classes).eval()


class Pair(nn.Module):
    """An encoder that gives a tuple."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        mean = self.net(x)
        return mean, mean * 0 - 3


def test_a_model_of_ones_own_takes_a_few_lines():
    model = ModuleAutoencoder(*linear_pair(), image_shape=(1, 4, 4), device="cpu")
    assert isinstance(model, contracts.Autoencoder)
    assert model.latent_shape == (3,) and model.card.contract == "Autoencoder"
    images = torch.rand(5, 1, 4, 4)
    posterior = model.encode(images)
    assert posterior.mean.shape == posterior.logvar.shape == (5, 3)
    assert torch.equal(posterior.logvar, torch.full((5, 3), -20.0))
    assert model.decode(posterior.mean).shape == (5, 1, 4, 4)


def test_the_three_forms_of_an_encoder():
    encoder, decoder = linear_pair()
    x = torch.rand(2, 1, 4, 4)
    options = {"image_shape": (1, 4, 4), "device": "cpu"}
    plain = ModuleAutoencoder(encoder, decoder, **options).encode(x)
    pair = ModuleAutoencoder(Pair(encoder), decoder, **options).encode(x)
    wide = nn.Sequential(nn.Flatten(), nn.Linear(16, 6))
    split = ModuleAutoencoder(wide, decoder, split=True, **options)
    assert torch.equal(plain.mean, pair.mean) and torch.equal(pair.logvar, torch.full((2, 3), -3.0))
    both = torch.cat([split.encode(x).mean, split.encode(x).logvar], 1)
    assert torch.equal(both, wide(x)) and split.latent_shape == (3,)


def test_gradients_reach_images_and_latents_but_not_weights():
    encoder, decoder = linear_pair()
    model = ModuleAutoencoder(encoder, decoder, image_shape=(1, 4, 4), device="cpu")
    x = torch.rand(2, 1, 4, 4, requires_grad=True)
    (grad,) = torch.autograd.grad(model.encode(x).mean[:, 1].sum(), x)
    torch.testing.assert_close(grad.flatten(1), encoder[1].weight[1].expand(2, -1))
    z = torch.zeros(1, 3, requires_grad=True)
    (grad,) = torch.autograd.grad(model.decode(z)[0, 0, 2, 3], z)
    p = model.decode(z)[0, 0, 2, 3].detach()
    torch.testing.assert_close(grad[0], p * (1 - p) * decoder[0].weight[11])
    assert not any(p.requires_grad for p in model.module.parameters())
    assert not model.encode(torch.rand(2, 1, 4, 4)).mean.requires_grad


def test_parts_and_the_whole_are_one(monkeypatch):
    net = tiny_vae()
    model = ModuleAutoencoder.of(net, device="cpu")
    x = torch.rand(11, 1, 8, 8)
    whole = model.encode(x).mean
    pictures = model.decode(whole)
    monkeypatch.setattr(autoencoder, "_PASS", 200)  # three pictures at a time
    assert [len(p) for p in autoencoder.in_parts(x)] == [3, 3, 3, 2]
    assert [len(p) for p in autoencoder.in_parts(x, grows=2)] == [1] * 11
    torch.testing.assert_close(model.encode(x).mean, whole)
    torch.testing.assert_close(model.decode(whole), pictures)
    x.requires_grad_()
    assert len(list(autoencoder.in_parts(x))) == 1


def test_the_mean_module_is_a_chain_of_the_same_layers():
    net = tiny_vae()
    model = ModuleAutoencoder.of(net, device="cpu")
    means = model.mean_module()
    x = torch.rand(4, 1, 8, 8)
    assert isinstance(means, nn.Sequential)
    assert torch.equal(means(x), model.encode(x).mean)
    assert list(dict(means.named_children())) == list(dict(net.encoder.named_children()))
    assert means.conv1 is net.encoder.conv1, "hooks on one are hooks on the other"
    with torch.no_grad():
        net.encoder.code.weight.mul_(2)
        net.encoder.conv1.weight.mul_(-1)
    assert torch.equal(model.mean_module()(x), model.encode(x).mean)


@pytest.mark.parametrize("spatial", [False, True])
@pytest.mark.parametrize("chain", [False, True])
def test_modules_on_flat_latents(spatial, chain):
    """mean_module and decoder_module agree with encode and decode for every kind of model."""
    if spatial:
        encoder, decoder = nn.Conv2d(1, 2, 2, 2), nn.ConvTranspose2d(2, 1, 2, 2)
    else:
        encoder, decoder = linear_pair()
    if chain:
        encoder = encoder if not spatial else nn.Sequential(encoder)
        decoder = decoder if not spatial else nn.Sequential(decoder, nn.Sigmoid())
    else:
        encoder = Pair(encoder)
    model = ModuleAutoencoder(encoder, decoder, image_shape=(1, 4, 4), device="cpu")
    assert model.latent_shape == ((2, 2, 2) if spatial else (3,))
    x = torch.rand(3, 1, 4, 4)
    mean = model.encode(x).mean
    torch.testing.assert_close(model.mean_module()(x), mean.flatten(1))
    torch.testing.assert_close(model.decoder_module()(mean.flatten(1)), model.decode(mean))
    torch.testing.assert_close(model.decode(mean.flatten(1)), model.decode(mean))
    assert any(isinstance(m, (nn.Conv2d, nn.Linear)) for m in model.mean_module().modules())


def test_the_small_vae_is_made_of_layers_that_can_be_walked():
    net = ConvVAE((3, 64, 64), 24, (24, 48, 64, 64), 192)
    for chain in (net.encoder, net.decoder):
        assert type(chain) is nn.Sequential
        assert all(isinstance(layer, KNOWN) for layer in chain)
        assert len({id(layer) for layer in chain}) == len(chain)
    assert net.encoder.code.out_features == 48
    assert [n for n, _ in net.decoder.named_children()][-1] == "sigmoid"
    logits, mean, logvar = net(torch.rand(2, 3, 64, 64))
    assert logits.shape == (2, 3, 64, 64) and mean.shape == logvar.shape == (2, 24)
    torch.testing.assert_close(net.decoder(mean), torch.sigmoid(net.decode_logits(mean)))


@pytest.mark.parametrize("classes", [0, 5])
def test_a_folder_brings_the_model_back(tmp_path, classes):
    net = tiny_vae(classes, seed=3)
    net.save(tmp_path / "m", about={"data": "digits", "labels": ["a"]})
    model = genlens.load(str(tmp_path / "m"), contract="Autoencoder", device="cpu")
    assert type(model) is (ConditionalAutoencoder if classes else ModuleAutoencoder)
    assert model.card.settings["data"] == "digits" and model.card.settings["labels"] == ["a"]
    assert model.card.revision.startswith("sha256:") and model.card.bytes > 0
    x = torch.rand(3, 1, 8, 8)
    before = (net.given(0) if classes else net).encode(x)[0]
    torch.testing.assert_close(model.encode(x).mean, before, rtol=0.01, atol=0.01)  # float16
    assert genlens.load(str(tmp_path / "m"), device="cpu") is model
    state = ConvVAE.from_folder(tmp_path / "m").state_dict()
    assert all(v.dtype == torch.float32 for v in state.values())


def test_catalog_and_module_name_the_type_alike():
    fits = catalog.FAMILIES["autoencoder"].fits
    assert fits is not None and fits({"model_type": conv_vae.MODEL_TYPE})


def _change(folder, **changes):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "model.safetensors").unlink(), "model folder is incomplete"),
        (lambda f: (f / "model.safetensors").write_bytes(b"x" * 50), "damaged"),
        (lambda f: _change(f, latents=4), "do not fit the config"),
        (lambda f: _change(f, latents="many"), "whole numbers"),
        (lambda f: _change(f, widths=3), "config.json"),
        (lambda f: _change(f, image_shape=[1, 1 << 20, 1 << 20]), "at most 512"),
        (lambda f: _change(f, hidden=10**12), "hidden 1000000000000 is out of range"),
        (lambda f: (f / "config.json").write_text("{"), "cannot be read as JSON"),
        (lambda f: (f / "model.safetensors").rename(f / "model.pt"), "only safetensors"),
    ],
)
def test_damaged_folders(tmp_path, damage, message):
    tiny_vae().save(tmp_path)
    damage(tmp_path)
    with pytest.raises(ModelError, match=message):
        genlens.load(str(tmp_path), device="cpu")


def test_weights_that_are_no_numbers(tmp_path):
    net = tiny_vae()
    with torch.no_grad():
        net.decoder.spread.weight[0, 0] = torch.nan
    with pytest.raises(ModelError, match=r"decoder\.spread\.weight hold NaN or infinity"):
        ModuleAutoencoder.of(net, device="cpu")
    net.save(tmp_path)
    with pytest.raises(ModelError, match="NaN or infinity"):
        genlens.load(str(tmp_path), device="cpu")


@pytest.mark.parametrize(
    ("parts", "options", "error", "message"),
    [
        ((None, 1), {}, ModelError, "the encoder is missing"),
        ((0, None), {}, ModelError, "the decoder is missing"),
        ((0, "decoder"), {}, ModelError, "the decoder is a str"),
        ((0, 1), {"image_shape": (1, 8, 8)}, ModelError, "does not work on pictures"),
        ((0, 1), {"image_shape": (2, 4, 4)}, InputError, "should be"),
        ((0, 1), {"image_shape": (4, 4)}, InputError, "should be"),
        ((0, 1), {"latent_shape": (5,)}, ModelError, r"shape \(3,\), not \(5,\)"),
        ((0, 0), {}, ModelError, "does not work|gives pictures"),
    ],
)
def test_pairs_that_do_not_fit(parts, options, error, message):
    pair = linear_pair()
    chosen = [pair[p] if isinstance(p, int) else p for p in parts]
    with pytest.raises(error, match=message):
        ModuleAutoencoder(*chosen, **{"image_shape": (1, 4, 4), "device": "cpu", **options})


def test_a_decoder_of_another_size():
    encoder, _ = linear_pair()
    decoder = nn.Sequential(nn.Linear(3, 9), nn.Unflatten(1, (1, 3, 3)))
    with pytest.raises(ModelError, match=r"gives pictures of shape \(1, 3, 3\), not \(1, 4, 4\)"):
        ModuleAutoencoder(encoder, decoder, image_shape=(1, 4, 4), device="cpu")


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (torch.rand(2, 3, 4, 4), r"have shape \(n, 1, 4, 4\), not \(2, 3, 4, 4\)"),
        (torch.rand(1, 4, 4), "have shape"),
        (torch.rand(0, 1, 4, 4), "have shape"),
        (torch.zeros(2, 1, 4, 4, dtype=torch.uint8), "divide pixels by 255"),
        ([[0.0]], "are a float tensor, not list"),
        (torch.full((1, 1, 4, 4), torch.nan), "NaN"),
    ],
)
def test_images_that_are_refused(images, message):
    model = ModuleAutoencoder(*linear_pair(), image_shape=(1, 4, 4), device="cpu")
    with pytest.raises(InputError, match=message):
        model.encode(images)


def test_latents_that_are_refused():
    model = ModuleAutoencoder(*linear_pair(), image_shape=(1, 4, 4), device="cpu")
    for latents in (torch.zeros(2, 4), torch.zeros(3), torch.full((1, 3), torch.inf)):
        with pytest.raises(InputError, match="latents"):
            model.decode(latents)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_shape": (1, 30, 28)}, "a side of 30 pixels does not work with 2 halvings"),
        ({"image_shape": (2, 28, 28)}, "should be"),
        ({"latents": 0}, "latents 0 is out of range"),
        ({"widths": ()}, "one width or more"),
        ({"widths": (8, 0)}, "width 0"),
        ({"hidden": 1.5}, "whole numbers"),
        ({"classes": -1}, "classes -1"),
    ],
)
def test_sizes_that_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        ConvVAE(**arguments)

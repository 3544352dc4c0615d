"""The fully connected VAE: its layers, its sizes, and its folder behind the contract."""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn

import genlens
from genlens.errors import InputError, ModelError
from genlens.models import contracts
from genlens.models.autoencoders.mlp_vae import MlpVAE
from genlens.models.autoencoders.module import ModuleAutoencoder

pytestmark = pytest.mark.unit


def test_the_default_is_the_network_of_the_paper():
    net = MlpVAE()
    linear = [m for m in net.modules() if isinstance(m, nn.Linear)]
    sizes = [(m.in_features, m.out_features) for m in linear]
    assert sizes == [(784, 400), (400, 400), (400, 400), (200, 400), (400, 400), (400, 784)]
    slopes = {m.negative_slope for m in net.modules() if isinstance(m, nn.LeakyReLU)}
    assert slopes == {0.2} and isinstance(net.decoder[-1], nn.Sigmoid)


def test_the_encoder_equals_the_sum_written_out():
    torch.manual_seed(0)
    net = MlpVAE((1, 2, 3), (5,), 2)
    x = torch.rand(4, 1, 2, 3)
    first, last = net.encoder.hidden1, net.encoder.code
    hidden = x.flatten(1) @ first.weight.T + first.bias
    code = torch.where(hidden > 0, hidden, 0.2 * hidden) @ last.weight.T + last.bias
    mean, logvar = net.encode(x)
    torch.testing.assert_close(mean, code[:, :2])
    torch.testing.assert_close(logvar, code[:, 2:])
    torch.testing.assert_close(net.decoder(mean), torch.sigmoid(net.decode_logits(mean)))
    with pytest.raises(InputError, match="no classes"):
        net.encode(x, torch.zeros(4, dtype=torch.int64))


@pytest.mark.parametrize("hidden", [(), (7,), (9, 7, 5)])
def test_a_saved_folder_is_loaded_behind_the_contract(tmp_path, hidden):
    torch.manual_seed(1)
    net = MlpVAE((3, 4, 5), hidden, 3)
    net.save(tmp_path / "m", about={"data": "digits"})
    model = genlens.load(str(tmp_path / "m"), contract="Autoencoder", device="cpu")
    assert isinstance(model, ModuleAutoencoder) and isinstance(model, contracts.Autoencoder)
    assert model.image_shape == (3, 4, 5) and model.latent_shape == (3,)
    assert model.card.settings == {"data": "digits"} and model.card.bytes > 0
    x = torch.rand(6, 3, 4, 5)
    posterior = model.encode(x)
    for got, wanted in zip((posterior.mean, posterior.logvar), net.encode(x), strict=True):
        torch.testing.assert_close(got, wanted, rtol=0.01, atol=0.01)  # float16
    assert model.decode(posterior.mean).shape == x.shape


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden": 5}, "give a list of whole numbers"),
        ({"hidden": [5, 0]}, "hidden 0 is out of range"),
        ({"hidden": [4000]}, "hidden 4000 is out of range: take 1 to 2048"),
        ({"latents": 10**9}, "latents 1000000000"),
        ({"latents": 2.5}, "whole numbers"),
        ({"image_shape": [1, 9999, 9999]}, "at most 512 pixels"),
        ({"image_shape": [3, 512, 512], "hidden": [2048]}, "more than 100,000,000 weights"),
        ({"image_shape": [2, 4, 4]}, "1 or 3"),
        ({"hidden": [6]}, "do not fit the config"),
    ],
)
def test_a_config_that_does_not_fit_is_refused(tmp_path, change, message):
    MlpVAE((1, 4, 4), (5,), 3).save(tmp_path / "m")
    path = tmp_path / "m" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ModelError, match=message):
        genlens.load(str(tmp_path / "m"), device="cpu")

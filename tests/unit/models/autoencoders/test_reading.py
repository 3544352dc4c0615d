"""Foreign pairs of modules: number formats, splits, and ranges of pixels."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import genlens
from genlens.errors import InputError, ModelError
from genlens.models.autoencoders.module import ModuleAutoencoder

pytestmark = pytest.mark.unit


def linear_pair(shape=(1, 4, 4), latents=3):
    size = shape[0] * shape[1] * shape[2]
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(size, latents))
    decoder = nn.Sequential(nn.Linear(latents, size), nn.Sigmoid(), nn.Unflatten(1, shape))
    return encoder, decoder


class Pair(nn.Module):
    """An encoder that gives a tuple."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        mean = self.net(x)
        return mean, mean * 0 - 3


class Careless(nn.Module):
    """A forward that turns its input into another number format itself."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 3)

    def forward(self, x):
        return self.fc(x.flatten(1).half())


def test_a_forward_that_casts_itself_is_named():
    _, decoder = linear_pair()
    with pytest.raises(ModelError, match=r"encoder does not work .*weights were float16 and are"):
        ModuleAutoencoder(Careless().half(), decoder, image_shape=(1, 4, 4), device="cpu")


@pytest.mark.parametrize(
    ("latents", "takes", "split", "advice"),
    [(6, 3, False, "pass split=True"), (3, 3, True, None), (4, 4, True, "pass split=False")],
)
def test_a_split_that_does_not_fit_says_which_does(latents, takes, split, advice):
    encoder, _ = linear_pair(latents=latents)
    _, decoder = linear_pair(latents=takes)
    with pytest.raises(ModelError, match=advice or "means .* and log-variances"):
        ModuleAutoencoder(encoder, decoder, image_shape=(1, 4, 4), device="cpu", split=split)
    if advice:
        other = advice.endswith("True")
        model = ModuleAutoencoder(
            encoder, decoder, image_shape=(1, 4, 4), device="cpu", split=other
        )
        assert model.latent_shape == (takes,)


@pytest.mark.parametrize(
    "options",
    [
        {"split": "interleaves"},
        {"output": "sigmoid"},
        {"output": (1, 0)},
        {"input": "logits"},
        {"input": (0, 1, 2)},
    ],
)
def test_readings_that_do_not_exist(options):
    (name,) = options
    with pytest.raises(InputError, match=f"^{name} .* is not one of"):
        ModuleAutoencoder(*linear_pair(), image_shape=(1, 4, 4), device="cpu", **options)


@pytest.mark.parametrize("spatial", [False, True])
@pytest.mark.parametrize("chain", [False, True])
@pytest.mark.parametrize("output", ["unit", "logits", "tanh", (0, 255)])
def test_modules_agree_with_encode_and_decode_in_every_range(spatial, chain, output):
    shape = (1, 6, 4)  # one channel, not square
    if spatial:
        encoder, decoder = nn.Conv2d(1, 4, 2, 2), nn.ConvTranspose2d(2, 1, 2, 2)
    else:
        encoder, decoder = linear_pair(shape, 6)[0], linear_pair(shape, 3)[1]
    if chain and spatial:
        encoder, decoder = nn.Sequential(encoder), nn.Sequential(decoder)
    elif not chain and not spatial:
        encoder = Pair(linear_pair(shape, 3)[0])
    for split in (True, "interleaved", "logvar first"):
        model = ModuleAutoencoder(
            encoder, decoder, image_shape=shape, device="cpu",
            split=split, output=output, input="tanh" if output == "tanh" else "unit",
        )  # fmt: skip
        x = torch.rand(3, *shape)
        mean = model.encode(x).mean
        torch.testing.assert_close(model.mean_module()(x), mean.flatten(1))
        torch.testing.assert_close(model.decoder_module()(mean.flatten(1)), model.decode(mean))
        raw = decoder(mean)
        wanted = {
            "unit": raw, "logits": raw.sigmoid(), "tanh": raw / 2 + 0.5, (0, 255): raw / 255
        }[output]  # fmt: skip
        torch.testing.assert_close(model.decode(mean), wanted)


def test_lrp_walks_a_model_read_as_logits():
    from genlens.latents.targets.regions import decoded_region

    encoder, decoder = linear_pair()
    plain = ModuleAutoencoder(encoder, decoder, image_shape=(1, 4, 4), device="cpu")
    bare = nn.Sequential(decoder[0], decoder[2])  # without its Sigmoid
    read = ModuleAutoencoder(encoder, bare, image_shape=(1, 4, 4), device="cpu", output="logits")
    code = torch.tensor([0.3, -1.0, 0.7])
    maps = [
        genlens.attribute("lrp", decoded_region(model, np.eye(4) > 0), code).values
        for model in (plain, read)
    ]
    torch.testing.assert_close(torch.from_numpy(maps[0]), torch.from_numpy(maps[1]))


@pytest.mark.parametrize("split", [True, "interleaved", "logvar first"])
def test_lrp_walks_an_encoder_that_wants_another_range(split):
    """mean = W (2 x - 1) + b: relevance reaches the pixels, and adds up."""
    from genlens.latents.targets.latent import latent_mean

    encoder, _ = linear_pair(latents=6)
    _, decoder = linear_pair()
    model = ModuleAutoencoder(
        encoder, decoder, image_shape=(1, 4, 4), device="cpu", split=split, input="tanh"
    )
    x = torch.rand(1, 4, 4)
    rows = {True: 1, "interleaved": 2, "logvar first": 4}[split]
    wanted = encoder[1](x.flatten() * 2 - 1)[rows]
    found = genlens.attribute("lrp", latent_mean(model, 1), x)
    assert found.output == pytest.approx(float(wanted), abs=1e-5)
    assert found.values.sum() == pytest.approx(found.output, abs=1e-6)
    assert np.abs(found.values).max() > 0

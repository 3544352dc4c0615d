"""LRP at a model's ends: a Sigmoid behind reshapes, diffusers' models, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from genlens.attribution.lrp import RULES, lrp, refusal
from genlens.attribution.target import Target
from genlens.common import torchvision_guard
from genlens.errors import InputError
from genlens.latents.targets import decoded_region, latent_mean
from genlens.models.autoencoders.diffusers_vae import DiffusersAutoencoder
from genlens.models.autoencoders.module import ModuleAutoencoder
from genlens.models.contracts import ModelCard
from lrp_networks import Does, picture, random
from tiny_vaes import image

pytestmark = pytest.mark.unit


def test_a_sigmoid_is_found_behind_reshapes():
    decoder = random(nn.Sequential(nn.Linear(4, 64), nn.Sigmoid(), nn.Unflatten(1, (1, 8, 8))))
    model = ModuleAutoencoder(
        nn.Sequential(nn.Flatten(), nn.Linear(64, 4)), decoder, image_shape=(1, 8, 8), device="cpu"
    )
    z = torch.randn(4, generator=torch.Generator().manual_seed(0))
    found = lrp(decoded_region(model, np.eye(8)), z)
    logits = decoder[0](z).reshape(8, 8).detach().double().numpy()
    assert found.unit == "logit" and found.output == pytest.approx(np.diag(logits).mean(), rel=1e-5)
    value = lrp(decoded_region(model, np.eye(8)), z, start="value")
    assert value.output == pytest.approx(np.diag(1 / (1 + np.exp(-logits))).mean(), rel=1e-5)


def small_kl():
    import diffusers

    return diffusers.AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        block_out_channels=(8, 16),
        layers_per_block=1,
        norm_num_groups=4,
        sample_size=16,
    )


def small_tiny():
    import diffusers

    return diffusers.AutoencoderTiny(
        encoder_block_out_channels=(8, 8),
        decoder_block_out_channels=(8, 8),
        num_encoder_blocks=(1, 1),
        num_decoder_blocks=(1, 1),
    )


@pytest.mark.parametrize("make", [small_kl, small_tiny])
def test_the_autoencoders_of_latent_diffusion_are_walked(make):
    """Residual blocks, group norm, SiLU and attention in the middle."""
    torchvision_guard.ensure()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        vae = make()
    card = ModelCard(id="small", contract="Autoencoder", settings={"side": 16})
    model = DiffusersAutoencoder(vae, card, "cpu")
    x = image((3, 16, 16))
    code = model.encode(x[None]).mean.flatten()
    for rule in RULES:
        for target, given in (
            (latent_mean(model, 5), x),
            (decoded_region(model, np.eye(16)), code),
        ):
            found = lrp(target, given, rule=rule, bias="absorb")
            total = found.values.sum() + found.details["absorbed"]
            size = abs(found.output) + np.abs(found.values).sum()
            assert abs(total - found.output) < 1e-9 * size
            # at 0 to 1 = decoded / 2 + 0.5, only the constant raises a dark pixel
            assert found.values.any() or rule == "zplus"
    names = found.details["layers"]
    assert all(name.startswith(("vae.decoder", "vae.post", "network")) for name in names)


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (Does(lambda _, x: x.flatten(1).sort(dim=1)[0]), '"sort" in 1 .Does.'),
        (Does(lambda _, x: (x, x)), "gives a tuple"),
        (Does(lambda _, x: torch.from_numpy(x.numpy() * 2)), "outside torch"),
        (Does(lambda _, x: (x > 0).float()), '"gt"'),
        (Does(lambda s, x: s.conv(x), conv=nn.Conv2d(7, 1, 1)), "fails at 1.conv .Conv2d."),
        (nn.BatchNorm2d(2).train(), "call .eval"),
        (nn.Sequential(nn.Conv2d(2, 2, 1), nn.Dropout()).train(), "call .eval"),
        (Does(lambda _, x: torch.div(x, 2, rounding_mode="floor")), '"div"'),
        (Does(lambda _, x: torch.addmm(x[0, 0], x[0, 1], torch.ones(8, 8))), '"addmm"'),
    ],
    ids=["sort", "tuple", "numpy", "step", "shape", "batch norm", "dropout", "floor", "bias"],
)  # fmt: skip
def test_what_cannot_be_followed_is_named(net, message):
    x = picture()
    whole = nn.Sequential(nn.Unflatten(1, (2, 8, 8)), net)
    target = Target(
        "f", "latent", "", lambda z: z.sum(1), network=whole, weights=np.ones(1), input_shape=(128,)
    )
    with pytest.raises(InputError, match=message):
        lrp(target, x.flatten())
    assert refusal(whole, x.reshape(1, -1))
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in whole.modules())


def test_a_layer_that_stands_twice_in_an_encoder_stays_twice():
    act = nn.ReLU(inplace=True)
    encoder = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 9), act, nn.Linear(9, 9), act, nn.Linear(9, 8)
    )
    decoder = nn.Sequential(nn.Conv2d(2, 4, 1), act, nn.Conv2d(4, 4, 1), act, nn.Conv2d(4, 1, 1))
    model = ModuleAutoencoder(
        encoder, nn.Sequential(nn.Linear(4, 64), nn.Unflatten(1, (1, 8, 8))),
        image_shape=(1, 8, 8), device="cpu", split=True,
    )  # fmt: skip
    x = torch.rand(2, 1, 8, 8)
    means = model.mean_module()
    assert isinstance(means, nn.Sequential) and len(means) == 6 and means[2] is means[4] is act
    torch.testing.assert_close(means(x), model.encode(x).mean)
    spatial = ModuleAutoencoder(
        nn.Sequential(act, nn.Conv2d(1, 2, 1)), decoder, image_shape=(1, 8, 8), device="cpu"
    )
    x = x - 0.5
    given = x.clone()
    z = spatial.encode(x).mean
    assert torch.equal(x, given), "pictures are not changed, though the encoder works in place"
    torch.testing.assert_close(spatial.decoder_module()(z.flatten(1)), spatial.decode(z))

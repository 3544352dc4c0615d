"""LRP against its defining sums, against dense equivalents, and for conservation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from genlens.attribution.lrp import RULES, lrp
from genlens.attribution.target import Target
from genlens.errors import InputError
from genlens.latents.targets import decoded_region, latent_mean, reconstruction_error
from tiny_vaes import code, conv_model, hooks_on, image, linear_model, weights_of

pytestmark = pytest.mark.unit


def chain_target(net, weights, kind="image"):
    """f = weights . net(x), for LRP."""
    rows = torch.as_tensor(weights, dtype=torch.float32)
    return Target(
        "f", kind, "", lambda x: net(x).flatten(1) @ rows, network=net, weights=np.asarray(weights)
    )


def filled(net, seed=0):
    generator = torch.Generator().manual_seed(seed)
    for parameter in net.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) * 0.5
    return net.eval()


def by_hand(layers, x, weights, part):
    """LRP through Linear-ReLU chains by explicit sums over i and j. ``part(z, sign)`` is what a
    rule counts of one contribution z to a unit whose sum has that sign; biases keep their share."""
    inputs, a = [], x
    for w, b, relu in layers:
        inputs.append(a)
        out = w @ a + b
        a = np.maximum(out, 0) if relu else out
    relevance = weights * a
    for (w, b, _), a in zip(reversed(layers), reversed(inputs), strict=True):
        shared = np.zeros(len(a))
        for j in range(len(w)):
            sign = 1 if w[j] @ a + b[j] >= 0 else -1
            parts = np.array([part(a[i] * w[j, i], sign) for i in range(len(a))])
            whole = parts.sum() + part(b[j], sign)
            if whole != 0:
                shared += parts / whole * relevance[j]
        relevance = shared
    return relevance


PARTS = {
    "epsilon": lambda z, sign: z,
    "gamma": lambda z, sign: z + 0.25 * sign * max(sign * z, 0),
    "zplus": lambda z, sign: sign * max(sign * z, 0),
}


@pytest.mark.parametrize("rule", PARTS)
@pytest.mark.parametrize("which", [0, 1])
def test_the_rules_are_their_sums(rule, which):
    net = filled(
        nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 6), nn.ReLU(), nn.Linear(6, 2))
    )
    z, weights = code(5, seed=4), np.eye(2)[which]
    dense = [net[0], net[2], net[4]]
    layers = [
        (m.weight.detach().double().numpy(), m.bias.detach().double().numpy(), m is not net[4])
        for m in dense
    ]
    found = lrp(chain_target(net, weights, "latent"), z, rule=rule, epsilon=0, bias="absorb")
    wanted = by_hand(layers, z.double().numpy(), weights, PARTS[rule])
    assert np.allclose(found.values, wanted, rtol=1e-6, atol=1e-9)
    assert abs(found.gap) < 1e-8 * max(1, abs(found.output))


def test_gamma_is_the_number_that_is_given():
    net, z = filled(nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 1))), code(5, seed=4)
    layers = [
        (m.weight.detach().double().numpy(), m.bias.detach().double().numpy(), m is net[0])
        for m in (net[0], net[2])
    ]
    target, maps = chain_target(net, [1.0], "latent"), []
    for gamma in (0.0, 0.5, 2.0):
        found = lrp(target, z, rule="gamma", gamma=gamma, epsilon=0, bias="absorb").values
        wanted = by_hand(
            layers,
            z.double().numpy(),
            np.ones(1),
            lambda part, sign, gamma=gamma: part + gamma * sign * max(sign * part, 0),
        )
        assert np.allclose(found, wanted, rtol=1e-6, atol=1e-9)
        maps.append(found)
    plain = lrp(target, z, epsilon=0, bias="absorb").values
    assert np.allclose(maps[0], plain) and not np.allclose(maps[1], maps[2], atol=1e-3)


@pytest.mark.parametrize("sign", [1, -1])
def test_epsilon_moves_a_sum_away_from_zero_on_its_own_side(sign):
    """Bach et al. 2015, eq. 58: z + eps sign(z). Always +, and a negative sum would shrink."""
    net = nn.Sequential(nn.Linear(3, 1, bias=False))
    net[0].weight.data = sign * torch.tensor([[1.0, 2.0, 0.5]])
    found = lrp(chain_target(net, [1.0], "latent"), torch.ones(3), epsilon=0.25, bias="absorb")
    # the only output is its own root mean square, so that epsilon is a quarter of it
    assert np.allclose(found.values, sign * np.array([1.0, 2.0, 0.5]) / 1.25)
    assert found.details["absorbed"] == pytest.approx(sign * 3.5 * 0.25 / 1.25)


def test_composite_is_gamma_at_convolutions_and_epsilon_at_dense_layers():
    conv, head = filled(nn.Conv2d(1, 2, 3), seed=3), filled(nn.Linear(32, 4), seed=5)
    last = filled(nn.Linear(4, 1), seed=6)
    net = nn.Sequential(
        nn.Unflatten(1, (1, 6, 6)), conv, nn.ReLU(), nn.Flatten(), head, nn.ReLU(), last
    )
    x = image().flatten() - 0.4
    settings = {"epsilon": 0, "bias": "absorb", "gamma": 1.0}
    found = lrp(chain_target(net, [1.0], "latent"), x, rule="composite", **settings).values
    # the dense part by epsilon gives what each feature is worth: the convolution by gamma shares it
    with torch.no_grad():
        features = nn.functional.relu(conv(x.reshape(1, 1, 6, 6))).flatten()
    worth = lrp(chain_target(nn.Sequential(*net[4:]), [1.0], "latent"), features, **settings)
    ratio = np.divide(worth.values, features.numpy(), where=features.numpy() > 0, out=np.zeros(32))
    first = nn.Sequential(nn.Unflatten(1, (1, 6, 6)), conv, nn.ReLU())
    wanted = lrp(chain_target(first, ratio, "latent"), x, rule="gamma", **settings).values
    assert np.allclose(found, wanted, rtol=1e-5, atol=1e-7)
    for rule in ("epsilon", "gamma"):
        other = lrp(chain_target(net, [1.0], "latent"), x, rule=rule, **settings).values
        assert not np.allclose(found, other, atol=1e-3)


def test_a_linear_net_is_gradient_times_input():
    model, x, z = linear_model(), image(), code()
    w, d = weights_of(model)
    found = lrp(latent_mean(model, 2), x, epsilon=0)
    assert np.allclose(found.values.reshape(-1), w[2] * x.double().numpy().reshape(-1), atol=1e-6)
    region = lrp(decoded_region(model, np.ones((6, 6))), z, epsilon=0)
    assert np.allclose(region.values, d.mean(axis=0) * z.numpy(), atol=1e-6)
    deep = filled(
        nn.Sequential(
            nn.Conv2d(2, 3, 3, stride=2, padding=1, bias=False),
            nn.ConvTranspose2d(3, 2, 4, stride=2, padding=1, bias=False),
            nn.AvgPool2d(2),
            nn.Flatten(),
            nn.Linear(32, 1, bias=False),
        )
    )
    x = image((2, 8, 8))
    leaf = x[None].clone().requires_grad_(True)
    deep(leaf).sum().backward()
    found = lrp(chain_target(deep, [1.0]), x, epsilon=0)
    assert np.allclose(found.values, (leaf * leaf.grad)[0].detach().numpy(), atol=1e-5)


@pytest.mark.parametrize("rule", RULES)
def test_relevance_is_conserved_through_encoder_and_decoder(rule):
    model, x = conv_model(shape=(3, 16, 16)), image((3, 16, 16))
    for j in range(4):
        found = lrp(latent_mean(model, j), x, rule=rule)
        assert found.values.shape == (3, 16, 16)
        assert found.relative_gap <= 0.01
        assert found.values.sum() == pytest.approx(found.output, rel=0.01)
    mask = np.zeros((16, 16), dtype=bool)
    mask[4:9, 4:12] = True
    for start in ("logit", "value"):
        found = lrp(decoded_region(model, mask), code(), rule=rule, start=start)
        assert found.values.shape == (4,) and found.relative_gap <= 0.01
        assert found.values.sum() == pytest.approx(found.output, rel=0.01)
    assert found.details["layers"][-1] == "hidden"
    assert hooks_on(model) == 0


@pytest.mark.parametrize("rule", RULES)
def test_what_biases_keep_is_accounted_for(rule):
    model, x = conv_model(), image((1, 16, 16))
    found = lrp(latent_mean(model, 1), x, rule=rule, bias="absorb")
    assert found.details["absorbed"] != 0
    assert found.values.sum() + found.details["absorbed"] == pytest.approx(found.output, rel=1e-6)
    assert abs(found.gap) < 1e-6
    spread = lrp(latent_mean(model, 1), x, rule=rule)
    assert spread.details["bias_part"] == found.details["absorbed"] == found.details["bias_part"]
    assert spread.details["absorbed"] == 0


def test_a_map_made_of_biases_says_so():
    net = nn.Sequential(nn.Linear(4, 1))
    net[0].weight.data[:], net[0].bias.data[:] = 0.01, 5.0
    target = chain_target(net, [1.0], "latent")
    found = lrp(target, torch.ones(4))
    assert found.details["bias_part"] == pytest.approx(5, abs=0.01) and found.relative_gap < 1e-9
    assert "spread evenly" in found.notes[0]
    net[0].bias.data[:] = 0.01
    assert lrp(target, torch.ones(4)).notes == ()


def test_black_pixels_get_nothing_unless_biases_are_spread():
    model, x = conv_model(), image((1, 16, 16))
    x[:, :8] = 0.0
    kept = lrp(latent_mean(model, 0), x, bias="absorb")
    assert (kept.values[:, :8] == 0).all() and kept.values.any()
    assert (lrp(latent_mean(model, 0), x).values[:, :8] != 0).any()


def dense_of(layer, shape):
    """The Linear layer that does what ``layer`` does to inputs of ``shape``."""
    size = int(np.prod(shape))
    with torch.no_grad():
        bias = layer(torch.zeros(1, *shape)).flatten()
        columns = layer(torch.eye(size).reshape(size, *shape)).flatten(1) - bias
    dense = nn.Linear(size, bias.numel())
    dense.weight.data, dense.bias.data = columns.T.contiguous(), bias
    return dense


@pytest.mark.parametrize("rule", ["epsilon", "gamma", "zplus"])
@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(2, 4, 3, stride=2, padding=1, groups=2),
        nn.ConvTranspose2d(2, 3, 4, stride=2, padding=1),
        nn.ConvTranspose2d(2, 3, 3, stride=2, output_padding=1),
        nn.AvgPool2d(2),
        nn.Upsample(scale_factor=2),
    ],
    ids=["conv", "deconv", "deconv-padded", "mean-pool", "upsample"],
)
def test_a_layer_and_its_dense_twin_agree(rule, layer):
    layer = filled(layer, seed=3)
    x = image((2, 4, 4)) - 0.4  # negative inputs too, as a decoder's first layer has
    dense = dense_of(layer, (2, 4, 4))
    head = filled(nn.Linear(dense.out_features, 1), seed=5)
    maps = nn.Sequential(layer, nn.ReLU(), nn.Flatten(), head)
    flat = nn.Sequential(nn.Flatten(), dense, nn.ReLU(), head)

    def explain(net):
        # as a latent target, because pixels are never negative
        both = nn.Sequential(nn.Unflatten(1, (2, 4, 4)), *net)
        target = chain_target(both, [1.0], "latent")
        return lrp(target, x.flatten(), rule=rule, bias="absorb", epsilon=0.01).values

    assert np.allclose(explain(maps), explain(flat), atol=1e-5)


def test_batch_norm_is_the_convolution_it_folds_into():
    conv, norm = filled(nn.Conv2d(1, 3, 3)), nn.BatchNorm2d(3).eval()
    norm.weight.data = torch.tensor([1.0, 2.0, 0.5])
    norm.running_var.data = torch.tensor([0.5, 2.0, 1.0])
    norm.bias.data, norm.running_mean = (
        torch.tensor([0.3, -0.2, 0.1]),
        torch.tensor([0.1, 0.4, -0.3]),
    )
    head = filled(nn.Linear(48, 1), seed=5)
    x = image()
    net = nn.Sequential(conv, norm, nn.ReLU(), nn.Flatten(), head)
    factor = norm.weight / (norm.running_var + norm.eps).sqrt()
    folded = nn.Conv2d(1, 3, 3)
    folded.weight.data = (conv.weight * factor[:, None, None, None]).detach()
    folded.bias.data = ((conv.bias - norm.running_mean) * factor + norm.bias).detach()
    twin = nn.Sequential(folded, nn.ReLU(), nn.Flatten(), head)
    found, wanted = (
        lrp(chain_target(n, [1.0]), x, bias="absorb", epsilon=0).values for n in (net, twin)
    )
    assert np.allclose(found, wanted, atol=1e-6)


def test_max_pooling_gives_all_to_the_winner():
    net = nn.Sequential(nn.MaxPool2d(2), nn.Flatten())
    x = torch.tensor([[[0.1, 0.2, 0.3, 0.4], [0.5, 0.9, 0.8, 0.7]]])
    found = lrp(chain_target(net, [1.0, 2.0]), x)
    assert np.allclose(found.values, [[[0, 0, 0, 0], [0, 0.9, 1.6, 0]]], atol=1e-6)


def test_activations_pass_relevance_through():
    net = filled(nn.Sequential(nn.Linear(3, 4), nn.LeakyReLU(0.2), nn.Dropout(), nn.Linear(4, 1)))
    found = lrp(chain_target(net, [1.0], "latent"), code(3), bias="spread")
    assert found.relative_gap < 1e-6


def test_a_sigmoid_is_explained_at_its_logit_or_its_value():
    model, z = conv_model(), code()
    target = decoded_region(model, np.eye(16))
    logits = model.module["decoder"][:-1](z[None])[0, 0].detach().double().numpy()
    found = lrp(target, z)
    assert found.output == pytest.approx(np.diag(logits).mean(), rel=1e-5)
    assert found.unit == "logit"
    value = lrp(target, z, start="value")
    assert value.output == pytest.approx(np.diag(1 / (1 + np.exp(-logits))).mean(), rel=1e-5)
    assert value.unit == "pixel value"


def test_zplus_relevance_has_the_outputs_sign():
    model, x = conv_model(), image((1, 16, 16))
    for j in range(4):
        found = lrp(latent_mean(model, j), x, rule="zplus", bias="absorb")
        assert (np.sign(found.output) * found.values >= -1e-12).all()


def test_what_cannot_be_walked_is_named():
    model, x = conv_model(), image((1, 16, 16))
    with pytest.raises(InputError, match="names no chain"):
        lrp(reconstruction_error(model), x)
    for odd, message in [
        (nn.Sequential(nn.Conv1d(4, 4, 1)), "Conv1d"),
        (nn.Sequential(nn.Sequential(nn.Softmax(dim=1))), r"Softmax"),
        (nn.ModuleList(), "ModuleList"),
        (nn.Sequential(), "empty"),
    ]:
        with pytest.raises(InputError, match=message):
            lrp(Target("f", "latent", "", lambda z: z[:, 0], network=odd, weights=[1]), code())
    other = Target(
        "f", "latent", "", lambda z: z.sum(dim=1), network=nn.Linear(4, 1), weights=np.ones(1)
    )
    with pytest.raises(InputError, match="make the target again"):
        lrp(other, code())
    for settings in ({"rule": "alpha"}, {"epsilon": -1}, {"bias": "hide"}, {"start": "end"}):
        with pytest.raises(InputError):
            lrp(latent_mean(model, 0), x, **settings)

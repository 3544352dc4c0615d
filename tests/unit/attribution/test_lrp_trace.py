"""LRP follows what a network computes, however it is written: equal networks give equal maps."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import weight_norm as old_weight_norm
from torch.nn.utils.parametrizations import weight_norm

from genlens.attribution.lrp import RULES
from lrp_networks import Does, explain, picture, random

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("rule", RULES)
def test_functions_are_their_layers(rule):
    net = random(
        nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1),
            nn.ELU(),
            nn.MaxPool2d(2),
            nn.Dropout2d(),
            nn.ConvTranspose2d(4, 3, 4, stride=2, padding=1),
            nn.GELU(),
            nn.AdaptiveAvgPool2d(4),
            nn.Upsample(scale_factor=2),
            nn.Softplus(),
            nn.Flatten(),
            nn.Linear(192, 3),
        )
    )

    def forward(self, x):
        c, t, d = self.net[0], self.net[4], self.net[10]
        h = F.max_pool2d(F.elu(F.conv2d(x, c.weight, c.bias, padding=1)), 2)
        h = F.gelu(F.conv_transpose2d(F.dropout2d(h, training=False), t.weight, t.bias, 2, 1))
        h = F.softplus(F.interpolate(F.adaptive_avg_pool2d(h, 4), scale_factor=2))
        return torch.addmm(d.bias, h.reshape(1, -1), d.weight.T)

    x = picture()
    found = explain(Does(forward, net=net), x, rule=rule)
    assert np.allclose(found, explain(net, x, rule=rule), rtol=1e-9, atol=1e-12) and found.any()


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("act", [nn.ReLU, nn.LeakyReLU, nn.ELU, nn.SiLU, nn.Mish, nn.Hardtanh])
def test_in_place_is_the_same_as_not(rule, act):
    def net(inplace, shared):
        acts = [act(inplace=inplace)] * 3 if shared else [act(inplace=inplace) for _ in range(3)]
        return random(
            nn.Sequential(
                acts[0],
                nn.Conv2d(2, 4, 3),
                acts[1],
                nn.Conv2d(4, 4, 3),
                acts[2],
                nn.Flatten(),
                nn.Linear(64, 3),
            )
        )

    x = picture()
    wanted = explain(net(False, False), x, rule=rule)
    for inplace, shared in ((True, False), (True, True), (False, True)):
        assert np.array_equal(explain(net(inplace, shared), x, rule=rule), wanted)
    assert wanted.any()


@pytest.mark.parametrize("normed", [weight_norm, old_weight_norm], ids=["new", "old"])
@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
def test_weight_norm_is_the_weights_it_makes(normed):
    plain = random(nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3)))
    net = copy.deepcopy(plain)
    net[0], net[3] = normed(net[0]), normed(net[3])
    with torch.no_grad():
        net(picture()[None])  # the old one works its weights out as it runs
    for layer, folded in ((net[0], plain[0]), (net[3], plain[3])):
        folded.weight.data = layer.weight.detach().clone()
    for rule in RULES:
        assert np.array_equal(
            explain(net, picture(), rule=rule), explain(plain, picture(), rule=rule)
        )


def input_times_gradient(net, x):
    leaf = x[None].double().requires_grad_(True)
    out = copy.deepcopy(net).double()(leaf).flatten()
    (out * torch.cos(torch.arange(out.numel()) * 1.0)).sum().backward()
    return (leaf * leaf.grad)[0].detach().numpy()


def linear_forward(self, x):
    """Every way to move, join and weigh values that has no bias and no kink."""
    h = x + self.a(x) - 0.3 * self.b(x)
    left, right = torch.cat([h, x.flip(-1)], dim=1).chunk(2, dim=1)
    h = torch.stack([left, -right], dim=1).sum(dim=1) / 3
    h = F.interpolate(h, size=(5, 7), mode="bilinear", align_corners=True)
    h = F.pad(h, (1, 0, 0, 1), mode="reflect").permute(0, 2, 3, 1)[:, ::2, 1:]
    h = torch.einsum("nhwc,cd->nhwd", h, self.mix) + self.last(h)
    h = h.roll(1, 2).transpose(1, 3).contiguous().view(1, 3, -1)
    a, b, c = h.unbind(1)
    return torch.where(torch.arange(a.shape[1]) % 2 == 0, a + c[:, [0]], b.clone()).repeat(1, 2)


def test_lrp_zero_of_a_linear_network_is_input_times_gradient():
    net = random(
        Does(
            linear_forward,
            a=nn.Conv2d(2, 2, 3, padding=1, bias=False),
            b=nn.Conv2d(2, 2, 1, bias=False),
            last=nn.Linear(2, 3, bias=False),
            mix=nn.Parameter(torch.zeros(2, 3)),
        )
    )
    x = picture((2, 4, 6))
    assert np.allclose(explain(net, x, epsilon=0), input_times_gradient(net, x), atol=1e-6)


NORMS = {
    "group": (nn.GroupNorm(2, 4), lambda x: x.reshape(1, 2, -1)),
    "layer": (nn.LayerNorm([3, 3]), lambda x: x.reshape(1, 4, -1)),
    "instance": (nn.InstanceNorm2d(4, affine=True), lambda x: x.reshape(1, 4, -1)),
}


@pytest.mark.parametrize("rule", RULES[:3])
@pytest.mark.parametrize("kind", NORMS)
def test_a_norm_is_the_linear_layer_that_its_deviation_makes(kind, rule):
    """With the deviation held fixed (the LN-rule), y = W x + b for a W that can be written down."""
    norm, rows = NORMS[kind]
    norm, head, x = random(norm), random(nn.Linear(36, 2), seed=3), picture((4, 3, 3))
    grouped = rows(x[None].double())
    deviation = (grouped.var(-1, unbiased=False, keepdim=True) + norm.eps).sqrt()

    def fixed(v):
        centred = (rows(v) - rows(v).mean(-1, keepdim=True)) / deviation
        shape = (3, 3) if kind == "layer" else (4, 1, 1)
        scaled = centred.reshape(-1, 4, 3, 3) * norm.weight.double().reshape(shape)
        return (scaled + norm.bias.double().reshape(shape)).flatten(1)

    with torch.no_grad():
        bias = fixed(torch.zeros(1, 4, 3, 3).double())
        columns = torch.cat([fixed(e.reshape(1, 4, 3, 3)) for e in torch.eye(36).double()]) - bias
    dense = nn.Linear(36, 36).double()
    dense.weight.data, dense.bias.data = columns.T.contiguous(), bias[0]
    twin = nn.Sequential(nn.Flatten(), dense.float(), nn.ReLU(), head)
    net = nn.Sequential(norm, nn.ReLU(), nn.Flatten(), head)
    found, wanted = (explain(n, x, rule=rule, epsilon=0.01) for n in (net, twin))
    assert np.allclose(found, wanted, atol=1e-5) and np.abs(wanted).max() > 0.01


def test_attention_and_hand_made_norms_hold_what_they_divide_by_fixed():
    """The AH- and LN-rule of Ali et al. 2022: input times gradient once those are detached."""

    def forward(self, x, fix=lambda t: t):
        h = x.flatten(2).transpose(1, 2)  # (1, 16, 2)
        h = h / fix((h.square().mean(-1, keepdim=True) + 1e-3).sqrt())
        h = h * fix(torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + 1e-3))
        q, k, v = self.q(h), self.k(h), self.v(h)
        h = fix((q @ k.transpose(1, 2)).softmax(-1)) @ v
        return h / fix(h.std(dim=1, keepdim=True) + 0.1)

    layers = {name: nn.Linear(2, 2, bias=False) for name in "qkv"}
    net = random(Does(forward, **layers), scale=2)
    detached = Does(lambda self, x: forward(self, x, torch.Tensor.detach), **layers)
    x = picture((2, 4, 4))
    assert np.allclose(explain(net, x, epsilon=0), input_times_gradient(detached, x), atol=1e-5)


def test_fused_attention_is_attention_by_hand():
    def fused(self, x):
        q, k, v = self.qkv(x.flatten(2).transpose(1, 2)).chunk(3, -1)
        return F.scaled_dot_product_attention(q, k, v)

    def by_hand(self, x):
        q, k, v = self.qkv(x.flatten(2).transpose(1, 2)).chunk(3, -1)
        return (q @ k.transpose(1, 2) / 2**0.5).softmax(-1) @ v

    layer = random(nn.Linear(2, 6), scale=1)
    nets = [Does(forward, qkv=layer) for forward in (fused, by_hand)]
    found = [explain(net, picture((2, 4, 4)), rule="gamma") for net in nets]
    assert np.allclose(*found, rtol=1e-9, atol=1e-12) and found[0].any()


def test_writing_into_slices_and_views_is_the_same_as_joining_them():
    def assembled(self, x):
        out, spare = torch.ones(1, 6, 8, 8), x.clone()
        view = out.view(6, 64)  # made before anything is written
        out[:, :2] = x
        out[:, 2:4].copy_(self.conv(x))
        spare.view(-1).relu_()
        out[:, 5, ::2] = spare[:, 1, ::2]
        out[:, 1] *= 2
        view[3] = 0.5
        return self.head(view.flatten()[None])

    def joined(self, x):
        h, last = self.conv(x), torch.ones(1, 1, 8, 8)
        even = (torch.arange(8) % 2 == 0)[:, None]
        last = torch.where(even, x[:, 1:].relu(), last)
        constant = torch.full((1, 1, 8, 8), 0.5)
        parts = [x[:, :1], 2 * x[:, 1:], h[:, :1], constant, torch.ones(1, 1, 8, 8), last]
        return self.head(torch.cat(parts, 1).flatten(1))

    layers = {"conv": nn.Conv2d(2, 2, 3, padding=1), "head": nn.Linear(384, 3)}
    nets = [random(Does(forward, **layers)) for forward in (assembled, joined)]
    x = picture()
    with torch.no_grad():
        assert torch.allclose(nets[0](x[None]), nets[1](x[None]), atol=1e-5)
    for rule in RULES:
        found, wanted = (explain(net, x, rule=rule) for net in nets)
        assert np.allclose(found, wanted, rtol=1e-9, atol=1e-12) and found.any()


def test_gates_and_products():
    """A product shares equally between its factors, so that a hand-written SiLU is a SiLU."""
    conv, head = random(nn.Conv2d(2, 4, 3)), random(nn.Linear(144, 3), seed=2)

    def by_hand(self, x):
        h = self.conv(x)
        return self.head((h * torch.sigmoid(h)).flatten(1))

    plain = nn.Sequential(conv, nn.SiLU(), nn.Flatten(), head)
    found = explain(Does(by_hand, conv=conv, head=head), picture())
    assert np.allclose(found, explain(plain, picture()), rtol=1e-9, atol=1e-12)
    x = torch.tensor([2.0, 3.0])
    product = explain(Does(lambda _, z: z[:, :1] * z[:, 1:]), x)
    assert np.allclose(product, [3, 3])
    matrices = explain(Does(lambda _, z: z[:, :1, None] @ z[:, 1:, None]), x)
    assert np.allclose(matrices, [3, 3], rtol=2e-3)
    fraction = explain(Does(lambda _, z: z[:, :1] / z[:, 1:]), x)
    assert np.allclose(fraction, [2 / 3, 0])


@pytest.mark.parametrize(
    ("rule", "wanted"), [("epsilon", [2, -3]), ("gamma", [0.5, -1.5]), ("zplus", [0, -1])]
)
def test_branches_share_by_what_each_gave(rule, wanted):
    """2 - 3 = -1 by the rule's equation; gamma = 1 counts what has the sum's sign twice."""
    net = Does(lambda _, z: z[:, :1] - z[:, 1:])
    found = explain(net, torch.tensor([2.0, 3.0]), rule=rule, gamma=1.0, epsilon=0)
    assert np.allclose(found, wanted)
    turned = explain(net, torch.tensor([-2.0, -3.0]), rule=rule, gamma=1.0, epsilon=0)
    assert np.allclose(turned, np.negative(wanted))

"""A conditional VAE: a label is a shift of two biases, and class logits are the evidence bound."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from genlens.errors import InputError
from genlens.models import contracts
from genlens.models.autoencoders.conditional import ConditionalAutoencoder
from genlens.models.autoencoders.module import ConvVAE

pytestmark = pytest.mark.unit


def tiny_vae(classes=0, seed=0, shape=(1, 8, 8)):
    torch.manual_seed(seed)
    return ConvVAE(shape, 3, (4, 6), 10, classes).eval()


def test_a_label_is_a_shift_of_two_biases():
    """A VAE conditioned on a label equals the plain one that ``given`` makes of it."""
    net = tiny_vae(classes=4)
    x, z = torch.rand(5, 1, 8, 8), torch.randn(5, 3)
    outputs = []
    for label in range(4):
        y = torch.full((5,), label)
        plain = net.given(label)
        assert plain.classes == 0 and not plain.training
        for own, folded in zip(net.encode(x, y), plain.encode(x), strict=True):
            torch.testing.assert_close(own, folded)
        torch.testing.assert_close(net.decode_logits(z, y), plain.decode_logits(z))
        outputs.append(plain.encode(x)[0])
    assert not torch.allclose(outputs[0], outputs[1]), "labels make a difference"


def test_a_conditional_model_stands_at_a_label():
    model = ConditionalAutoencoder(tiny_vae(classes=4), device="cpu")
    assert isinstance(model, contracts.Autoencoder) and model.labels == (0, 1, 2, 3)
    other = model.given(2)
    assert (model.label, other.label, other.card.settings["label"]) == (0, 2, 2)
    x = torch.rand(3, 1, 8, 8)
    own = model.net.encode(x, torch.full((3,), 2))[0]
    torch.testing.assert_close(other.encode(x).mean, own)
    assert other.net is model.net and type(other.mean_module()) is nn.Sequential
    with pytest.raises(InputError, match="label 4 is out of range: take 0 to 3"):
        model.given(4)


def test_class_logits_are_the_evidence_bound():
    model = ConditionalAutoencoder(tiny_vae(classes=3), device="cpu")
    x = torch.rand(4, 1, 8, 8, requires_grad=True)
    logits = model.class_logits(x)
    assert logits.shape == (4, 3)
    for label in range(3):
        one = model.given(label)
        posterior = one.encode(x)
        picture = one.decode(posterior.mean)
        miss = F.binary_cross_entropy(picture, x, reduction="none").sum((1, 2, 3))
        normal = torch.distributions.Normal(posterior.mean, (posterior.logvar / 2).exp())
        prior = torch.distributions.Normal(torch.zeros(()), torch.ones(()))
        kl = torch.distributions.kl_divergence(normal, prior).sum(1)
        torch.testing.assert_close(logits[:, label], -miss - kl, rtol=1e-4, atol=1e-3)
    (grad,) = torch.autograd.grad(logits.softmax(1)[:, 0].sum(), x)
    assert torch.isfinite(grad).all() and grad.abs().sum() > 0


def test_labels_are_given_where_they_are_needed_and_only_there():
    x = torch.rand(2, 1, 8, 8)
    with pytest.raises(InputError, match="needs a label"):
        tiny_vae(classes=3).encode(x)
    with pytest.raises(InputError, match="has no classes"):
        tiny_vae().encode(x, torch.zeros(2, dtype=torch.int64))
    with pytest.raises(InputError, match="has no classes"):
        tiny_vae().given(0)

"""Every method on networks that other people wrote, of odd sizes: what it claims holds."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from foreign_networks import NETWORKS, Functional, InPlace, SharedActivation, built
from genlens.attribution.guided import guided_backprop
from genlens.attribution.method import Method
from genlens.attribution.methods import METHODS
from genlens.attribution.results import Attribution
from genlens.attribution.target import Target
from genlens.errors import InputError

pytestmark = pytest.mark.unit

FEW = {
    "smoothgrad": {"samples": 6},
    "gradient-shap": {"samples": 1500},
    "lime": {"samples": 60, "count": 12},
}
COMPLETE = {"integrated-gradients": 0.011, "gradient-shap": 0.2, "lrp": 1e-4}
EVERY = pytest.mark.parametrize(
    "method", [m for m in METHODS.values() if "image" in m.kinds], ids=lambda m: m.name
)
SHAPES = [(1, 17, 13), (2, 8, 8), (3, 9, 21)]


def explained(method: Method, kind, shape, *, double=False, blind=0) -> tuple[Attribution, Target]:
    """By ``method``, a random weighted sum of the network's outputs; the first ``blind`` rows of
    the picture are cut off before it sees them."""
    seen = (shape[0], shape[1] - blind, shape[2])
    network = built(kind, seen, seed=3)
    weights = np.random.default_rng(0).normal(size=3)
    wanted = torch.from_numpy(weights)
    if double:
        network = network.double()

    def function(x: torch.Tensor) -> torch.Tensor:
        part = x[:, :, blind:]
        return network(part.double() if double else part).double() @ wanted

    walk = {} if blind else {"network": network, "weights": weights}
    target = Target("f", "image", "", function, shape, modules=(network,), **walk)
    picture = torch.rand(shape, generator=torch.Generator().manual_seed(1))
    before = picture.clone()
    found = method.function(target, picture, **FEW.get(method.name, {}))
    assert torch.equal(picture, before), "the picture was changed"
    assert found.output == pytest.approx(float(target.function(picture[None])), rel=1e-5)
    assert np.isfinite(found.values).all()
    return found, target


def pairs(kinds) -> pytest.MarkDecorator:
    """Methods and networks, less Grad-CAM where a network has no layers: see below."""
    every = [(m, k) for k in kinds for m in METHODS.values() if "image" in m.kinds]
    fit = [(m, k) for m, k in every if not (k is Functional and "grad-cam" in m.name)]
    ids = [f"{m.name}-{k.__name__}" for m, k in fit]
    return pytest.mark.parametrize(("method", "kind"), fit, ids=ids)


@pairs(NETWORKS)
@pytest.mark.parametrize("shape", SHAPES)
def test_it_explains_them_and_adds_up_where_it_says_so(method: Method, kind, shape) -> None:
    found, _ = explained(method, kind, shape)
    assert found.map().shape == shape[1:]
    if method.complete:
        whole = abs(found.output - found.base)
        assert abs(found.gap) <= COMPLETE[method.name] * max(whole, 0.3 * abs(found.output))


@pairs(NETWORKS)
def test_double_precision_gives_the_same(method: Method, kind) -> None:
    single, _ = explained(method, kind, SHAPES[0])
    double, _ = explained(method, kind, SHAPES[0], double=True)
    most = np.abs(single.values).max()
    np.testing.assert_allclose(double.values, single.values, atol=1e-3 * most)


@pytest.mark.parametrize("name", ["grad-cam", "guided-grad-cam"])
def test_a_network_without_layers_has_none_to_look_at(name: str) -> None:
    with pytest.raises(InputError, match="runs through no layer that gives maps"):
        explained(METHODS[name], Functional, SHAPES[0])


class _Guided(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(context, gradient):
        (x,) = context.saved_tensors
        return gradient.clamp(min=0) * (x > 0)


class GuidedReLU(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return _Guided.apply(x)


@pytest.mark.parametrize("kind", [SharedActivation, InPlace])
def test_guided_backprop_guides_shared_and_in_place_activations(kind) -> None:
    """Springenberg et al. 2015, written out as the backward pass of the activation itself."""
    network = built(kind, SHAPES[0], seed=3)
    target = Target(
        "f", "image", "", lambda x: network(x).sum(dim=1), SHAPES[0], modules=(network,)
    )
    picture = torch.rand(SHAPES[0], generator=torch.Generator().manual_seed(1))
    found = guided_backprop(target, picture).values
    twin = copy.deepcopy(network)
    for parent in list(twin.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.ReLU):
                setattr(parent, name, GuidedReLU())
    x = picture[None].clone().requires_grad_(True)
    twin(x).sum().backward()
    assert np.abs(found).max() > 0
    np.testing.assert_allclose(found, x.grad[0].numpy(), atol=1e-6)


@EVERY
def test_pixels_that_nothing_sees_get_nothing(method: Method) -> None:
    """Sensitivity (b) of Sundararajan et al. 2017; Grad-CAM is coarse, LIME weighs whole regions,
    and LRP needs the whole network."""
    if method.name in ("grad-cam", "lime", "lrp"):
        pytest.skip("it makes no such claim")
    settings = {"size": 3, "stride": 3} if method.name == "occlusion" else {}
    found, target = explained(method, NETWORKS[0], (1, 17, 13), blind=6)
    if settings:
        picture = torch.rand((1, 17, 13), generator=torch.Generator().manual_seed(1))
        found = method.function(target, picture, **settings)
    most = np.abs(found.map()[6:]).max()
    assert np.abs(found.map()[:6]).max() <= 1e-6 * most and most > 0  # batches round otherwise

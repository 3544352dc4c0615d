"""The frame around attribution methods (input, counting, seeds, records) and their registry."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from genlens.attribution.gradients import integrated_gradients, saliency
from genlens.attribution.methods import METHODS, attribute, methods_for
from genlens.attribution.results import Attribution
from genlens.attribution.run import explaining, watched
from genlens.attribution.target import Target
from genlens.errors import Cancelled, InputError, ModelError
from genlens.latents.targets import (
    decoded_region,
    latent_mean,
)
from tiny_vaes import code, conv_model, image, linear_model

pytestmark = pytest.mark.unit


def gradient(target, x):
    """Signed df/dx, flat float64."""
    return saliency(target, x, absolute=False).values.reshape(-1)


def test_input_that_does_not_fit_is_refused():
    target, x = latent_mean(linear_model(), 0), image()
    bad = [
        (torch.rand(2, 1, 6, 6), "shape"),
        (torch.rand(1, 5, 6), "shape"),
        (x * 255, "divide by 255"),
        (torch.full((1, 6, 6), float("nan")), "NaN"),
    ]
    for images, message in bad:
        with pytest.raises(InputError, match=message):
            saliency(target, images)
    for seed in (-1, 2**32, 1.5):
        with pytest.raises(InputError, match="seed"):
            saliency(target, x, seed=seed)
    with pytest.raises(InputError, match="latent 4 does not exist"):
        latent_mean(linear_model(), 4)
    with pytest.raises(InputError, match="kind"):
        Target("x", "pixels", "", lambda x: x)
    with pytest.raises(InputError, match="baseline has shape"):
        integrated_gradients(target, x, baseline=np.zeros((3, 3)))
    for same in (x[None], x.numpy(), x.double()):
        assert saliency(target, same).output == saliency(target, x).output


def test_a_broken_model_is_named():
    broken = Target("broken", "latent", "", lambda z: z.sum(dim=1) * float("nan"))
    with pytest.raises(ModelError, match="NaN or infinity"):
        saliency(broken, code())
    wide = Target("wide", "latent", "", lambda z: z)
    with pytest.raises(ModelError, match="one number for each"):
        saliency(wide, code())


IMAGE_METHODS = [m for m in METHODS.values() if "image" in m.kinds and m.name != "lrp"]


def layered(function):
    """``function`` of a convolution's map, as a target that every method of images takes."""
    network = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU()).requires_grad_(False)
    nn.init.constant_(network[0].weight, 0.1)
    return Target(
        "odd", "image", "", lambda x: function(network(x).mean(dim=(1, 2, 3))), modules=(network,)
    )


@pytest.mark.parametrize("method", IMAGE_METHODS, ids=lambda m: m.name)
def test_what_has_no_gradient_is_explained_by_asking_or_refused_in_words(method):
    few = {"samples": 20} if "samples" in method.settings else {}
    for function in (
        lambda v: (v > 0.2).long(),
        lambda v: v > 0.2,
        lambda v: v.detach(),
        lambda v: torch.full_like(v, 3.0),
    ):
        target = layered(function)
        if method.gradients:
            with pytest.raises(ModelError, match="no gradient .* occlusion, LIME or SHAP"):
                method.function(target, image((1, 17, 13)), **few)
        else:
            assert np.isfinite(method.function(target, image((1, 17, 13)), **few).values).all()


@pytest.mark.parametrize("method", IMAGE_METHODS, ids=lambda m: m.name)
def test_what_is_no_number_is_refused_in_words(method):
    for function, says in (
        (lambda v: v.tolist(), "gives a list"),
        (lambda v: v.detach().numpy(), "gives a ndarray"),
        (lambda v: torch.complex(v, v), "gives complex numbers"),
        (lambda v: v[:, None], "one number for each"),
    ):
        with pytest.raises(ModelError, match=says):
            method.function(layered(function), image((1, 17, 13)))


def test_slopes_that_are_no_numbers_are_refused():
    root = Target("root", "image", "", lambda x: (x - 0.5).square().sum(dim=(1, 2, 3)).sqrt())
    assert saliency(root, image()).values.max() > 0
    with pytest.raises(ModelError, match="slopes of .* NaN or infinite"):
        saliency(root, torch.full((1, 6, 6), 0.5))


@pytest.mark.parametrize("name", ["occlusion", "saliency", "integrated-gradients"])
def test_a_model_may_work_in_place(name):
    """It is given a copy: else each call would find the input as the one before had left it."""

    def doubled(z):
        return z.mul_(2).square().sum(1)

    z = code()
    inplace = attribute(name, Target("f", "latent", "", doubled), z)
    apart = attribute(name, Target("f", "latent", "", lambda z: doubled(z.clone())), z)
    assert np.array_equal(inplace.values, apart.values) and inplace.output == apart.output


def test_a_gap_with_nothing_to_share_out_is_infinite():
    def gap(gap, base=1.0):
        found = Attribution(np.zeros(3), "m", "t", output=1.0, base=base, gap=gap)
        return found.relative_gap

    assert gap(0.5) == float("inf") and gap(0.0) == 0.0
    assert gap(0.5, base=0.0) == 0.5 and gap(None) is None


def test_calls_are_counted_and_can_be_stopped():
    target, x = latent_mean(linear_model(), 0), image()
    seen = []
    found = integrated_gradients(watched(target, progress=seen.append), x, steps=20)
    assert found.made_by.model_calls == seen[-1] == 22  # both ends, and the steps between
    with pytest.raises(Cancelled):
        integrated_gradients(watched(target, cancel=lambda: True), x)


def test_the_global_generators_are_left_alone():
    target = latent_mean(linear_model(), 0)  # building layers draws from torch's generator
    torch.manual_seed(5)
    np.random.seed(5)
    wanted = (torch.rand(1).item(), np.random.rand())
    torch.manual_seed(5)
    np.random.seed(5)
    with explaining(target, image(), seed=9):
        first = torch.rand(1).item()
    assert (torch.rand(1).item(), np.random.rand()) == wanted
    with explaining(target, image(), seed=9):
        assert torch.rand(1).item() == first


def test_explains_inside_no_grad():
    with torch.no_grad():
        assert saliency(latent_mean(linear_model(), 0), image()).values.any()


def test_results_are_plain_data():
    found = integrated_gradients(latent_mean(linear_model(), 1), image(), steps=20)
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert told["method"] == "integrated-gradients" and told["made_by"]["model"] == "my-autoencoder"
    assert np.shape(told["values"]) == (1, 6, 6) and told["made_by"]["seconds"] >= 0
    assert told["relative_gap"] < 0.01


def test_maps_and_scales():
    values = np.array([[[1.0, -2.0]], [[3.0, 0.5]]])  # (2, 1, 2)
    signed = Attribution(values, "m", "t")
    sizes = Attribution(values, "m", "t", signed=False)
    assert signed.map().tolist() == [[4.0, -1.5]] and sizes.map().tolist() == [[3.0, 0.5]]
    assert signed.normalised().tolist() == [[1.0, 0.0]]
    assert Attribution(np.ones((1, 2, 2)), "m", "t").normalised().tolist() == [[0, 0], [0, 0]]
    assert signed.relative_gap is None
    gapped = Attribution(values, "m", "t", output=2.0, base=0.0, gap=0.01)
    assert gapped.relative_gap == pytest.approx(0.005)


def test_the_registry_calls_every_method_of_a_kind():
    model = conv_model()
    x, z = image((1, 16, 16)), code()
    targets = {
        "image": (latent_mean(model, 1), x),
        "latent": (decoded_region(model, np.eye(16, dtype=bool)), z),
    }
    codes = torch.randn(40, 4, generator=torch.Generator().manual_seed(0))
    small = {"samples": 20, "steps": 10, "codes": codes}
    for kind, (target, start) in targets.items():
        for method in methods_for(kind):
            given = {k: v for k, v in small.items() if k in method.settings}
            found = attribute(method.name, target, start, seed=3, **given)
            assert found.method == method.name and found.kind == kind
            assert found.made_by.seed == 3 and found.made_by.model_calls > 0
            wanted = (4,) if kind == "latent" else (16, 16)
            assert found.map().shape == wanted and np.isfinite(found.values).all()
            assert (found.gap is not None) == method.complete
            assert json.dumps(found.to_dict(), allow_nan=False)


def test_the_registry_refuses_what_it_cannot_call():
    model = linear_model()
    target = latent_mean(model, 0)
    with pytest.raises(InputError, match="no method 'magic'"):
        attribute("magic", target, image())
    with pytest.raises(InputError, match="explains latent targets"):
        attribute("shap", target, image())
    with pytest.raises(InputError, match="takes no 'step'"):
        attribute("integrated-gradients", target, image(), step=5)
    with pytest.raises(InputError, match="needs 'codes'"):
        attribute("lime-latents", decoded_region(model, np.ones((6, 6))), code())
    assert all(set(m.kinds) <= {"image", "latent"} and m.help and m.paper for m in METHODS.values())


def test_nothing_heavy_is_imported_before_it_is_used():
    heavy = ["captum", "shap", "lime", "sklearn", "scipy", "shapiq", "skimage"]
    text = (
        "import sys, genlens.latents, genlens.attribution.methods, genlens.attribution.gradients, "
        "genlens.attribution.guided, genlens.attribution.perturbation, "
        "genlens.attribution.surrogates.lime, "
        "genlens.attribution.lrp, genlens.attribution.faithfulness, "
        "genlens.attribution.randomisation, "
        f"genlens.latents.activations; print([m for m in {heavy} if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"

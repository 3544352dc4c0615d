"""What is only rounding is called nothing, by every method; what is small and real is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from genlens.attribution.methods import METHODS, attribute
from genlens.attribution.results import Attribution
from genlens.attribution.run import ROUNDING
from genlens.attribution.target import Target
from genlens.latents.targets import class_score
from tiny_vaes import conv_model

pytestmark = pytest.mark.unit

SHAPE = (1, 16, 16)
CODES = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
QUICK = {"gradient-shap": {"baselines": 0.0}, "lime-latents": {"codes": CODES}}
SURE = 80.0  # logit: a probability that float32 cannot tell from 1


class _Sure(nn.Module):
    """Two classes; the picture's brightness moves the logit around ``at``."""

    def __init__(self, at: float) -> None:
        super().__init__()
        self.at = at

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logit = self.at + x.flatten(1).mean(dim=1)
        return torch.stack([logit, torch.zeros_like(logit)], dim=1)


def picture() -> torch.Tensor:
    return torch.rand(SHAPE, generator=torch.Generator().manual_seed(0))


def settings(name: str) -> dict[str, object]:
    return {**METHODS[name].quick, **QUICK.get(name, {})}


def by_code(function: object) -> Target:
    return Target("f", "latent", "units", function, input_shape=(4,))


@pytest.mark.parametrize("name", [m.name for m in METHODS.values() if "latent" in m.kinds])
def test_a_constant_model_is_explained_by_nothing(name: str) -> None:
    target = by_code(lambda z: 0.53 + 0 * z.sum(dim=1))
    if name == "lrp":
        pytest.skip("LRP takes chains of layers only")
    found = attribute(name, target, torch.from_numpy(CODES[0]), **settings(name))
    assert found.nothing and found.to_dict()["nothing"]


@pytest.mark.parametrize("name", [m.name for m in METHODS.values() if "latent" in m.kinds])
def test_a_small_true_effect_is_not_nothing(name: str) -> None:
    """A hundred-thousandth of the number, by one latent of four."""
    if name == "lrp":
        pytest.skip("LRP takes chains of layers only")
    target = by_code(lambda z: 0.5 + 1e-5 * z[:, 2])
    x = torch.tensor([0.5, 0.5, 1.0, 0.5])
    found = attribute(name, target, x, **settings(name))
    assert not found.nothing
    if name != "lime-latents":
        assert int(np.abs(found.values).argmax()) == 2


@pytest.mark.parametrize("name", ["saliency", "integrated-gradients", "occlusion", "smoothgrad"])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_sure_classifier_is_explained_by_its_logit_and_not_by_its_probability(
    name: str, sign: int
) -> None:
    """Sure of the class, and sure of the other one: |p'| is 1e-35, the logit's slope is 1."""
    model, judge, x = conv_model(shape=SHAPE), _Sure(sign * SURE), picture()

    def explained(scale: str) -> Attribution:
        target = class_score(model, judge, 0, path="input", scale=scale)
        return attribute(name, target, x, **settings(name))

    assert explained("probability").nothing
    logit = explained("logit")
    assert not logit.nothing and logit.unit == "log-odds"
    assert logit.output == pytest.approx(sign * SURE + float(x.mean()), rel=1e-5)


def test_the_logit_is_the_log_of_the_odds() -> None:
    model, x = conv_model(shape=SHAPE), picture()[None]
    scores = torch.tensor([[1.5, -0.5, 0.25]])

    def judge(images: torch.Tensor) -> torch.Tensor:
        return scores.expand(len(images), 3)

    for k in range(3):
        p = class_score(model, judge, k, path="input", scale="probability").function(x)
        logit = class_score(model, judge, k, path="input").function(x)
        torch.testing.assert_close(logit, torch.log(p / (1 - p)))


def test_many_small_shares_of_pixels_add_up_to_something() -> None:
    """No pixel alone would be seen in the number, all together are."""
    share = ROUNDING / 4
    target = Target("f", "image", "units", lambda x: 1 + share * x.flatten(1).sum(dim=1))
    found = attribute("integrated-gradients", target, torch.ones(SHAPE), steps=16)
    assert np.abs(found.values).max() < found.resolution < found.size and not found.nothing


def test_squares_and_products_are_judged_by_their_roots() -> None:
    target = replace(by_code(lambda z: 1e-4 * z[:, 2]), scale=1.0)
    for kind in ("smoothgrad_sq", "vargrad"):
        flat = attribute("smoothgrad", target, torch.from_numpy(CODES[0]), kind=kind, samples=8)
        assert flat.nothing == (kind == "vargrad")  # of a straight line, the variance is 0

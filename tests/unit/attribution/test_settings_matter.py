"""Settings do what they say: against closed forms that another value would not meet."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from genlens.attribution.gradients import smoothgrad
from genlens.attribution.surrogates.lime import lime_superpixels
from genlens.attribution.target import Target

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("noise", [0.1, 0.5])
@pytest.mark.parametrize("span", [0.2, 0.8])
def test_smoothgrads_noise_is_a_part_of_the_pictures_range(noise: float, span: float) -> None:
    """f = sum of x³: the mean gradient over noise of deviation s is 3 (x² + s²)."""
    cubes = Target("cubes", "image", "", lambda x: (x**3).sum(dim=(1, 2, 3)))
    picture = torch.linspace(0.1, 0.1 + span, 64).reshape(1, 8, 8)
    found = smoothgrad(cubes, picture, noise=noise, samples=4000, absolute=False)
    added = found.values - 3 * picture.double().numpy() ** 2
    assert added.mean() == pytest.approx(3 * (noise * span) ** 2, rel=0.15)


def test_smoothgrad_averages_gradients_with_their_signs() -> None:
    """f = sum of (x - 1/2)²: at 1/2 the slopes of the noisy copies cancel."""
    bowl = Target("bowl", "image", "", lambda x: ((x - 0.5) ** 2).sum(dim=(1, 2, 3)))
    picture = torch.full((1, 4, 4), 0.5)
    picture[0, 0, 0], picture[0, 3, 3] = 0.0, 1.0
    found = smoothgrad(bowl, picture, noise=0.3, samples=4000)
    assert found.values[0, 1:3, 1:3].max() < 0.05 < 0.9 < found.values[0, 0, 0]


@pytest.mark.parametrize("width", [0.1, 0.25, 2.0])
def test_lime_weighs_neighbours_by_its_kernel_width(width: float) -> None:
    """Ribeiro et al. 2016: ridge regression, each neighbour weighed by exp(-D² / (2 width²)), D
    the cosine distance of its switches to "all on"."""
    labels = np.kron(np.arange(4).reshape(2, 2), np.ones((3, 3), int))
    parts = torch.from_numpy(labels)

    def function(x: torch.Tensor) -> torch.Tensor:
        means = torch.stack([x[:, 0][:, parts == k].mean(dim=1) for k in range(4)], dim=1)
        return means.prod(dim=1) * 4 + means[:, 0] - means[:, 1] * means[:, 2]  # far from linear

    target = Target("f", "image", "", function)
    found = lime_superpixels(
        target, np.ones((1, 6, 6)), segments=labels, baseline=0.0, samples=300, kernel_width=width,
        seed=5,
    )  # fmt: skip
    switches = np.random.RandomState(5).randint(0, 2, (300, 4))
    switches[0] = 1
    pictures = torch.from_numpy(switches[:, labels][:, None].astype(np.float32))
    sizes = np.linalg.norm(switches, axis=1)
    cosine = switches.sum(axis=1) / np.where(sizes > 0, 2 * sizes, 1)
    weights = np.exp(-((1 - cosine) ** 2) / (2 * width**2))
    fit = Ridge(alpha=1).fit(switches, function(pictures).numpy(), sample_weight=weights)
    np.testing.assert_allclose(found.details["weights"], fit.coef_, atol=1e-4)
    score = fit.score(switches, function(pictures).numpy(), sample_weight=weights)
    assert found.details["r2"] == pytest.approx(score, abs=1e-4)

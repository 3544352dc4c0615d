"""Occlusion, Shapley values and LIME against closed forms and brute force."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
import torch

from genlens.attribution.perturbation import exact_shap, kernel_shap, occlusion
from genlens.attribution.surrogates.lime import lime_latents, lime_superpixels
from genlens.attribution.target import Target
from genlens.common.superpixels import superpixels
from genlens.errors import InputError
from genlens.latents.targets import decoded_region, latent_mean
from tiny_vaes import code, conv_model, image, linear_model, weights_of

pytestmark = pytest.mark.unit


def product_target(d=4):
    """z0 z1 + 2 z2 + z3^2: interactions, a linear part and a curved one."""
    return Target("f", "latent", "", lambda z: z[:, 0] * z[:, 1] + 2 * z[:, 2] + z[:, 3] ** 2, (d,))


def brute_force(target, z, codes):
    """Mean marginal contribution over all orders, absent latents taken from ``codes``."""
    d, cache = len(z), {}

    def v(members):
        if members not in cache:
            mixed = codes.copy()
            mixed[:, list(members)] = z[list(members)]
            cache[members] = float(target.function(torch.from_numpy(mixed)).mean())
        return cache[members]

    total, orders = np.zeros(d), list(permutations(range(d)))
    for order in orders:
        said = frozenset()
        for j in order:
            total[j] += v(said | {j}) - v(said)
            said = said | {j}
    return total / len(orders)


def test_occlusion_of_single_pixels_of_a_linear_encoder():
    model, x = linear_model(), image()
    w = weights_of(model)[0][0].reshape(6, 6)
    target = latent_mean(model, 0)
    found = occlusion(target, x, size=1, stride=1)
    assert found.values.shape == (6, 6)
    assert np.allclose(found.values, w * x[0].numpy(), atol=1e-5)
    shifted = occlusion(target, x, size=1, stride=1, baseline=0.5)
    assert np.allclose(shifted.values, w * (x[0].numpy() - 0.5), atol=1e-5)
    tiles = occlusion(target, x, size=3, stride=3).values
    sums = (w * x[0].numpy()).reshape(2, 3, 2, 3).sum(axis=(1, 3))
    assert np.allclose(tiles, np.kron(sums, np.ones((3, 3))), atol=1e-5)
    with pytest.raises(InputError, match="size"):
        occlusion(target, x, size=7)


def test_a_pixel_gets_the_mean_over_the_patches_that_cover_it():
    model, x = linear_model(), image()
    parts = weights_of(model)[0][0].reshape(6, 6) * x[0].numpy()
    sums, covered = np.zeros((6, 6)), np.zeros((6, 6))
    for i in range(4):
        for j in range(4):  # patches of 3 x 3, moved by one pixel
            sums[i : i + 3, j : j + 3] += parts[i : i + 3, j : j + 3].sum()
            covered[i : i + 3, j : j + 3] += 1
    found = occlusion(latent_mean(model, 0), x, size=3, stride=1)
    assert np.allclose(found.values, sums / covered, atol=1e-5)


def test_occlusion_blanks_a_picture_smaller_than_its_patch_at_once():
    target = latent_mean(linear_model(shape=(1, 2, 2)), 0)
    found = occlusion(target, image((1, 2, 2)))
    assert found.made_by.settings["size"] == 2
    np.testing.assert_allclose(found.values, found.output, rtol=1e-5)  # black gives 0


def test_occlusion_of_latents():
    z = code()
    found = occlusion(product_target(), z)
    a, b, c, e = z.double().numpy()
    assert np.allclose(found.values, [a * b, a * b, 2 * c, e * e], atol=1e-5)


@pytest.mark.parametrize("m", [1, 3])
def test_exact_shap_is_brute_force(m):
    z = code().double()
    codes = torch.randn(m, 4, generator=torch.Generator().manual_seed(7)).double()
    found = exact_shap(product_target(), z, codes=codes)
    wanted = brute_force(product_target(), z.float().double().numpy(), codes.numpy())
    assert np.allclose(found.values, wanted, atol=1e-5)
    assert abs(found.gap) < 1e-6 and found.made_by.settings == {"background": m, "players": 4}
    kernel = kernel_shap(product_target(), z, codes=codes, samples=100)  # all 14 others fit
    assert np.allclose(kernel.values, found.values, atol=1e-5)
    assert kernel.base == pytest.approx(found.base) and abs(kernel.gap) < 1e-5


def test_shap_of_a_linear_decoder_is_gradient_times_input():
    model, z = linear_model(), code()
    row = weights_of(model)[1].mean(axis=0)
    target = decoded_region(model, np.ones((6, 6)))
    assert np.allclose(exact_shap(target, z).values, row * z.numpy(), atol=1e-6)
    few = kernel_shap(target, z, samples=12)
    assert np.allclose(few.values, row * z.numpy(), atol=1e-5)  # any sample fits a linear f


def test_players_may_be_groups():
    z = code()
    found = exact_shap(product_target(), z, groups=[0, 0, 5, 9])
    a, b, c, e = z.double().numpy()
    assert np.allclose(found.values, [a * b / 2, a * b / 2, 2 * c, e * e], atol=1e-5)
    assert found.details["groups"].tolist() == [0, 5, 9]
    many = Target("sum", "latent", "", lambda z: z.sum(dim=1), (300,))
    with pytest.raises(InputError, match="300 players"):
        exact_shap(many, torch.zeros(300))
    with pytest.raises(InputError, match="300"):
        kernel_shap(many, torch.zeros(300))
    whole = exact_shap(many, torch.ones(300), groups=np.arange(300) // 100)
    assert np.allclose(whole.values, 1, atol=1e-5)
    with pytest.raises(InputError, match="groups have shape"):
        exact_shap(product_target(), z, groups=[0, 1])
    with pytest.raises(InputError, match="codes have shape"):
        exact_shap(product_target(), z, codes=np.zeros((3, 5)))


def test_kernel_shap_keeps_all_players_and_its_seed():
    weights = torch.arange(1.0, 21.0)
    target = Target("f", "latent", "", lambda z: torch.tanh(z) @ weights, (20,))
    z = code(20)
    first, same, other = (kernel_shap(target, z, samples=200, seed=s) for s in (1, 1, 2))
    assert np.array_equal(first.values, same.values)
    assert not np.array_equal(first.values, other.values)
    assert (first.values != 0).all()  # shap alone would keep ten of twenty
    assert abs(first.gap) < 1e-4


def test_lime_finds_the_weights_of_regions():
    labels = np.kron(np.arange(4).reshape(2, 2), np.ones((3, 3))).astype(int) + 7
    parts = torch.from_numpy(labels - 7)
    weights = [1.0, -2.0, 0.0, 4.0]

    def function(x):
        means = [x[:, 0][:, parts == k].mean(dim=1) for k in range(4)]
        return sum(w * m for w, m in zip(weights, means, strict=True))

    target = Target("f", "image", "", function)
    found = lime_superpixels(target, np.ones((1, 6, 6)), segments=labels, baseline=0.0)
    # ridge with alpha 1 pulls towards 0 a little
    assert np.allclose(found.details["weights"], weights, atol=0.05)
    assert found.values.shape == (6, 6) and found.details["r2"] > 0.99
    assert np.allclose(found.values[3:, 3:], found.details["weights"][3])
    assert found.made_by.model_calls == 1001
    with pytest.raises(InputError, match="segments have shape"):
        lime_superpixels(target, np.ones((1, 6, 6)), segments=np.zeros((3, 3)))
    with pytest.raises(InputError, match="1 superpixels"):
        lime_superpixels(target, np.ones((1, 6, 6)), segments=np.zeros((6, 6)))


def test_lime_repeats_with_its_seed_only():
    model, x = conv_model(), image((1, 16, 16))
    target = latent_mean(model, 0)
    first, same, other = (lime_superpixels(target, x, samples=60, seed=s) for s in (1, 1, 2))
    assert np.array_equal(first.values, same.values)
    assert not np.array_equal(first.values, other.values)


@pytest.mark.parametrize("channels", [1, 3])
def test_superpixels_cover_the_image_from_zero(channels):
    picture = np.zeros((channels, 20, 20))
    picture[:, 5:15, 5:15] = 1.0
    labels = superpixels(picture, 20, compactness=0.1)
    assert labels.shape == (20, 20)
    k = labels.max() + 1
    assert set(np.unique(labels)) == set(range(k)) and 4 <= k <= 40


def test_lime_on_latents_names_conditions_that_hold():
    z = np.array([2.0, -2.0, 0.1, 0.0])
    codes = np.random.default_rng(0).normal(size=(400, 4))
    target = Target("f", "latent", "", lambda z: 3 * z[:, 0] + 2 * z[:, 1], (4,))
    found = lime_latents(target, z, codes=codes, samples=2000)
    assert found.labels[0].startswith("z0 > 0.") and found.labels[1].startswith("z1 <= -0.")
    assert " < z2 <= " in found.labels[2]
    assert found.values[0] > 0 > found.values[1]
    assert found.values[0] > 1.2 * -found.values[1] > 5 * np.abs(found.values[2:]).max()
    bounds = np.quantile(codes, [0.25, 0.75], axis=0)
    assert found.labels[0] == f"z0 > {bounds[1, 0]:.2f}"
    assert found.labels[1] == f"z1 <= {bounds[0, 1]:.2f}"
    assert found.made_by.model_calls == 2001
    again = lime_latents(target, z, codes=codes, samples=2000)
    assert np.array_equal(found.values, again.values)
    for bad, message in [
        (None, "needs the codes"),
        (codes[:3], "too few"),
        (codes[:, :2], "shape"),
    ]:
        with pytest.raises(InputError, match=message):
            lime_latents(target, z, codes=bad)

"""Distances of sets: Gaussians have known ones; a floor where the Frechet distance lies."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from genlens.errors import InputError
from genlens.models.distances.sets import (
    FLOOR,
    features_of,
    frechet_distance,
    kernel_distance,
)

pytestmark = pytest.mark.unit


def rows(n, d=6, seed=0, shift=0.0, scale=1.0):
    return shift + scale * np.random.default_rng(seed).normal(size=(n, d))


def test_the_frechet_distance_is_the_papers_equation() -> None:
    a = rows(500) @ np.random.default_rng(1).normal(size=(6, 6))
    b = rows(400, seed=2, shift=0.3)
    spread_a, spread_b = np.cov(a.T), np.cov(b.T)
    root = np.real(sqrtm(spread_a @ spread_b))
    known = np.square(a.mean(0) - b.mean(0)).sum() + np.trace(spread_a + spread_b - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(known, rel=1e-6)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)


def test_the_frechet_distance_of_gaussians_is_known() -> None:
    found = frechet_distance(rows(60_000), rows(60_000, seed=1, shift=0.5, scale=2.0))
    assert found == pytest.approx(6 * 0.25 + 6 * 1.0, rel=0.02)
    one = frechet_distance(rows(2000, d=1), rows(2000, d=1, seed=3, shift=1.0))
    assert one == pytest.approx(1.0, abs=0.15)


def test_few_pictures_are_refused_because_they_measure_how_few_there_are() -> None:
    with pytest.raises(InputError, match="fewer than 300 measures mostly how few"):
        frechet_distance(rows(FLOOR - 1), rows(1000, seed=1))
    # why: two sets of one source seem apart, and the more so the fewer they are
    apart = [frechet_distance(rows(n, 64), rows(n, 64, seed=1)) for n in (300, 1200, 4800)]
    assert apart[0] > 3 * apart[1] > 9 * apart[2] > 0


def test_the_kernel_distance_is_that_of_brute_force() -> None:
    a, b = rows(33), rows(41, seed=1, shift=0.4)

    def k(x, y):
        return (x @ y / 6 + 1) ** 3

    aa = np.mean([k(x, y) for i, x in enumerate(a) for j, y in enumerate(a) if i != j])
    bb = np.mean([k(x, y) for i, x in enumerate(b) for j, y in enumerate(b) if i != j])
    ab = np.mean([k(x, y) for x in a for y in b])
    assert kernel_distance(a, b).value == pytest.approx(aa + bb - 2 * ab)


def test_the_kernel_distance_of_one_source_is_0_and_its_interval_holds_it() -> None:
    found = [kernel_distance(rows(60, seed=2 * s), rows(80, seed=2 * s + 1)) for s in range(200)]
    values = np.array([measure.value for measure in found])
    assert abs(values.mean()) < 3 * values.std() / np.sqrt(200)  # without bias, small as they are
    held = np.mean([measure.low <= 0 <= measure.high for measure in found])
    assert 0.88 <= held <= 1.0
    far = kernel_distance(rows(200), rows(200, seed=1, shift=1.0))
    assert far.low > 0 and far.n == 200


def test_the_interval_of_two_sources_holds_their_distance() -> None:
    truth = kernel_distance(rows(4000, seed=1000), rows(4000, seed=1001, shift=0.4)).value
    found = [
        kernel_distance(rows(100, seed=2 * s), rows(100, seed=2 * s + 1, shift=0.4))
        for s in range(100)
    ]
    assert np.mean([measure.low <= truth <= measure.high for measure in found]) >= 0.85


def test_features_are_any_function_of_batches() -> None:
    batches = [np.ones((3, 1, 4, 4), np.float32), np.zeros((2, 1, 4, 4), np.float32)]
    found = features_of(lambda images: images.mean((2, 3)), batches)
    assert found.tolist() == [[1], [1], [1], [0], [0]]
    assert features_of(lambda images: images, [torch.zeros(2, 3, 4, 4)]).shape == (2, 48)


@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance])
def test_features_that_do_not_fit_are_refused(distance) -> None:
    good = rows(400)
    for bad, said in (
        (rows(400, d=5), "pass"),
        (np.full((400, 6), np.nan), "NaN or infinity"),
        (good[0], "pass"),
    ):
        with pytest.raises(InputError, match=said):
            distance(good, bad)
    with pytest.raises(InputError, match="at least 20"):
        kernel_distance(good, good[:19])

"""Thresholds: the quantile form lands where the paper's does, with an interval that holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2

from anchor_arrays import LinearGaussianVAE
from genlens.anchors import CRITERIA, own_criterion, thresholds_of
from genlens.anchors.tails import expected_maximum
from genlens.errors import Cancelled, InputError
from tiny_vaes import conv_model

pytestmark = pytest.mark.unit


def known_maximum(distribution, size):
    """E[max of size draws], by the integral of its quantile function."""
    u = (np.arange(200_000) + 0.5) / 200_000
    return float(distribution.ppf(u ** (1 / size)).mean())


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("gamma", lambda rng, n: rng.gamma(5, size=n)),
        ("normal", lambda rng, n: rng.normal(size=n)),
        ("heavy", lambda rng, n: np.exp(rng.normal(size=n) / 2)),
        ("bounded", lambda rng, n: rng.random(n)),
    ],
)
def test_the_interval_holds_the_expected_maximum(name, draw) -> None:
    """Whatever the tail; nominal 95 %, asked of 60 seeds for 85 %."""
    rng = np.random.default_rng(0)
    truth = float(draw(rng, (2000, 2000)).max(1).mean())
    found = np.array([expected_maximum(draw(rng, 2000), 2000) for _ in range(60)])
    value, low, high = found.T
    assert np.mean((low <= truth) & (truth <= high)) >= 0.85
    assert value.mean() == pytest.approx(truth, rel=0.06)
    single = draw(rng, (60, 2000)).max(1)
    assert name == "bounded" or value.std() < single.std()  # better than the one maximum seen
    assert ((low < value) & (value < high)).all()


def test_more_draws_expect_a_larger_maximum_and_a_narrower_interval() -> None:
    rng = np.random.default_rng(0)
    draws = rng.gamma(5, size=50_000)
    few, many = expected_maximum(draws, 1000), expected_maximum(draws, 100_000)
    assert few[0] < many[0]
    short = expected_maximum(draws[:600], 1000)
    assert few[2] - few[1] < short[2] - short[1]


def test_scale_and_place_of_the_numbers_do_not_matter() -> None:
    draws = np.random.default_rng(0).gamma(5, size=3000)
    plain = np.array(expected_maximum(draws, 3000))
    moved = np.array(expected_maximum(draws * 1e-4 - 7, 3000))
    assert (moved + 7) * 1e4 == pytest.approx(plain, rel=1e-6)


def test_draws_that_are_all_equal_have_that_maximum() -> None:
    assert expected_maximum(np.full(600, 3.0), 60_000) == (3.0, 3.0, 3.0)


def test_the_papers_form_is_the_mean_of_maxima() -> None:
    """KLD of a linear Gaussian VAE's own pictures is a sum of scaled chi-squares: known."""
    vae = LinearGaussianVAE(d=1)
    shrink, variance = 1 - vae.variance[0], vae.variance[0]
    found = thresholds_of(vae.model(), ["kld"], form="mean of maxima", samples=200, iterations=200)[
        "kld"
    ]
    largest = known_maximum(chi2(1), 200) * shrink**2
    known = 0.5 * (largest + variance - 1 - np.log(variance))
    assert found.low < known < found.high and found.value == pytest.approx(known, rel=0.05)
    assert found.samples == 40_000 and found.form == "mean of maxima"


def test_the_quantile_form_lands_in_the_same_place_with_100_times_fewer_pictures() -> None:
    model, names = conv_model(), ["kld", "mse"]
    paper = thresholds_of(model, names, form="mean of maxima", samples=600, iterations=100)
    ours = thresholds_of(model, names, form="quantile", samples=600, iterations=100, seed=9)
    for name in names:
        assert ours[name].samples * 100 == paper[name].samples == 60_000
        assert ours[name].low <= paper[name].value <= ours[name].high
        assert ours[name].value == pytest.approx(paper[name].value, rel=0.2)


def test_a_threshold_of_other_samples_is_another() -> None:
    model = conv_model()
    few, many = (
        thresholds_of(model, ["kld"], samples=n, iterations=1, form="mean of maxima")["kld"]
        for n in (50, 5000)
    )
    assert few.value < many.value
    # one maximum has no spread: all that is known is what KLD can be
    assert (few.low, few.high) == (0, np.inf)


@pytest.mark.parametrize("form", ["quantile", "mean of maxima"])
def test_no_threshold_is_one_that_its_criterion_cannot_reach(form) -> None:
    """Neither a fitted tail nor Student's interval knows where a criterion ends."""
    model, options = conv_model(), {"form": form, "samples": 500, "iterations": 2}
    free = own_criterion(lambda images: images[:, 0, 0, 0] ** 4, name="free")
    value = thresholds_of(model, [free], **options)["free"]
    assert value.low < value.value < value.high
    bounds = (value.value - 1e-6, value.value + 1e-6)
    bounded = replace(free, range=bounds)
    cut = thresholds_of(model, [bounded], **options)["free"]
    assert (cut.low, cut.high) == bounds and cut.value == value.value
    assert CRITERIA["ssim"].range == (0, 2) and CRITERIA["kld"].range == (0, np.inf)


def test_thresholds_come_from_the_seed_alone() -> None:
    model = conv_model()
    first, again, other = (thresholds_of(model, samples=500, seed=s)["mse"] for s in (1, 1, 2))
    assert first.value == again.value != other.value


def test_what_makes_no_sense_is_refused_and_work_can_be_stopped() -> None:
    for options, said in (
        ({"form": "median"}, "form is 'median': pass \"quantile\""),
        ({"samples": 1}, "samples is 1"),
        ({"iterations": 0}, "iterations is 0"),
        ({"criteria": ["fid"]}, "no criterion is called 'fid'"),
    ):
        with pytest.raises(InputError, match=said):
            thresholds_of(conv_model(), **options)
    with pytest.raises(Cancelled, match="stopped after 0 of"):
        thresholds_of(conv_model(), cancel=lambda: True)

"""Styles moved towards a score, the choice of references, and two groups compared."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from band_generator import BandGenerator, BandScore, Blind
from genlens.common.measures import mean
from genlens.errors import Cancelled, InputError, ModelError
from genlens.models.generators.stylegan2.adapter import StyleGAN2Generator
from genlens.models.generators.stylegan2.network import StyleGAN2
from genlens.steering.drawn import random_styles
from genlens.steering.mixing.cohorts import chance_of, compare_cohorts, difference, extremes
from genlens.steering.mixing.layers import layer_groups
from genlens.steering.mixing.pushed import linear_direction, neutral_score, push_styles
from genlens.steering.mixing.references import by_rule, choose_references

pytestmark = pytest.mark.unit
WEIGHTS = (0.6, 0.0, -0.8, 0.0)  # of length 1: the score's own direction


@pytest.fixture(scope="module")
def bands():
    return BandGenerator()


@pytest.mark.parametrize("by", ["gradient", "linear"])
def test_styles_move_along_the_known_direction_by_the_reach(bands, by):
    styles = random_styles(bands, 5, seed=1)
    made = push_styles(bands, styles, BandScore(WEIGHTS), True, by=by, reach=0.3, steps=6)
    lengths = styles.norm(dim=2).mean(1).numpy()
    wanted = styles.numpy() + 0.3 * lengths[:, None, None] * np.array(WEIGHTS)
    close = {"gradient": 1e-4, "linear": 0.05}[by]
    assert np.abs(made.styles - wanted).max() < close
    assert np.allclose(made.moved, 0.3, atol=1e-3)
    assert np.allclose(made.scores[:, -1] - made.scores[:, 0], 0.3 * lengths, atol=close)
    assert (np.diff(made.scores, axis=1) > 0).all()


def test_down_and_each_its_own_way(bands):
    styles = random_styles(bands, 4, seed=2)
    made = push_styles(bands, styles, BandScore(WEIGHTS), [True, False, True, False])
    rises = made.scores[:, -1] > made.scores[:, 0]
    assert rises.tolist() == made.up.tolist() == [True, False, True, False]
    with pytest.raises(InputError, match="3 answers for 4"):
        push_styles(bands, styles, BandScore(), [True] * 3)


def test_copies_go_to_the_other_side_and_stop_there(bands):
    styles = random_styles(bands, 8, seed=3)
    assessor = BandScore(WEIGHTS, range=(-30.0, 30.0))
    made = push_styles(bands, styles, assessor, None, reach=3.0, steps=60, stop=True)
    assert made.neutral == 0.0 and made.crossed.all()
    assert (np.sign(made.scores[:, 0]) == -np.sign(made.scores[:, -1])).all()
    stride = styles.norm(dim=2).mean(1).numpy() * 3.0 / 60
    assert (np.abs(made.scores[:, -1]) <= stride + 1e-4).all()  # no further than needed


def test_layers_that_share_a_style_still_share_it(bands):
    made = push_styles(bands, random_styles(bands, 2, seed=0), BandScore(WEIGHTS), True)
    assert np.allclose(made.styles, made.styles[:, :1])


def test_the_neutral_score():
    known = np.array([1.0, 2.0, 9.0, np.nan])
    assert neutral_score(BandScore(range=(-1.0, 1.0)), known) == 0
    assert neutral_score(BandScore(range=(0.0, 1.0)), known) == 2
    assert neutral_score(BandScore(), known) == 2


def test_a_stylegan_goes_up(bands):
    torch.manual_seed(0)
    gan = StyleGAN2Generator(
        StyleGAN2(side=16, channels=(8, 8, 8), latents=8, styles=8, mapping_layers=2)
    )

    class Brightness(BandScore):
        def score(self, images):
            return images.mean((1, 2, 3))

    made = push_styles(gan, random_styles(gan, 3, seed=0), Brightness(), True, reach=0.5)
    assert (made.scores[:, -1] > made.scores[:, 0]).all()


def test_what_cannot_be_followed(bands):
    styles = random_styles(bands, 2, seed=0)
    with pytest.raises(InputError, match='by="linear"'):
        push_styles(bands, styles, BandScore(differentiable=False), True)
    with pytest.raises(ModelError, match="NaN"):
        push_styles(bands, styles, Blind(), True)
    with pytest.raises(Cancelled):
        push_styles(bands, styles, BandScore(), True, cancel=lambda: True)
    with pytest.raises(ModelError, match="one score"):
        linear_direction(styles, np.array([1.0, 1.0]))
    for wrong in ({"reach": 0}, {"steps": 0}, {"reach": float("nan")}):
        with pytest.raises(InputError):
            push_styles(bands, styles, BandScore(), True, **wrong)


def test_references_differ_in_what_is_tested_and_hold_the_rest(bands):
    class Column(BandScore):
        def __init__(self, j):
            super().__init__(tuple(float(i == j) for i in range(4)))
            self.name = f"column {j}"

    base = random_styles(bands, 1, seed=9)
    held = [Column(1), Column(2)]
    found = choose_references(bands, base, Column(0), held, 6, pool=200, seed=1)
    assert found.different.min() > found.usual_different
    assert found.alike.max() < found.usual_alike
    assert (np.diff(found.different) <= 0).all()
    drawn = random_styles(bands, 200, seed=1).numpy()
    assert np.array_equal(found.styles, drawn[found.rows])
    spread = drawn[:, 0, 0].std()
    wanted = np.abs(drawn[found.rows, 0, 0] - base[0, 0, 0].item()) / spread
    assert np.allclose(found.different, wanted, atol=1e-3)


def test_the_rule_and_what_it_refuses(bands):
    different = np.array([5.0, 1.0, 2.0, np.nan])
    assert by_rule(different, np.array([9.0, 1.0, 2.0, 0.0]), 0.67).tolist() == [2, 1]
    base = random_styles(bands, 1, seed=0)
    for held in ([], [BandScore()]):
        with pytest.raises(InputError, match="hold"):
            choose_references(bands, base, BandScore(), held)
    with pytest.raises(ModelError, match="tells no faces apart"):
        choose_references(bands, base, BandScore((0.0,) * 4), [BandScore(band=1)])


def test_extremes_are_the_ends_of_the_pool(bands):
    low, high = extremes(bands, BandScore(), 5, pool=50, seed=4)
    ordered = np.sort(random_styles(bands, 50, seed=4)[:, 0, 0].numpy())
    assert np.allclose(np.sort(low[:, 0, 0]), ordered[:5], atol=1e-5)
    assert np.allclose(np.sort(high[:, 0, 0]), ordered[-5:], atol=1e-5)


def test_the_layer_that_carries_a_difference_is_named(bands):
    first = random_styles(bands, 30, seed=5).clone()
    second = first.flip(0)
    second[:, 1] += torch.tensor([2.0, 0, 0, 0])  # only in the middle layer
    groups = layer_groups(bands, 3)
    found = compare_cohorts(bands, first, second, BandScore(band=1), groups)
    assert found.chance < 0.01 and found.difference.low > 1
    assert found.difference.value == pytest.approx(2, abs=1e-3)
    assert found.carried["middle"].value == pytest.approx(2, abs=1e-3)
    assert found.carried["coarse"].value == pytest.approx(0, abs=1e-4)
    assert found.mean_scores[1] - found.mean_scores[0] == pytest.approx(2, abs=1e-3)
    blind = compare_cohorts(bands, first, second, BandScore(band=0), groups)
    assert blind.chance > 0.05  # the control: what the assessor reads was not changed


def test_chance_is_even_where_nothing_differs():
    rng = np.random.default_rng(0)
    chances = [chance_of(rng.normal(size=12), rng.normal(size=9), seed) for seed in range(200)]
    assert np.mean(np.array(chances) < 0.05) == pytest.approx(0.05, abs=0.05)
    assert chance_of(np.array([1.0, 1.0]), np.array([1.0, 1.0]), 0) == 1.0
    assert 0 < chance_of(np.zeros(20) + rng.random(20) / 9, np.ones(20), 0) < 0.001


def test_welch_interval_against_scipy():
    from scipy.stats import ttest_ind

    rng = np.random.default_rng(1)
    a, b = rng.normal(0, 1, 15), rng.normal(1, 3, 40)
    found = difference(a, np.append(b, np.nan))
    known = ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
    assert found.low == pytest.approx(known.low) and found.high == pytest.approx(known.high)
    assert found.value == pytest.approx(mean(list(b)).value - mean(list(a)).value)
    assert found.n == 55 and found.left_out == {"no score": 1}


def test_groups_of_one_are_refused(bands):
    styles = random_styles(bands, 3, seed=0)
    with pytest.raises(InputError, match="1 and 3 faces"):
        compare_cohorts(bands, styles[:1], styles, BandScore(), layer_groups(bands))

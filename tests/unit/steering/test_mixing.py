"""Style mixing: which style each layer takes, what the order is, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from band_generator import BandGenerator, BandScore, Blind
from genlens.errors import Cancelled, InputError, ModelError
from genlens.models.generators.stylegan2.adapter import StyleGAN2Generator
from genlens.models.generators.stylegan2.network import StyleGAN2
from genlens.steering.drawn import random_styles
from genlens.steering.mixing.layers import layer_groups
from genlens.steering.mixing.mix import mix, random_choices, replacements, whole_sources

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def bands():
    return BandGenerator()


@pytest.fixture(scope="module")
def gan():
    torch.manual_seed(0)
    return StyleGAN2Generator(
        StyleGAN2(side=16, channels=(8, 8, 8), latents=8, styles=8, mapping_layers=2)
    )


def test_each_layer_takes_the_blend_that_was_chosen(bands):
    sources = random_styles(bands, 3, seed=1)
    choice = np.array([[[0, 1, 0.25], [2, 2, 0], [1, 0, 1.0]]])
    made = mix(bands, sources, choice)
    wanted = [0.75 * sources[0, 0] + 0.25 * sources[1, 0], sources[2, 1], sources[0, 2]]
    assert np.allclose(made.styles[0], torch.stack(wanted), atol=1e-6)
    rows = (made.images[0, 0, ::2] - 0.5) / 0.02
    assert np.allclose(rows, torch.stack(wanted), atol=1e-4)


def test_a_source_in_all_layers_is_the_source_itself(gan):
    sources = random_styles(gan, 4, seed=2)
    made = mix(gan, sources, whole_sources(len(gan.layers), 4))
    assert np.array_equal(made.images, gan.synthesize(sources).numpy())


def test_the_highest_score_comes_first_and_a_missing_one_last(bands):
    sources = random_styles(bands, 12, seed=3)
    choices = whole_sources(3, 12)
    made = mix(bands, sources, choices, BandScore())
    assert (np.diff(made.scores[made.order]) <= 0).all()
    assert np.allclose(made.scores, sources[:, 0, 0], atol=1e-4)
    some = mix(bands, sources, choices, Blind(always=False))
    blind = np.isnan(some.scores)
    assert 0 < blind.sum() < 12
    assert not np.isnan(some.scores[some.order[: -blind.sum()]]).any()
    with pytest.raises(ModelError, match="NaN for all 12"):
        mix(bands, sources, choices, Blind())


def test_without_an_assessor_the_order_is_that_of_the_choices(bands):
    made = mix(bands, random_styles(bands, 3, seed=0), whole_sources(3, 3))
    assert made.order.tolist() == [0, 1, 2] and np.isnan(made.scores).all()
    assert made.to_dict()["scores"] == [None, None, None]


def test_replacements_change_one_group_only(gan):
    groups = layer_groups(gan, 3)
    start = whole_sources(len(gan.layers), 4)[1]
    cells = replacements(start, groups, 4)
    assert cells.shape == (12, 6, 3)
    for i, group in enumerate(groups):
        for source in range(4):
            cell = cells[4 * i + source]
            outside = [layer for layer in range(6) if layer not in group.rows]
            assert (cell[group.start : group.stop] == (source, source, 0)).all()
            assert (cell[outside] == start[outside]).all()
    assert (start == whole_sources(6, 4)[1]).all()  # what was given stays


@pytest.mark.parametrize(
    ("asked", "sizes"), [(3, [2, 2, 2]), (4, [2, 2, 1, 1]), (6, [1] * 6), ((1, 5), [1, 5])]
)
def test_groups_cover_all_layers_once(gan, asked, sizes):
    groups = layer_groups(gan, asked)
    assert [len(group.rows) for group in groups] == sizes
    assert [layer for group in groups for layer in group.rows] == list(range(6))
    assert len({group.name for group in groups}) == len(groups)


def test_random_choices_are_alike_within_a_group_and_follow_the_seed(gan):
    groups = layer_groups(gan, 2)
    made = random_choices(6, groups, 5, 40, seed=7, blend=True)
    for group in groups:
        assert (made[:, group.start : group.stop] == made[:, group.start : group.start + 1]).all()
    assert (made[:, 0] != made[:, -1]).any()
    assert set(made[..., 0].ravel()) == {0, 1, 2, 3, 4} and made[..., 2].max() < 1
    assert (made == random_choices(6, groups, 5, 40, seed=7, blend=True)).all()
    assert (random_choices(6, groups, 5, 40, seed=7)[..., 2] == 0).all()


def test_one_layer_cannot_be_mixed_and_the_message_says_what_to_do():
    one = BandGenerator(layers=1)
    with pytest.raises(InputError, match=r"one layer.*avatars-gan"):
        layer_groups(one)
    with pytest.raises(InputError, match="one layer"):
        mix(one, random_styles(one, 2, seed=0), whole_sources(1, 2))


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ([[[0, 3, 0]] * 3], "sources that do not exist: take 0 to 1"),
        ([[[-1, 0, 0]] * 3], "do not exist"),
        ([[[0.5, 0, 0]] * 3], "do not exist"),
        ([[[0, 1, 1.5]] * 3], "outside 0 to 1"),
        ([[[0, 1, float("nan")]] * 3], "outside 0 to 1"),
        ([[[float("nan"), 1, 0]] * 3], "do not exist"),
        ([[[0, 1, 0]] * 2], r"pass \(n, 3, 3\)"),
        (np.zeros((0, 3, 3)), "mixes is 0"),
        (np.zeros((513, 3, 3)), "mixes is 513"),
        ([[[0, None, "x"]] * 3], "no number"),
    ],
)
def test_choices_that_cannot_be_drawn(bands, choices, words):
    with pytest.raises(InputError, match=words):
        mix(bands, random_styles(bands, 2, seed=0), choices)


@pytest.mark.parametrize("sizes", [(2, 2), (7,), (0, 6), 7, 0])
def test_groups_that_do_not_fit(gan, sizes):
    with pytest.raises(InputError):
        layer_groups(gan, sizes)


def test_broken_styles_and_a_stop(bands):
    sources = random_styles(bands, 2, seed=0).clone()
    with pytest.raises(Cancelled):
        mix(bands, sources, whole_sources(3, 2), cancel=lambda: True)
    sources[0, 0, 0] = torch.nan
    with pytest.raises(InputError, match="NaN"):
        mix(bands, sources, whole_sources(3, 2))
    with pytest.raises(InputError, match="shape"):
        mix(bands, torch.zeros(2, 2, 4), whole_sources(3, 2))

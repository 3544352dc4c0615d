"""Sparse features: recovery of a known dictionary, naming of planted units, and the brush."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genlens.errors import Cancelled, InputError
from genlens.models.contracts import CrossLayer
from genlens.models.memory import MEMORY
from genlens.models.text_to_image.diffusion import DiffusersTextToImage
from genlens.prompts.inside.features import sae
from genlens.prompts.inside.features.activations import record
from genlens.prompts.inside.features.blocks import layers_named, side_by_side, usual_layers
from genlens.prompts.inside.features.learn import learn_features
from genlens.prompts.inside.features.naming import name_units, pure
from genlens.prompts.inside.features.paint import Brush, paint_feature
from genlens.prompts.inside.features.stamps import moved, said_by
from genlens.prompts.inside.features.storage import load_features, save_features
from genlens.prompts.inside.features.strokes import (
    Stroke,
    by_chance,
    region_of,
    shapes_of,
    strokes_of,
)

pytestmark = pytest.mark.unit


def test_a_known_dictionary_is_found_again():
    """Rows are sums of two of twelve directions: nearly each is a decoder column afterwards."""
    rng = np.random.default_rng(0)
    truth = rng.standard_normal((12, 24))
    truth /= np.linalg.norm(truth, axis=1, keepdims=True)
    codes = np.zeros((6000, 12))
    for row in codes:
        row[rng.choice(12, 2, replace=False)] = rng.uniform(1, 3, 2)
    rows = (codes @ truth).astype(np.float32)
    code = sae.train(rows, features=24, active=2, steps=500)
    assert code.explained > 0.9
    cosines = (truth @ code.decoder.T).max(1)
    assert (cosines > 0.9).mean() >= 0.75
    sparse = code.encode(rows)
    assert (sparse >= 0).all()
    assert (sparse > 0).sum(1).max() <= 2
    assert np.allclose(np.linalg.norm(code.decoder, axis=1), 1, atol=1e-4)


def test_training_is_reproducible_can_be_stopped_and_refuses_bad_rows():
    rows = np.random.default_rng(1).standard_normal((300, 8)).astype(np.float32)
    one, two = (sae.train(rows, features=16, active=2, steps=20, seed=3) for _ in range(2))
    assert np.array_equal(one.decoder, two.decoder)
    with pytest.raises(Cancelled):
        sae.train(rows, features=16, active=2, steps=20, cancel=lambda: True)
    with pytest.raises(InputError, match="active"):
        sae.train(rows, features=16, active=17, steps=20)
    with pytest.raises(InputError, match="100 rows"):
        sae.train(rows[:50])
    rows[0, 0] = np.nan
    with pytest.raises(InputError, match="cannot be learned"):
        sae.train(rows)


def test_units_are_named_after_what_they_fire_on():
    rng = np.random.default_rng(2)
    at, there = rng.integers(-1, 3, 4000), rng.integers(-1, 3, 4000)

    def units(nouns):
        noise = rng.random((len(nouns), 1))
        return np.concatenate([nouns[:, None] == 1, nouns[:, None] == 2, noise > 0.5], 1).astype(
            float
        )

    named = name_units(units(at), at, units(there), there, 3, 40)
    assert named.noun[:2].tolist() == [1, 2]
    assert named.precision[:2].tolist() == [1, 1]
    assert named.recall[:2].tolist() == [1, 1]
    assert named.precision[2] == pytest.approx(0.25, abs=0.06)  # fires anywhere: the base rate
    assert set(pure(named)) == {0, 1}
    ground = name_units(
        (at == -1)[:, None].astype(float), at, (there == -1)[:, None].astype(float), there, 3, 40
    )
    assert ground.precision.tolist() == [0]  # what fires on the ground alone stands for no noun
    silent = name_units(units(at), at, np.zeros((4000, 3)), there, 3, 40)
    assert np.isnan(silent.precision).all()


@pytest.fixture(scope="module")
def model(tiny_pipeline_dir):
    return DiffusersTextToImage.from_folder(tiny_pipeline_dir, device="cpu", precision="fp32")


@pytest.fixture(scope="module")
def learned(model):
    found = learn_features(model, scenes=40, features=32, active=4, steps=60)
    yield found
    MEMORY.clear()


def test_features_are_learned_once_and_told(model, learned):
    again = learn_features(model, scenes=40, features=32, active=4, steps=60)
    assert again is learned
    assert learned.scenes == 40
    assert 0 <= learned.dead < 1
    for each in learned.features:
        assert 0 <= each.precision.value <= 1
        assert each.pictures.shape[1:] == (32, 32, 3)
        assert len(each.tops) == len(each.heat)


def test_the_brush_changes_the_picture_and_zero_strength_does_not(model, learned, tmp_path):
    number = learned.features[0].number
    found = paint_feature(model, learned, number, "a cat", region="left", strength=20)
    assert not np.array_equal(found.after, found.before)
    assert not np.array_equal(found.chance, found.after)
    plain = model.generate(["a cat"], 0).images[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(found.before - plain).max() < 1.01
    none = paint_feature(model, learned, number, "a cat", strength=0)
    assert np.array_equal(none.after, none.before)
    assert none.changed == 0
    back = load_features(save_features(learned, found, tmp_path / "features.npz"))
    kept = {each.number: each for each in learned.features}
    assert back.features
    for each in back.features:
        assert each.noun == kept[each.number].noun
        assert np.array_equal(each.pictures, kept[each.number].pictures[:3])
    assert np.array_equal(back.painted.after, found.after)
    assert back.painted.to_dict() == found.to_dict()


def layer(name, part, side):
    return CrossLayer(name=name, part=part, grid=(side, side))


def test_all_layers_of_the_grid_next_to_the_finest_are_learned_from_together():
    layers = [layer("d", "down", 8), layer("m", "middle", 4), layer("a", "up", 4),
              layer("b", "up", 8), layer("c", "up", 8), layer("e", "up", 16)]  # fmt: skip
    assert usual_layers(layers) == (3, 4)
    assert usual_layers(layers[:3]) == (2,)  # one grid in the up path
    assert usual_layers(layers[:2]) == (1,)  # no up path: of all, that next to the finest
    assert layers_named(layers, None) == (3, 4)
    assert layers_named(layers, 5) == (5,)
    for wrong in (6, -1, True):
        with pytest.raises(InputError, match="is not there"):
            layers_named(layers, wrong)


def test_updates_side_by_side_weigh_the_same_and_come_back():
    rng = np.random.default_rng(3)
    updates = [rng.standard_normal((5, 3)) * 10, rng.standard_normal((5, 2))]
    layers = [layer("b", "up", 8), layer("c", "up", 8)]
    blocks, rows = side_by_side(layers, updates)
    assert rows.shape == (5, 5)
    for j, update in enumerate(updates):
        assert rows[:, blocks.part(j)].std() == pytest.approx(1)
        assert np.allclose(blocks.of_row(j, rows), update)
    other, same = side_by_side(layers, [2 * u for u in updates], like=blocks)
    assert np.allclose(same, 2 * rows)  # in the units of those that were learned
    assert other.spreads == blocks.spreads


def test_rows_hold_what_each_layer_adds_by_itself(model, learned):
    captions = ["a cat", "a dog"]
    both = record(model, captions, 5, like=learned.blocks)
    assert both.blocks == learned.blocks
    assert len(learned.blocks.layers) > 1
    with model.opened() as inside:
        numbers = [inside.layers.index(each) for each in learned.blocks.layers]
    for j, number in enumerate(numbers):
        alone = record(model, captions, 5, layer=number)
        own = alone.blocks.of_row(0, alone.rows)
        assert np.allclose(learned.blocks.of_row(j, both.rows), own, atol=1e-5)


def test_what_is_taken_out_is_what_the_features_say_at_that_place(model, learned):
    every = tuple(range(len(learned.code.decoder)))
    blocks, code = learned.blocks, learned.code
    brush = Brush(learned, [Stroke("left"), strokes_of(learned, every, -1.0, "left")[0]])
    torch.manual_seed(0)
    rows = np.tile(code.centre, (blocks.grid[0] * blocks.grid[1], 1))
    for j, width in enumerate(blocks.widths):
        update = torch.randn(2, width, *blocks.grid) * blocks.spreads[j]
        changed = brush.tap(j)(0, update)
        assert torch.equal(changed[0], update[0])  # nothing was asked of it
        own = update[1].flatten(1).T.numpy()
        rows[:, blocks.part(j)] = own / blocks.spreads[j]  # what runs later stays at its mean
        told = code.encode(rows) @ code.decoder
        left = own - told[:, blocks.part(j)] * blocks.spreads[j]
        expected = torch.from_numpy(left.T.reshape(width, *blocks.grid)).float()
        half = blocks.grid[1] // 2
        assert torch.allclose(changed[1][..., :half], expected[..., :half], atol=1e-4)
        assert torch.equal(changed[1][..., half:], update[1][..., half:])


def test_a_feature_and_its_kin(model, learned):
    number = learned.features[0].number
    kin = learned.kin(number)
    assert kin[0] == number
    assert {int(learned.named.noun[i]) for i in kin} == {int(learned.named.noun[number])}
    found = paint_feature(model, learned, number, "a cat", strength=20, together=True)
    assert found.features == kin
    one, _ = strokes_of(learned, (number,), 2.0, "left")
    assert np.allclose(one.add, 2 * learned.direction(number))
    out, chance = strokes_of(learned, kin, -3.0, "left")
    assert np.allclose(out.take, 3 * learned.code.decoder[list(kin)])
    assert np.allclose(np.linalg.norm(chance.take, axis=1), 3, atol=1e-5)


def test_a_shape_is_moved_to_the_middle_of_a_region_and_cut_off_at_the_edge():
    values = np.arange(16.0).reshape(1, 4, 4, 1)
    mask = np.zeros((4, 4), bool)
    mask[1:3, 0:2] = True
    right = np.zeros((4, 4))
    right[:, 2:] = 1
    put, where = moved(values, mask, right)
    assert where.tolist() == np.roll(mask, 2, 1).tolist()
    assert put[0, 1, 2, 0] == values[0, 1, 0, 0]
    assert put[0, :, :2].max() == 0  # nothing comes in from the other side
    corner = np.zeros((4, 4))
    corner[3, 3] = 1
    put, where = moved(values, mask, corner)
    assert where.sum() == 2  # its lower half left the picture
    assert put[0, 3, 2, 0] == values[0, 1, 0, 0]


def test_a_noun_is_stamped_as_its_features_fire_in_its_own_scene(model, learned):
    number = learned.features[0].number
    noun = int(learned.named.noun[number])
    stamp, kin = learned.stamps[noun], learned.kin(number)
    assert stamp.mask.any() and stamp.mask.shape == learned.blocks.grid
    own, chance = shapes_of(learned, kin, 2.0, "right")
    told = said_by(learned.code, stamp.rows, list(kin))
    assert own.where.sum() <= stamp.mask.sum()
    most = np.abs(own.put - learned.code.centre).max()
    assert most <= 2 * np.abs(told).max() + 1e-4
    lengths = [np.linalg.norm(s.put - learned.code.centre, axis=-1) for s in (own, chance)]
    assert np.allclose(*lengths, atol=1e-3)
    found = paint_feature(model, learned, number, "a cat", strength=30, together=True, shaped=True)
    assert not np.array_equal(found.after, found.before)
    assert found.made_by.settings["shaped"] is True
    fewer = paint_feature(model, learned, number, "a cat", strength=30, shaped=True, steps=1)
    assert fewer.after.shape == found.after.shape
    with pytest.raises(InputError, match="without a shape"):
        shapes_of(learned, kin, -1.0, "right")


def test_what_is_stamped_stands_in_the_place_of_what_the_network_adds(learned):
    rows = np.random.default_rng(0).standard_normal(
        (2, *learned.blocks.grid, sum(learned.blocks.widths))
    )
    where = np.zeros(learned.blocks.grid, bool)
    where[0, 1] = True
    brush = Brush(learned, [Stroke("left", put=rows, where=where)], steps=4)
    for step, kept in ((0, 0), (1, 0), (2, 1), (3, 1)):  # four steps of two that were learned from
        update = torch.randn(1, learned.blocks.widths[0], *learned.blocks.grid)
        changed = brush.tap(0)(step, update)
        expected = learned.blocks.of_row(0, rows[kept])[0, 1]
        assert np.allclose(changed[0, :, 0, 1].numpy(), expected, atol=1e-5)
        assert torch.equal(changed[0, :, 0, 0], update[0, :, 0, 0])


def test_regions_and_directions(model, learned):
    assert region_of("left", (4, 8))[:, :4].all()
    assert not region_of("left", (4, 8))[:, 4:].any()
    assert region_of(np.eye(8), (8, 8)).sum() == 8
    direction = learned.direction(learned.features[0].number)
    chance = by_chance(direction, 0)
    assert np.linalg.norm(chance) == pytest.approx(np.linalg.norm(direction), rel=1e-5)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"feature": 32}, "feature is 32"),
        ({"feature": -1}, "feature is -1"),
        ({"region": "nowhere"}, "region is 'nowhere'"),
        ({"region": np.zeros((4, 4))}, "region is empty"),
        ({"strength": float("nan")}, "strength is nan"),
        ({"prompt": ""}, "empty"),
    ],
)
def test_what_cannot_be_painted_is_refused(model, learned, asked, says):
    question = {"feature": 0, "prompt": "a cat", **asked}
    with pytest.raises(InputError, match=says):
        paint_feature(model, learned, question.pop("feature"), question.pop("prompt"), **question)

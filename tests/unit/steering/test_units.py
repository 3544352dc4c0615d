"""GAN dissection: a planted unit is found, switched, and refused where it cannot draw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from band_generator import BandGenerator
from genlens.errors import Cancelled, InputError
from genlens.models.contracts import ModelCard, ObjectMask
from genlens.models.generators.stylegan2.adapter import StyleGAN2Generator
from genlens.models.generators.stylegan2.network import StyleGAN2
from genlens.steering.drawn import random_styles
from genlens.steering.units.concepts import ColourConcepts, concepts_for, objects
from genlens.steering.units.dissect import best_shares, dissect, thresholds
from genlens.steering.units.effects import random_rivals, unit_effect
from genlens.steering.units.layers import Override, overridden, recorded, resized, unit_layers
from genlens.steering.units.paint import fitted, paint, places, raster
from planted_unit import SKY, UNIT, UNITS, PlantedGenerator

pytestmark = pytest.mark.unit
COLOURS = ColourConcepts()


@pytest.fixture(scope="module")
def planted():
    return PlantedGenerator()


@pytest.fixture(scope="module")
def units(planted):
    return dissect(planted, "draw", COLOURS, n=40)


def test_the_planted_unit_stands_for_red_and_no_other_does(units):
    column = units.concepts.index("red")
    assert units.best("red", 1).tolist() == [UNIT]
    assert units.iou[UNIT, column] > 0.65  # drawing 8 x 8 up to 16 x 16 blurs its edges
    assert np.delete(units.iou[:, column], UNIT).max() < 0.35
    assert units.control[UNIT, column] < 0.65 * units.iou[UNIT, column]  # other pictures' squares
    assert units.level[UNIT, column] == pytest.approx(1, abs=0.15)
    assert units.seen.sum() == pytest.approx(1, abs=0.05)  # each pixel has one colour


def test_iou_by_hand_at_a_fixed_share(planted):
    found = dissect(planted, "draw", COLOURS, n=12, quantile=0.05, seed=2)
    styles = random_styles(planted, 12, seed=2)[6:]
    with recorded(planted.module["draw"]) as kept:
        images = planted.synthesize(styles)
    up = nn.functional.interpolate(kept[0], (16, 16), mode="bilinear")
    for unit in (UNIT, 0):
        for c, concept in enumerate(("red", "blue")):
            column = found.concepts.index(concept)
            on = up[:, unit] > found.threshold[unit, column]
            seen = COLOURS.masks(images)[:, column]
            wanted = float((on & seen).sum() / (on | seen).sum())
            assert found.iou[unit, column] == pytest.approx(wanted, abs=1e-6), (unit, c)
    assert (found.quantile == 0.05).all()


def test_the_threshold_that_tells_most_is_the_one_between_two_levels():
    rng = np.random.default_rng(0)
    seen = rng.random((4000, 1)) < 0.2
    values = np.where(seen, 5.0, 0.0) + rng.normal(size=(4000, 1))
    both = (torch.from_numpy(values).float(), torch.from_numpy(seen).float())
    shares = (0.005, 0.02, 0.2, 0.5)
    at = thresholds(both[0], shares)
    assert np.allclose(at[:, 0], np.quantile(values, [0.995, 0.98, 0.8, 0.5]))
    assert best_shares(*both, at).tolist() == [[2]]
    against = best_shares(-both[0], both[1], thresholds(-both[0], shares))
    assert against.shape == (1, 1)  # a unit that is off where the concept is: any, but no error


def test_switched_off_the_red_goes_and_nothing_else(planted, units):
    style = random_styles(planted, 1, seed=5)
    found = paint(planted, style, units, [UNIT], np.ones((16, 16)), on=False, concept="red",
                  concepts=COLOURS)  # fmt: skip
    assert found.had > 0.05 and found.has == 0
    column = units.concepts.index("red")
    was = COLOURS.masks(torch.from_numpy(found.before)[None])[0, column].numpy()
    assert np.abs(found.after - found.before)[:, ~was].max() < 1e-6


def test_switched_on_it_is_drawn_inside_the_region_only(planted, units):
    region = np.zeros((32, 32), bool)  # brushed at another size
    region[24:, :8] = True
    for seed in range(3):
        style = random_styles(planted, 1, seed=seed)
        found = paint(planted, style, units, [UNIT], region, on=True, concept="red",
                      concepts=COLOURS)  # fmt: skip
        assert found.has == 1 and found.outside == 0 < found.inside
        assert found.region.shape == (16, 16) and found.region.sum() == 16
    other = paint(planted, style, units, [0], region, on=True, concept="red", concepts=COLOURS)
    assert other.has == other.had  # the control: a unit that draws no red


def test_the_sky_refuses_red(planted, units):
    found = places(planted, units, [UNIT], "red", COLOURS, grid=4, n=6)
    assert found.refused[0].all() and not found.refused[1:].any()
    assert SKY == 4  # the first row of cells
    assert found.gained[1:].min() > 0.3 > found.gained[0].max()
    assert (found.low <= found.gained).all() and (found.gained <= found.high).all()


def test_effects_of_the_planted_unit_and_of_random_ones(planted, units):
    gone = unit_effect(planted, units, [UNIT], "red", "ablate", COLOURS, n=40)
    assert gone.change.high < -2 and abs(gone.control.value) < 0.5
    drawn = unit_effect(planted, units, [UNIT], "red", "insert", COLOURS, n=40)
    assert drawn.change.low > 20 and abs(drawn.control.value) < 0.5
    assert drawn.change.n == drawn.control.n == 40
    idle = unit_effect(planted, units, [0], "red", "insert", COLOURS, n=40)
    assert idle.change.value == 0
    assert idle.control.value > 1  # the planted unit is among the random ones now and then


def test_an_assessor_can_be_read_instead(planted, units):
    class Redness:
        name = title = "redness"
        unit, differentiable, help, range = "points", True, "", (0.0, 1.0)

        def missing(self):
            return ""

        def score(self, images):
            return images[:, 0].mean((1, 2))

    found = unit_effect(planted, units, [UNIT], "red", "ablate", COLOURS, assessor=Redness(), n=20)
    assert found.change.high < 0 and found.unit == "points"


def test_layers_are_found_by_hooks_where_none_are_listed(planted):
    assert unit_layers(planted) == ("draw",)
    gan = StyleGAN2Generator(
        StyleGAN2(side=16, channels=(8, 8, 8), latents=8, styles=8, mapping_layers=2)
    )
    assert unit_layers(gan) == tuple(f"synthesis.b{side}.conv1" for side in (4, 8, 16))
    with pytest.raises(InputError, match="no layer that puts out"):
        unit_layers(BandGenerator())
    with pytest.raises(InputError, match="take draw"):
        dissect(planted, "colour", COLOURS)


def test_a_stylegan_can_be_dissected_and_painted():
    torch.manual_seed(1)
    gan = StyleGAN2Generator(
        StyleGAN2(side=16, channels=(8, 8, 8), latents=8, styles=8, mapping_layers=2)
    )
    found = dissect(gan, "synthesis.b8.conv1", COLOURS, n=11)
    assert found.iou.shape == (8, 9) and (found.iou >= 0).all() and (found.iou <= 1).all()
    region = np.zeros((16, 16))
    region[:4, :4] = 1
    painted = paint(gan, random_styles(gan, 1, 0), found, [0, 1], region, on=True)
    assert painted.inside > painted.outside  # later layers spread a little of it
    again = paint(gan, random_styles(gan, 1, 0), found, [0, 1], region, on=True)
    assert np.array_equal(painted.before, again.before)  # the hooks came off


def test_an_override_mixes_by_weight_and_region():
    layer = nn.Identity()
    x = torch.ones(2, 3, 4, 4)
    region = torch.zeros(1, 8, 8)
    region[:, :4] = 1
    weight = torch.tensor([[1.0, 0, 0], [0, 0, 1.0]])
    with overridden(layer, Override(weight, torch.tensor([5.0, 6.0, 7.0]), region)):
        y = layer(x)
    assert (y[0, 0, :2] == 5).all() and (y[1, 2, :2] == 7).all()
    assert (y[:, :, 2:] == 1).all() and (y[0, 1:] == 1).all() and (y[1, :2] == 1).all()
    assert (layer(x) == x).all()
    assert resized(torch.ones(1, 3, 5), (2, 2)).shape == (1, 2, 2)
    assert resized(torch.ones(1, 2, 2), (5, 7)).shape == (1, 5, 7)


def test_colours_have_names():
    pixels = {
        "red": (0.9, 0.1, 0.1), "brown or orange": (0.6, 0.35, 0.15), "yellow": (0.95, 0.9, 0.2),
        "green": (0.2, 0.8, 0.3), "blue": (0.15, 0.33, 0.6), "violet or pink": (1.0, 0.28, 0.6),
        "white": (0.97, 0.97, 1.0), "grey": (0.5, 0.5, 0.52), "black": (0.1, 0.02, 0.02),
    }  # fmt: skip
    image = torch.tensor(list(pixels.values())).T[None, :, None]  # (1, 3, 1, 9)
    masks = COLOURS.masks(image)
    assert (masks.sum(1) == 1).all()
    named = [COLOURS.names[i] for i in masks[0, :, 0].float().argmax(0).tolist()]
    assert named == list(pixels)
    assert COLOURS.masks(torch.rand(2, 1, 5, 7)).shape == (2, 9, 5, 7)
    assert list(concepts_for(PlantedGenerator())) == ["colours"]


def test_rivals_are_as_many_and_never_chosen():
    rivals = random_rivals(UNITS, [3, 5], 200, np.random.default_rng(0))
    assert all(len(set(row)) == 2 and not set(row) & {3, 5} for row in rivals)
    assert {int(u) for row in rivals for u in row} == {0, 1, 2, 4, 6, 7}
    with pytest.raises(InputError, match="at most 4"):
        random_rivals(UNITS, [0, 1, 2, 3, 4], 1, np.random.default_rng(0))


def test_rasters_and_regions_of_odd_sizes():
    cells = raster(3, 7, 10)
    assert (cells.sum(0) == 1).all() and (cells.flatten(1).sum(1) > 0).all()
    region = np.zeros((9, 5), bool)
    region[:3] = True
    assert fitted(region, (16, 16))[:5].all() and not fitted(region, (16, 16))[6:].any()


def test_what_cannot_be_painted(planted, units):
    style = random_styles(planted, 1, seed=0)
    full = np.ones((16, 16))
    with pytest.raises(InputError, match="region is empty"):
        paint(planted, style, units, [0], full * 0, on=True)
    with pytest.raises(InputError, match="one unit or more"):
        paint(planted, style, units, [], full, on=True)
    with pytest.raises(InputError, match="a unit is 8"):
        paint(planted, style, units, [8], full, on=True)
    with pytest.raises(InputError, match="no concept here"):
        paint(planted, style, units, [0], full, on=True, concept="door")
    with pytest.raises(InputError, match="take ablate or insert"):
        unit_effect(planted, units, [0], "red", "remove", COLOURS)
    for wrong in ({"n": 3}, {"quantile": 0}, {"quantile": float("nan")}):
        with pytest.raises(InputError):
            dissect(planted, "draw", COLOURS, **wrong)
    with pytest.raises(Cancelled):
        dissect(planted, "draw", COLOURS, cancel=lambda: True)


class TwoSquares:
    """Cuts out what is red and what is green, as a SAM would in a picture of two squares."""

    card = ModelCard("two-squares", "Segmenter")
    device = "cpu"

    def segment(self, image: torch.Tensor) -> list[ObjectMask]:
        found = []
        for channel in (0, 1):
            mask = (image[channel] > 0.5).numpy()
            if mask.any():
                found.append(ObjectMask(mask, (0, 0, 1, 1), 1.0, int(mask.sum())))
        return found

    def segment_at(self, image: torch.Tensor, points: object) -> list[ObjectMask]:
        return []


def squares(n: int) -> torch.Tensor:
    """Pictures with a red square at the top left and a smaller green one at the bottom right."""
    images = torch.zeros(n, 3, 16, 16)
    for i in range(n):
        images[i, 0, : 5 + i % 2, :6] = 1
        images[i, 1, 12:, 12 - i % 2 : 15] = 1
    return images


def test_objects_are_told_apart_by_colour_and_place() -> None:
    kinds = objects(TwoSquares(), squares(6), 2)
    assert len(set(kinds.names)) == 2
    assert any("top left" in name for name in kinds.names)
    masks = kinds.masks(squares(2))
    assert masks.shape == (2, 2, 16, 16)
    red = next(c for c, name in enumerate(kinds.names) if "top left" in name)
    assert torch.equal(masks[:, red], squares(2)[:, 0] > 0.5)
    assert torch.equal(masks[:, 1 - red], squares(2)[:, 1] > 0.5)
    with pytest.raises(InputError, match="too few"):
        objects(TwoSquares(), squares(1), 5)


def test_cutting_out_objects_stops_before_the_next_picture() -> None:
    asked: list[int] = []

    def cancel() -> bool:
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(Cancelled):
        objects(TwoSquares(), squares(6), 2, cancel=cancel)
    assert len(asked) == 3
    known = replace(objects(TwoSquares(), squares(6), 2), cancel=lambda: True)
    with pytest.raises(Cancelled):
        known.masks(squares(1))

"""Units, projections and foreign pictures in ``evaluate steering``: known truths, and controls that
must fail."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np
import pytest
import torch
from torch import nn

from genlens.errors import Cancelled, InputError
from genlens.models.contracts import ModelCard
from genlens.models.generators.decoder import prior_sample
from genlens.steering.evaluation import evaluate, parts, table
from genlens.steering.evaluation.evaluate import evaluate_steering
from genlens.steering.evaluation.foreign import foreign_rates, known_pictures
from genlens.steering.evaluation.planted import COLOURS, UNITS, Dealt, PlantedGenerator
from genlens.steering.evaluation.projections import projections
from genlens.steering.evaluation.units import planted_found, units_found
from genlens.steering.projection.usual import SHARE
from genlens.steering.units.concepts import ColourConcepts
from genlens.worlds.avatars import draw_faces
from linear_gan import LinearGAN, probe

pytestmark = pytest.mark.unit


class FaceSpace:
    """Pictures (3, 32, 32): the mean of drawn faces and their twelve principal components. It has
    an encoder, which is exact for what it draws itself."""

    def __init__(self):
        flat = draw_faces(80, 3, size=32).tensor().flatten(1)
        mean = flat.mean(0)
        _, sizes, rows = torch.linalg.svd(flat - mean, full_matrices=False)
        self.mean, self.rows = mean, rows[:12] * sizes[:12, None] / 80**0.5
        self.card = ModelCard(id="face-space", contract="Generator")
        self.device, self.module = torch.device("cpu"), nn.Module()
        self.image_shape, self.latent_shape, self.layers = (3, 32, 32), (12,), ("latent",)

    def sample_latents(self, n, seed):
        return prior_sample(n, self.latent_shape, seed)

    def to_styles(self, z):
        return z[:, None]

    def synthesize(self, styles):
        return (self.mean + styles[:, 0] @ self.rows).view(-1, 3, 32, 32)

    def estimate_styles(self, images):
        codes = (images.flatten(1) - self.mean) @ self.rows.T / self.rows.square().sum(1)
        return codes[:, None]


@pytest.fixture(scope="module")
def space():
    return FaceSpace()


@lru_cache(maxsize=1)
def planted_units():
    return units_found(PlantedGenerator(seed=4), 24, rounds=2)


def test_planted_units_are_found_and_dealt_colours_are_not():
    found, dealt = planted_found(2, seed=7)
    assert found.value == 1 and found.n == dealt.n == 2 * len(COLOURS)
    assert dealt.value <= 0.3  # chance is 1 in 16


def test_planted_units_differ_from_seed_to_seed():
    places = {tuple(PlantedGenerator(seed).planted.values()) for seed in range(6)}
    assert len(places) == 6 and all(len(set(p)) == len(COLOURS) for p in places)
    assert max(max(p) for p in places) < UNITS


def test_dealt_masks_are_those_of_the_picture_before():
    images = torch.rand(3, 3, 8, 8)
    own, dealt = ColourConcepts().masks(images), Dealt(ColourConcepts()).masks(images)
    assert torch.equal(dealt[1], own[0]) and torch.equal(dealt[0], own[2])


def test_the_best_unit_beats_both_controls_on_pictures_it_was_not_chosen_on():
    planted, found = PlantedGenerator(seed=4).planted, planted_units()
    parts = {part.part: part for part in found.parts}
    for name, unit in planted.items():
        part = parts[name]
        assert part.unit == unit
        assert part.iou.low > 2 * max(part.random.high, part.shuffled.high) and part.told
        assert part.iou.n == part.random.n == 24 and 0 <= part.iou.low <= part.iou.high <= 1
        assert part.ablate.change.high < part.ablate.control.low
    grey = parts["grey"]  # nobody's unit draws the ground
    assert not grey.caused
    assert found.told == sum(part.told for part in found.parts)


def test_too_few_units_for_a_control_are_said():
    class Few(PlantedGenerator):
        def __init__(self):
            super().__init__()
            self.module["draw"].register_forward_hook(lambda _, __, maps: maps)
            self.module["cut"] = nn.Identity()
            self.unit_layers = ("cut",)

        def synthesize(self, styles):
            maps = self.module["draw"](styles[:, 0])
            self.module["cut"](maps[:, :6])
            return self.module["paint"](maps)

    found = units_found(Few(), 12, rounds=1)
    assert not found.parts and "too few" in found.left_out["units"]


def test_a_generator_without_units_is_said_and_planted_ones_are_still_looked_for():
    found = units_found(LinearGAN(), 8, rounds=1)
    assert "no layer" in found.left_out["units"] and found.planted.n == len(COLOURS)


def test_searching_comes_nearer_than_any_picture_and_costs_more(space):
    pictures = {"own": space.synthesize(space.to_styles(space.sample_latents(3, 99)))}
    ways = {way.name: way for way in projections(space, pictures, rounds=1)}
    assert list(ways) == ["encoder", "shared", "each", "random"]
    error = {name: way.errors["own"].value for name, way in ways.items()}
    assert error["encoder"] < 1e-4 and error["shared"] < 0.1 * error["random"]
    assert ways["random"].control and np.isnan(ways["random"].cost.value)
    assert ways["shared"].cost.value > ways["encoder"].cost.value
    again = projections(space, pictures, rounds=1, shared=ways["random"].errors)
    assert again[1].errors == ways["random"].errors  # what is known is not searched for again


def test_noise_and_shifted_faces_are_called_foreign_and_own_pictures_are_not(space):
    found = foreign_rates(space, 4)
    assert set(found.own) < set(found.rates) == set(known_pictures(space, 2, 0))
    assert found.rates["own pictures"].value == 0
    assert found.rates["noise"].value == found.rates["digits"].value == 1
    assert found.errors["noise"].value > found.errors["own pictures"].value
    assert found.missed["noise"].value > SHARE > found.missed["own pictures"].value
    with pytest.raises(InputError, match="faces are drawn"):
        foreign_rates(LinearGAN(), 4)
    with pytest.raises(InputError, match="number of pictures is 1"):
        foreign_rates(space, 1)


def test_the_table_shows_them_and_survives_damage(space):
    units = planted_units().to_dict()
    pictures = {"own": space.synthesize(space.to_styles(space.sample_latents(2, 99)))}
    written = {
        "units": units,
        "projections": [way.to_dict() for way in projections(space, pictures, rounds=1)],
        "foreign": foreign_rates(space, 2).to_dict(),
    }
    text = table.format_table(json.loads(json.dumps(written)))
    assert "planted ones are the best unit for their colour in 100 %" in text
    assert "| red " in text and "(control) any picture it draws" in text
    assert "| noise " in text and "called foreign" in text
    for name in ("planted", "planted_shuffled"):
        assert set(units[name]) == {"value", "low", "high", "n", "left_out"}
    damaged = {"units": {"parts": [3, {"part": "x"}]}, "projections": [{}], "foreign": {"rates": 1}}
    assert "Units" in table.format_table(damaged)


@pytest.mark.parametrize(("quick", "why"), [(True, "quick look"), (False, "faces are drawn")])
def test_they_are_part_of_the_evaluation_and_say_why_where_they_cannot(monkeypatch, quick, why):
    monkeypatch.setattr(parts, "WAYS", parts.WAYS[:1])
    monkeypatch.setattr(parts, "PICTURES", 300)
    attributes = [probe(1, "face-smile"), probe(2, "face-glasses")]
    found = evaluate_steering(6, quick=quick, generator=LinearGAN(), assessors=attributes)
    assert found.units is not None and found.units.planted.value == 1
    assert found.foreign is None and found.projections == ()
    assert why in found.left_out[evaluate.SOUGHT]
    text = table.format_table(found.to_dict())
    assert "no layer" in text and why in text


def test_stopping():
    with pytest.raises(Cancelled):
        units_found(PlantedGenerator(), 12, rounds=1, cancel=lambda: True)

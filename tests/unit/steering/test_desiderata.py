"""Quality, variety and editability of generators of which the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from genlens.errors import Cancelled, InputError
from genlens.models.assessors.own import FunctionAssessor
from genlens.models.autoencoders.module import ModuleAutoencoder
from genlens.models.generators.decoder import DecoderGenerator
from genlens.steering.desiderata import editability, spread

pytestmark = pytest.mark.unit
D, SIDE = 4, 8


class Linear(nn.Module):
    """z (n, 4) -> pictures whose four quarters have the brightness 0.5 + 0.05 z_i."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        quarters = (0.5 + 0.05 * z).view(-1, 1, 2, 2)
        return quarters.repeat_interleave(SIDE // 2, 2).repeat_interleave(SIDE // 2, 3)


def generator() -> DecoderGenerator:
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(SIDE * SIDE, D))
    return DecoderGenerator(
        ModuleAutoencoder(encoder, Linear(), image_shape=(1, SIDE, SIDE), device="cpu")
    )


def quarter(i: int) -> FunctionAssessor:
    rows, columns = slice(SIDE // 2 * (i // 2), None), slice(SIDE // 2 * (i % 2), None)

    def bright(images: torch.Tensor) -> torch.Tensor:
        part = images[:, 0, rows, columns][:, : SIDE // 2, : SIDE // 2]
        return part.mean((1, 2))

    return FunctionAssessor(f"quarter-{i}", f"Quarter {i}", "0 to 1", bright)


def noise(images: torch.Tensor) -> torch.Tensor:
    drawn = torch.Generator().manual_seed(0)
    return torch.rand(len(images), generator=drawn)


def test_a_linear_generator_is_steered_wholly_and_its_properties_apart() -> None:
    found = editability(generator(), [quarter(0), quarter(1), quarter(3)], 200)
    for measure in found.followed:
        assert measure.value > 0.98
    assert found.shuffled.value < 0.1, "scores dealt to other pictures cannot be followed"
    assert found.alike.value < 0.1, "one latent a quarter: nothing is shared"
    assert 0.3 < found.by_chance < 0.6, "random directions among four numbers"


def test_the_same_property_twice_is_one_direction() -> None:
    found = editability(generator(), [quarter(0), quarter(0)], 100)
    assert found.alike.value == pytest.approx(1, abs=1e-6)


def test_what_is_chance_is_not_followed_and_what_is_constant_has_no_number() -> None:
    chance = FunctionAssessor("noise", "Noise", "", noise)
    constant = FunctionAssessor("one", "One", "", lambda images: torch.ones(len(images)))
    found = editability(generator(), [chance, constant], 200)
    assert found.followed[0].value < 0.1
    assert np.isnan(found.followed[1].value) and found.followed[1].left_out


def test_spread_is_one_for_the_same_kinds_and_less_for_fewer() -> None:
    rng = np.random.default_rng(0)
    many = torch.from_numpy(rng.random((60, 1, 8, 8), dtype=np.float32))
    few = many[:2].repeat(30, 1, 1, 1)
    same, halves = spread(many, many)
    assert same.value == pytest.approx(1, abs=0.1) and same.low < 1 < same.high
    assert halves.value == pytest.approx(1, abs=0.15)
    fewer, _ = spread(few, many)
    assert fewer.value < 0.8 and fewer.high < 1, "half of the pairs are twins"


def test_it_stops_and_refuses() -> None:
    with pytest.raises(Cancelled):
        editability(generator(), [quarter(0)], 100, cancel=lambda: True)
    for assessors, n in (([], 100), ([quarter(0)], 10), ([quarter(0)], 10**6)):
        with pytest.raises(InputError):
            editability(generator(), assessors, n)
    with pytest.raises(InputError):
        spread(torch.zeros(2, 1, 8, 8), torch.zeros(9, 1, 8, 8))

"""Edits by a generator of which everything is known, and verdicts on them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from band_generator import BandGenerator, BandScore
from genlens.errors import InputError
from genlens.steering.hypotheses.edits.faces import Sampled
from genlens.steering.hypotheses.edits.generators import MoveAlong, SwapStyles
from genlens.steering.hypotheses.edits.pictures import ChangePicture
from genlens.steering.hypotheses.edits.units import SwitchUnits
from genlens.steering.hypotheses.run import run_hypothesis
from genlens.steering.results import Direction, Units
from known_assessors import Made
from planted_unit import UNIT, UNITS, PlantedGenerator

pytestmark = pytest.mark.unit

BANDS, SCORE = BandGenerator(), BandScore()  # the score is the first number of the first style
FIRST, SECOND = (
    Direction(np.eye(4, dtype=np.float32)[i], "latents", "by hand", title=f"z{i}") for i in (0, 1)
)


def test_a_step_along_the_right_direction_is_supported_and_along_another_contradicted() -> None:
    right = run_hypothesis("z0", MoveAlong(BANDS, FIRST, 2.0), SCORE, expected=1, n=40)
    wrong = run_hypothesis("z1", MoveAlong(BANDS, SECOND, 2.0), SCORE, expected=1, n=40)
    back = run_hypothesis("z0", MoveAlong(BANDS, FIRST, -2.0), SCORE, expected=1, n=40)
    assert right.answer == "supported" and np.allclose(right.changes, 2.0, atol=1e-4)
    assert wrong.answer == back.answer == "contradicted"
    assert np.allclose(back.changes, -2.0, atol=1e-4)


def test_the_control_is_a_step_of_the_same_length_towards_another_face() -> None:
    edit = MoveAlong(BANDS, FIRST, 2.0)
    pairs = edit.pairs(0, 30, 3)
    own, others = (BANDS.sample_latents(30, seed) for seed in (3, 3 + 101))
    away = others - own
    wanted = own + 2.0 * away / away.norm(dim=1, keepdim=True)
    assert torch.allclose(pairs.control, BANDS.synthesize(BANDS.to_styles(wanted)), atol=1e-5)
    steps = [(each - pairs.before).flatten(1).norm(dim=1) for each in (pairs.after, pairs.control)]
    assert torch.allclose(*steps, atol=1e-4)


def test_a_direction_of_some_layers_leaves_the_others_and_so_does_its_control() -> None:
    vector = np.zeros((3, 4), np.float32)
    vector[1, 2] = 1.0
    pairs = MoveAlong(BANDS, Direction(vector, "styles", "by hand"), 1.5).pairs(0, 10, 0)
    for each in (pairs.after, pairs.control):
        assert torch.allclose(each[:, :, :2], pairs.before[:, :, :2])
        assert torch.allclose(each[:, :, 4:], pairs.before[:, :, 4:])
    assert not torch.allclose(pairs.after[:, :, 2:4], pairs.before[:, :, 2:4])


def test_a_normed_direction_keeps_the_length_of_latents() -> None:
    pairs = MoveAlong(BANDS, replace(FIRST, normed=True), 3.0).pairs(0, 20, 0)
    lengths = [((each[:, 0, 0] - 0.5) / 0.02).norm(dim=1) for each in (pairs.before, pairs.after)]
    assert torch.allclose(*lengths, atol=1e-3)
    assert not torch.allclose(pairs.before, pairs.after)


def test_swapped_layers_have_the_references_style_and_the_rest_stays() -> None:
    edit = SwapStyles(BANDS, [0], 9)
    pairs = edit.pairs(0, 12, 0)
    reference = BANDS.synthesize(BANDS.to_styles(BANDS.sample_latents(1, 9)))
    assert torch.allclose(pairs.after[:, :, :2], reference[:, :, :2].expand(12, -1, -1, -1))
    assert torch.equal(pairs.after[:, :, 2:], pairs.before[:, :, 2:])
    assert torch.equal(pairs.control[:, :, 2:], pairs.before[:, :, 2:])
    assert len({tuple(row) for row in pairs.control[:, 0, 0].tolist()}) == 12
    assert run_hypothesis("coarse", edit, BandScore(band=2), n=40).answer == "contradicted"


def test_an_impure_direction_is_seen_through_where_the_other_property_is_watched() -> None:
    """The direction moves z0 on every face, and z1, which alone is judged, on most of them."""

    class Leaky(MoveAlong):
        def _moved(self, codes, step):
            moved = super()._moved(codes, step)
            if step.ndim == 1:  # the edit, not its control
                moved[codes[:, 2] > -0.5, 1] += 3.0
            return moved

    judged = BandScore((0.0, 1.0, 0.0, 0.0))
    judged.name = judged.title = "judged"
    beside = BandScore((0.0, 1.0, 0.0, 0.0))
    beside.name = beside.title = "beside"
    edit = Leaky(BANDS, FIRST, 1.0, {"aim": 1})
    aim = BandScore()
    aim.name = aim.title = "aim"
    fooled = run_hypothesis("z0 matters", edit, judged, expected=1, n=100)
    told = run_hypothesis("z0 matters", edit, judged, expected=1, n=100, watch=[beside, aim])
    assert fooled.answer == "supported" and told.answer == "contradicted"
    assert told.leaks["beside"].value == pytest.approx(
        float((BANDS.sample_latents(100, 0)[:, 2] > -0.5).double().mean())
    )
    assert told.effect.left_out["the edit also changed “beside”"] == 100 - told.effect.n


@pytest.mark.parametrize(
    "edit",
    [
        MoveAlong(BANDS, FIRST, 2.0),
        MoveAlong(BANDS, Direction(np.ones((3, 4), np.float32), "styles", "by hand"), -1.0),
        SwapStyles(BANDS, [0, 2], 4),
        ChangePicture(Sampled(BANDS), "brightness"),
    ],
)
def test_a_face_is_the_same_whatever_it_is_asked_together_with(edit) -> None:
    together, apart = edit.pairs(0, 12, 7), edit.pairs(5, 4, 7)
    for name in ("before", "after", "control"):
        assert torch.allclose(getattr(together, name)[5:9], getattr(apart, name), atol=1e-6)


def planted_units() -> Units:
    """What a dissection of ``PlantedGenerator`` needs to say for a switch."""
    table = np.zeros((UNITS, 1))
    return Units("draw", ("red",), table, table, table, table, table, np.ones(UNITS),
                 np.zeros(1), 100)  # fmt: skip


def test_the_unit_that_draws_red_is_supported_and_another_contradicted() -> None:
    generator, units = PlantedGenerator(), planted_units()
    red = Made(name="red", make=lambda x: (x[:, 0] - x[:, 2]).mean((1, 2)))
    off = run_hypothesis("it draws red", SwitchUnits(generator, units, [UNIT]), red, n=40,
                         expected=-1)  # fmt: skip
    assert off.answer == "supported" and off.control.low > off.effect.high
    other = run_hypothesis("it draws red", SwitchUnits(generator, units, [UNIT - 1]), red, n=40)
    assert other.answer != "supported"
    together, apart = (SwitchUnits(generator, units, [UNIT], on=True).pairs(*rows, 7)
                       for rows in ((0, 12), (5, 4)))  # fmt: skip
    for name in ("before", "after", "control"):
        assert torch.allclose(getattr(together, name)[5:9], getattr(apart, name), atol=1e-6)
    with pytest.raises(InputError):
        SwitchUnits(generator, units, [UNITS])
    with pytest.raises(InputError, match="control"):
        SwitchUnits(generator, units, range(UNITS))


def test_what_a_generator_cannot_do_is_refused_in_words() -> None:
    one = BandGenerator(layers=1)
    with pytest.raises(InputError, match="one layer"):
        SwapStyles(one, [0], 3)
    with pytest.raises(InputError, match="at least one, and not all"):
        SwapStyles(BANDS, [0, 1, 2], 3)
    with pytest.raises(InputError, match="0 to 2"):
        SwapStyles(BANDS, [7], 3)
    with pytest.raises(InputError, match="changes nothing"):
        MoveAlong(BANDS, FIRST, 0.0)
    with pytest.raises(InputError, match="the step"):
        MoveAlong(BANDS, FIRST, float("nan"))
    with pytest.raises(InputError, match="another generator"):
        MoveAlong(BANDS, Direction(np.ones(7), "latents", "by hand"))
    assert MoveAlong(one, FIRST, 1.0).pairs(0, 2, 0).before.shape == (2, 1, 2, 4)

"""``evaluate steering`` on a generator whose directions are known, and what its table says."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from genlens.errors import Cancelled, InputError
from genlens.steering.evaluation import evaluate, parts, table
from genlens.steering.evaluation.evaluate import evaluate_steering
from genlens.steering.evaluation.ways import BASELINE, WAYS, Way
from genlens.worlds.avatars import CHOICES, PROPERTIES
from genlens.zoo.recipes.steering.staircase import values_at
from linear_gan import LinearGAN, probe, slope_in_latents

pytestmark = pytest.mark.unit

GAN = LinearGAN()
ATTRIBUTES = [probe(1, "face-smile"), probe(2, "face-glasses"), probe(3, "face-dark-skin")]
ENDS = ("smile", "glasses", "beard", "long-hair", "dark-skin")
FEW = tuple(w for w in WAYS if w.name in ("logistic", "svm, others held", "random", "shuffled"))


@pytest.fixture(scope="module")
def measured():  # type: ignore[no-untyped-def]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "WAYS", FEW)
        patch.setattr(parts, "PICTURES", 600)
        return evaluate_steering(8, generator=GAN, assessors=ATTRIBUTES)


def test_holding_still_leaks_less_and_controls_fail(measured) -> None:  # type: ignore[no-untyped-def]
    rows = {(f.attribute, f.method): f for f in measured.followed}
    assert len(rows) == 3 * len(FEW)
    for attribute in ("face-smile", "face-glasses", "face-dark-skin"):
        held, base = (rows[attribute, way] for way in ("svm, others held", "logistic"))
        assert held.monotone.value == base.monotone.value == 1.0
        assert held.leakage.value < 0.5 * base.leakage.value and held.less.high < 0
        assert held.good and base.less is None and not base.good
        assert rows[attribute, "random"].control and rows[attribute, "shuffled"].control
    assert set(measured.reached) == {"face-smile", "face-glasses", "face-dark-skin"}
    chance = [f for f in measured.followed if f.control]
    assert np.mean([f.leakage.value for f in chance]) > 2 * np.mean(
        [f.leakage.value for f in measured.followed if f.method == "logistic"]
    )


def test_the_table_is_read_from_what_was_written(measured) -> None:  # type: ignore[no-untyped-def]
    written = json.loads(json.dumps(measured.to_dict()))
    for row in written["followed"]:
        for name in ("monotone", "rise", "slope", "leakage", "unsigned"):
            assert set(row[name]) == {"value", "low", "high", "n", "left_out"}, name
    text = table.format_table(written)
    assert "Reached for 3" in text and "(control)" in text and "face-glasses" in text
    assert text.count("svm, others held") == 4
    damaged = {**written, "followed": [{"attribute": "x", "monotone": "?"}, 3], "left_out": None}
    assert "Reached" in table.format_table(damaged)
    assert table.format_table({})


def test_a_control_that_passes_is_named(measured) -> None:  # type: ignore[no-untyped-def]
    good = next(f for f in measured.followed if f.good)
    fooled = replace(measured, followed=(replace(good, control=True),), fooled=("random, Smile",))
    assert "although they must not" in table.format_table(fooled.to_dict())
    assert "all" in table.controls(measured.to_dict()) or measured.fooled


def test_what_the_generator_hardly_draws_is_left_out_and_said() -> None:
    rare = probe(4, "face-beard", bounded=True)
    rare = replace(rare, pattern=rare.pattern * 0 - 1.0)  # grey is 0.5: pictures lie on both sides
    never = replace(probe(5, "face-angry", bounded=True), pattern=probe(5).pattern * 0)
    found = evaluate_steering(6, quick=True, generator=GAN, assessors=[ATTRIBUTES[0], rare, never])
    assert "face-angry" in found.left_out and "face-angry" in table.format_table(found.to_dict())
    assert {f.attribute for f in found.followed} >= {"face-smile"}
    assert found.quick and table.QUICK in table.format_table(found.to_dict())


def test_attributes_of_one_part_of_the_face_do_not_count_as_leaks() -> None:
    assert parts.factor_of("face-smile") == parts.factor_of("face-open-mouth") == "mouth"
    assert parts.factor_of("brightness") == "brightness"


def test_without_the_model_it_says_why(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(evaluate, "GENERATOR", "no-such-gan")
    found = evaluate_steering(assessors=ATTRIBUTES)
    assert not found.followed and "train it" in found.left_out["no-such-gan"]
    assert "no-such-gan" in table.format_table(found.to_dict())


def test_a_process_of_its_own_measures_the_same(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """What a process is told is plain: it has to come to the figures of one process."""
    two = ATTRIBUTES[:2]
    monkeypatch.setattr(parts, "QUICK_WAYS", FEW[:2])
    monkeypatch.setattr(evaluate, "_shipped", lambda: GAN)
    monkeypatch.setattr(evaluate, "FACE_PROPERTIES", two)
    monkeypatch.setattr(evaluate, "true_axes", dict)
    whole = evaluate_steering(6, 3, quick=True, generator=GAN, assessors=two)
    evaluate._prepared.cache_clear()
    apart = [evaluate._of_shipped(a.name, 6, 3, True) for a in two]
    evaluate._prepared.cache_clear()
    assert whole.followed == tuple(row for part in apart for row in part.followed) != ()


def test_a_direction_is_compared_with_the_true_one_where_that_is_known(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """A linear score of linear pictures rises along one direction of the noise."""
    monkeypatch.setattr(parts, "QUICK_WAYS", FEW)
    smile = ATTRIBUTES[0]
    axes = {smile.name: slope_in_latents(GAN, smile)}
    here = parts.prepare(GAN, ATTRIBUTES, 6, 0, True, axes)
    rows = {f.method: f for f in parts.measure_part(smile.name, here, 0, True).followed}
    truth = rows[parts.TRUTH]
    assert truth.cosine.value == pytest.approx(1) and truth.monotone.value == 1
    assert truth.rise.value > 0 and not truth.good, "it is no method"
    assert rows["logistic"].cosine.value > 0.8 > abs(rows["random"].cosine.value)
    assert abs(rows["shuffled"].cosine.value) < rows["logistic"].cosine.value
    assert rows["svm, others held"].cosine is None, "it works in the styles"
    other = parts.measure_part(ATTRIBUTES[1].name, here, 0, True).followed
    assert parts.TRUTH not in {f.method for f in other}


def test_the_shipped_generators_axes_lead_to_their_attribute() -> None:
    axes = evaluate.true_axes()
    assert set(axes) == {f"face-{name}" for name in ENDS}
    z = torch.randn(400, 64, generator=torch.Generator().manual_seed(0))
    for name, axis in axes.items():
        factor, wanted = PROPERTIES[name.removeprefix("face-").replace("-", "_")]
        column, along = list(CHOICES).index(factor), torch.from_numpy(axis).float()
        far = values_at(z + 6 * along)[:, column], values_at(z - 6 * along)[:, column]
        has = [np.isin(np.array(CHOICES[factor])[v.numpy()], wanted).mean() for v in far]
        assert has[0] > 0.95 and has[1] < 0.05, name


def test_numbers_out_of_range_and_stopping() -> None:
    for wrong in ({"n": 2}, {"n": 1000}, {"seed": -1}):
        with pytest.raises(InputError):
            evaluate_steering(**wrong, generator=GAN, assessors=ATTRIBUTES)
    with pytest.raises(InputError, match="each loads its own models"):
        evaluate_steering(6, processes=2, generator=GAN, assessors=ATTRIBUTES)
    with pytest.raises(Cancelled):
        evaluate_steering(6, generator=GAN, assessors=ATTRIBUTES, cancel=lambda: True)


def test_every_way_names_a_method_that_can_do_it() -> None:
    from genlens.steering.directions.methods import direction_method

    for way in WAYS:
        method = direction_method(way.method)
        assert way.space in method.spaces and (method.holds or not way.hold)
        method.checked(way.settings)
    assert isinstance(WAYS[0], Way) and WAYS[0].name == BASELINE

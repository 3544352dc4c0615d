"""The anchors' truth table: its arithmetic on cases whose answer is known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from genlens.anchors.evaluation import evaluate as evaluation
from genlens.anchors.evaluation.coverage import MEASURED, PROMISED, measure_coverage
from genlens.anchors.evaluation.evaluate import evaluate_anchors
from genlens.anchors.evaluation.known import measure_autos, measure_zeros
from genlens.anchors.evaluation.retrained import rescored
from genlens.anchors.evaluation.separation import area, separation
from genlens.anchors.evaluation.table import (
    QUICK,
    delusion,
    format_table,
    markdown,
    retraining_tables,
    verdict,
)
from genlens.anchors.retraining.results import LeftOut, Original, Retraining, Shrunk
from genlens.common.records import MadeBy
from genlens.errors import Cancelled, InputError
from genlens.models.catalog import find, weights_folder

pytestmark = pytest.mark.unit


def test_area_counts_pairs() -> None:
    rng = np.random.default_rng(0)
    values, unknown = rng.integers(0, 6, 80).astype(float), rng.random(80) < 0.3
    above = values[unknown][:, None] - values[~unknown]
    want = ((above > 0) + 0.5 * (above == 0)).mean()
    found = area(values, unknown)
    assert found.value == pytest.approx(want) and found.low <= want <= found.high and found.n == 80
    assert area(-values, unknown).value == pytest.approx(1 - want)
    assert area(unknown.astype(float), unknown).value == 1
    assert np.isnan(area(values, np.zeros(80, bool)).value)
    values[:5] = np.nan
    assert area(values, unknown).n == 75 and area(values, unknown).left_out == {
        "no finite value": 5
    }


def test_caught_is_counted_at_one_in_twenty_false_alarms() -> None:
    values = np.concatenate([np.arange(100.0), [98.5, 94.0, 500.0, np.nan]])
    unknown = np.arange(104) >= 100
    found = separation("x", "X", "", values, unknown)
    assert found.caught.value == pytest.approx(2 / 3) and found.caught.n == 3  # 95 of 99 is 94.05


def test_coverage_keeps_every_promise_and_beats_chance() -> None:
    points = np.random.default_rng(1).lognormal(size=(300, 2))
    for found in measure_coverage(points, sets=25):
        assert found.mean_ratio.value >= 1 and found.worst_ratio.value >= found.mean_ratio.value
        assert found.mean_ratio.high < found.random.value
        assert found.promised is None or found.worst_ratio.value <= found.promised
        assert 0 <= found.best_found.value <= 1
    assert set(PROMISED) < set(MEASURED)
    flat = measure_coverage(np.ones((50, 2)) * [[1.0, 2.0]], sets=3)
    assert all(found.mean_ratio.left_out == {"the best number is 0": 3} for found in flat)
    with pytest.raises(Cancelled):
        measure_coverage(points, sets=3, cancel=lambda: True)


def job(damage: float = -1.0) -> Retraining:
    """Three seeds; HIHE nearer than Random by 2, farther than TracIn by 1; six groups."""
    shrunk = tuple(
        Shrunk(seed, way, share, round(5000 * share), fid + seed + 10 * (1 - share), fid / 100)
        for seed in (1, 2, 3)
        for share in (0.5, 0.25, 0.9 + seed / 100)
        for way, fid in (("HIHE", 3.0), ("Others", 8.0), ("Random", 5.0), ("TracIn", 2.0))
    )
    return Retraining(
        settings={"shares": [0.5, 0.25]},
        accuracy=0.98,
        originals=tuple(Original(s, 5000, 4500 + 50 * s, 30.0, 20.0, 6.0, 60.0) for s in (1, 2, 3)),
        shrunk=shrunk,
        left_out=tuple(
            LeftOut(s, g, 300, 10.0 * g + s, 50 + damage * g + s, 0.1, -damage * g)
            for s in (1, 2, 3)
            for g in range(6)
        ),
        controls=(
            *(Shrunk(s, "Everything", 1.0, 5000, 2.0 + s / 10, 0.0) for s in (1, 2, 3)),
            Shrunk(1, "Ones", 1.0, 6000, 900.0, 9.0),
        ),
        made_by=MadeBy(seconds=100.0),
    )


def test_rescoring_a_job() -> None:
    found = rescored(job())
    gap = {(g.rival, g.hihe): g.fid for g in found.gaps}
    for hihe in (True, False):
        for rival, want in (("Random", 2.0), ("Others", 5.0), ("TracIn", -1.0)):
            # The same in every seed, whatever the seeds have in common: a sure difference.
            assert gap[rival, hihe].value == pytest.approx(want)
            assert gap[rival, hihe].high - gap[rival, hihe].low < 1e-9 and gap[rival, hihe].n == 3
    kept = [s.kept for s in found.shares]
    assert kept == sorted(kept, reverse=True) and len(set(kept)) == 3
    hihe = next(s for s in found.shares if s.hihe and s.way == "HIHE")
    assert hihe.kept == 4600 and hihe.fid.low < hihe.fid.value < hihe.fid.high
    assert found.damage is not None and found.damage.groups == 6 and found.damage.seeds == 3
    assert found.damage.fid.value == -1 and found.damage.loss.value == 1
    other = rescored(job(damage=2.0)).damage
    assert other is not None and other.fid.value == 1
    assert found.ones.n == 1 and not np.isfinite(found.ones.high)  # one training has no interval


def test_a_group_that_was_not_left_out_under_every_seed_waits() -> None:
    whole = job()
    some = Retraining.read({**whole.to_dict(), "left_out": whole.to_dict()["left_out"][:-1]})
    found = rescored(some).damage
    assert found is not None and found.groups == 5


def test_tables_of_a_job() -> None:
    text = markdown(retraining_tables(rescored(job()).to_dict()))
    for words in (
        "4,600 pictures (HIHE only)",
        "Random less HIHE",
        "2.0",
        "seed",
        "Spearman",
        "-1.00",
    ):
        assert words in text, words
    assert "nan" not in text and "None" not in text
    assert "HIHE against Random, by pictures kept: nearer at 4,600, 2,500 and 1,250." in text
    assert "HIHE against TracIn, by pictures kept: farther at 4,600, 2,500 and 1,250." in text


def as_written(name: str, value: float, low: float, control: bool = False) -> dict[str, object]:
    auc = {"value": value, "low": low, "high": min(1.0, 2 * value - low), "n": 9, "left_out": {}}
    return {"name": name, "title": name, "side": "", "control": control, "auc": auc}


def test_a_criterion_has_to_beat_the_best_control_with_its_whole_interval() -> None:
    known = {
        "model": "m",
        "separations": [
            as_written("mse", 0.95, 0.9), as_written("kld", 0.85, 0.7),
            as_written("ink", 0.8, 0.7, True), as_written("random", 0.5, 0.4, True),
        ],
    }  # fmt: skip
    said = verdict(known)
    assert "mse above every control" in said and "best control: kld" in said and "0.80" in said
    known["separations"][2] = as_written("ink", 0.97, 0.9, True)  # type: ignore[index]
    assert "above every control" not in verdict(known)


@pytest.mark.parametrize(
    ("never", "words"), [(0.7, "most of them"), (0.3, "a part of them"), (0.02, "no more of them")]
)
def test_what_is_called_a_delusion(never: float, words: str) -> None:
    def hile(kind: str, value: float) -> dict[str, object]:
        share = {"value": value, "low": value - 0.02, "high": value + 0.02, "n": 99, "left_out": {}}
        return {"kind": kind, "group": "HILE", "share": share}

    known = {"model": "m", "known": "zeros", "unknown": "others"}
    said = delusion({**known, "shares": [hile("zeros", 0.02), hile("others", never)]})
    assert words in said and f"{100 * never:.0f} %" in said
    assert delusion(known) == ""
    badly = delusion({**known, "shares": [hile("zeros", 0.92), hile("others", 0.76)]})
    assert "no more of them" in badly and "draws badly even what it was trained on" in badly


def test_a_damaged_or_empty_table_stays_readable() -> None:
    assert format_table({}).endswith("95 % intervals.")
    assert format_table({"quick": True, "n": None, "zeros": 3, "left_out": {"a": "b"}}).startswith(
        QUICK
    )
    assert "- a: b" in format_table({"left_out": {"a": "b"}})


@pytest.mark.skipif(find("zeros-vae") is None, reason="zeros-vae is not shipped")
def test_zeros_are_known_and_other_digits_are_not() -> None:
    found = measure_zeros(600, quick=True)
    auc = {s.name: s.auc for s in found.separations}
    controls = [s.auc.value for s in found.separations if s.control]
    assert auc["mse"].low > max(controls) and abs(auc["random"].value - 0.5) < 0.12
    share = {(s.kind, s.group): s.share.value for s in found.shares}
    assert share["held-out zeros", "HIHE"] > 0.85 > 0.2 > share["other digits", "HIHE"]
    for kind in (found.known, found.unknown):
        assert sum(v for (k, _), v in share.items() if k == kind) == pytest.approx(1)
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_tenth_of_the_photographs_are_of_the_kind_that_model_b_knows() -> None:
    found = measure_autos(400, quick=True)
    share = {(s.kind, s.group): s.share for s in found.shares}
    known, unknown = share["held-out automobiles", "HIHE"], share["nine other things", "HIHE"]
    assert known.n + unknown.n == 400 and 20 < known.n < 60
    random = next(s.auc for s in found.separations if s.name == "random")
    assert random.low < 0.5 < random.high
    json.dumps(found.to_dict(), allow_nan=False)


def test_what_is_not_there_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "weights_folder", lambda _: weights_folder("no-such-model"))
    monkeypatch.setattr(evaluation, "recorded", lambda: None)
    found = evaluate_anchors(200, quick=True)
    assert found.zeros is None and found.coverage == () and found.retrained is None
    models = {"zeros-vae", "avatars-no-glasses-vae", "autos-introvae"}
    assert models | {"coverage", "retrained"} == set(found.left_out)
    assert "genlens retrain" in format_table(found.to_dict())
    for n in (1, 5000):
        with pytest.raises(InputError, match="the number of pictures is"):
            evaluate_anchors(n)
    with pytest.raises(Cancelled):
        evaluate_anchors(200, quick=True, cancel=lambda: True)

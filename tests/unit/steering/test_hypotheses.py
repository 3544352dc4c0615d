"""Verdicts where the truth is known: assessors that read one window, nothing, or chance."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from genlens.common.measures import mean
from genlens.errors import Cancelled, InputError, ModelError
from genlens.steering.hypotheses.decide import claimed, decide
from genlens.steering.hypotheses.edit import Edit
from genlens.steering.hypotheses.edits import EDITS
from genlens.steering.hypotheses.faces import Drawn, Given
from genlens.steering.hypotheses.log import HypothesisLog, verdict_id
from genlens.steering.hypotheses.picture_edits import CHANGES, ChangePicture
from genlens.steering.hypotheses.redraw import Redraw
from genlens.steering.hypotheses.run import NO_SCORE, UNCHANGED, run_hypothesis
from genlens.steering.hypotheses.shams import moved_change
from genlens.worlds.avatars import draw_codes, faces_of
from known_assessors import CORNER, EYES, MOUTH, Carded, Made, Windows, chance, constant

pytestmark = pytest.mark.unit

GLASSES = Redraw("glasses", ("sunglasses",), ("none",), size=32)
READS_EYES, READS_MOUTH = Windows(), Windows({MOUTH: 4.0})
BLIND = Windows({CORNER: 0.0})


def judged(assessor, edit=GLASSES, n=40, **more):
    return run_hypothesis("it reacts to glasses", edit, assessor, n=n, **more)


def spread(mean, deviation, n=50, seed=0):
    """n numbers with exactly this mean and standard deviation."""
    rows = np.random.default_rng(seed).normal(size=n)
    return mean + deviation * (rows - rows.mean()) / rows.std(ddof=1)


@pytest.mark.parametrize(
    "effect, control, expected, answer",
    [
        (0.5, 0.0, 1, "supported"),
        (0.5, 0.0, -1, "contradicted"),
        (-0.5, 0.0, -1, "supported"),
        (-0.5, 0.0, 1, "contradicted"),
        (-0.5, 0.0, 0, "supported"),
        (0.05, 0.0, 1, "contradicted"),
        (0.2, 0.0, 1, "undecided"),  # the least effect lies inside the interval
        (0.5, 0.5, 1, "undecided"),  # a control does as much
        (0.5, 0.45, 1, "undecided"),
        (0.5, -0.5, 1, "supported"),  # a control the other way is no rival of this claim
        (0.5, -0.5, 0, "undecided"),  # but it is where any change was claimed
    ],
)
def test_the_rule(effect, control, expected, answer) -> None:
    found, reason = decide(spread(effect, 0.3), spread(control, 0.3), expected, 0.2, "points")
    assert found == answer, reason


def test_few_faces_decide_nothing_however_clear() -> None:
    answer, reason = decide(np.ones(11), np.zeros(11), 1, 0.1, "")
    assert answer == "undecided" and "11" in reason and "12" in reason


def test_changes_both_ways_do_not_cancel_where_any_change_is_claimed() -> None:
    both = np.tile([0.6, -0.6], 30)
    assert decide(both, np.zeros(60), 0, 0.2, "")[0] == "supported"
    assert decide(both, np.zeros(60), 1, 0.2, "")[0] == "contradicted"
    assert np.array_equal(claimed(both, 0), np.full(60, 0.6))


def test_an_effect_of_just_the_least_is_seldom_called_supported_or_contradicted() -> None:
    rng, answers = np.random.default_rng(3), []
    for _ in range(1000):
        changes = rng.normal(0.2, 0.5, 60)
        answers.append(decide(changes, rng.normal(0, 0.1, 60), 1, 0.2, "")[0])
    # each side errs in 2.5 % of cases: 25 of 1,000, give or take three standard deviations
    assert 10 <= answers.count("supported") <= 40
    assert 10 <= answers.count("contradicted") <= 40


def test_the_number_of_faces_that_an_undecided_verdict_names_decides() -> None:
    changes = spread(0.3, 0.5, 30)
    answer, reason = decide(changes, np.zeros(30), 1, 0.2, "")
    more = int(reason.split("about ")[1].split(" would")[0].replace(",", ""))
    assert answer == "undecided" and more > 30
    assert decide(spread(0.3, 0.5, more), np.zeros(more), 1, 0.2, "")[0] == "supported"
    assert decide(spread(0.3, 0.5, more // 2), np.zeros(more // 2), 1, 0.2, "")[0] == "undecided"


def test_a_true_and_a_false_claim_about_glasses() -> None:
    true, false = judged(READS_EYES), judged(READS_MOUTH)
    assert true.answer == "supported" and false.answer == "contradicted"
    assert true.effect.n == 40 and len(true.changes) == 40
    assert true.effect.low > true.hypothesis.least > false.effect.high
    assert judged(READS_EYES, expected=1).answer == "supported"
    down = judged(READS_EYES, expected=-1)
    assert down.answer == "contradicted"
    # the sign is the score's own, whatever was claimed
    assert down.effect.value == pytest.approx(judged(READS_EYES, expected=1).effect.value)
    assert down.effect.low <= down.effect.value <= down.effect.high


def test_effect_and_control_are_what_brute_force_finds() -> None:
    verdict, pairs = judged(READS_EYES, expected=1), GLASSES.pairs(0, 40, 0)
    before, after, control = (
        READS_EYES.score(each).double().numpy()
        for each in (pairs.before, pairs.after, pairs.control)
    )
    assert np.allclose(verdict.changes, after - before)
    assert verdict.effect.value == pytest.approx((after - before).mean())
    assert (verdict.effect.low, verdict.effect.high) == pytest.approx(
        (mean((after - before).tolist()).low, mean((after - before).tolist()).high)
    )
    assert verdict.control.value == pytest.approx((control - before).mean())
    assert verdict.hypothesis.least == pytest.approx(0.2 * before.std())
    shown = verdict.scores[:, 1] - verdict.scores[:, 0]
    assert shown[0] == pytest.approx((after - before).max())
    assert shown[-1] == pytest.approx((after - before).min())
    assert (np.diff(verdict.scores[:, 1] - verdict.scores[:, 0]) <= 1e-9).all()
    assert np.allclose(READS_EYES.score(torch.from_numpy(verdict.before)), verdict.scores[:, 0])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("expected", [0, 1, -1])
def test_assessors_that_know_nothing_are_never_supported(seed, expected) -> None:
    assert judged(chance(seed), expected=expected, seed=seed).answer != "supported"
    assert judged(constant(), expected=expected, seed=seed).answer == "contradicted"


def test_an_assessor_that_reacts_to_any_change_is_not_called_one_of_glasses() -> None:
    still = GLASSES.pairs(0, 40, 0).before
    any_change = Made(
        name="change",
        make=lambda x: (
            torch.tensor([float((one - still).abs().amax((1, 2, 3)).min() > 0.01) for one in x])
            + torch.linspace(0, 0.1, len(x))
        ),
    )
    verdict = judged(any_change, expected=1)
    assert verdict.answer == "undecided" and "nothing to do with the claim" in verdict.reason


def test_nan_for_some_faces_leaves_these_out_and_for_all_is_refused() -> None:
    def some(images):
        scores = READS_EYES.score(images)
        scores[::4] = float("nan")
        return scores

    verdict = judged(Made(name="some", make=some))
    assert verdict.effect.left_out == {NO_SCORE: 10} and verdict.effect.n == 30
    assert verdict.answer == "supported"
    none = Made(name="none", make=lambda images: torch.full((len(images),), float("nan")))
    with pytest.raises(ModelError, match="NaN"):
        judged(none)
    with pytest.raises(ModelError, match=r"\(n?40,?\)|shape"):
        judged(Made(name="wide", make=lambda images: torch.zeros(len(images), 2)))


def test_bad_input_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="claim is empty"):
        run_hypothesis("  ", GLASSES, READS_EYES)
    with pytest.raises(InputError, match="12 to 2000"):
        judged(READS_EYES, n=5)
    for least in (0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match="least"):
            judged(READS_EYES, least=least)
    with pytest.raises(InputError, match="expected is 2"):
        judged(READS_EYES, expected=2)
    with pytest.raises(InputError, match="cannot be watched"):
        judged(READS_EYES, watch=[READS_EYES])
    with pytest.raises(InputError, match="share a name"):
        judged(READS_EYES, watch=[replace(READS_MOUTH, name="a"), replace(READS_MOUTH, name="a")])
    missing = Windows(name="absent")
    object.__setattr__(missing, "missing", lambda: "genlens fetch absent")
    with pytest.raises(InputError, match="genlens fetch absent"):
        judged(missing)
    with pytest.raises(Cancelled):
        judged(READS_EYES, cancel=lambda: True)


def test_an_edit_that_changes_nothing_says_so() -> None:
    grey = torch.full((20, 3, 32, 32), 0.5)
    with pytest.raises(InputError, match="changes nothing on any of 20 faces"):
        judged(READS_EYES, ChangePicture(Given(grey), "grey"), n=20)
    half = grey.clone()
    half[:10, 0] = 0.9  # ten pictures have a colour
    with_colour = judged(READS_EYES, ChangePicture(Given(half), "grey"), n=20)
    assert with_colour.effect.left_out == {UNCHANGED: 10}
    assert with_colour.answer == "undecided" and "only 10 faces" in with_colour.reason


def test_what_else_an_edit_changes_is_measured_and_left_out() -> None:
    """An edit that puts glasses on and, on every second face, changes the mouth, too."""

    class Both(Redraw):
        def pairs(self, start, n, seed):
            pairs = super().pairs(start, n, seed)
            mouth = pairs.after[::2, :, 17:23, 11:21]  # black on light faces, white on dark
            mouth[:] = (mouth.mean((1, 2, 3), keepdim=True) < 0.5).float()
            return pairs

    edit = Both("glasses", ("sunglasses",), ("none",), size=32, aims={"eyes": 0})
    mouth = replace(READS_MOUTH, name="mouth", weights={MOUTH: 12.0})
    eyes = Windows({EYES: 12.0}, name="eyes")
    only_mouth = Windows({MOUTH: 4.0}, name="judged")
    fooled = run_hypothesis("reacts to glasses", edit, only_mouth, n=60)
    assert fooled.answer == "supported"  # the edit is not pure, and nobody watched
    told = run_hypothesis("reacts to glasses", edit, only_mouth, n=60, watch=[mouth, eyes])
    assert told.answer == "contradicted"
    assert told.leaks["mouth"].value == pytest.approx(0.5, abs=0.1) and "eyes" not in told.leaks
    assert told.effect.left_out == {"the edit also changed “mouth”": 60 - told.effect.n}


def test_faces_on_which_the_edit_failed_are_left_out() -> None:
    edit = replace(GLASSES, on=("round",), off=("none",), aims={"never": 1})
    never = Windows({CORNER: 0.0}, name="never")
    verdict = judged(READS_EYES, edit, watch=[never])
    assert verdict.effect.n == 0 and verdict.answer == "undecided"
    assert verdict.effect.left_out == {"the edit did not change “never”": 40}


def test_redrawing_changes_the_part_and_nothing_else() -> None:
    pairs = replace(GLASSES, size=64).pairs(0, 30, 5)
    codes = {f: c[:30] for f, c in draw_codes(30, 5).items()}
    worn = faces_of({**codes, "glasses": np.full(30, 4)}, size=64)
    assert torch.equal(pairs.after, worn.tensor())
    changed = (pairs.after != pairs.before).any(1)
    assert changed.any((1, 2)).all()
    rows = np.flatnonzero(changed.any(0).any(1).numpy())
    assert rows.min() > 64 * 0.3 and rows.max() < 64 * 0.6  # the band of the eyes


@pytest.mark.parametrize(
    "edit",
    [
        Redraw.of_property("smile", size=32),
        ChangePicture(Drawn(32), "hue", "hair"),
        ChangePicture(Given(torch.rand(60, 3, 20, 24)), "blur", "mouth"),
    ],
)
def test_a_face_is_the_same_whatever_it_is_asked_together_with(edit) -> None:
    assert isinstance(edit, Edit)
    together, apart = edit.pairs(0, 12, 7), edit.pairs(5, 4, 7)
    for name in ("before", "after", "control"):
        assert torch.equal(getattr(together, name)[5:9], getattr(apart, name))
    assert not torch.equal(edit.pairs(0, 12, 8).before, together.before)


def test_the_moved_change_is_as_large_and_elsewhere() -> None:
    before = torch.full((8, 3, 32, 32), 0.5)
    after = before.clone()
    after[:, :, 4:8, 10:16] = 0.9
    control = moved_change(before, after, 0, 0)
    assert (control - before).pow(2).sum((1, 2, 3)).tolist() == pytest.approx(
        (after - before).pow(2).sum((1, 2, 3)).tolist(), rel=1e-5
    )
    assert not ((control != before) & (after != before)).any()
    assert len({tuple(one.flatten().tolist()) for one in control}) > 1


@pytest.mark.parametrize("name", CHANGES)
def test_changes_of_pictures(name) -> None:
    images = torch.rand(4, 3, 33, 47)
    inside = ChangePicture(Given(images), name, (0.25, 0.25, 0.75, 0.75)).pairs(0, 4, 0)
    assert torch.equal(inside.before[:, :, :8], inside.after[:, :, :8])  # outside the box
    assert not torch.equal(inside.before[:, :, 8:24, 12:35], inside.after[:, :, 8:24, 12:35])
    assert inside.after.min() >= 0 and inside.after.max() <= 1
    grey = Given(torch.rand(4, 1, 20, 20))
    assert ChangePicture(grey, name).pairs(0, 4, 0).after.shape == (4, 1, 20, 20)


def test_blur_keeps_brightness_grey_keeps_luminance_and_a_full_turn_is_none() -> None:
    images = torch.rand(2, 3, 40, 40)
    blur, grey, hue = (CHANGES[name].function for name in ("blur", "grey", "hue"))
    assert blur(images, 0.05).mean() == pytest.approx(float(images.mean()), abs=0.01)
    assert blur(images, 0.05).var() < 0.3 * images.var()
    weights = torch.tensor([0.2126, 0.7152, 0.0722])[:, None, None]
    flat = grey(images, 1.0)
    assert torch.allclose(flat[:, 0], flat[:, 1]) and torch.allclose(
        flat[:, 0], (images * weights).sum(1), atol=1e-6
    )
    assert torch.allclose(hue(images, 360.0), images, atol=1e-5)
    red = torch.tensor([1.0, 0, 0])[None, :, None, None]
    assert torch.allclose(hue(red, 120.0).flatten(), torch.tensor([0.0, 1.0, 0.0]), atol=1e-6)


def test_edits_refuse_what_they_cannot_do() -> None:
    with pytest.raises(InputError, match="nothing a face has"):
        Redraw("wings", ("big",))
    with pytest.raises(InputError, match="no glasses is 'monocle'"):
        Redraw("glasses", ("monocle",))
    with pytest.raises(InputError, match="changes nothing on some"):
        Redraw("glasses", ("round",), ("round", "none"))
    with pytest.raises(InputError, match="no region"):
        ChangePicture(Drawn(), "blur", "elbow")
    with pytest.raises(InputError, match="empty or outside"):
        ChangePicture(Drawn(), "blur", (0.5, 0, 0.5, 1))
    with pytest.raises(InputError, match="no change"):
        ChangePicture(Drawn(), "explode")
    with pytest.raises(InputError, match="amount of blur"):
        ChangePicture(Drawn(), "blur", amount=5)
    with pytest.raises(InputError, match="3 pictures were given and 12"):
        judged(READS_EYES, ChangePicture(Given(torch.rand(3, 3, 8, 8)), "grey"), n=12)
    with pytest.raises(InputError, match="outside 0 to 1"):
        Given(torch.full((3, 3, 8, 8), 65535.0))
    assert set(EDITS) == {"redraw", "direction", "styles", "picture"}


def test_the_log_keeps_each_test_once_and_its_id_is_of_what_was_tried() -> None:
    log, first = HypothesisLog(), judged(READS_EYES)
    entry = log.keep(first)
    assert log.keep(judged(READS_EYES)).id == entry.id and len(log.entries) == 1
    changes = [
        judged(READS_EYES, seed=1),
        judged(READS_EYES, n=41),
        judged(READS_EYES, expected=1),
        judged(READS_EYES, least=0.3),
        judged(READS_EYES, replace(GLASSES, on=("round",), title="")),
        judged(
            READS_MOUTH if READS_MOUTH.name != READS_EYES.name else replace(READS_EYES, name="b")
        ),
        judged(Carded()),
        run_hypothesis("another claim", GLASSES, READS_EYES, n=40),
    ]
    ids = {verdict_id(v) for v in changes}
    assert len(ids) == len(changes) and entry.id not in ids
    assert log.find(entry.id).verdict.answer == "supported"
    with pytest.raises(InputError, match="h-none"):
        log.find("h-none")
    assert entry.id in entry.cite() and "supported" in entry.cite()
    assert json.dumps(log.to_dict(), allow_nan=False)


def test_the_csv_has_a_line_an_entry_and_no_formulas() -> None:
    log = HypothesisLog()
    log.keep(run_hypothesis("=1+1, “really”\nyes", GLASSES, READS_EYES, n=20))
    log.keep(judged(READS_MOUTH))
    import csv
    import io

    rows = list(csv.DictReader(io.StringIO(log.to_csv())))
    assert [row["answer"] for row in rows] == ["supported", "contradicted"]
    assert rows[0]["claim"].startswith("'=1+1") and rows[0]["faces"] == "20"
    assert float(rows[0]["low"]) < float(rows[0]["effect"]) < float(rows[0]["high"])

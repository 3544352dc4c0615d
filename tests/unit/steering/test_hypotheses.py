"""Verdicts where the truth is known: assessors that read one window, nothing, or chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from genlens.common.estimates import skewed_mean
from genlens.errors import Cancelled, InputError, ModelError
from genlens.steering.hypotheses.decide import claimed, decide
from genlens.steering.hypotheses.edits.faces import Given
from genlens.steering.hypotheses.edits.pictures import ChangePicture
from genlens.steering.hypotheses.edits.redraw import Redraw
from genlens.steering.hypotheses.run import NO_SCORE, UNCHANGED, run_hypothesis
from known_assessors import CORNER, EYES, MOUTH, Made, Windows, chance, constant

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
    wanted = skewed_mean((after - before).tolist())
    assert np.allclose(verdict.changes, after - before)
    assert verdict.effect.value == pytest.approx((after - before).mean())
    assert (verdict.effect.low, verdict.effect.high) == pytest.approx((wanted.low, wanted.high))
    assert verdict.control.value == pytest.approx((control - before).mean())
    assert verdict.hypothesis.least == pytest.approx(0.2 * np.stack([before, after]).std())
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
    assert with_colour.answer == "undecided" and "only 10 of 20 faces" in with_colour.reason


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

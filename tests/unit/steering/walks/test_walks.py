"""What a walk measures, against what is known of linear pictures and scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from genlens.errors import InputError, ModelError
from genlens.steering.results import Direction
from genlens.steering.walks.measures import curve_of, leakage_of, rises, slopes, strip_of
from genlens.steering.walks.walk import latents_of, styles_along, take_walk
from linear_gan import LinearGAN, Probe, probe, slope_in_latents

pytestmark = pytest.mark.unit

GAN = LinearGAN()
SMILE, HAT = probe(1, "smile"), probe(2, "hat")
ROW = slope_in_latents(GAN, SMILE).astype(np.float32)
UP = Direction(vector=ROW, space="latents", method="known", target="smile")
ALPHAS = [-1.0, -0.5, 0.0, 0.5, 1.0]


def walked(direction=UP, assessors=(SMILE, HAT), seeds=range(8), alphas=ALPHAS):  # type: ignore[no-untyped-def]
    return take_walk(GAN, direction, list(seeds), alphas, assessors)


def test_a_linear_score_rises_by_its_slope_for_every_seed() -> None:
    walk = walked()
    curve = curve_of(walk, "smile")
    assert curve.slope.value == pytest.approx(float(ROW @ ROW), rel=1e-4)
    assert curve.slope.low == pytest.approx(curve.slope.high, rel=1e-4)
    assert curve.monotone.value == 1.0 and curve.monotone.n == 8
    assert np.allclose(curve.mean, walk.scores["smile"].mean(0))
    assert (curve.low <= curve.mean).all() and (curve.mean <= curve.high).all()
    assert curve.distance[2] == 0 and (np.diff(curve.distance[2:]) > 0).all()


def test_the_other_way_round_nothing_is_monotone() -> None:
    down = replace(UP, vector=-ROW)
    curve = curve_of(walked(down), "smile")
    assert curve.monotone.value == 0.0 and curve.slope.value < 0


def test_leakage_is_the_ratio_of_slopes_in_standard_deviations() -> None:
    walk = walked()
    z = GAN.sample_latents(4000, 5)
    images = GAN.synthesize(GAN.to_styles(z))
    spreads = {a.name: float(a.score(images).std()) for a in (SMILE, HAT)}
    leak = leakage_of(walk, "smile", spreads)
    other = slope_in_latents(GAN, HAT)
    expected = (ROW @ other / spreads["hat"]) / (ROW @ ROW / spreads["smile"])
    assert leak.leaks["hat"].value == pytest.approx(expected, rel=1e-3)
    assert leak.sizes["hat"].value == pytest.approx(abs(expected), rel=1e-3)
    assert leak.worst == "hat" and set(leak.leaks) == {"hat"}


def test_changes_that_cancel_over_faces_still_count_without_sign() -> None:
    """A score that rises on some faces and falls on others leaks nothing on average."""
    walk = walked()
    turned = walk.scores["hat"] * np.where(np.arange(8) % 2, 1, -1)[:, None]
    leak = leakage_of(replace(walk, scores={**walk.scores, "hat": turned}), "smile")
    assert leak.leaks["hat"].value == pytest.approx(0, abs=1e-4)
    assert leak.sizes["hat"].value > 0.05


def test_which_rows_rise() -> None:
    rows = np.array(
        [
            [0, 1, 2, 3],  # rises
            [0, 1, 1, 1],  # rises, then stays
            [0, 0, 0, 0],  # stays
            [0, 2, 1.5, 3],  # turns back
            [0, 2, 1.95, 3],  # within the slack
            [0, 1, 0.94, 0.88],  # turns back slowly: by more than the slack in all
            [3, 2, 1, 0],  # falls
            [0, 0, 0, 0.05],  # rises by less than the slack
        ],
        dtype=float,
    )
    expected = [True, True, False, False, True, False, False, False]
    assert rises(rows, slack=0.1).tolist() == expected
    assert slopes(rows, np.arange(4.0))[[0, 2, 6]] == pytest.approx([1, 0, -1])


def test_missing_scores_are_left_out_and_counted() -> None:
    class Sometimes(Probe):
        def score(self, images):  # type: ignore[no-untyped-def]
            value = super().score(images)
            return torch.where(value > value.median(), torch.nan, value)

    walk = walked(assessors=(SMILE, Sometimes(HAT.pattern, "hat")), seeds=range(3))
    with pytest.raises(InputError, match="no score for any"):
        curve_of(walk, "hat")
    scores = walk.scores["smile"].copy()
    scores[1, 3] = np.nan
    holed = replace(walk, scores={"smile": scores, "hat": walk.scores["smile"]})
    curve = curve_of(holed, "smile")
    assert curve.monotone.n == 2 and sum(curve.monotone.left_out.values()) == 1
    leak = leakage_of(holed, "smile").leaks["hat"]
    assert leak.n == 2 and sum(leak.left_out.values()) == 1


def test_an_assessor_that_never_varies_has_no_leakage_number() -> None:
    flat = probe(3, "flat")
    flat.pattern.zero_()
    leak = leakage_of(walked(assessors=(SMILE, HAT, flat)), "smile")
    assert leak.leaks["flat"].n == 0 and np.isnan(leak.leaks["flat"].value)
    assert leak.worst == "hat"


def test_a_strip_is_one_seed_of_the_walk() -> None:
    walk = walked(seeds=[3, 11])
    strip = strip_of(walk, 11, "smile")
    assert np.array_equal(strip.images, walk.images[1])
    assert np.array_equal(strip.scores, walk.scores["smile"][1])
    own = GAN.synthesize(GAN.to_styles(GAN.sample_latents(1, 11)))[0].numpy()
    assert np.allclose(strip.images[2], own, atol=1e-6), "at 0 it is the face of its seed"
    assert np.isnan(strip_of(walk, 11).scores).all()
    for wrong in (lambda: strip_of(walk, 4), lambda: strip_of(walk, 3, "beard")):
        with pytest.raises(InputError):
            wrong()


def test_normed_latents_keep_their_own_length() -> None:
    long = replace(UP, vector=ROW * 10, normed=True)
    z = latents_of(GAN, [0, 1, 2]) * torch.tensor([[1.0], [2.0], [3.0]])
    moved = styles_along(GAN, z, long, np.array([0.0, 1.0]))  # (3, 2, layers, d)
    back = torch.linalg.lstsq(GAN.mapping, torch.zeros(6)).solution
    assert back.shape == (8,)
    expected = z + torch.from_numpy(long.vector)
    expected *= z.norm(dim=1, keepdim=True) / expected.norm(dim=1, keepdim=True)
    assert torch.allclose(moved[:, 1], GAN.to_styles(expected), atol=1e-4)
    assert torch.allclose(moved[:, 0], GAN.to_styles(z), atol=1e-5)


def test_styles_move_only_in_their_layers() -> None:
    vector = np.zeros((3, 6), np.float32)
    vector[1] = 2.0
    direction = Direction(vector=vector, space="styles", method="known")
    z = latents_of(GAN, [0, 1])
    moved = styles_along(GAN, z, direction, np.array([-1.0, 0.0, 1.0]))
    start = GAN.to_styles(z)
    assert torch.allclose(moved[:, 2] - start, torch.from_numpy(vector).expand(2, 3, 6))
    assert torch.allclose(moved[:, :, 0], start[:, None, 0].expand(2, 3, 6))


def test_alphas_are_sorted_and_get_their_zero() -> None:
    assert walked(alphas=[2, -1, 2, 1], seeds=[0]).alphas.tolist() == [-1, 0, 1, 2]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"alphas": [np.nan]}, "finite"),
        ({"alphas": [0]}, "1 alphas"),
        ({"alphas": list(range(200))}, "200 alphas"),
        ({"seeds": []}, "0 seeds"),
        ({"seeds": [-1]}, "seed is -1"),
        ({"direction": replace(UP, vector=ROW[:3])}, "another generator"),
        ({"direction": replace(UP, space="styles")}, "another generator"),
    ],
)
def test_what_cannot_be_walked_is_refused(more, says) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=says):
        walked(**more)


def test_a_generator_that_breaks_is_named() -> None:
    endless = replace(UP, vector=ROW * 1e38)
    with pytest.raises((InputError, ModelError)):
        walked(endless, alphas=[-9, 9])

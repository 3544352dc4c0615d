"""Where a slider ends: a score that saturates, a picture that breaks, steps that look even."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from genlens.models.distances.distances import DISTANCES
from genlens.steering.results import Direction
from genlens.steering.walks.ordinary import ordinary_of
from genlens.steering.walks.reach import even_steps, measure_reach
from genlens.steering.walks.walk import take_walk
from linear_gan import LinearGAN, PlainDecoder, probe, slope_in_latents

pytestmark = pytest.mark.unit

SSIM = DISTANCES["ssim"]
GAN = LinearGAN()
SMILE = probe(1, "smile")
UP = Direction(slope_in_latents(GAN, SMILE).astype(np.float32), "latents", "known", "smile")


class Clear(LinearGAN):
    """Never breaks: what is far out looks like what is near."""

    def synthesize(self, styles):  # type: ignore[no-untyped-def]
        return 0.5 + 0.5 * torch.tanh(super().synthesize(styles) - 0.5)


class Torn(LinearGAN):
    """Noise of stripes wherever a style is larger than any that is drawn."""

    def synthesize(self, styles):  # type: ignore[no-untyped-def]
        images = super().synthesize(styles)
        torn = (styles.norm(dim=(1, 2)) > 50).float()[:, None, None, None]
        stripes = torch.arange(36).reshape(6, 6) % 2.0
        return images * (1 - torn) + torn * stripes


def reach_of(gan, direction=UP, assessor=SMILE, **more):  # type: ignore[no-untyped-def]
    return measure_reach(gan, direction, assessor, distance=SSIM, **more)


def test_it_ends_where_the_score_saturates() -> None:
    wide = reach_of(Clear(), assessor=None)
    sharp = probe(1, "smile", bounded=True)
    sharp.pattern.mul_(6)
    saturated = reach_of(Clear(), assessor=sharp)
    assert saturated.high < 0.7 * wide.high and saturated.low > 0.7 * wide.low
    assert "score" in saturated.why_high and "score" in saturated.why_low
    walk = take_walk(Clear(), UP, range(9000, 9008), [saturated.high, wide.high], [sharp])
    at_end, beyond = walk.scores["smile"].mean(0)[1:] - walk.scores["smile"].mean(0)[0]
    assert at_end == pytest.approx(0.95 * beyond, rel=0.08), "most of the gain lies within"


def test_it_ends_where_the_picture_breaks() -> None:
    reach = reach_of(Torn(), assessor=None)
    free = reach_of(GAN, assessor=None)
    assert "breaks" in reach.why_high and reach.high < free.high
    gan = Torn()
    usual = ordinary_of(gan, SSIM)
    inside = take_walk(gan, UP, range(9000, 9008), [reach.low, reach.high])
    for column in (0, 2):
        assert usual.strange(torch.from_numpy(inside.images[:, column]), SSIM).mean() <= 0.25


def test_ordinary_pictures_are_rarely_strange_and_stripes_are() -> None:
    usual = ordinary_of(GAN, SSIM)
    more = GAN.synthesize(GAN.to_styles(GAN.sample_latents(200, 77)))
    assert usual.strange(more, SSIM).mean() < 0.08
    stripes = (torch.arange(36).reshape(1, 1, 6, 6) % 2.0).float()
    assert usual.strange(stripes, SSIM).all()


def test_the_sign_of_the_direction_turns_the_reach_round() -> None:
    sharp = probe(1, "smile", bounded=True)
    sharp.pattern.mul_(6)
    one, other = (
        reach_of(Clear(), UP, sharp),
        reach_of(Clear(), replace(UP, vector=-UP.vector), sharp),
    )
    assert other.high == pytest.approx(-one.low) and other.low == pytest.approx(-one.high)


def test_the_unit_of_alpha_does_not_matter() -> None:
    longer = replace(UP, vector=UP.vector * 10)
    one, ten = reach_of(Clear()), reach_of(Clear(), longer)
    assert ten.high == pytest.approx(one.high / 10, rel=1e-3)
    assert ten.steps == pytest.approx(one.steps / 10, rel=1e-3)


def test_steps_are_even_in_feature_distance() -> None:
    """Where raw alphas are not: this decoder's tanh saturates on the way."""
    gan = PlainDecoder()
    gan.first.weight.data.mul_(3)
    direction = Direction(np.eye(8, dtype=np.float32)[0], "latents", "known")
    reach = measure_reach(gan, direction, None, distance=SSIM, steps=7)
    assert len(reach.steps) == 7 and 0 in reach.steps
    assert (np.diff(reach.steps) > 0).all()
    assert reach.steps[0] == reach.low and reach.steps[-1] == reach.high

    def unevenness(alphas: np.ndarray) -> float:
        walk = take_walk(gan, direction, range(9000, 9008), alphas)
        images = torch.from_numpy(walk.images)
        steps = [
            SSIM.between(images[:, i + 1], images[:, i]).clamp_min(0).sqrt().mean()
            for i in range(len(walk.alphas) - 1)
        ]
        return float(np.std(steps) / np.mean(steps))

    assert unevenness(reach.steps) < 0.6 * unevenness(np.linspace(reach.low, reach.high, 7))


def test_even_steps_follow_the_distance_and_hold_zero() -> None:
    alphas = np.linspace(-2, 2, 41)
    quick_then_slow = np.where(alphas < 0, alphas, 3 * alphas) + 2
    steps = even_steps(alphas, quick_then_slow, -2, 2, 9)
    assert steps.tolist() == pytest.approx([-2, -1, 0, 1 / 3, 2 / 3, 1, 4 / 3, 5 / 3, 2], abs=1e-6)
    still = even_steps(alphas, np.zeros(41), -2, 2, 5)
    assert still.tolist() == pytest.approx([-2, -1, 0, 1, 2], abs=1e-3)


def test_a_picture_that_breaks_at_once_leaves_a_short_slider() -> None:
    gan = Torn()
    far = replace(UP, vector=UP.vector)
    reach = measure_reach(gan, far, None, distance=SSIM, ordinary=ordinary_of(Clear(), SSIM))
    assert reach.low < 0 < reach.high and np.isfinite(reach.steps).all()

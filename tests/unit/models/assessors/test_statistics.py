"""Image statistics against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from genlens.errors import InputError
from genlens.models.assessors.assessors import ASSESSORS, STATISTICS, assessor
from genlens.models.assessors.statistics.shapes import object_mask
from genlens.models.contracts import Assessor

pytestmark = pytest.mark.unit


def even(*colour: float, size: tuple[int, int] = (8, 8)) -> torch.Tensor:
    """(1, 3, h, w) of one colour."""
    return torch.tensor(colour, dtype=torch.float32).view(1, 3, 1, 1).expand(1, 3, *size).clone()


def rectangle(h: int, w: int, top: int, left: int, *, side: int = 32) -> torch.Tensor:
    """A black rectangle on white."""
    picture = torch.ones(1, 3, side, side)
    picture[:, :, top : top + h, left : left + w] = 0
    return picture


def score(name: str, images: torch.Tensor) -> float:
    (value,) = assessor(name).score(images).tolist()
    return value


@pytest.mark.parametrize(
    ("name", "images", "value"),
    [
        ("brightness", even(1, 0, 0), 0.299),
        ("brightness", even(0, 1, 1), 0.701),
        ("contrast", torch.cat([even(0, 0, 0), even(1, 1, 1)], 3), 0.5),
        ("contrast", even(0.3, 0.5, 0.1), 0.0),
        ("redness", even(1, 0, 0), 1.0),
        ("redness", even(0, 1, 1), -1.0),
        ("redness", even(0.5, 0.5, 0.5), 0.0),
        ("colourfulness", even(0.4, 0.4, 0.4), 0.0),
        # no spread; mean rg = 255, mean yb = 127.5
        ("colourfulness", even(1, 0, 0), 0.3 * math.hypot(255, 127.5)),
        # half red, half green: rg is 255 and -255 (spread 255, mean 0), yb is 127.5 in both
        ("colourfulness", torch.cat([even(1, 0, 0), even(0, 1, 0)], 3), 255 + 0.3 * 127.5),
        ("entropy", even(0.2, 0.2, 0.2), 0.0),
        ("entropy", torch.cat([even(0, 0, 0), even(1, 1, 1)], 3), 1.0),
        ("symmetry", torch.cat([even(0, 0, 0), even(1, 1, 1)], 3), 0.0),
        ("symmetry", rectangle(8, 8, 3, 12), 1.0),
        ("object-size", rectangle(8, 16, 4, 6), 8 * 16 / 32**2),
        ("object-size", even(0.2, 0.4, 0.6), 0.0),
        ("centredness", rectangle(8, 8, 12, 12), 1.0),
        ("centredness", rectangle(8, 8, 12, 4), 1 - 8 / (31 * math.sqrt(2) / 2)),
        ("centredness", even(0.2, 0.4, 0.6), 0.0),
        ("squareness", rectangle(8, 8, 3, 20), 1.0),
        ("squareness", rectangle(4, 16, 10, 6), 0.25),
        ("squareness", rectangle(16, 4, 10, 6), 0.25),
    ],
)
def test_closed_forms(name: str, images: torch.Tensor, value: float) -> None:
    assert score(name, images) == pytest.approx(value, abs=2e-4, rel=1e-4)


def test_entropy_is_shannons_on_pictures_of_whole_levels() -> None:
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (1, 1, 40, 30)).astype(np.float32)
    counts = np.bincount(grey.astype(int).ravel(), minlength=256) / grey.size
    shannon = -(counts[counts > 0] * np.log2(counts[counts > 0])).sum()
    assert score("entropy", torch.from_numpy(grey / 255)) == pytest.approx(shannon, abs=1e-3)


def test_colourfulness_is_the_published_formula_of_any_picture() -> None:
    pixels = np.random.default_rng(1).random((3, 9, 7))
    red, green, blue = 255 * pixels
    rg, yb = red - green, 0.5 * (red + green) - blue
    published = math.hypot(rg.std(), yb.std()) + 0.3 * math.hypot(rg.mean(), yb.mean())
    images = torch.from_numpy(pixels).float()[None]
    assert score("colourfulness", images) == pytest.approx(published, rel=1e-5)


def test_the_object_is_what_differs_from_the_border() -> None:
    picture = rectangle(8, 8, 3, 20)
    assert torch.equal(object_mask(picture)[0], (picture[0, 0] == 0).float())
    assert torch.equal(object_mask(1 - picture)[0], (picture[0, 0] == 0).float())
    faint = torch.full((1, 3, 32, 32), 0.5)
    faint[:, :, 10:20, 10:20] += 0.02  # a step that no ground is free of
    assert object_mask(faint).sum() == 0


@pytest.mark.parametrize("each", STATISTICS, ids=lambda each: each.name)
def test_numbers_stay_in_the_range_and_slopes_are_finite(each: Assessor) -> None:
    generator = torch.Generator().manual_seed(0)
    noise = torch.rand(4, 3, 13, 17, generator=generator)
    plain = [even(*c, size=(13, 17)) for c in ((0, 0, 0), (1, 1, 1), (1, 0, 0), (0.2, 0.5, 0.5))]
    images = torch.cat([noise, *plain, (noise > 0.5).float()])
    low, high = each.range
    leaf = images.clone().requires_grad_()
    scores = each.score(leaf)
    assert scores.shape == (len(images),) and scores.dtype == torch.float32
    assert bool(((scores >= low - 1e-5) & (scores <= high + 1e-5)).all())
    assert each.unit and each.help and each.missing() == ""
    assert each.differentiable
    (slope,) = torch.autograd.grad(scores.sum(), leaf)
    assert bool(slope.isfinite().all())


@pytest.mark.parametrize("each", STATISTICS, ids=lambda each: each.name)
def test_following_the_slope_raises_the_score(each: Assessor) -> None:
    ground = torch.full((1, 3, 24, 24), 0.9)
    ground[:, :, 6:13, 4:9] = torch.tensor([0.3, 0.5, 0.8]).view(1, 3, 1, 1)
    smooth = torch.nn.functional.avg_pool2d(ground, 5, 1, 2, count_include_pad=False)
    generator = torch.Generator().manual_seed(3)
    smooth = (smooth + 0.002 * torch.rand(smooth.shape, generator=generator)).clamp(0.05, 0.95)
    leaf = smooth.requires_grad_()
    before = each.score(leaf)
    (slope,) = torch.autograd.grad(before.sum(), leaf)
    assert slope.abs().max() > 0
    after = each.score((leaf + 1e-3 * slope / slope.abs().max()).detach())
    assert after > before


@pytest.mark.parametrize("each", STATISTICS, ids=lambda each: each.name)
def test_a_picture_scores_alone_as_it_does_among_others(each: Assessor) -> None:
    images = torch.rand(5, 3, 20, 20, generator=torch.Generator().manual_seed(2))
    together = each.score(images)
    alone = torch.cat([each.score(image[None]) for image in images])
    assert torch.allclose(together, alone, atol=1e-5)


def test_grey_and_odd_sizes() -> None:
    for shape in ((2, 1, 1, 1), (1, 1, 3, 50), (1, 3, 50, 3)):
        for each in STATISTICS:
            assert bool(each.score(torch.rand(shape)).isfinite().all()), each.name


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (torch.rand(0, 3, 4, 4), "shape"),
        (torch.rand(3, 4, 4), "shape"),
        (torch.rand(1, 4, 4, 4), "1 \\(grey\\) or 3 \\(RGB\\) colours, not 4"),
        (torch.zeros(1, 3, 4, 4, dtype=torch.uint8), "divide pixels by 255"),
        (torch.full((1, 3, 4, 4), float("nan")), "NaN or infinity"),
    ],
)
def test_what_is_no_picture_is_refused(images: torch.Tensor, words: str) -> None:
    with pytest.raises(InputError, match=words):
        ASSESSORS["brightness"].score(images)


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(InputError, match="no assessor is called 'beauty': take brightness, .*"):
        assessor("beauty")
    assert all(isinstance(each, Assessor) for each in ASSESSORS.values())
    assert all(name == each.name for name, each in ASSESSORS.items())

"""An assessor of one's own, from a function."""

from __future__ import annotations

import pytest
import torch

from genlens.errors import InputError, ModelError
from genlens.models.assessors.own import own_assessor
from genlens.models.contracts import Assessor

pytestmark = pytest.mark.unit
IMAGES = torch.rand(3, 1, 4, 4, generator=torch.Generator().manual_seed(0))


def test_a_function_becomes_an_assessor_that_sees_three_colours() -> None:
    seen = []

    def green(images: torch.Tensor) -> torch.Tensor:
        seen.append(tuple(images.shape))
        return images[:, 1].mean((1, 2))

    mine = own_assessor(green, name="green", unit="0 to 1", range=(0.0, 1.0))
    assert isinstance(mine, Assessor) and mine.title == "green" and mine.missing() == ""
    assert torch.allclose(mine.score(IMAGES), IMAGES.mean((1, 2, 3)))
    assert seen == [(3, 3, 4, 4)]
    leaf = IMAGES.clone().requires_grad_()
    (slope,) = torch.autograd.grad(mine.score(leaf).sum(), leaf)
    assert torch.allclose(slope, torch.full_like(leaf, 1 / 16))


def test_nan_names_the_assessor_and_the_picture() -> None:
    def bad(images: torch.Tensor) -> torch.Tensor:
        return torch.tensor([1.0, float("nan"), float("inf")])

    mine = own_assessor(bad, name="charm")
    with pytest.raises(InputError, match="assessor charm gives NaN .* for 2 of 3 .*number 1"):
        mine.score(IMAGES)


@pytest.mark.parametrize("given", [torch.zeros(3, 1), torch.zeros(2), 1.0, None])
def test_another_shape_than_one_number_a_picture_is_refused(given: object) -> None:
    mine = own_assessor(lambda images: given, name="charm")  # type: ignore[arg-type,return-value]
    with pytest.raises(ModelError, match="assessor charm gave .* for 3 pictures"):
        mine.score(IMAGES)


def test_whole_numbers_become_floats() -> None:
    mine = own_assessor(lambda images: torch.arange(3), name="place", differentiable=False)
    assert mine.score(IMAGES).dtype == torch.float32


def test_a_name_and_a_range_are_needed() -> None:
    with pytest.raises(InputError, match="needs a name"):
        own_assessor(lambda images: images.mean((1, 2, 3)), name="")
    with pytest.raises(InputError, match="smaller end first"):
        own_assessor(lambda images: images.mean((1, 2, 3)), name="x", range=(1.0, 0.0))

"""The closed form against a numerical minimiser, and its limits."""

from __future__ import annotations

import pytest
import torch

from genlens.prompts.inside.edit.solve import loss, ridge

pytestmark = pytest.mark.unit


@pytest.fixture
def problem():
    made = torch.Generator().manual_seed(3)

    def rows(n, d):
        return torch.randn(n, d, generator=made, dtype=torch.float64)

    return rows(4, 6), rows(3, 6), rows(3, 6), rows(5, 6)


@pytest.mark.parametrize(("lam", "mu"), [(0.5, 0.0), (0.1, 2.0)])
def test_the_closed_form_is_the_minimum(problem, lam, mu):
    weight, sources, targets, kept = problem
    found = ridge(weight, sources, targets, kept, lam, mu)
    new = weight.clone().requires_grad_(True)
    optimiser = torch.optim.LBFGS(
        [new], max_iter=400, tolerance_grad=1e-12, tolerance_change=1e-16,
        line_search_fn="strong_wolfe",
    )  # fmt: skip

    def closure():
        optimiser.zero_grad()
        value = loss(new, weight, sources, targets, kept, lam, mu)
        value.backward()
        return value

    optimiser.step(closure)
    assert torch.allclose(found, new.detach(), atol=1e-5)
    least = loss(found, weight, sources, targets, kept, lam, mu)
    assert least <= loss(new.detach(), weight, sources, targets, kept, lam, mu) + 1e-9


def test_a_small_lambda_moves_the_source_onto_the_target(problem):
    weight, sources, targets, kept = problem
    new = ridge(weight, sources, targets, kept[:0], 1e-9, 0.0)
    assert torch.allclose(sources @ new.T, targets @ weight.T, atol=1e-5)


def test_a_large_lambda_changes_nothing_and_nothing_to_do_is_nothing_done(problem):
    weight, sources, targets, kept = problem
    assert torch.allclose(ridge(weight, sources, targets, kept, 1e12, 0.0), weight, atol=1e-6)
    assert torch.equal(ridge(weight, sources, sources, kept, 0.1, 1.0), weight)


def test_what_is_kept_is_kept(problem):
    weight, sources, targets, kept = problem
    loose = ridge(weight, sources, targets, kept[:2], 1e-6, 0.0)
    tight = ridge(weight, sources, targets, kept[:2], 1e-6, 1e6)
    moved = [((kept[:2] @ (new - weight).T).norm()).item() for new in (loose, tight)]
    assert moved[1] < 1e-3 * moved[0]

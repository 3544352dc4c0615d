"""How the scenes' models are trained: the optimiser, the clock, what is made ahead or recorded."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import torch

from genlens.zoo.recipes import muon
from genlens.zoo.recipes.common import Schedule
from genlens.zoo.recipes.scenes.training import Ahead, ClockTrainer, Recorded

pytestmark = pytest.mark.unit


def test_muon_makes_singular_values_equal_and_learns() -> None:
    torch.manual_seed(0)
    for shape in ((8, 20), (20, 8)):
        values = torch.linalg.svdvals(muon.orthogonal(torch.randn(shape)))
        assert float(values.min()) > 0.5 and float(values.max()) < 1.3
    layer = torch.nn.Conv2d(3, 8, 3, padding=1)
    optimizer = muon.MuonAdamW([layer.weight], [layer.bias], 0.02, 0.0)
    x, target = torch.randn(4, 3, 8, 8), torch.randn(4, 8, 8, 8)
    errors = []
    for _ in range(40):
        error = (layer(x) - target).square().mean()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        errors.append(error.item())
    assert errors[-1] < 0.95 * errors[0]
    kept = optimizer.state_dict()
    other = muon.MuonAdamW([layer.weight], [layer.bias], 0.02, 0.0)
    other.load_state_dict(kept)
    assert torch.equal(
        other.state[layer.weight]["momentum"], optimizer.state[layer.weight]["momentum"]
    )


def test_a_run_by_the_clock_stops_saves_and_goes_on(tmp_path: Path) -> None:
    module = torch.nn.Linear(2, 1)

    def loss(_: int) -> torch.Tensor:
        return module(torch.ones(1, 2)).square().sum()

    def trainer(**more: float) -> ClockTrainer:
        schedule = Schedule(5, 1, 1e-2, warmup=1)
        return ClockTrainer(module, schedule, tmp_path, loss, minutes=10, bf16=False, **more)

    late = trainer(until=time.time() - 1)
    late.train()
    assert late.step == 0 and not late.complete
    first = trainer()
    first.stopped = True
    first.train()
    assert first.step == 0 and not (tmp_path / "complete").exists()
    whole = trainer()
    whole.train()
    assert whole.step == 5 and whole.complete and (tmp_path / "complete").exists()
    assert trainer().step == 5


def test_what_is_made_ahead_comes_in_order_and_errors_come_out() -> None:
    ahead = Ahead(lambda i: 10 // (3 - i))
    assert [ahead() for _ in range(3)] == [3, 5, 10]
    with pytest.raises(ZeroDivisionError):
        ahead()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="a CUDA graph needs a card")
def test_a_recorded_step_has_the_gradients_of_one_that_is_not() -> None:
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.SiLU(), torch.nn.Linear(8, 1)).cuda()

    def loss(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return (net(x) * weight).square().mean()

    recorded = Recorded(loss, list(net.parameters()), bf16=False)
    for _ in range(3):  # other inputs each time, and other weights
        inputs = (torch.randn(5, 6, device="cuda"), torch.rand((), device="cuda"))
        told = recorded(inputs)
        found = [p.grad.clone() for p in net.parameters()]
        wanted = torch.autograd.grad(loss(*inputs), list(net.parameters()))
        assert told == pytest.approx(float(loss(*inputs)), rel=1e-4)
        for a, b in zip(found, wanted, strict=True):
            assert torch.allclose(a, b, rtol=1e-3, atol=1e-6)
        with torch.no_grad():
            for p in net.parameters():
                p -= 0.1 * p.grad

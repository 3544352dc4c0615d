"""Muon for the matrices of a network, AdamW for the rest, behind one optimizer.

Jordan et al. 2024 (github: KellerJordan/Muon): the momentum of a matrix is replaced by the nearest
matrix with equal singular values, by five Newton-Schulz steps; its step is scaled as in Liu et al.
2025 (arXiv 2502.16982, section 2.2), so that both parts share one learning rate. A convolution is
a matrix of (out, in * height * width).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import overload

import torch

_A, _B, _C = 3.4445, -4.7750, 2.0315


def orthogonal(matrix: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """About ``U @ V.T`` of the matrix's singular value decomposition: singular values end up
    between 0.7 and 1.2."""
    x = matrix.float() / (matrix.float().norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(steps):
        gram = x @ x.T
        x = _A * x + (_B * gram + _C * gram @ gram) @ x
    return x.T if tall else x


class MuonAdamW(torch.optim.Optimizer):
    """``matrices`` get Muon (momentum 0.95, Nesterov), ``others`` AdamW (0.9, 0.95)."""

    def __init__(
        self,
        matrices: Iterable[torch.nn.Parameter],
        others: Iterable[torch.nn.Parameter],
        lr: float,
        weight_decay: float,
    ) -> None:
        groups = [
            {"params": list(matrices), "muon": True, "weight_decay": weight_decay},
            {"params": list(others), "muon": False, "weight_decay": 0.0},
        ]
        super().__init__(groups, {"lr": lr})

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One update from the gradients in place; ``closure`` is not used."""
        for group in self.param_groups:
            update = self._matrix if group["muon"] else self._plain
            for p in group["params"]:
                if p.grad is not None:
                    p.mul_(1 - group["lr"] * group["weight_decay"])
                    update(p, group["lr"])
        return None

    def _matrix(self, p: torch.Tensor, lr: float) -> None:
        state = self.state[p]
        momentum = state.setdefault("momentum", torch.zeros_like(p))
        momentum.lerp_(p.grad, 0.05)
        flat = torch.lerp(p.grad, momentum, 0.95).reshape(len(p), -1)  # type: ignore[arg-type]
        scale = 0.2 * max(flat.shape) ** 0.5
        p.add_(orthogonal(flat).view_as(p), alpha=-lr * scale)

    def _plain(self, p: torch.Tensor, lr: float) -> None:
        state = self.state[p]
        first = state.setdefault("first", torch.zeros_like(p))
        second = state.setdefault("second", torch.zeros_like(p))
        count = state.setdefault("count", torch.zeros((), device=p.device))
        count += 1
        grad = p.grad
        assert grad is not None
        first.lerp_(grad, 0.1)
        second.lerp_(grad.square(), 0.05)
        n = float(count)
        p.addcdiv_(first / (1 - 0.9**n), (second / (1 - 0.95**n)).sqrt() + 1e-8, value=-lr)

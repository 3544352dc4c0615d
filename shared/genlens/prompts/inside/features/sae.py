"""A TopK sparse autoencoder, trained on one core in well under a minute.

    z = TopK(W_enc (x - b)),  x' = W_dec z + b,  loss |x - x'|^2 / |x - mean|^2 + |e - e'|^2 / 32

of Gao et al. 2024, "Scaling and evaluating sparse autoencoders", arXiv:2406.04093 (equations 1 and
2; e' is what k_aux features that have long been silent make of the error e, appendix A.2). Negative
ones of the k largest are cut off. As there, the decoder's columns are unit vectors and the encoder
starts as its transpose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from genlens.common.checks import whole
from genlens.common.progress import Cancel, Progress, batches
from genlens.errors import InputError

FEATURES, ACTIVE, STEPS, BATCH, RATE = 512, 6, 900, 1024, 2e-3
SILENT, AUX, AUX_WEIGHT = 100, 48, 1 / 32
"""Batches after which a feature that fired on none counts as silent; how many of them are trained
on the error, and with what weight."""


@dataclass(frozen=True)
class SparseCode:
    """A trained autoencoder of rows (n, d). ``encoder`` and ``decoder`` (features, d) float32,
    ``centre`` (d,) and ``scale`` (rows are divided by it), ``bias`` (features,), ``active``: how
    many features may fire for a row. ``explained`` is the part of the variance of rows that were
    held out that it explains, ``dead`` the part of features that fire on none of them."""

    encoder: np.ndarray
    decoder: np.ndarray
    bias: np.ndarray
    centre: np.ndarray
    scale: float
    active: int
    explained: float = 0.0
    dead: float = 0.0

    def encode(self, rows: np.ndarray) -> np.ndarray:
        """(n, d) -> (n, features) float32, at least 0, at most ``active`` of a row above it; in
        the units of ``rows``: a feature adds its value times its direction."""
        x = torch.from_numpy(np.ascontiguousarray((rows - self.centre) / self.scale)).float()
        z = _sparse(x @ torch.from_numpy(self.encoder).T + torch.from_numpy(self.bias), self.active)
        found: np.ndarray = z.numpy() * self.scale
        return found

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """(n, features) -> (n, d)."""
        found: np.ndarray = codes @ self.decoder + self.centre
        return found


def train(
    rows: np.ndarray,
    *,
    features: int = FEATURES,
    active: int = ACTIVE,
    steps: int = STEPS,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> SparseCode:
    """Train on ``rows`` (n, d); every tenth is held out to say how much is explained.

    Raises:
        InputError: fewer than 100 rows, rows that are not finite, or a number out of range.
        Cancelled: ``cancel()`` said so.
    """
    if rows.ndim != 2 or len(rows) < 100 or not np.isfinite(rows).all():
        raise InputError(f"activations of shape {rows.shape} cannot be learned from: give 100 rows")
    size = whole("features", features, 2, 65536)
    k = whole("active", active, 1, size)
    centre, scale = rows.mean(0), float(rows.std()) or 1.0
    x = torch.from_numpy(((rows - centre) / scale).astype(np.float32))
    held = torch.arange(len(x)) % 10 == 0
    made = torch.Generator().manual_seed(seed)
    decoder = torch.randn(size, x.shape[1], generator=made)
    decoder = (decoder / decoder.norm(dim=1, keepdim=True)).requires_grad_(True)
    encoder = decoder.detach().clone().requires_grad_(True)
    bias = torch.zeros(size, requires_grad=True)
    optimiser = torch.optim.Adam([encoder, decoder, bias], RATE, betas=(0.9, 0.999), eps=6.25e-10)
    quiet = torch.zeros(size)
    learning = x[~held]
    spread = learning.var(0).sum()
    with torch.enable_grad():
        for step in batches(whole("steps", steps, 1, 100_000), 1, "steps of learning features",
                            _seldom(progress), cancel):  # fmt: skip
            for group in optimiser.param_groups:
                group["lr"] = RATE * min(1.0, 5 * (1 - step / steps))
            batch = learning[torch.randint(len(learning), (BATCH,), generator=made)]
            loss, fired = _loss(batch, encoder, decoder, bias, k, quiet >= SILENT, spread)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            with torch.no_grad():
                decoder /= decoder.norm(dim=1, keepdim=True)
                quiet = torch.where(fired, torch.zeros_like(quiet), quiet + 1)
    code = SparseCode(
        encoder.detach().numpy(), decoder.detach().numpy(), bias.detach().numpy(),
        centre.astype(np.float32), scale, k,
    )  # fmt: skip
    return _checked(code, rows[held.numpy()])


def _checked(code: SparseCode, rows: np.ndarray) -> SparseCode:
    from dataclasses import replace

    z = code.encode(rows)
    error = float(np.square(rows - code.decode(z)).sum())
    total = float(np.square(rows - code.centre).sum())
    return replace(code, explained=1 - error / total, dead=float((z == 0).all(0).mean()))


def _sparse(pre: torch.Tensor, k: int) -> torch.Tensor:
    top, at = pre.topk(k, dim=-1)
    return torch.zeros_like(pre).scatter(-1, at, top.clamp(min=0))


def _loss(
    x: torch.Tensor,
    encoder: torch.Tensor,
    decoder: torch.Tensor,
    bias: torch.Tensor,
    k: int,
    silent: torch.Tensor,
    spread: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The loss, and (features,) bool which features fired."""
    pre = x @ encoder.T + bias
    z = _sparse(pre, k)
    error = x - z @ decoder
    loss = error.square().sum(1).mean() / spread
    if bool(silent.any()):
        few = min(AUX, int(silent.sum()))
        rest = _sparse(pre.masked_fill(~silent, -torch.inf), few)
        again = (error.detach() - rest @ decoder).square().sum(1).mean() / spread
        loss = loss + AUX_WEIGHT * torch.nan_to_num(again)
    return loss, (z > 0).any(0)


def _seldom(progress: Progress | None, every: int = 50) -> Progress | None:
    """``progress`` at every fiftieth step: a page's bar costs more than a step."""
    if progress is None:
        return None
    tell = progress

    def told(done: int, total: int, text: str) -> None:
        if done % every == 0 or done == total:
            tell(done, total, text)

    return told

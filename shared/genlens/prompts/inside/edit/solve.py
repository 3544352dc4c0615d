"""The closed form: new keys and values that say of some texts what they said of others.

For one linear map W (out, d) that makes keys or values of encoded text, sources c_i (d,), what they
shall give, v_i = W c*_i with targets c*_i, and texts p_j that shall stay:

    min over W'   sum_i |W' c_i - v_i|^2  +  mu sum_j |W' p_j - W p_j|^2  +  lambda |W' - W|^2

    W' = (sum_i v_i c_i^T + mu sum_j W p_j p_j^T + lambda W) (sum_i c_i c_i^T + mu sum_j p_j p_j^T
         + lambda I)^-1

With mu = 0 this is TIME (Orgad, Kawar and Belinkov 2023, "Editing implicit assumptions in
text-to-image diffusion models", arXiv:2303.08084, equations 4 and 5); with texts that stay it is
UCE (Gandikota et al. 2024, "Unified concept editing in diffusion models", arXiv:2308.14761,
equations 5 and 7), which LocoEdit (Basu et al. 2024, arXiv:2405.01008) restricts to a few layers.
ReFACT (Arad, Orgad and Belinkov 2024, arXiv:2306.00738) edits the text encoder instead.
"""

from __future__ import annotations

import torch


def ridge(
    weight: torch.Tensor,
    sources: torch.Tensor,
    targets: torch.Tensor,
    kept: torch.Tensor,
    lam: float,
    mu: float,
) -> torch.Tensor:
    """The minimiser W' (out, d).

    Args:
        weight: W (out, d), float64.
        sources: (n, d), each to give what ``targets`` (n, d) gives now.
        kept: (m, d), to give what they give now; m may be 0.
        lam: lambda > 0, in units of squared length of an encoded token: how much W' may change.
        mu: at least 0, the weight of ``kept``.
    """
    c, t, p = (rows.to(weight) for rows in (sources, targets, kept))
    size = weight.shape[1]
    gram = c.T @ c + mu * p.T @ p + lam * torch.eye(size, dtype=weight.dtype)  # (d, d), symmetric
    # W' - W = W (t - c)^T c gram^-1: the same as the formula above, with less to cancel.
    change = torch.linalg.solve(gram, c.T @ (t - c)).T  # (d, d)
    found: torch.Tensor = weight + weight @ change
    return found


def loss(
    new: torch.Tensor,
    weight: torch.Tensor,
    sources: torch.Tensor,
    targets: torch.Tensor,
    kept: torch.Tensor,
    lam: float,
    mu: float,
) -> torch.Tensor:
    """What ``ridge`` minimises, at W' = ``new``; a scalar."""
    c, t, p = (rows.to(weight) for rows in (sources, targets, kept))
    told = (c @ new.T - t @ weight.T).square().sum()
    stays = (p @ (new - weight).T).square().sum()
    return told + mu * stays + lam * (new - weight).square().sum()

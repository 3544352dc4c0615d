"""KL confidence bounds of a proportion, and KL-LUCB, which finds the best few of many proportions.

Kaufmann & Kalyanakrishnan 2013, "Information complexity in bandit subset selection" (COLT), as used
by Ribeiro, Singh & Guestrin 2018, "Anchors: high-precision model-agnostic explanations" (AAAI),
section 3.2: draw more samples of only the two arms on which the decision hangs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def bernoulli_kl(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """KL divergence (nats) from a coin with chance p to one with chance q, both in [0, 1]."""
    tiny = 1e-15
    p, q = np.clip(p, tiny, 1 - tiny), np.clip(q, tiny, 1 - tiny)
    return np.asarray(p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)))


def kl_bounds(mean: np.ndarray, n: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """(lower, upper): the chances q with n · KL(mean, q) <= level, of ``mean`` after ``n`` draws.

    No draws: (0, 1). Found by bisection, to 1e-9.
    """
    mean, n = np.asarray(mean, dtype=np.float64), np.asarray(n, dtype=np.float64)
    allowed = level / np.maximum(n, 1e-12)
    bounds = []
    for far in (np.zeros_like(mean), np.ones_like(mean)):
        inside, outside = mean.copy(), far.copy()
        for _ in range(30):
            middle = (inside + outside) / 2
            near = bernoulli_kl(mean, middle) <= allowed
            inside, outside = np.where(near, middle, inside), np.where(near, outside, middle)
        reached = bernoulli_kl(mean, far) <= allowed  # the end itself may be allowed
        bounds.append(np.where(reached, far, inside))
    return np.where(n > 0, bounds[0], 0.0), np.where(n > 0, bounds[1], 1.0)


def lucb_level(round_: int, arms: int, delta: float) -> float:
    """KL-LUCB's exploration rate: x + log(x) with x = log(405.5 · arms · round^1.1 / delta)."""
    x = np.log(405.5 * arms * max(round_, 1) ** 1.1 / delta)
    return float(x + np.log(x))


def best_arms(
    hits: np.ndarray,
    draws: np.ndarray,
    top: int,
    *,
    delta: float,
    epsilon: float,
    draw: Callable[[list[int]], bool],
) -> np.ndarray:
    """The ``top`` arms with the highest means, right within ``epsilon`` with chance 1 - ``delta``.

    Args:
        hits, draws: (arms,) counts so far, changed in place by ``draw``.
        draw: draws a batch for each of the given arms; False: the budget is used up, and what is
            best by then is returned.

    Returns:
        Arm numbers, highest mean first.
    """
    top = min(top, len(hits))
    turn = 1
    while True:
        mean = hits / np.maximum(draws, 1)
        order = np.argsort(-mean, kind="stable")
        if top == len(hits):
            return order
        lower, upper = kl_bounds(mean, draws, lucb_level(turn, len(hits), delta))
        inside, outside = order[:top], order[top:]
        weakest = int(inside[np.argmin(lower[inside])])
        strongest = int(outside[np.argmax(upper[outside])])
        if upper[strongest] - lower[weakest] <= epsilon or not draw([weakest, strongest]):
            return order[:top]
        turn += 1

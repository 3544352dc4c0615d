"""Small anchor scores with known groups, for tests of figures and pages."""

from __future__ import annotations

import numpy as np

from genlens.anchors.groups import group_anchors
from genlens.anchors.results import AnchorScores, Grouping, Threshold


def scores(n: int = 60, classes: int = 3, seed: int = 0) -> AnchorScores:
    """n anchors by KLD and MSE, all positive; every seventh without a class, ids from 1000."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    labels[::7] = -1
    return AnchorScores(
        criteria=("kld", "mse"),
        sides=("intrinsic", "extrinsic"),
        units=("nats", "squared error"),
        values=np.exp(rng.normal(2, 1, (n, 2))).astype(np.float32),
        codes=rng.normal(size=(n, 4)).astype(np.float32),
        labels=labels,
        ids=np.arange(1000, 1000 + n),
        names=tuple(f"kind {c}" for c in range(classes)),
        data="made up",
    )


def grouping(of: AnchorScores, kld: float = 8.0, mse: float = 8.0) -> Grouping:
    """Its groups at two thresholds."""
    lines = [Threshold(n, v, v, v, "chosen", 0) for n, v in (("kld", kld), ("mse", mse))]
    return group_anchors(of, lines[0], lines[1])

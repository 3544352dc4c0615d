"""Intervals of shares beyond a line that was measured itself."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from genlens.anchors.evaluation.shares import caught, group_shares
from genlens.anchors.groups import group_anchors
from genlens.anchors.results import AnchorScores, Threshold
from genlens.common.measures import share

pytestmark = pytest.mark.unit
REPEATS = 60


def test_caught_says_what_is_not_known_of_the_line() -> None:
    """Known N(0, 1), unknown N(1, 1): the truth is the mass of the latter above 1.645."""
    truth, held, narrow = float(norm.sf(norm.ppf(0.95) - 1)), 0, 0
    rng = np.random.default_rng(1)
    for _ in range(REPEATS):
        values = np.concatenate([rng.normal(size=300), rng.normal(1, 1, 900)])
        unknown = np.arange(1200) >= 300
        found = caught(values, unknown)
        held += found.low <= truth <= found.high
        old = share((values[unknown] > np.quantile(values[:300], 0.95)).tolist())
        narrow += old.low <= truth <= old.high
        assert found.value == old.value and found.n == 900
    assert held >= 0.85 * REPEATS
    assert narrow < 0.75 * REPEATS, "control: with the line taken for exact it is far too narrow"


def test_caught_of_values_that_are_missing() -> None:
    assert np.isnan(caught(np.array([1.0, 2.0]), np.array([False, False])).value)
    found = caught(np.array([np.nan, 1.0, 2.0, 5.0]), np.array([False, False, False, True]))
    assert found.value == 1 and found.n == 1


def grouped(values: np.ndarray, line: Threshold):
    scores = AnchorScores(
        ("kld", "mse"), ("intrinsic", "extrinsic"), ("nats", "summed"), values,
        np.zeros((len(values), 0), np.float32), np.full(len(values), -1), np.arange(len(values)),
    )  # fmt: skip
    sure = Threshold("mse", 1e9, 1e9, 1e9, "quantile", 100)
    kinds = (("all", np.ones(len(values), bool)), ("none", np.zeros(len(values), bool)))
    return group_shares(scores, group_anchors(scores, line, sure), kinds)


def test_shares_of_groups_say_what_is_not_known_of_the_threshold() -> None:
    """Values are exponential, the threshold is 1 and measured with a standard deviation of 0.2."""
    truth, held, narrow = 1 - np.exp(-1), 0, 0
    rng = np.random.default_rng(2)
    for _ in range(REPEATS):
        at = 1 + 0.2 * rng.standard_normal()
        line = Threshold("kld", at, at - 0.392, at + 0.392, "quantile", 100)
        values = np.stack([rng.exponential(size=800), np.zeros(800)], 1).astype(np.float32)
        known = grouped(values, line)[0]
        assert known.group == "HIHE" and known.kind == "all"
        held += known.share.low <= truth <= known.share.high
        old = share((values[:, 0] < at).tolist())
        narrow += old.low <= truth <= old.high
    assert held >= 0.9 * REPEATS
    assert narrow < 0.7 * REPEATS, "control: with the threshold taken for exact"


def test_a_kind_without_pictures_and_a_sure_threshold() -> None:
    line = Threshold("kld", 1.0, 1.0, 1.0, "quantile", 100)
    values = np.stack([np.linspace(0, 2, 400), np.zeros(400)], 1).astype(np.float32)
    found = {(s.group, s.kind): s.share for s in grouped(values, line)}
    exact = share((values[:, 0] < 1).tolist())
    assert found["HIHE", "all"].value == exact.value
    assert found["HIHE", "all"].high - found["HIHE", "all"].low < 1.2 * (exact.high - exact.low)
    assert np.isnan(found["HIHE", "none"].value)

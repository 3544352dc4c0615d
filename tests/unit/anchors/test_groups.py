"""Groups against brute force, slices, and the sentence why."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from genlens.anchors import (
    GROUPS,
    AnchorScores,
    chosen_threshold,
    group_anchors,
    slice_rows,
    why,
)
from genlens.errors import InputError

pytestmark = pytest.mark.unit


def scores_of(values, labels=None, names=()):
    n = len(values)
    return AnchorScores(
        ("kld", "mse"),
        ("intrinsic", "extrinsic"),
        ("nats", "squared error"),
        np.asarray(values, np.float32),
        np.zeros((n, 2), np.float32),
        np.full(n, -1) if labels is None else np.asarray(labels),
        np.arange(n),
        tuple(names),
    )


def test_the_four_groups_are_the_papers() -> None:
    scores = scores_of([(1, 1), (1, 9), (9, 1), (9, 9), (5, 5)])
    grouping = group_anchors(scores, chosen_threshold("kld", 5), chosen_threshold("mse", 5))
    # high intrinsic and low extrinsic affinity is HILE; a value at the threshold is not below it
    assert [GROUPS[g] for g in grouping.group] == ["HIHE", "HILE", "LIHE", "LILE", "LILE"]


def test_counts_by_class_are_those_of_brute_force() -> None:
    rng = np.random.default_rng(0)
    names = [f"class {i}" for i in range(60)]  # more than an int8 of cells
    labels = rng.integers(-1, 60, size=3000)
    scores = scores_of(rng.random((3000, 2)), labels, names)
    grouping = group_anchors(scores, chosen_threshold("kld", 0.3), chosen_threshold("mse", 0.6))
    known = Counter()
    for (kld, mse), label in zip(scores.values, labels, strict=True):
        group = ("HI" if kld < 0.3 else "LI") + ("HE" if mse < 0.6 else "LE")
        known[GROUPS.index(group), label if label >= 0 else 60] += 1
    assert grouping.counts.shape == (4, 61) and grouping.counts.sum() == 3000
    assert {k: v for k, v in np.ndenumerate(grouping.counts) if v} == known


def test_without_classes_all_are_in_the_last_column() -> None:
    scores = scores_of([(1, 1), (9, 9)], labels=[4, 7])  # labels, but no names
    grouping = group_anchors(scores, chosen_threshold("kld", 5), chosen_threshold("mse", 5))
    assert grouping.counts.tolist() == [[1], [0], [0], [1]]


def test_thresholds_of_the_wrong_kind_are_refused() -> None:
    scores, kld, mse = scores_of([(1, 1)]), chosen_threshold("kld", 5), chosen_threshold("mse", 5)
    with pytest.raises(InputError, match="mse is extrinsic: the intrinsic side needs another"):
        group_anchors(scores, mse, kld)
    with pytest.raises(InputError, match="not scored by 'ssim'"):
        group_anchors(scores, kld, chosen_threshold("ssim", 1))
    with pytest.raises(InputError, match="threshold of mse is NaN"):
        group_anchors(scores, kld, replace(mse, value=float("nan")))
    with pytest.raises(InputError, match="the threshold of kld is nan"):
        chosen_threshold("kld", float("nan"))
    with pytest.raises(InputError, match="label 3 has no name"):
        group_anchors(scores_of([(1, 1)], [3], ["a"]), kld, mse)


def test_slices_are_the_papers_figures_3_and_4() -> None:
    rng = np.random.default_rng(1)
    scores = scores_of(rng.random((200, 2)))
    rows = slice_rows(scores, by="kld", sort_by="mse", share=0.05)
    kld, mse = scores.values.T
    assert len(rows) == 10 and set(rows) == set(np.argsort(kld)[:10])
    assert (np.diff(mse[rows]) >= 0).all() and not (np.diff(kld[rows]) >= 0).all()
    assert set(slice_rows(scores, "mse", "kld")) == set(np.argsort(mse)[:10])
    assert len(slice_rows(scores, share=0)) == 1 and len(slice_rows(scores, share=1)) == 200
    with pytest.raises(InputError, match="share is 5"):
        slice_rows(scores, share=5)


def test_why_says_the_numbers_the_thresholds_and_what_the_group_means() -> None:
    scores = scores_of([(1, 1), (1, 9), (9, 1), (9, 9)], [0, 1, -1, 0], ["zero", "one"])
    grouping = group_anchors(scores, chosen_threshold("kld", 5), chosen_threshold("mse", 5))
    assert why(scores, grouping, 1) == (
        "This picture (one) is in HILE: its KL divergence is 1 (nats), below 5, but its squared "
        "error is 9 (squared error), not below 5; the model takes it for something it knows, and "
        "draws something else (model delusion)."
    )
    assert "(zero) is in HIHE" in why(scores, grouping, 0)
    assert why(scores, grouping, 2).startswith("This picture is in LIHE")
    assert "LILE: its KL divergence is 9 (nats), not below 5, and its" in why(scores, grouping, 3)
    for row in (4, -1):
        with pytest.raises(InputError, match=f"row {row}: there are 4 anchors"):
            why(scores, grouping, row)

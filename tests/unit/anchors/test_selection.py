"""Representatives of a group: every method against all choices of a small set, and the edges."""

from __future__ import annotations

import numpy as np
import pytest

from genlens.anchors.selection.dispersion import MAX_MIN, MAX_SUM
from genlens.anchors.selection.exact import exact
from genlens.anchors.selection.medoids import sums_of_distances
from genlens.anchors.selection.methods import METHODS, select
from genlens.errors import InputError

pytestmark = pytest.mark.unit

WITH_NUMBER = [m for m in METHODS.values() if m.value is not None]


def small_sets(count: int = 60):  # type: ignore[no-untyped-def]
    """Points (n, d) and k: scattered ones, far outliers, and grids full of duplicates."""
    for seed in range(count):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(2, 11))
        shape = (n, int(rng.integers(1, 4)))
        points = (rng.normal(size=shape) ** 3, rng.integers(0, 3, shape).astype(float))[seed % 2]
        yield seed, points, int(rng.integers(1, n + 1))


@pytest.mark.parametrize("method", WITH_NUMBER, ids=lambda m: m.name)
def test_every_answer_against_all_choices(method) -> None:  # type: ignore[no-untyped-def]
    """Never better than the best, its bound never broken by the best, and its number its own."""
    for seed, points, k in small_sets():
        found = select(points, k, method.name, scale="none", seed=seed)
        best = exact(points, k, method.name, scale="none")
        assert len(set(found.rows.tolist())) == k
        assert method.value(points, best.rows) == pytest.approx(best.objective)
        assert method.value(points, found.rows) == pytest.approx(found.objective)
        slack = 1e-9 * (1 + abs(best.objective))
        assert method.better * (best.objective - found.objective) >= -slack
        if found.bound is not None:
            assert method.better * (found.bound - best.objective) >= -slack


def test_the_guarantees_hold() -> None:
    """k-center within twice the best radius, both dispersions at least half of the best."""
    for seed, points, k in small_sets(120):
        for starts in (1, 4):
            found = select(points, k, "k-center", scale="none", seed=seed, starts=starts)
            best = exact(points, k, "k-center", scale="none").objective
            assert best - 1e-9 <= found.objective <= 2 * best + 1e-9
        for method in (MAX_MIN, MAX_SUM):
            found = select(points, k, method.name, scale="none", seed=seed)
            best = exact(points, k, method.name, scale="none").objective
            assert found.objective >= best / 2 - 1e-9


def test_k_center_finds_the_clusters_and_k_medoids_on_l1_may_not() -> None:
    corners = np.array([[0, 0], [0, 100], [100, 0], [100, 100]], float)
    points = np.concatenate([c + np.random.default_rng(0).normal(size=(50, 2)) for c in corners])
    found = select(points, 4, "k-center")
    assert sorted(found.rows // 50) == [0, 1, 2, 3]
    of = found.rows[found.nearest] // 50
    assert np.array_equal(of, np.repeat([0, 1, 2, 3], 50))


def test_l1_sums_are_those_of_all_pairs() -> None:
    points = np.random.default_rng(3).integers(0, 5, (40, 3)).astype(float)
    pairs = np.abs(points[:, None] - points[None]).sum(axis=(1, 2))
    assert np.allclose(sums_of_distances(points), pairs)


@pytest.mark.parametrize("name", METHODS)
def test_edges(name: str) -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(12, 2))
    points[:, 1] = 7.0  # a constant criterion separates nothing
    one = select(points[:1], 1, name)
    assert one.rows.tolist() == [0] and one.nearest.tolist() == [0]
    for k in (1, 12):
        found = select(points, k, name)
        assert len(set(found.rows.tolist())) == len(found.rows) <= k
        assert found.nearest.shape == (12,) and np.isfinite(found.objective)
        assert np.array_equal(found.nearest[found.rows], np.arange(len(found.rows)))
        assert found.guarantee.endswith(".")
    if name != "protodash":  # which stops when a further one would add nothing
        assert sorted(select(points, 12, name).rows) == list(range(12))
    same = select(np.ones((6, 2)), 3, name)
    assert len(set(same.rows.tolist())) == len(same.rows)
    if name != "protodash":
        assert len(same.rows) == 3
    assert (
        select(points, 5, name, seed=4).to_dict()["rows"]
        == select(points, 5, name, seed=4).rows.tolist()
    )


def test_what_cannot_be_chosen_from() -> None:
    points = np.random.default_rng(0).normal(size=(10, 2))
    holed = points.copy()
    holed[[2, 5], 0] = np.nan
    for given, k, more, message in (
        (points[:0], 1, {}, "empty"),
        (points, 0, {}, "from 1 to 10"),
        (points, 11, {}, "group has 10 anchors"),
        (points, True, {}, "whole number"),
        (holed, 2, {}, "2 of 10 anchors"),
        (points[0], 1, {}, r"\(n, d\)"),
        (points[:, :0], 1, {}, "no columns"),
        (points, 2, {"method": "k-centre"}, "k-center"),
        (points, 2, {"space": "pixels"}, "criteria"),
        (points, 2, {"scale": "minmax"}, "standardise"),
        (points, 2, {"starts": 0}, "starts is 0"),
        (points, 2, {"speed": 3}, "takes no setting"),
        (points, 2, {"seed": -1}, "seed is -1"),
        (points * 1e300, 2, {}, "too large"),
        (points, 10, {"method": "nearest", "of": 3}, "9 neighbours"),
        (points, 2, {"method": "nearest", "of": 10}, "of is 10"),
    ):
        with pytest.raises(InputError, match=message):
            select(given, k, **more)
    with pytest.raises(InputError, match="1,000,000"):
        exact(np.zeros((60, 2)), 8)
    with pytest.raises(InputError, match="no number"):
        exact(points, 2, "protodash")


def test_units_do_not_decide() -> None:
    """Standardised or ranked, an MSE in other units gives the same choice; as it is, not."""
    rng = np.random.default_rng(1)
    points = rng.normal(size=(200, 2))
    large = points * [1000.0, 1.0]
    for scale in ("standardise", "ranks"):
        rows = [select(p, 6, scale=scale).rows.tolist() for p in (points, large)]
        assert rows[0] == rows[1]
    kept = select(points, 6, scale="none").rows.tolist()
    assert kept != select(large, 6, scale="none").rows.tolist()
    assert kept == select(points, 6, space="latents").rows.tolist()


def test_ranks_tame_an_outlier() -> None:
    points = np.concatenate([np.linspace(0, 1, 50), [1e6]])[:, None]
    assert 50 in select(points, 2, scale="standardise").rows
    far = select(points, 3, "k-center", scale="standardise")
    assert points[far.rows[:2], 0].max() == 1e6
    spread = np.sort(points[select(points, 3, "k-center", scale="ranks").rows, 0])
    assert spread[1] > 0.3  # standardised, all but the outlier would share a place


def test_neighbours_of_one_anchor() -> None:
    points = np.array([[0.0], [1.0], [3.0], [7.0]])
    assert select(points, 2, "nearest", scale="none", of=3).rows.tolist() == [2, 1]
    assert select(points, 1, "nearest", scale="none").rows.tolist() == [2]  # the mean is 2.75


def test_a_large_group_is_sampled_and_says_so() -> None:
    points = np.random.default_rng(0).normal(size=(3000, 2))
    for name in ("k-means", "k-medoids", "protodash"):
        found = select(points, 4, name, sample=500)
        assert "sample of 500 of the 3,000" in found.guarantee and len(found.nearest) == 3000
        assert "sample" not in select(points[:400], 4, name, sample=500).guarantee


@pytest.mark.parametrize("method", METHODS.values(), ids=list(METHODS))
def test_every_method_knows_itself(method) -> None:  # type: ignore[no-untyped-def]
    for text in (method.optimises, method.equation, method.paper, method.promise, method.misleads):
        assert len(text) > 5
    assert method.settings or not method.options
    assert {option.name for option in method.options} <= set(method.settings)
    again = [select(np.random.default_rng(0).normal(size=(50, 2)), 4, method.name, seed=s).rows
             for s in (0, 0)]  # fmt: skip
    assert np.array_equal(*again)

"""Can this explanation be trusted? Tests that need no human judgement.

``deletion``: do the pixels it names matter more than others? ``randomisation_test``: does it depend
on what the model has learned? ``pointing_game`` and ``mass_inside``: does it lie on the object that
is known to decide? ``rank_agreement``: do two runs, or two methods, say the same?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from genlens.attribution.results import Attribution
from genlens.attribution.run import Run, describe, explaining
from genlens.attribution.target import Target
from genlens.common.checks import MAX_COUNT, whole
from genlens.common.records import MadeBy, Record
from genlens.errors import InputError


@dataclass(frozen=True)
class Deletion(Record):
    """f while the input is deleted, the most important part first.

    ``fractions`` (k + 1,) of pixels or latents deleted, from 0 to 1; ``values`` (k + 1,) f then;
    ``random`` (r, k + 1) the same for random orders. Curves are scaled so that the untouched input
    has 1 and the wholly deleted one 0; ``auc`` and ``random_auc`` (their mean) are areas under them
    in these units, smaller is better, and NaN where f is the same at both ends. ``gain`` =
    random_auc - auc: above 0 is better than chance. ``beats`` is the part of random orders with a
    larger area: with r orders, (1 + r (1 - beats)) / (1 + r) is a p-value for "no better than
    chance".
    """

    also_written = ("gain",)

    fractions: np.ndarray
    values: np.ndarray
    random: np.ndarray
    auc: float
    random_auc: float
    beats: float
    method: str
    target: str
    made_by: MadeBy = field(default_factory=MadeBy)

    @property
    def gain(self) -> float:
        """How much smaller the area is than for random orders."""
        return self.random_auc - self.auc


@dataclass(frozen=True)
class RandomOrders:
    """f while the input is deleted in random orders: what every map of this input is compared with.

    ``ends`` (2,) f of the input and of the baseline; ``counts`` (k + 1,) parts deleted so far;
    ``curves`` (r, k + 1) f then; ``calls`` inputs put through the model.
    """

    ends: np.ndarray
    counts: np.ndarray
    curves: np.ndarray
    calls: int


def random_orders(
    target: Target,
    x: Any,
    *,
    baseline: Any = 0.0,
    steps: int = 20,
    orders: int = 10,
    seed: int = 0,
) -> RandomOrders:
    """The yardstick of ``deletion``, which is the same for all maps of one input: worked out once,
    more orders can be afforded. Arguments as there."""
    whole("steps", steps, 1, MAX_COUNT)
    whole("orders", orders, 1, MAX_COUNT)
    with explaining(target, x, seed=seed) as run:
        start = run.baseline(baseline)
        ends = run.values(torch.cat([run.x, start]))
        shape = _places(run.x)
        size = int(np.prod(shape))
        counts = np.round(np.linspace(0, size, min(steps, size) + 1)).astype(int)
        generator = np.random.default_rng([seed, 1])
        curves = [
            _curve(run, start, generator.permutation(size), counts, ends) for _ in range(orders)
        ]
        return RandomOrders(ends, counts, np.stack(curves), run.calls)


def deletion(
    target: Target,
    x: Any,
    attribution: Attribution,
    *,
    baseline: Any = 0.0,
    steps: int = 20,
    orders: int = 10,
    seed: int = 0,
    against: RandomOrders | None = None,
) -> Deletion:
    """Delete pixels (or latents) in the order of ``attribution`` and watch f fall.

    Petsiuk et al. 2018, RISE (arXiv:1806.07421), section 4: with x_k the input whose k most
    important parts have the ``baseline``'s value, the area under (f(x_k) - f(b)) / (f(x) - f(b)).
    Sizes are taken in falling order; signed values in falling order of what they say for the change
    from b to x, so that what holds f up goes first. The same area for ``orders`` random orders is
    the yardstick, since it depends on the input as much as on the explanation.

    Args:
        target: what ``attribution`` explains.
        x: the input it explains.
        attribution: any method's.
        baseline: what deleted parts become: a number or an array of x's shape.
        steps: parts are deleted in this many equal portions.
        orders: random orders to compare with.
        seed: draws them, and breaks ties, which a map with few values has many of.
        against: ``random_orders`` of the same target, x, baseline and steps, where it is at hand;
            its calls are then not counted again.

    Raises:
        InputError: the attribution does not fit the input.
    """
    made = against is None
    if against is None:
        against = random_orders(target, x, baseline=baseline, steps=steps, orders=orders, seed=seed)
    ends, counts = against.ends, against.counts
    with explaining(target, x, seed=seed) as run:
        start, shape = run.baseline(baseline), _places(run.x)
        scores = attribution.map().reshape(-1)
        if scores.size != int(np.prod(shape)):
            raise InputError(
                f"the attribution has {scores.size} values and the input {int(np.prod(shape))} "
                "places: it belongs to another input"
            )
        if attribution.signed:
            scores = scores * (1.0 if ends[0] >= ends[1] else -1.0)
        ties = np.random.default_rng(seed).random(scores.size)
        curve = _curve(run, start, np.lexsort((ties, -scores)), counts, ends)
        run.calls += against.calls if made else 0
        areas = _areas(np.stack([curve, *against.curves]), counts / scores.size, ends)
        beats = float((areas[1:] > areas[0]).mean()) if np.isfinite(areas[0]) else float("nan")
        return Deletion(
            fractions=counts / scores.size,
            values=curve,
            random=against.curves,
            auc=float(areas[0]),
            random_auc=float(areas[1:].mean()),
            beats=beats,
            method=attribution.method,
            target=target.name,
            made_by=run.made_by(
                {
                    "steps": len(counts) - 1,
                    "orders": len(against.curves),
                    "baseline": describe(baseline),
                }
            ),
        )


def _places(x: torch.Tensor) -> tuple[int, ...]:
    """The shape of what can be deleted from x (1, ...): (h, w) of pictures, (d,) of codes."""
    return tuple(x.shape[2:] if x.ndim == 4 else x.shape[1:])


def _curve(
    run: Run, start: torch.Tensor, ranking: np.ndarray, counts: np.ndarray, ends: np.ndarray
) -> np.ndarray:
    """(k + 1,) f of x with the first ``counts[i]`` places of ``ranking`` as in ``start``; f with
    none and with all of them is known, ``ends``."""
    rank = np.empty(ranking.size, dtype=np.int64)
    rank[ranking] = np.arange(ranking.size)
    gone = torch.from_numpy(rank[None, :] < counts[1:-1, None]).to(run.x.device)  # (k - 1, places)
    gone = gone.reshape(len(gone), *([1] if run.x.ndim == 4 else []), *_places(run.x))
    between = run.values(torch.where(gone, start, run.x)) if len(gone) else np.zeros(0)
    return np.concatenate([ends[:1], between, ends[1:]])


def _areas(curves: np.ndarray, fractions: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Areas (m,) under scaled ``curves`` (m, k + 1); NaN where both ends are alike."""
    span = float(ends[0] - ends[1])
    if abs(span) <= 1e-9 * max(1.0, float(np.abs(ends).max())):
        return np.full(len(curves), np.nan)
    return np.trapezoid((curves - ends[1]) / span, fractions, axis=1)


def pointing_game(
    attribution: Attribution, mask: np.ndarray, *, tolerance: int = 0, size: bool = True
) -> bool:
    """Whether the largest value lies inside ``mask`` (h, w), or within ``tolerance`` pixels of it.

    Zhang et al. 2018, "Top-down neural attention by excitation backprop" (arXiv:1608.00507),
    section 4.2; 15 pixels of tolerance there, on pictures of several hundred. ``size`` takes the
    largest absolute value; else the largest that speaks for. Where several pixels are equally
    large, more than half of them have to be inside. A flat map never hits.
    """
    values, inside = _on_mask(attribution, mask, size)
    if tolerance:
        from scipy.ndimage import binary_dilation

        disc = np.hypot(*np.mgrid[-tolerance : tolerance + 1, -tolerance : tolerance + 1])
        inside = binary_dilation(inside, disc <= tolerance)
    if values.max() == values.min():
        return False
    return bool(inside[values == values.max()].mean() > 0.5)


def mass_inside(attribution: Attribution, mask: np.ndarray) -> tuple[float, float]:
    """(part of the absolute values inside ``mask`` (h, w), part of the pixels inside it).

    The second number is what a flat map would get; their ratio is how many times better this map
    points. The first is NaN for a map of zeros.
    """
    values, inside = _on_mask(attribution, mask, True)
    total = float(values.sum())
    return (float(values[inside].sum()) / total if total else float("nan")), float(inside.mean())


def _on_mask(
    attribution: Attribution, mask: np.ndarray, size: bool
) -> tuple[np.ndarray, np.ndarray]:
    values, inside = attribution.map(), np.asarray(mask).astype(bool)
    if values.ndim != 2 or inside.shape != values.shape:
        raise InputError(
            f"the map has shape {values.shape} and the mask {inside.shape}: both should be (h, w)"
        )
    if not inside.any():
        raise InputError("the mask is empty: there is nothing to point at")
    return (np.abs(values) if size else values), inside


def rank_agreement(attributions: Sequence[Attribution]) -> float:
    """Mean Spearman rank correlation of all pairs of maps, in [-1, 1]; NaN where one is flat.

    Of one method's runs with different seeds it says how repeatable the method is; of different
    methods, whether they agree. Signed values keep their sign when all are signed; otherwise sizes
    are compared.

    Raises:
        InputError: fewer than two, or of different shapes.
    """
    maps = [a.map().reshape(-1) for a in attributions]
    if len(maps) < 2 or len({m.size for m in maps}) > 1:
        raise InputError("rank agreement is of two or more maps of the same input")
    if not all(a.signed for a in attributions):
        maps = [np.abs(m) for m in maps]
    pairs = [spearman(p, q) for i, p in enumerate(maps) for q in maps[i + 1 :]]
    return float(np.mean(pairs))


def spearman(p: np.ndarray, q: np.ndarray) -> float:
    """Spearman's rank correlation of two flat arrays; NaN where one is constant."""
    from scipy.stats import spearmanr

    if p.min() == p.max() or q.min() == q.max():  # scipy would warn
        return float("nan")
    return float(spearmanr(p, q).statistic)

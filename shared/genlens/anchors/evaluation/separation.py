"""How well criteria tell pictures that a model knows from pictures that it does not know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genlens.anchors.criteria.criteria import CRITERIA
from genlens.anchors.evaluation.shares import caught
from genlens.anchors.results import AnchorScores
from genlens.anchors.scoring import score_anchors
from genlens.anchors.sets.anchor_set import AnchorSet
from genlens.attribution.randomisation import shuffle_weights
from genlens.common.estimates import jackknife
from genlens.common.measures import Measure
from genlens.common.progress import Cancel
from genlens.common.records import Record
from genlens.models.contracts import Autoencoder

_SAME_ORDER = {"mse-mean": "mse", "dssim": "ssim"}
"""Criteria that put anchors in the same order as another one."""
_SLOW = ("inversion",)
"""About a hundred passes a picture: not measured."""
SHUFFLES = 5
"""Models with shuffled weights that a criterion is compared with; the best of them counts."""
CONTROLS = {
    "random": "random numbers",
    "ink": "mean brightness of the picture, whichever way is better",
    "shuffled-kld": f"KL divergence, the best of {SHUFFLES} shuffles of the weights",
    "shuffled-mse": f"squared error, the best of {SHUFFLES} shuffles of the weights",
}
"""What explains nothing of the model: every criterion has to beat all of them."""


@dataclass(frozen=True)
class Separation(Record):
    """One criterion: ``auc`` is the chance that a picture the model does not know has a larger
    value than one it knows, 0.5 for no difference. ``caught`` is the share of pictures it does not
    know whose value is above that of 95 % of those it knows. A ``control`` explains nothing."""

    name: str
    title: str
    side: str
    control: bool
    auc: Measure
    caught: Measure


def separations(
    model: Autoencoder,
    anchors: AnchorSet,
    scores: AnchorScores,
    unknown: np.ndarray,
    *,
    seed: int = 0,
    cancel: Cancel | None = None,
) -> tuple[Separation, ...]:
    """All criteria of ``scores``, their sum KLD + MSE where it has both, and the controls.

    Args:
        unknown: (n,) bool, the anchors whose kind the model never saw.
    """
    found = [
        separation(name, CRITERIA[name].title, side, scores.values[:, i], unknown)
        for i, (name, side) in enumerate(zip(scores.criteria, scores.sides, strict=True))
    ]
    by_name = dict(zip(scores.criteria, scores.values.T, strict=True))
    if {"kld", "mse"} <= set(by_name):
        both = by_name["kld"] + by_name["mse"]
        found.append(separation("kld+mse", "Anchor value, KLD + MSE", "both", both, unknown))
    ink = np.concatenate([x.mean(axis=(1, 2, 3)) for x in anchors.batches(512)])
    shuffled = [
        score_anchors(shuffle_weights(model, seed + i), anchors, ("kld", "mse"), cancel=cancel)
        for i in range(SHUFFLES)
    ]
    values = {
        "random": np.random.default_rng(seed).random(len(unknown)),
        "ink": ink if area(ink, unknown).value >= 0.5 else -ink,
        **{
            f"shuffled-{name}": max(
                (scores.values[:, i] for scores in shuffled),
                key=lambda column: area(column, unknown).value,
            )
            for i, name in enumerate(("kld", "mse"))
        },
    }
    controls = [
        separation(name, title, "", values[name], unknown, control=True)
        for name, title in CONTROLS.items()
    ]
    return (*found, *controls)


def separation(
    name: str,
    title: str,
    side: str,
    values: np.ndarray,
    unknown: np.ndarray,
    *,
    control: bool = False,
) -> Separation:
    """Both figures of ``values`` (n,)."""
    return Separation(name, title, side, control, area(values, unknown), caught(values, unknown))


def area(values: np.ndarray, unknown: np.ndarray) -> Measure:
    """The area under the ROC curve of ``values`` (n,) for finding ``unknown`` (n,); NaN where
    there is only one kind. Values that are not finite are left out."""
    finite = np.isfinite(values)
    rows, truth = np.asarray(values, np.float64)[finite], unknown[finite]
    order = np.random.default_rng(0).permutation(len(rows))  # kinds mixed, for the jackknife
    rows, truth = rows[order], truth[order]
    found = jackknife(lambda some: _area(rows[some], truth[some]), len(rows), 20).within(0, 1)
    reasons = {"no finite value": int((~finite).sum())} if not finite.all() else {}
    return Measure(found.value, found.low, found.high, found.n, reasons)


def _area(values: np.ndarray, unknown: np.ndarray) -> float:
    """Mann and Whitney's count of pairs in the right order, ties for half."""
    from scipy.stats import rankdata

    n = int(unknown.sum())
    others = len(unknown) - n
    if not n or not others:
        return float("nan")
    return float((rankdata(values)[unknown].sum() - n * (n + 1) / 2) / (n * others))


def usable_criteria(quick: bool) -> tuple[tuple[str, ...], dict[str, str]]:
    """Names of the criteria that can be measured on an autoencoder here, and the others with the
    reason; ``quick`` takes the paper's two."""
    left_out: dict[str, str] = {}
    names = []
    for name, criterion in CRITERIA.items():
        reason = criterion.reason_against("Autoencoder")
        if name in _SAME_ORDER:
            reason = f"puts anchors in the same order as {_SAME_ORDER[name]}"
        elif name in _SLOW:
            reason = reason or "takes a hundred passes a picture: left to the reader"
        elif quick and not reason and name not in ("kld", "mse"):
            reason = "not measured by a quick look"
        if reason:
            left_out[name] = reason
        else:
            names.append(name)
    return tuple(names), left_out

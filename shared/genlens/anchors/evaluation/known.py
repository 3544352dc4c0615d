"""Models of which it is known what they have never seen: other digits, glasses, other things than
automobiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from genlens.anchors.evaluation.separation import (
    Separation,
    separations,
    usable_criteria,
)
from genlens.anchors.evaluation.shares import GroupShare, group_shares
from genlens.anchors.groups import group_anchors
from genlens.anchors.results import Threshold
from genlens.anchors.scoring import score_anchors
from genlens.anchors.sets import own
from genlens.anchors.sets.anchor_set import AnchorSet
from genlens.anchors.thresholds import thresholds_of
from genlens.common.progress import Cancel
from genlens.common.records import Record
from genlens.models.catalog import load
from genlens.models.contracts import Autoencoder
from genlens.worlds.avatars import draw_faces
from genlens.worlds.cifar10 import AUTOMOBILE, NAMES, load_photographs
from genlens.worlds.digits import load_digits

ZEROS, NO_GLASSES, AUTOS = "zeros-vae", "avatars-no-glasses-vae", "autos-introvae"
REPEATS = {ZEROS: 100, NO_GLASSES: 10, AUTOS: 10}
"""Of the paper's repeats of 60,000 drawn pictures; a threshold's quantile form draws a hundredth of
that. Faces and photographs take longer than digits, so they get fewer."""
QUICK_REPEATS = 3


@dataclass(frozen=True)
class Known(Record):
    """One model and pictures of which it has seen the kind (``known``) or never (``unknown``).

    ``separations`` say how well single criteria tell them apart, ``shares`` which groups they are
    put in by KLD and MSE with ``thresholds`` of the model's own; ``left_out`` maps a criterion that
    was not measured to the reason.
    """

    model: str
    known: str
    unknown: str
    separations: tuple[Separation, ...]
    shares: tuple[GroupShare, ...]
    thresholds: tuple[Threshold, ...]
    left_out: Mapping[str, str]


def measure_zeros(
    n: int, seed: int = 0, *, quick: bool = False, cancel: Cancel | None = None
) -> Known:
    """``zeros-vae`` on ``n`` shipped test digits, none of which it has seen."""
    digits = load_digits("test", n, seed)
    names = tuple(str(digit) for digit in range(10))
    anchors = own.array(digits.tensor().numpy(), digits.labels, names, title="MNIST test digits")
    kinds = ("held-out zeros", "other digits")
    return _measure(load(ZEROS), anchors, digits.labels != 0, kinds, seed, quick, cancel)


def measure_glasses(
    n: int, seed: int = 0, *, quick: bool = False, cancel: Cancel | None = None
) -> Known:
    """``avatars-no-glasses-vae`` on ``n`` faces with glasses and the same faces without.

    The pairs differ in nothing else, so that what tells them apart is the glasses.
    """
    drawn = 2 * n + 50  # half of all faces have glasses
    with_glasses = draw_faces(drawn, seed + 7)
    rows = np.flatnonzero(with_glasses.has("glasses"))[:n]
    bare = draw_faces(drawn, seed + 7, fixed={"glasses": "none"})
    images = torch.cat([bare.tensor()[rows], with_glasses.tensor()[rows]]).numpy()
    unknown = np.repeat([False, True], len(rows))
    names, title = ("no glasses", "glasses"), "avatars, each with and without glasses"
    anchors = own.array(images, unknown.astype(np.int64), names, title=title)
    kinds = ("faces without glasses", "the same faces with glasses")
    return _measure(load(NO_GLASSES), anchors, unknown, kinds, seed, quick, cancel)


def measure_autos(
    n: int, seed: int = 0, *, quick: bool = False, cancel: Cancel | None = None
) -> Known:
    """``autos-introvae`` on ``n`` (at most 3,000) pictures of CIFAR-10's test set, a tenth of which
    are automobiles, as in PXGen's section 4.1."""
    shipped = load_photographs()
    rows = np.random.default_rng(seed).permutation(len(shipped))[:n]
    labels = shipped.labels[rows]
    anchors = own.array(shipped.pixels()[rows], labels, NAMES, title="CIFAR-10 test pictures")
    kinds = ("held-out automobiles", "nine other things")
    return _measure(load(AUTOS), anchors, labels != AUTOMOBILE, kinds, seed, quick, cancel)


def _measure(
    model: Autoencoder,
    anchors: AnchorSet,
    unknown: np.ndarray,
    kinds: tuple[str, str],
    seed: int,
    quick: bool,
    cancel: Cancel | None,
) -> Known:
    names, left_out = usable_criteria(quick)
    with torch.no_grad():
        scores = score_anchors(model, anchors, names, seed=seed, cancel=cancel)
        repeats = QUICK_REPEATS if quick else REPEATS[model.card.id]
        limits = thresholds_of(model, ("kld", "mse"), iterations=repeats, seed=seed, cancel=cancel)
        grouping = group_anchors(scores, limits["kld"], limits["mse"])
        found = separations(model, anchors, scores, unknown, seed=seed, cancel=cancel)
    return Known(
        model=model.card.id,
        known=kinds[0],
        unknown=kinds[1],
        separations=found,
        shares=group_shares(scores, grouping, ((kinds[0], ~unknown), (kinds[1], unknown))),
        thresholds=tuple(limits.values()),
        left_out=left_out,
    )

"""What the retraining job found, scored again from its rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from genlens.anchors.retraining.results import LeftOut, Retraining, Shrunk
from genlens.common.estimates import jackknife
from genlens.common.measures import Measure, mean
from genlens.common.records import Record

RECORDED = Path(__file__).parents[1] / "data" / "retraining.json"
RIVALS = ("Random", "Others", "TracIn")


@dataclass(frozen=True)
class ShareFid(Record):
    """What models on ``kept`` pictures that ``way`` keeps longest draw, against the original's: the
    mean over training seeds, in the classifier's features and in Inception's (nothing measured
    where those were not asked for). ``hihe``: as many are kept as are in HIHE, the paper's
    comparison."""

    way: str
    kept: int
    hihe: bool
    fid: Measure
    kid: Measure
    inception_fid: Measure = field(default_factory=lambda: mean([]))
    inception_kid: Measure = field(default_factory=lambda: mean([]))


@dataclass(frozen=True)
class Gap(Record):
    """FID of keeping by ``rival`` less FID of keeping by HIHE, of the same seed, ``kept`` alike:
    above 0, HIHE is nearer to the original."""

    rival: str
    kept: int
    hihe: bool
    fid: Measure


@dataclass(frozen=True)
class Damage(Record):
    """Spearman's rank correlation between the mean anchor value of a group and the damage of
    leaving it out, over groups (both are means over training seeds). ``fid``: damage to what the
    model draws; ``loss``: nats that a picture of the group is coded worse. The paper's reading, low
    value is representative, asks for a negative one."""

    groups: int
    seeds: int
    removed: int
    fid: Measure
    loss: Measure


@dataclass(frozen=True)
class Retrained(Record):
    """The job re-scored. ``everything`` is FID of the same pictures trained with another seed (what
    chance does), ``ones`` of a model of another digit (what has to be far), ``accuracy`` that of
    the classifier. ``in_hihe`` is the share of training pictures in HIHE, over seeds."""

    seeds: int
    pictures: int
    accuracy: float
    in_hihe: Measure
    everything: Measure
    ones: Measure
    shares: tuple[ShareFid, ...]
    gaps: tuple[Gap, ...]
    damage: Damage | None
    seconds: float


@cache
def recorded() -> Retraining | None:
    """The job that ships with the package; None where it does not."""
    if not RECORDED.is_file():
        return None
    return Retraining.read(json.loads(RECORDED.read_text(encoding="utf-8")))


def rescored(job: Retraining) -> Retrained:
    """Means and intervals over training seeds of everything that ``job`` recorded."""
    sizes = sorted({_size(row, job) for row in job.shrunk}, reverse=True)
    ways = list(dict.fromkeys(row.way for row in job.shrunk))
    shares, gaps = [], []
    for size in sizes:
        rows = [row for row in job.shrunk if _size(row, job) == size]
        by_way = {way: {r.seed: r for r in rows if r.way == way} for way in ways}
        kept, hihe = round(float(np.mean([r.kept for r in rows]))), size[1]
        for way, of in by_way.items():
            found = [
                mean([getattr(row, name) for row in of.values()])
                for name in ("fid", "kid", "inception_fid", "inception_kid")
            ]
            found[0], found[2] = (found[i].within(0, np.inf) for i in (0, 2))
            shares.append(ShareFid(way, kept, hihe, *found))
        for rival in RIVALS:
            both = by_way["HIHE"].keys() & by_way.get(rival, {}).keys()
            apart = [by_way[rival][s].fid - by_way["HIHE"][s].fid for s in sorted(both)]
            gaps.append(Gap(rival, kept, hihe, mean(apart)))
    return Retrained(
        seeds=len({row.seed for row in job.shrunk}),
        pictures=job.originals[0].pictures,
        accuracy=job.accuracy,
        in_hihe=mean([o.hihe / o.pictures for o in job.originals]).within(0, 1),
        everything=_controls(job.controls, "Everything"),
        ones=_controls(job.controls, "Ones"),
        shares=tuple(shares),
        gaps=tuple(gaps),
        damage=_damage(job.left_out),
        seconds=job.made_by.seconds,
    )


def _size(row: Shrunk, job: Retraining) -> tuple[float, bool]:
    """(share of pictures kept, whether it is HIHE's own): HIHE's differs a little by seed."""
    hihe = row.share not in job.settings["shares"]
    return (1.0, True) if hihe else (row.share, False)


def _controls(rows: Iterable[Shrunk], way: str) -> Measure:
    return mean([row.fid for row in rows if row.way == way]).within(0, np.inf)


def _damage(rows: tuple[LeftOut, ...]) -> Damage | None:
    """Over the groups that were left out under every seed."""
    seeds = {row.seed for row in rows}
    groups = [
        g for g in sorted({row.group for row in rows})
        if {row.seed for row in rows if row.group == g} == seeds
    ]  # fmt: skip
    if len(groups) < 4:
        return None
    value, fid, loss = (
        np.array([np.mean([getattr(r, name) for r in rows if r.group == g]) for g in groups])
        for name in ("value", "fid", "loss")
    )
    return Damage(
        groups=len(groups),
        seeds=len(seeds),
        removed=rows[0].removed,
        fid=_spearman(value, fid),
        loss=_spearman(value, loss),
    )


def _spearman(a: np.ndarray, b: np.ndarray) -> Measure:
    """With the interval of leaving out each pair in turn."""
    from scipy.stats import spearmanr

    return jackknife(
        lambda rows: float(spearmanr(a[rows], b[rows]).statistic), len(a), blocks=len(a)
    ).within(-1, 1)

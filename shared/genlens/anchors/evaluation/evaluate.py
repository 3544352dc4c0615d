"""The room's truth table: ``genlens evaluate anchors``.

PXGen's paper shows pictures and one curve without a figure. Measured here:

- ``known``: three models of which it is known what they never saw. Do criteria tell it apart, and
  which groups is it put in? (``zeros-vae`` and other digits; ``avatars-no-glasses-vae`` and
  glasses; ``autos-introvae`` and nine other things.)
- ``coverage``: how near fast selections come to the best of all choices.
- ``retrained``: what the recorded retraining job found (``genlens retrain``), scored again.

Every figure is a ``Measure``: a 95 % interval, the cases behind it, and how many were left out and
why. Intervals over pictures are for these trainings of the models; those of ``retrained`` are over
training seeds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from genlens.anchors.evaluation.coverage import Coverage, measure_coverage
from genlens.anchors.evaluation.known import (
    AUTOS,
    NO_GLASSES,
    ZEROS,
    Known,
    measure_autos,
    measure_glasses,
    measure_zeros,
)
from genlens.anchors.evaluation.retrained import Retrained, recorded, rescored
from genlens.anchors.scoring import score_anchors
from genlens.anchors.sets import own
from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.common.progress import Cancel, Progress
from genlens.common.records import MadeBy, Record, seconds_since
from genlens.errors import Cancelled
from genlens.models.catalog import find, load, weights_folder
from genlens.worlds.digits import load_digits

MOST = 3000
"""Digits of which none was seen by the model, as many as ship."""
FACES = 400
SETS, QUICK_SETS = 150, 30
QUICK_N = 1000


@dataclass(frozen=True)
class AnchorEvaluation(Record):
    """Everything that was measured; ``left_out`` maps a part that was not to the reason. ``quick``:
    a look, and nothing to be quoted."""

    n: int
    quick: bool
    zeros: Known | None
    glasses: Known | None
    autos: Known | None
    coverage: tuple[Coverage, ...]
    retrained: Retrained | None
    left_out: Mapping[str, str]
    made_by: MadeBy = field(default_factory=MadeBy)


def evaluate_anchors(
    n: int | None = None,
    seed: int = 0,
    *,
    quick: bool = False,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> AnchorEvaluation:
    """Measure the room on the shipped models.

    Args:
        n: test digits, 200 to 3,000, as many photographs, and a third as many faces (at most 400)
            twice; None for all (quick: 1,000).
        seed: of the choice of pictures and of everything random.
        quick: under a minute: the paper's two criteria, fewer pictures and sets.
        progress: ``progress(done, total, text)``.

    Raises:
        InputError: a number out of range.
        ModelError: weights that are there but cannot be used.
        Cancelled: ``cancel()`` said so; nothing is kept.
    """
    started = time.perf_counter()
    n = whole("the number of pictures", (QUICK_N if quick else MOST) if n is None else n, 200, MOST)
    seed = whole("seed", seed, 0, MAX_SEED - 100_000)
    left_out: dict[str, str] = {}
    steps: dict[str, Callable[[], object]] = {
        ZEROS: lambda: measure_zeros(n, seed, quick=quick, cancel=cancel),
        NO_GLASSES: lambda: measure_glasses(min(n // 3, FACES), seed, quick=quick, cancel=cancel),
        AUTOS: lambda: measure_autos(n, seed, quick=quick, cancel=cancel),
        "coverage": lambda: measure_coverage(
            _points(n, seed), QUICK_SETS if quick else SETS, seed, cancel
        ),
    }
    found: dict[str, object] = {}
    for i, (name, measure) in enumerate(steps.items()):
        if cancel is not None and cancel():
            raise Cancelled(f"stopped before {name}")
        if progress is not None:
            progress(i, len(steps), f"measuring {name}")
        reason = _missing(ZEROS if name == "coverage" else name)
        if reason:
            left_out[name] = reason
        else:
            found[name] = measure()
    job = recorded()
    if job is None:
        left_out["retrained"] = "no job was recorded: run genlens retrain DIR --json FILE"
    if progress is not None:
        progress(len(steps), len(steps), "Done")
    zeros, glasses, autos, coverage = (found.get(name) for name in steps)
    return AnchorEvaluation(
        n=n,
        quick=quick,
        zeros=zeros if isinstance(zeros, Known) else None,
        glasses=glasses if isinstance(glasses, Known) else None,
        autos=autos if isinstance(autos, Known) else None,
        coverage=coverage if isinstance(coverage, tuple) else (),
        retrained=None if job is None else rescored(job),
        left_out=left_out,
        made_by=MadeBy(
            seed=seed,
            settings={"threads": torch.get_num_threads()},
            seconds=seconds_since(started),
        ),
    )


def _points(n: int, seed: int) -> np.ndarray:
    """(n, 2): KLD and MSE of test digits under ``zeros-vae``."""
    digits = load_digits("test", n, seed)
    anchors = own.array(digits.tensor().numpy())
    return score_anchors(load(ZEROS), anchors, ("kld", "mse")).values


def _missing(model: str) -> str:
    """Why a model cannot be measured, "" where it can."""
    if find(model) is not None and weights_folder(model).is_dir():
        return ""
    return f"{model} is not shipped with this copy: train it with its recipe in zoo/recipes/anchors"

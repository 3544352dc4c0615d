"""Measure every shipped model against the bars it was trained for (``genlens evaluate zoo``)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from genlens.common.checks import whole
from genlens.common.measures import Measure
from genlens.common.progress import Progress
from genlens.common.records import MadeBy, Record, seconds_since
from genlens.errors import InputError

# What each figure is to reach, and whether more or less is better.
BARS: dict[str, dict[str, tuple[str, float]]] = {
    "emoji-diffusion": {
        "objects_present": (">=", 0.96),
        "relation_right": (">=", 0.97),
        "background_right": (">=", 0.99),
        "filler_ratio": ("<=", 0.03),
        "rich_objects": (">=", 0.92),
        "counts_right": (">=", 0.90),
        "detail": (">=", 0.85),
        "psnr_db": (">=", 31.0),
    },
    "emoji-clip": {"caption_top1_of_100": (">=", 0.95), "crop_noun_top1": (">=", 0.95)},
    "emoji-sam": {"mean_best_iou": (">=", 0.90), "objects_found": (">=", 0.95)},
    "emoji-referee": {"accuracy": (">=", 0.985)},
}
# The same for the VAEs, which are measured where their weights are.
VAE_BARS: dict[str, dict[str, tuple[str, float]]] = {
    "digits-vae": {},
    "digits-cvae": {},
    "avatars-vae": {},
    "maritime-vae": {},
}

# The same for generators of faces, which are measured where their weights are.
FACE_BARS: dict[str, dict[str, tuple[str, float]]] = {
    "avatars-gan": {
        "confident": (">=", 0.90),
        "values_found": (">=", 1.0),
        "copies_lpips": ("<=", 0.05),
        "copies_dssim": ("<=", 0.05),  # where LPIPS was not fetched
    },
}
# And for the classifier that judges them.
CLASSIFIER_BARS: dict[str, dict[str, tuple[str, float]]] = {
    "avatars-attributes": {"four_factors": (">=", 0.98), "all_factors": (">=", 0.95)},
}
ALL_BARS = {**BARS, **VAE_BARS, **FACE_BARS, **CLASSIFIER_BARS}

SEEDS_APART = 10_000
"""Scenes of one seed are numbered from it on: two seeds share none."""
FULL = 500
"""Scenes, prompts or pictures a model, of the published table ..."""
QUICK = 20
"""... and of a quick look."""


@dataclass(frozen=True)
class ZooEvaluation(Record):
    """``models``: id -> figure -> how good the shipped model is. ``left_out`` maps a model that was
    not measured to the reason. ``quick``: a quick look on few cases. ``made_by.stages`` are seconds
    by model."""

    quick: bool
    models: Mapping[str, Mapping[str, Measure]]
    left_out: Mapping[str, str]
    made_by: MadeBy


def evaluate_zoo(
    n: int | None = None,
    *,
    seed: int = 0,
    quick: bool = False,
    models: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> ZooEvaluation:
    """Every figure of ``ALL_BARS`` measured from the shipped weights on held-out scenes, prompts
    and pictures, and those of the VAEs (``measures.vae``).

    Args:
        n: scenes, prompts or pictures a model; None for 500, or 20 of a quick look.
        seed: of scenes, prompts and noises.
        quick: few cases: under a minute, and wide intervals.
        models: ids to measure, None for all.
        progress: ``progress(done, total, text)``.

    Raises:
        InputError: a model that is not of the zoo, or a number out of range.
    """
    n = whole("the number of cases", (QUICK if quick else FULL) if n is None else n, 1, 100_000)
    seed = whole("seed", seed, 0, 1_000_000)
    unknown = sorted(set(models or ()) - set(ALL_BARS))
    if unknown:
        raise InputError(f"{', '.join(unknown)} is not of the zoo: use {', '.join(ALL_BARS)}")
    from genlens.zoo.measures.vae import left_out

    jobs = _jobs(n, seed * SEEDS_APART, quick, progress)
    if models is not None:
        jobs = {name: job for name, job in jobs.items() if name in models}
    measured: dict[str, Mapping[str, Measure]] = {}
    reasons: dict[str, str] = {}
    seconds: dict[str, float] = {}
    for i, (name, job) in enumerate(jobs.items()):
        if progress:
            progress(i, len(jobs), f"measuring {name}")
        reason = "" if name in BARS else left_out(name)
        if reason:
            reasons[name] = reason
            continue
        start = time.perf_counter()
        measured[name] = job()
        seconds[name] = seconds_since(start)
    made_by = MadeBy(
        seed=seed, settings={"n": n}, seconds=round(sum(seconds.values()), 1), stages=seconds
    )
    return ZooEvaluation(quick, measured, reasons, made_by)


def _jobs(
    n: int, seed: int, quick: bool, progress: Progress | None
) -> dict[str, Callable[[], Mapping[str, Measure]]]:
    """Model id -> what measures it."""
    from genlens.models.catalog import load
    from genlens.zoo.measures.attributes import measure as measure_attributes
    from genlens.zoo.measures.clip import measure as measure_clip
    from genlens.zoo.measures.diffusion import measure as measure_diffusion
    from genlens.zoo.measures.faces import measure_shipped as measure_faces
    from genlens.zoo.measures.referee import measure as measure_referee
    from genlens.zoo.measures.sam import measure as measure_sam
    from genlens.zoo.measures.vae import measure as measure_vae
    from genlens.zoo.referee import load_referee

    return {
        "emoji-referee": lambda: measure_referee(load_referee(), n, seed),
        "emoji-clip": lambda: measure_clip(load("emoji-clip"), n, seed),
        "emoji-sam": lambda: measure_sam(load("emoji-sam"), n, seed),
        "emoji-diffusion": lambda: measure_diffusion(
            load("emoji-diffusion"), load_referee(), n, seed, progress
        ),
        **{name: partial(measure_vae, name, n, seed) for name in VAE_BARS},
        "avatars-attributes": lambda: measure_attributes(n, seed),
        "avatars-gan": lambda: measure_faces("avatars-gan", n, seed, quick, progress),
    }

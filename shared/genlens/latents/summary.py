"""One question put to many pictures by one method: which latents or pixels matter on the whole.

The mean of the sizes |values| over pictures is shap's global importance (Lundberg et al. 2020,
"From local explanations to global understanding with explainable AI for trees", Nature Machine
Intelligence 2); here it comes with its 95 % interval over the pictures.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from genlens.attribution.methods import attribute, method_named
from genlens.attribution.results import Attribution
from genlens.attribution.run import watched
from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.common.measures import mean_interval
from genlens.common.progress import Cancel, Progress
from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.errors import Cancelled, InputError
from genlens.latents.questions import Question, ask
from genlens.latents.settings import settings_for

if TYPE_CHECKING:
    from genlens.study.study import Study

MOST_PICTURES = 500


@dataclass(frozen=True)
class Summary(Record):
    """Attributions of ``target`` over the pictures ``indices`` (n,) by ``method``.

    ``mean`` of the sizes |value| over the pictures, with ``low`` and ``high``, the ends of its 95 %
    interval (Student's t, each alone): (d,) of latents, or (h, w) of pixels. Of latents ``values``
    (n, d) are all attributions and ``codes`` (n, d) what they were taken at. Values that are only
    rounding count as 0. ``left_out``: reason -> pictures to which the question cannot be put.
    """

    method: str
    target: str
    kind: str
    unit: str
    signed: bool
    indices: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    values: np.ndarray
    codes: np.ndarray
    labels: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    first: Attribution | None = field(default=None, metadata=UNWRITTEN)
    made_by: MadeBy = field(default_factory=MadeBy)


def summary_of(
    study: Study,
    question: Question,
    method: str,
    *,
    settings: Mapping[str, Any] | None = None,
    n: int = 50,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Summary:
    """``question`` put to ``n`` pictures of ``study``, drawn by ``seed``.

    Args:
        settings: of the method, as ``settings_for`` takes them; what they leave open is set for
            speed (``Method.quick``).
        n: pictures, 2 to 500, or all that there are.
        progress, cancel: before each picture; ``cancel`` is also asked at every batch.

    Raises:
        InputError: the method cannot explain the question, fewer than 2 pictures can be asked, or a
            setting does not fit.
        Cancelled: ``cancel()`` said so.
    """
    started, kind = time.perf_counter(), method_named(method)
    n = min(whole("pictures", n, 2, MOST_PICTURES), len(study))
    rng = np.random.default_rng(whole("seed", seed, 0, MAX_SEED))
    rows = np.sort(rng.permutation(len(study))[:n]).tolist()
    quick = {name: value for name, value in kind.quick.items() if name in kind.defaults()}
    found: dict[int, Attribution] = {}
    codes, left_out = [], dict[str, int]()
    for done, index in enumerate(rows):
        if cancel is not None and cancel():
            raise Cancelled(f"stopped after {done} of {n} pictures")
        if progress is not None:
            progress(done, n, kind.title)
        if not _shows(study, index, question):
            reason = f"the picture shows no {question.region.replace('_', ' ')}"
            left_out[reason] = left_out.get(reason, 0) + 1
            continue
        asked = ask(study, index, question)
        given = settings_for(study, index, asked, method, quick | dict(settings or {}))
        found[index] = attribute(method, watched(asked.target, cancel=cancel), asked.x, **given)
        codes.append(np.asarray(study.at(index)[1], dtype=np.float64))
    if len(found) < 2:
        raise InputError(f"{len(found)} of {n} pictures can be asked this: a summary needs two")
    return _summed(list(found.values()), list(found), np.stack(codes), left_out, started, seed)


def _shows(study: Study, index: int, question: Question) -> bool:
    """Whether the picture has the part that is asked about, where one is."""
    part = study.masks.get(question.region) if "region" in question.target else None
    return part is None or bool(np.any(part[index]))


def _summed(
    found: list[Attribution],
    indices: list[int],
    codes: np.ndarray,
    left_out: Mapping[str, int],
    started: float,
    seed: int,
) -> Summary:
    first, n = found[0], len(found)
    maps = np.stack([np.zeros_like(a.map()) if a.nothing else a.map() for a in found])
    sizes = np.abs(maps)
    middle = sizes.mean(axis=0)
    reach = mean_interval(0.0, 1.0, n)[1] * sizes.std(axis=0, ddof=1) / np.sqrt(n)
    latents = first.kind == "latent"
    made = first.made_by
    return Summary(
        method=first.method,
        target=first.target,
        kind=first.kind,
        unit=first.unit,
        signed=first.signed,
        indices=np.array(indices),
        mean=middle,
        low=np.maximum(middle - reach, 0.0),  # sizes are never negative
        high=middle + reach,
        values=maps if latents else np.zeros((0, 0)),
        codes=codes if latents else np.zeros((0, 0)),
        labels=tuple(f"z{j}" for j in range(maps.shape[1])) if latents else (),
        left_out=left_out,
        first=first,
        made_by=MadeBy(
            model=made.model,
            revision=made.revision,
            device=made.device,
            seed=seed,
            settings={k: v for k, v in made.settings.items() if np.ndim(v) == 0},
            model_calls=sum(a.made_by.model_calls for a in found),
            seconds=seconds_since(started),
        ),
    )

"""The room's truth table: ``genlens evaluate latents``.

S3 ends with four conclusions about its VAE and two tables of adjectives about methods, without a
figure. Measured here, from the shipped models, on pictures that none of them was trained on:

(a) the conclusions as numbers: ``space`` and, for "focuses on structurally important
    pixel regions", deletion against random orders in ``methods``;
(b) where the deciding pixels are known: ``faces``;
(c) the parameter randomisation test of every method, and
(d) seconds, model calls and agreement between runs: ``methods``;

and how far a fixed strategy can rebuild pictures with each model's latents (``rebuild``).
Every figure is a ``Measure``: a 95 % interval, the cases behind it, and how many were left out and
why. Intervals say what other pictures and seeds would change, for this model; another training of
it is another model. Seconds are of the machine that measured.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import torch

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.common.progress import Cancel, Progress
from genlens.common.records import MadeBy, Record, seconds_since, written_as
from genlens.common.side_by_side import side_by_side, threads_each
from genlens.errors import InputError
from genlens.latents.evaluation.faces import FaceMeasures
from genlens.latents.evaluation.one_model import QUICK, ModelMeasures, Size, measure_model
from genlens.models.catalog import find, weights_folder
from genlens.study.study import Study

__all__ = ["QUICK", "SHIPPED", "LatentEvaluation", "ModelMeasures", "Size", "evaluate_latents"]

SHIPPED = ("digits-vae", "digits-cvae", "avatars-vae", "maritime-vae", "emoji-vae")


@dataclass(frozen=True)
class LatentEvaluation(Record):
    """Everything that was measured; ``left_out`` maps a model that was not to the reason.

    ``n`` codes and ``pictures`` explained pictures were asked for of each model, whose own lines
    say how many it had. ``quick``: a look, and nothing to be quoted.
    """

    n: int
    pictures: int
    quick: bool
    models: tuple[ModelMeasures, ...] = field(
        metadata=written_as(lambda all_: {m.model: m for m in all_})
    )
    faces: FaceMeasures | None
    left_out: Mapping[str, str]
    made_by: MadeBy = field(default_factory=MadeBy)


def evaluate_latents(
    n: int | None = None,
    seed: int = 0,
    *,
    quick: bool = False,
    models: Sequence[str | Study] | None = None,
    methods: Sequence[str] | None = None,
    size: Size | None = None,
    processes: int = 1,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> LatentEvaluation:
    """Measure ``models`` on pictures of their own worlds.

    Args:
        n: pictures to encode for each model, 20 to 10,000 (fewer where a world ships fewer); None
            for those of ``size``.
        seed: of the choice of pictures, and of everything random.
        quick: of everything as much as ``QUICK``: under a minute, with wide intervals.
        models: ids of embedded models, which are left out, and named, where their weights are not
            there; or studies of any model, of which the first n pictures are taken. None for all
            shipped ones.
        methods: attribution methods; None for all. The controls are always measured.
        size: how much of everything else; None for ``Size()``, or ``QUICK``.
        processes: how many work side by side, a model each.
        progress: ``progress(done, total, text)``, in hundredths of all models.

    Raises:
        InputError: a number out of range, an unknown map, or several processes and studies
            (each process loads its models by name).
        ModelError: weights that are there but cannot be used.
        Cancelled: ``cancel()`` said so; nothing is kept.
    """
    started = time.perf_counter()
    size = size or (QUICK if quick else Size())
    models = SHIPPED if models is None else models
    n = whole("the number of pictures", size.n if n is None else n, 20, 10_000)
    seed = whole("seed", seed, 0, MAX_SEED - 100_000)
    processes = whole("processes", processes, 1, 64)
    left_out = {m: reason for m in models if isinstance(m, str) and (reason := _missing(m))}
    asked = [m for m in models if not (isinstance(m, str) and m in left_out)]
    with_faces = [_data_of(m) == "avatars" for m in asked]
    with_faces = [own and not any(with_faces[:i]) for i, own in enumerate(with_faces)]  # once
    work = partial(measure_model, n=n, size=size, methods=methods, seed=seed)
    say = _Hundredths(progress, 100 * len(models))
    answers: list[tuple[ModelMeasures, FaceMeasures | None]] = []
    if processes > 1:
        if not all(isinstance(m, str) for m in asked):
            raise InputError(
                f"processes is {processes}, and each loads its own models: name them, or pass 1"
            )
        # The last shipped one takes as long as the others together: it has to be begun first.
        tasks = list(zip(asked, with_faces, strict=True))[::-1]
        for answer in side_by_side(work, tasks, processes, cancel=cancel):
            answers.insert(0, answer)
            say(100 * len(answers), f"{len(answers)} of {len(asked)} models measured")
    else:
        for i, task in enumerate(zip(asked, with_faces, strict=True)):
            answers.append(work(*task, say=say.after(100 * i), cancel=cancel))
    say(100 * len(models), "Done")
    threads = torch.get_num_threads() if processes == 1 else threads_each(processes)
    settings = {"threads": threads, "processes": processes}
    return LatentEvaluation(
        n=n,
        pictures=size.pictures,
        quick=quick,
        models=tuple(model for model, _ in answers),
        faces=next((faces for _, faces in answers if faces is not None), None),
        left_out=left_out,
        made_by=MadeBy(seed=seed, settings=settings, seconds=seconds_since(started)),
    )


def _missing(model: str) -> str:
    """Why an embedded model cannot be measured, "" where it can."""
    entry = find(model)
    if entry is not None and entry.source != "embedded":
        return ""
    folder = weights_folder(model)
    if entry is not None and folder.is_dir():
        return ""
    why = "the catalog does not list it" if entry is None else f"there is no {folder.name}"
    return (
        f"not shipped with this copy ({why} in genlens/zoo/weights): train it with its recipe in "
        "genlens/zoo/recipes"
    )


def _data_of(given: str | Study) -> str:
    """What the model's card says of its pictures."""
    card = find(given) if isinstance(given, str) else given.model.card
    return "" if card is None else str(card.settings.get("data", ""))


@dataclass(frozen=True)
class _Hundredths:
    """(hundredths, text) as steps of the whole, from ``start``."""

    progress: Progress | None
    total: int
    start: int = 0

    def __call__(self, done: int, text: str) -> None:
        if self.progress is not None:
            self.progress(self.start + done, self.total, text)

    def after(self, start: int) -> _Hundredths:
        return replace(self, start=start)

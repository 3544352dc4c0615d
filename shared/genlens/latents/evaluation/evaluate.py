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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch

from genlens.attribution.methods import quick_settings
from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.common.progress import Cancel, Progress
from genlens.common.records import MadeBy, Record, seconds_since, written_as
from genlens.errors import Cancelled, InputError
from genlens.latents.evaluation.faces import FaceMeasures, measure_faces
from genlens.latents.evaluation.methods import WIDE, MethodMeasures, measure_methods
from genlens.latents.evaluation.rebuild import RebuildMeasures, measure_rebuild
from genlens.latents.evaluation.space import SpaceMeasures, measure_space
from genlens.study.study import Study, load_study, with_own_labels

__all__ = ["QUICK", "SHIPPED", "LatentEvaluation", "ModelMeasures", "Size", "evaluate_latents"]

_FEWEST = {"kernel-shap": {"samples": 150}, "lime": {"samples": 150}}
"""Settings for wide models, whose decodings take longest."""
SHIPPED = ("digits-vae", "digits-cvae", "avatars-vae", "maritime-vae", "emoji-vae")


@dataclass(frozen=True)
class Size:
    """How much is measured.

    ``n`` codes of each model; ``pictures`` of them explained by every method, ``wide`` where a
    model has more than 256 latents; ``maps`` projections whose quality is measured; ``games`` of
    the search strategy; ``faces`` for each part and each of ``draws`` seeds. ``light``: methods get
    fewer samples than their defaults.
    """

    n: int = 2000
    pictures: int = 14
    wide: int = 8
    maps: tuple[str, ...] = ("pca", "tsne", "umap")
    games: int = 10
    faces: int = 5
    draws: int = 6
    light: bool = False


QUICK = Size(n=200, pictures=8, wide=2, maps=("pca",), games=5, faces=4, draws=2, light=True)
"""Under a minute for all shipped models: a look, with wide intervals."""


@dataclass(frozen=True)
class ModelMeasures(Record):
    """One model: its codes, its explanations, and how well its sliders rebuild pictures.

    ``pictures`` were explained by every method. ``light``: methods had fewer samples than their
    defaults (``methods.quick_settings``). ``left_out`` maps what was not measured ("lrp, image") to
    the reason.
    """

    data: str
    pictures: int
    space: SpaceMeasures
    methods: tuple[MethodMeasures, ...]
    rebuild: RebuildMeasures | None
    light: bool
    left_out: Mapping[str, str]
    made_by: MadeBy

    @property
    def model(self) -> str:
        """The model's id."""
        return self.made_by.model


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
        progress: ``progress(done, total, text)``, in hundredths of all models.

    Raises:
        InputError: a number out of range, or an unknown map.
        ModelError: weights that are there but cannot be used.
        Cancelled: ``cancel()`` said so; nothing is kept.
    """
    started = time.perf_counter()
    size = size or (QUICK if quick else Size())
    models = SHIPPED if models is None else models
    n = whole("the number of pictures", size.n if n is None else n, 20, 10_000)
    seed = whole("seed", seed, 0, MAX_SEED - 100_000)
    measured, left_out, faces = [], {}, None
    for i, given in enumerate(models):
        inner = _within(progress, 100 * i, 100 * len(models))
        reason = _missing(given) if isinstance(given, str) else ""
        if reason:
            left_out[str(given)] = reason
            continue
        inner(0, str(given) if isinstance(given, str) else given.id)
        study = load_study(given, n, seed) if isinstance(given, str) else given.first(n)
        measured.append(_measure(study, size, methods, seed, inner, cancel))
        if study.model.card.settings.get("data") == "avatars" and faces is None:
            inner(80, "where maps lie on faces")
            faces = measure_faces(
                study.model,
                pictures=size.faces,
                draws=size.draws,
                names=methods,
                seed=seed,
                cancel=cancel,
            )
    if progress is not None:
        progress(100 * len(models), 100 * len(models), "Done")
    return LatentEvaluation(
        n=n,
        pictures=size.pictures,
        quick=quick,
        models=tuple(measured),
        faces=faces,
        left_out=left_out,
        made_by=MadeBy(
            seed=seed,
            settings={"threads": torch.get_num_threads()},
            seconds=seconds_since(started),
        ),
    )


def _measure(
    study: Study,
    size: Size,
    methods: Sequence[str] | None,
    seed: int,
    say: Callable[[int, str], None],
    cancel: Cancel | None,
) -> ModelMeasures:
    """One model. A wide one (spatial latents) gets fewer pictures and samples."""
    started = time.perf_counter()
    if cancel is not None and cancel():
        raise Cancelled(f"stopped before {study.id}")
    say(2, f"{study.id}: its codes")
    own = with_own_labels(study)
    space = measure_space(own, maps=size.maps, seed=seed, cancel=cancel)
    wide = study.codes.mean.shape[1] > WIDE
    light, pictures = size.light or wide, size.wide if wide else size.pictures
    fewer = quick_settings() | (_FEWEST if wide else {})
    measures, left_out = measure_methods(
        own,
        pictures=pictures,
        settings=fewer if light else None,
        names=methods,
        seed=seed,
        progress=lambda done, total, text: say(10 + 55 * done // total, text),
        cancel=cancel,
    )
    say(65, f"{study.id}: rebuilding pictures by sliders")
    rebuild = None
    try:
        if size.games:
            rebuild = measure_rebuild(own, size.games, seed, cancel)
    except InputError as error:  # too many sliders, or pictures that agree before any move
        left_out["rebuild"] = str(error)
    return ModelMeasures(
        data=study.data,
        pictures=min(pictures, len(own)),
        space=space,
        methods=measures,
        rebuild=rebuild,
        light=light,
        left_out=left_out,
        made_by=study.model.card.made_by(
            study.model.device, seed=seed, seconds=seconds_since(started)
        ),
    )


def _missing(model: str) -> str:
    """Why an embedded model cannot be measured, "" where it can."""
    from genlens.models.catalog import find, weights_folder

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


def _within(progress: Progress | None, start: int, total: int) -> Callable[[int, str], None]:
    """(hundredths of this model, text) as steps of the whole."""

    def say(done: int, text: str) -> None:
        if progress is not None:
            progress(start + done, total, text)

    return say

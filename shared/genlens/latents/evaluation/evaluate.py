"""The room's truth table: ``genlens evaluate latents``.

S3 ends with four conclusions about its VAE and two tables of adjectives about methods, without a
figure. Measured here, from the shipped models, on pictures that none of them was trained on:

(a) the conclusions as numbers: ``space`` and, for "focuses on structurally important
    pixel regions", deletion against random orders in ``methods``;
(b) where the deciding pixels are known: ``faces``;
(c) the parameter randomisation test of every method, and
(d) seconds, model calls and agreement between runs: ``methods``;

and how far a fixed strategy can rebuild pictures with each model's latents (``rebuild.search``).
Rank correlations and areas are of few pictures: read them with their standard errors. Seconds are
of the machine that measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from genlens.attribution.methods import quick_settings
from genlens.common.checks import whole
from genlens.common.progress import Cancel, Progress
from genlens.common.records import MadeBy, Record, seconds_since, written_as
from genlens.errors import Cancelled, InputError
from genlens.latents.evaluation.faces import FaceMeasures, measure_faces
from genlens.latents.evaluation.methods import WIDE, MethodMeasures, measure_methods
from genlens.latents.evaluation.space import SpaceMeasures, measure_space
from genlens.latents.rebuild.game import Game
from genlens.latents.rebuild.leaderboard import Line, gap_of, ranked, rules_of, search_line
from genlens.latents.rebuild.search import evaluate, standing
from genlens.models.contracts import Conditional
from genlens.study.study import Study, load_study, with_own_labels

__all__ = ["SHIPPED", "LatentEvaluation", "ModelMeasures", "evaluate_latents"]

SHIPPED = ("digits-vae", "digits-cvae", "avatars-vae", "maritime-vae", "emoji-vae")
_CODES_A_PICTURE = 125  # so that 2,000 codes go with 16 pictures


@dataclass(frozen=True)
class ModelMeasures(Record):
    """One model: its codes, its explanations, and how well its sliders rebuild pictures.

    ``light``: methods had fewer samples than their defaults (``methods.quick_settings``).
    ``left_out`` maps what was not measured ("lrp, image") to the reason.
    """

    data: str
    space: SpaceMeasures
    methods: tuple[MethodMeasures, ...]
    rebuild: Line | None
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

    ``n`` codes and ``pictures`` explained pictures were asked for of each model.
    """

    also_written = ("leaderboard",)

    n: int
    pictures: int
    models: tuple[ModelMeasures, ...] = field(
        metadata=written_as(lambda all_: {m.model: m for m in all_})
    )
    faces: FaceMeasures | None
    left_out: Mapping[str, str]
    made_by: MadeBy = field(default_factory=MadeBy)

    @property
    def leaderboard(self) -> tuple[Line, ...]:
        """The models' lines, best first."""
        return ranked([m.rebuild for m in self.models if m.rebuild])


def evaluate_latents(
    n: int = 2000,
    seed: int = 0,
    *,
    models: Sequence[str | Study] = SHIPPED,
    pictures: int | None = None,
    methods: Sequence[str] | None = None,
    maps: Sequence[str] = ("pca", "tsne", "umap"),
    games: int = 10,
    light: bool = False,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> LatentEvaluation:
    """Measure ``models`` on pictures of their own worlds.

    Args:
        n: pictures to encode for each model, 20 to 10,000 (fewer where a world ships fewer).
        seed: of the choice of pictures, and of everything random.
        models: ids of embedded models, which are left out, and named, where their weights are not
            there; or studies of any model, of which the first n pictures are taken.
        pictures: how many of them are explained by every method; None for n / 125, 4 to 16.
        methods: attribution methods; None for all.
        maps: projections whose quality is measured.
        games: rebuilding games of the search strategy for each model.
        light: give methods fewer samples than their defaults, for a quick look.
        progress: ``progress(done, total, text)``, in hundredths of all models.

    Raises:
        InputError: a number out of range, or an unknown map.
        ModelError: weights that are there but cannot be used.
        Cancelled: ``cancel()`` said so; nothing is kept.
    """
    started = time.perf_counter()
    n, seed = whole("n", n, 20, 10_000), whole("seed", seed, 0, 2**31)
    shown = min(max(n // _CODES_A_PICTURE, 4), 16) if pictures is None else pictures
    shown = whole("pictures", shown, 1, 200)
    measured, left_out, faces = [], {}, None
    for i, given in enumerate(models):
        inner = _within(progress, 100 * i, 100 * len(models))
        reason = _missing(given) if isinstance(given, str) else ""
        if reason:
            left_out[str(given)] = reason
            continue
        inner(0, str(given) if isinstance(given, str) else given.id)
        study = load_study(given, n, seed) if isinstance(given, str) else given.first(n)
        measured.append(
            _measure(study, shown, methods, maps, whole("games", games, 0, 1000), light, seed,
                     inner, cancel)
        )  # fmt: skip
        if study.model.card.settings.get("data") == "avatars" and faces is None:
            inner(80, "where maps lie on faces")
            faces = measure_faces(
                study.model, pictures=shown, names=methods, seed=seed, cancel=cancel
            )
    if progress is not None:
        progress(100 * len(models), 100 * len(models), "Done")
    return LatentEvaluation(
        n=n,
        pictures=shown,
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
    pictures: int,
    methods: Sequence[str] | None,
    maps: Sequence[str],
    games: int,
    light: bool,
    seed: int,
    say: Callable[[int, str], None],
    cancel: Cancel | None,
) -> ModelMeasures:
    """One model. A wide one (spatial latents) gets fewer pictures and samples."""
    started = time.perf_counter()
    if cancel is not None and cancel():
        raise Cancelled(f"stopped before {study.id}")
    say(2, f"{study.id}: its codes")
    whole_study = with_own_labels(study)
    space = measure_space(whole_study, maps=maps, seed=seed, cancel=cancel)
    wide = study.codes.mean.shape[1] > WIDE
    light = light or wide
    measures, left_out = measure_methods(
        whole_study,
        pictures=max(2, pictures // 4) if wide else pictures,
        settings=quick_settings() if light else None,
        names=methods,
        repeats=1 if wide else 2,
        seed=seed,
        progress=lambda done, total, text: say(10 + 55 * done // total, text),
        cancel=cancel,
    )
    say(65, f"{study.id}: rebuilding pictures by sliders")
    line = None
    try:
        line = _line(whole_study, games, seed, cancel) if games else None
    except InputError as error:  # too many sliders, or pictures that agree before any move
        left_out["rebuild"] = str(error)
    return ModelMeasures(
        data=study.data,
        space=space,
        methods=measures,
        rebuild=line,
        light=light,
        left_out=left_out,
        made_by=study.model.card.made_by(
            study.model.device, seed=seed, seconds=seconds_since(started)
        ),
    )


def _line(study: Study, games: int, seed: int, cancel: Cancel | None) -> Line:
    """The search strategy's line. A conditional VAE is given the label: it plays game i at label i
    among codes of that label, since its sliders do not say which digit it is."""
    model = study.model
    labels = [int(k) for k in np.unique(study.labels) if k >= 0 and (study.labels == k).sum() > 1]
    if not isinstance(model, Conditional) or not labels:
        return search_line(study, games=games, seed=seed, cancel=cancel)
    rules, played = rules_of(study), list[Game]()
    for i in range(games):
        label = labels[i % len(labels)]
        own, there = study.codes.take(study.labels == label), model.given(label)
        played += evaluate(there, own, rules=rules, games=1, seed=seed + i, cancel=cancel)
    return Line(standing(played, "search"), study.codes.mean.shape[1], rules, gap_of(study))


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

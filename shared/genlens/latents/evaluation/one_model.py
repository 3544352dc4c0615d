"""Everything that is measured of one model, and how much of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genlens.attribution.methods import quick_settings
from genlens.common.progress import Cancel
from genlens.common.records import MadeBy, Record, seconds_since
from genlens.errors import Cancelled, InputError
from genlens.latents.evaluation.cases import ORDERS, STEPS
from genlens.latents.evaluation.faces import FITTED, FaceMeasures, measure_faces
from genlens.latents.evaluation.methods import FEW, WIDE, MethodMeasures, measure_methods
from genlens.latents.evaluation.rebuild import RebuildMeasures, measure_rebuild
from genlens.latents.evaluation.space import SpaceMeasures, measure_space
from genlens.study.study import Study, load_study, with_own_labels

_FEWEST: dict[str, dict[str, Any]] = {
    "smoothgrad": {"samples": 16},
    "integrated-gradients": {"steps": 32, "tolerance": None},
    "gradient-shap": {"samples": 32},
    "occlusion": {"stride": 8},
    "kernel-shap": {"samples": 64},
    "lime": {"samples": 100},
    "lime-latents": {"samples": 100},
}
"""Settings for wide models, one of whose decodings takes 30 times as long as another model's."""
_A_LOOK: dict[str, dict[str, Any]] = _FEWEST | {
    "integrated-gradients": {"steps": 8, "tolerance": None},
    "gradient-shap": {"samples": 6},
    "smoothgrad": {"samples": 6},
    "occlusion": {"stride": 16},
    "kernel-shap": {"samples": 20},
    "lime": {"samples": 30},
    "lime-latents": {"samples": 50},
}
"""Settings for them under ``QUICK``."""


@dataclass(frozen=True)
class Size:
    """How much is measured.

    ``n`` codes of each model; ``pictures`` of them explained by every method, ``wide`` where a
    model has more than 256 latents; ``maps`` projections whose quality is measured; ``games`` of
    the search strategy; ``faces`` for each part and each of ``draws`` seeds. ``light``: methods get
    the fewer samples of ``methods.quick_settings`` instead of their defaults: their own error stays
    small against what other pictures change, and more pictures can be measured. ``fewest``: fewer
    still. ``again``: pictures on which runs are compared with each other; ``steps`` and ``orders``
    of deletions: see ``cases.Case``.
    """

    n: int = 2000
    pictures: int = 14
    wide: int = 8
    maps: tuple[str, ...] = ("pca", "tsne", "umap")
    games: int = 10
    faces: int = 5
    draws: int = 6
    light: bool = True
    fewest: bool = False
    again: int = FEW
    steps: int = STEPS
    orders: int = ORDERS


QUICK = Size(
    120, 5, 2, ("pca",), games=2, faces=2, draws=1, fewest=True, again=1, steps=6, orders=4
)
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


def measure_model(
    given: str | Study,
    with_faces: bool,
    *,
    n: int,
    size: Size,
    methods: Sequence[str] | None,
    seed: int,
    say: Callable[[int, str], None] = lambda done, text: None,
    cancel: Cancel | None = None,
) -> tuple[ModelMeasures, FaceMeasures | None]:
    """One model, and where maps of it lie on faces, if that is asked for."""
    say(0, given if isinstance(given, str) else given.id)
    study = load_study(given, n, seed) if isinstance(given, str) else given.first(n)
    found = _measure(study, size, methods, seed, say, cancel)
    if not with_faces:
        return found, None
    say(80, "where maps lie on faces")
    return found, measure_faces(
        study.model,
        pictures=size.faces,
        draws=size.draws,
        settings=quick_settings() | _FEWEST if size.fewest else None,
        fitted=FITTED // 2 if size.fewest else FITTED,
        names=methods,
        seed=seed,
        cancel=cancel,
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
    few = _A_LOOK if wide and size.fewest else _FEWEST if wide or size.fewest else {}
    fewer = quick_settings() | few
    measures, left_out = measure_methods(
        own,
        pictures=pictures,
        settings=fewer if light else None,
        names=methods,
        again=size.again,
        steps=size.steps,
        orders=size.orders,
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

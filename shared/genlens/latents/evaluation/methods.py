"""What attribution methods cost and how far they can be trusted, measured on cases of one model.

For each method: seconds and model calls; how well runs agree that should (another seed, an input
shaken by noise that one does not see); how much faster than for random orders the explained number
falls when the parts it names are deleted; and the parameter randomisation test. The last two give
the ``Verdict``; ``controls`` that are no explanations go through the same tests, and have to fail.
S3's two comparison tables (SHAP and LIME, saliency and LRP) are rows of this, with numbers where S3
has adjectives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from genlens.attribution.controls import CONTROLS
from genlens.attribution.faithfulness import Deletion, deletion, spearman
from genlens.attribution.method import Method
from genlens.attribution.methods import METHODS, methods_for
from genlens.attribution.randomisation import Likeness, likeness
from genlens.attribution.results import Attribution
from genlens.attribution.run import watched
from genlens.attribution.verdict import Verdict
from genlens.common.estimates import exact, median
from genlens.common.measures import Measure, mean
from genlens.common.progress import Cancel, Progress
from genlens.common.records import Record
from genlens.errors import InputError, ModelError
from genlens.latents.evaluation.cases import (
    ORDERS,
    STEPS,
    Case,
    Explain,
    control,
    explainer,
    latent_cases,
    pixel_cases,
)
from genlens.study.study import Study

FEW = 6
"""Cases on which runs are compared with each other, if nobody asks for fewer."""
WIDE = 256
"""Latents above which explanations take long: fewer pictures and samples."""
SHUFFLED_NAN = "with shuffled weights it could not be explained"
NO_RANKS = "too few values to tell a map from an unrelated one"
NO_SPAN = "the explained number is the same for the blank input"
FLAT = "the map is flat: it ranks nothing"

# S3's tables: title, kind of target, the methods compared.
COMPARISONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("SHAP and LIME", "latent", ("shap", "kernel-shap", "lime-latents")),
    ("Saliency and LRP", "image", ("saliency", "lrp")),
)


@dataclass(frozen=True)
class MethodMeasures(Record):
    """One method, or ``control``, on cases of one ``kind`` of target ("image": a latent's mean to
    pixels; "latent": a decoded region to latents).

    ``alike`` is the mean ``Likeness.value`` of maps and those of a model with shuffled weights
    (0: as unrelated maps, 1: unchanged), ``sizes`` the same of absolute values. ``deletion`` is the
    mean area under the deletion curve, ``random`` that of random orders, ``gain`` their difference;
    ``beats`` the mean share of random orders beaten. ``seconds`` and ``model_calls`` are medians of
    one explanation. ``seed_agreement`` and ``noise_agreement`` are mean rank correlations, in
    [-1, 1], of runs with different seeds (1 where nothing is random) and of runs on an input shaken
    a little. ``left_out``: reason -> cases that the method refused, also left out of every measure.
    """

    also_written = ("verdict", "reliable")

    method: str
    title: str
    kind: str
    control: bool
    alike: Measure
    gain: Measure
    sizes: Measure
    deletion: Measure
    random: Measure
    beats: Measure
    seconds: Measure
    model_calls: Measure
    seed_agreement: Measure
    noise_agreement: Measure
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def found(self) -> Verdict:
        """What the two tests say of it."""
        return Verdict.of(self.alike, self.gain)

    @property
    def verdict(self) -> str:
        """``found`` as it is written down."""
        return self.found.key

    @property
    def reliable(self) -> bool:
        """Whether it passed both tests, with certainty and on enough cases."""
        return self.found.passed


def measure_methods(
    study: Study,
    *,
    pictures: int = 16,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    names: Sequence[str] | None = None,
    again: int = FEW,
    steps: int = STEPS,
    orders: int = ORDERS,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> tuple[tuple[MethodMeasures, ...], dict[str, str]]:
    """Every method on ``study``, for pixels and for latents, then the controls, and why others are
    left out.

    Args:
        study: as ``with_own_labels`` gives it.
        pictures: cases of each kind.
        settings: method -> its settings; others have their defaults.
        names: methods; None for all.
        again: cases on which runs are compared with each other.
        steps, orders: see ``Case``.
        seed: of orders, shuffles, noise: each case draws its own.
        progress: counted in methods.

    Returns:
        the measures, and "method, kind" -> the reason why it was not measured (too many latents,
        a model that LRP cannot walk).

    Raises:
        ModelError: the model gives NaN or infinite values.
        Cancelled: ``cancel()`` said so.
    """
    cases = {
        kind: [replace(case, steps=steps, orders=orders) for case in made(study, pictures, seed)]
        for kind, made in (("image", pixel_cases), ("latent", latent_cases))
    }
    jobs = list(_jobs(cases, names, settings or {}))
    measures, left_out = [], {}
    wide = study.codes.mean.shape[1] > WIDE
    for i, (kind, name, title, explain) in enumerate(jobs):
        if progress is not None:
            progress(i, len(jobs), f"{title} on {study.id}")
        method = METHODS.get(name)
        if wide and kind == "latent" and method is not None and method.slow:
            left_out[f"{name}, {kind}"] = f"takes too long to be repeated: {method.slow}"
            continue
        try:
            measures.append(measure_method(name, explain, cases[kind], again=again, cancel=cancel))
        except InputError as error:  # it does not explain this model, and says why
            left_out[f"{name}, {kind}"] = str(error)
    return tuple(measures), left_out


def measure_method(
    name: str,
    explain: Explain,
    cases: Sequence[Case],
    *,
    again: int = FEW,
    cancel: Cancel | None = None,
) -> MethodMeasures:
    """One method on ``cases`` of one kind; ``name`` may be one that is not in ``METHODS``.

    Raises:
        InputError: no cases, or a reason for which the method refuses all of them.
        Cancelled: ``cancel()`` said so.
    """
    if not cases:
        raise InputError("there are no cases to measure a method on: pass at least one")
    method, kind = METHODS.get(name), cases[0].kind
    tried, refused = list[_Tried](), Counter[str]()
    for case in cases:
        try:
            few = len(tried) < again
            tried.append(_try(explain, case, method, cancel, agreement=few))
        except InputError as error:
            refused[str(error)] += 1
    if not tried:
        raise InputError(next(iter(refused)))

    def averaged(values: Sequence[float | None], reason: str) -> Measure:
        """``reason``: why a value is NaN. None was not asked for."""
        asked = [v for v in values if v is not None]
        missing = Counter({reason: sum(not np.isfinite(v) for v in asked)})
        return mean([v for v in asked if np.isfinite(v)], dict(+(refused + missing)))

    unlike = SHUFFLED_NAN if any(t.alike is None for t in tried) else NO_RANKS
    return MethodMeasures(
        method=name,
        title=_title(name, kind),
        kind=kind,
        control=name in CONTROLS,
        alike=averaged([t.alike.value if t.alike else np.nan for t in tried], unlike),
        sizes=averaged([t.alike.sizes if t.alike else np.nan for t in tried], unlike),
        gain=averaged([t.curve.gain for t in tried], NO_SPAN),
        deletion=averaged([t.curve.auc for t in tried], NO_SPAN),
        random=averaged([t.curve.random_auc for t in tried], NO_SPAN),
        beats=averaged([t.curve.beats for t in tried], NO_SPAN).within(0, 1),
        seconds=median([t.map.made_by.seconds for t in tried], refused),
        model_calls=median([t.map.made_by.model_calls for t in tried], refused),
        seed_agreement=(
            exact(1.0, min(again, len(tried)))
            if method is not None and not method.random
            else averaged([t.seeds for t in tried], FLAT).within(-1, 1)
        ),
        noise_agreement=averaged([t.noise for t in tried], FLAT).within(-1, 1),
        left_out=dict(refused),
    )


@dataclass(frozen=True)
class _Tried:
    """One method on one case; ``alike`` is None where shuffled weights could not be explained,
    ``seeds`` and ``noise`` where they were not asked for."""

    map: Attribution
    curve: Deletion
    alike: Likeness | None
    seeds: float | None
    noise: float | None


def _try(
    explain: Explain,
    case: Case,
    method: Method | None,
    cancel: Cancel | None,
    *,
    agreement: bool,
) -> _Tried:
    target = watched(case.target(case.model), cancel=cancel)
    found = explain(target, case, case.x, case.seed)
    curve = deletion(
        target,
        case.x,
        found,
        baseline=case.baseline,
        steps=case.steps,
        seed=case.seed,
        against=case.random_orders,
    )
    try:
        other = watched(case.target(case.shuffled), cancel=cancel)
        again = explain(other, case, case.x, case.seed)
        alike = likeness(found.map(), again.map(), case.within)
    except (InputError, ModelError):  # shuffled weights may well give NaN
        alike = None
    seeds = noise = None
    if agreement:
        inside = np.ones(found.map().shape, bool) if case.within is None else case.within

        def ranks_with(x: np.ndarray, seed: int) -> float:
            """Blank pixels are not compared: what multiplies by the input is exactly 0 there, and
            any noise would put these zeros into a random order."""
            return spearman(found.map()[inside], explain(target, case, x, seed).map()[inside])

        noise = ranks_with(case.shaken(), case.seed)
        if method is None or method.random:
            seeds = ranks_with(case.x, case.seed + 1)
    return _Tried(found, curve, alike, seeds, noise)


def _jobs(
    cases: Mapping[str, Sequence[Case]],
    names: Sequence[str] | None,
    settings: Mapping[str, Mapping[str, Any]],
) -> Iterator[tuple[str, str, str, Explain]]:
    """(kind, name, title, explain) of every method and control."""
    for kind in cases:
        for method in methods_for(kind):
            if names is None or method.name in names:
                yield (
                    kind,
                    method.name,
                    method.title,
                    explainer(method.name, settings.get(method.name)),
                )
        for each in CONTROLS.values():
            yield kind, each.name, each.titles[kind], control(each)


def _title(name: str, kind: str) -> str:
    if name in CONTROLS:
        return CONTROLS[name].titles[kind]
    return METHODS[name].title if name in METHODS else name

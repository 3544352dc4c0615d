"""What attribution methods cost and how far they can be trusted, measured on cases of one model.

For each method: seconds and model calls; how well runs agree that should (another seed, an input
shaken by noise that one does not see); how much faster than for random orders the explained number
falls when the parts it names are deleted; and the parameter randomisation test, which a map that
does not depend on the weights fails. S3's two comparison tables (SHAP and LIME, saliency and LRP)
are rows of this, with numbers where S3 has adjectives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from genlens.attribution.faithfulness import deletion, spearman
from genlens.attribution.methods import METHODS, methods_for
from genlens.attribution.randomisation import LIMIT, randomisation_test
from genlens.attribution.results import Attribution
from genlens.attribution.run import watched
from genlens.common.progress import Cancel, Progress
from genlens.common.records import Record
from genlens.errors import Cancelled, InputError
from genlens.latents.evaluation.cases import Case, Explain, explainer, latent_cases, pixel_cases
from genlens.models.contracts import Autoencoder
from genlens.study.study import Study

FEW = 6
"""Cases on which runs are compared with each other."""
SHUFFLED = 3
"""Cases whose model is shuffled, twice each."""
ORDERS = 5
"""Random orders that a deletion is compared with."""
WIDE = 256
"""Latents above which explanations take long: fewer pictures, samples and shuffles."""
CLEAR = 2.0
"""Standard errors by which a gain has to be above 0 to be called better than random."""

# S3's tables: title, kind of target, the methods compared.
COMPARISONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("SHAP and LIME", "latent", ("shap", "kernel-shap", "lime-latents")),
    ("Saliency and LRP", "image", ("saliency", "lrp")),
)


@dataclass(frozen=True)
class MethodMeasures(Record):
    """One method on ``pictures`` cases of one ``kind`` of target ("image": a latent's mean to
    pixels; "latent": a decoded region to latents).

    ``seconds`` and ``model_calls`` are medians of one explanation. ``deletion`` is the mean area
    under the deletion curve, ``random`` that of random orders, ``gain`` their difference and
    ``gain_error`` its standard error over pictures; ``beats`` the share of random orders beaten.
    ``seed_agreement`` and ``noise_agreement`` are mean rank correlations, in [-1, 1], of runs with
    different seeds (1 where nothing is random) and of runs on an input shaken a little.
    ``randomised`` is the mean rank correlation with the map of a model whose weights are shuffled;
    ``reliable`` says that it stays below 0.5.
    """

    also_written = ("better_than_random",)

    method: str
    title: str
    kind: str
    pictures: int
    seconds: float
    model_calls: float
    deletion: float
    random: float
    gain: float
    gain_error: float
    beats: float
    seed_agreement: float
    noise_agreement: float
    randomised: float
    reliable: bool

    @property
    def better_than_random(self) -> bool:
        """Whether the gain is above 0 by two standard errors."""
        return bool(self.gain > CLEAR * self.gain_error)


def measure_methods(
    study: Study,
    *,
    pictures: int = 16,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    names: Sequence[str] | None = None,
    repeats: int = 2,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> tuple[tuple[MethodMeasures, ...], dict[str, str]]:
    """Every method on ``study``, for pixels and for latents, and why others are left out.

    Args:
        study: as ``with_own_labels`` gives it.
        pictures: cases of each kind.
        settings: method -> its settings; others have their defaults.
        names: methods; None for all.
        repeats: shuffles of the weights for each of three cases.
        seed: of orders, shuffles, noise.
        progress: counted in methods.

    Returns:
        the measures, and "method, kind" -> the reason why it was not measured (too many latents,
        a model that LRP cannot walk).

    Raises:
        ModelError: the model gives NaN or infinite values.
        Cancelled: ``cancel()`` said so.
    """
    cases = {"image": pixel_cases(study, pictures), "latent": latent_cases(study, pictures)}
    jobs = [
        (kind, method)
        for kind in cases
        for method in methods_for(kind)
        if names is None or method.name in names
    ]
    measures, left_out = [], {}
    wide = study.codes.mean.shape[1] > WIDE
    for i, (kind, method) in enumerate(jobs):
        name = method.name
        if progress is not None:
            progress(i, len(jobs), f"{method.title} on {study.id}")
        if wide and kind == "latent" and method.slow:
            left_out[f"{name}, {kind}"] = f"takes too long to be repeated: {method.slow}"
            continue
        try:
            explain = explainer(name, (settings or {}).get(name))
            measures.append(
                measure_method(
                    name, explain, cases[kind], seed=seed, repeats=repeats, cancel=cancel
                )
            )
        except InputError as error:  # it does not explain this model, and says why
            left_out[f"{name}, {kind}"] = str(error)
    return tuple(measures), left_out


def measure_method(
    name: str,
    explain: Explain,
    cases: Sequence[Case],
    *,
    seed: int = 0,
    repeats: int = 2,
    cancel: Cancel | None = None,
) -> MethodMeasures:
    """One method on ``cases`` of one kind; ``name`` may be one that is not in ``METHODS``.

    Raises:
        InputError: no cases, or whatever the method refuses.
        Cancelled: ``cancel()`` said so.
    """
    if not cases:
        raise InputError("there are no cases to measure a method on: pass at least one")
    maps, curves = [], []
    for case in cases:
        target = watched(case.target(case.model), cancel=cancel)
        maps.append(explain(target, case, case.x, seed))
        curves.append(
            deletion(target, case.x, maps[-1], baseline=case.baseline, orders=ORDERS, seed=seed)
        )
    gains = np.array([curve.gain for curve in curves])
    counted = gains[np.isfinite(gains)]
    randomised = _randomised(explain, cases[:SHUFFLED], repeats, seed, cancel)
    method = METHODS.get(name)
    return MethodMeasures(
        method=name,
        title=method.title if method else name,
        kind=cases[0].kind,
        pictures=len(cases),
        seconds=float(np.median([m.made_by.seconds for m in maps])),
        model_calls=float(np.median([m.made_by.model_calls for m in maps])),
        deletion=_mean([c.auc for c in curves]),
        random=_mean([c.random_auc for c in curves]),
        gain=_mean(counted),
        gain_error=_error(counted),
        beats=_mean([c.beats for c in curves]),
        seed_agreement=(
            1.0
            if method is not None and not method.random
            else _agreement(explain, cases, maps, seed, cancel, noisy=False)
        ),
        noise_agreement=_agreement(explain, cases, maps, seed, cancel, noisy=True),
        randomised=randomised,
        reliable=bool(randomised < LIMIT),
    )


def _agreement(
    explain: Explain,
    cases: Sequence[Case],
    maps: Sequence[Attribution],
    seed: int,
    cancel: Cancel | None,
    *,
    noisy: bool,
) -> float:
    """Mean rank correlation of each map with that of one more run: the same input with another
    seed, or a shaken input with the same seed. Blank pixels are not compared: what multiplies by
    the input is exactly 0 there, and any noise would put these zeros into a random order."""
    pairs = []
    for case, first in zip(cases[:FEW], maps, strict=False):
        target = watched(case.target(case.model), cancel=cancel)
        x = case.shaken(seed + 1) if noisy else case.x
        again = explain(target, case, x, seed + (not noisy)).map()
        inside = np.ones(again.shape, dtype=bool) if case.within is None else case.within
        pairs.append(spearman(first.map()[inside], again[inside]))
    return _mean(pairs)


def _randomised(
    explain: Explain, cases: Sequence[Case], repeats: int, seed: int, cancel: Cancel | None
) -> float:
    """Mean rank correlation with the maps of shuffled models."""
    finals = []
    for case in cases:
        if cancel is not None and cancel():
            raise Cancelled("stopped before the weights were shuffled")

        def again(model: Autoencoder, case: Case = case) -> Attribution:
            return explain(case.target(model), case, case.x, seed)

        test = randomisation_test(again, case.model, repeats=repeats, within=case.within, seed=seed)
        finals.append(test.final)
    return _mean(finals)


def _mean(values: Sequence[float] | np.ndarray) -> float:
    """Mean of the finite ``values``; NaN if there are none."""
    rows = np.asarray(values, dtype=np.float64)
    rows = rows[np.isfinite(rows)]
    return float(rows.mean()) if len(rows) else float("nan")


def _error(values: np.ndarray) -> float:
    """Standard error of the mean; NaN for fewer than two."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")

"""LIME: a small linear model that agrees with the target nearby, on superpixels or on latents.

Ribeiro et al. 2016 (arXiv:1602.04938), equation 1, through the lime package: draw neighbours, weigh
them by how near they are, fit a ridge regression; its coefficients are the explanation and its R^2
says how much of f it explains. Another seed gives other neighbours and so another explanation.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from genlens.attribution.method import SAMPLES, Method, Option
from genlens.attribution.perturbation import background
from genlens.attribution.results import Attribution
from genlens.attribution.run import describe, explaining
from genlens.attribution.surrogates.fit import Answers, judged, lime_image, switched_off, unseen
from genlens.attribution.target import Target
from genlens.common.checks import MAX_COUNT, whole
from genlens.common.superpixels import numbered, regular_grid, superpixels
from genlens.errors import InputError

MAX_SUPERPIXELS = 500
MAX_LATENTS = 256


def lime_superpixels(
    target: Target,
    x: Any,
    *,
    segments: Any = None,
    count: int = 40,
    compactness: float = 0.1,
    samples: int = 1000,
    baseline: Any = None,
    kernel_width: float = 0.25,
    seed: int = 0,
) -> Attribution:
    """Weights of superpixels: what the presence of each adds to f, nearby.

    Neighbours switch each superpixel off with probability 1/2; nearness is
    exp(-cosine distance^2 / (2 kernel_width^2)) on the switches, as lime has it.

    Args:
        target: kind "image".
        x: one image.
        segments: (h, w) integers, one for each superpixel; None for SLIC, or for a regular grid
            where SLIC finds nothing to cut along.
        count, compactness: passed to ``common.superpixels``.
        samples: neighbours, each one model call.
        baseline: what a superpixel becomes when it is off: None for its own mean colour (lime's
            way; the picture's, where all superpixels have one colour), else a number or an image.
        kernel_width: see above.
        seed: draws the neighbours.

    Returns:
        values (h, w): each pixel has its superpixel's weight, in units of f. ``details``: segments
        (h, w), weights (k,), intercept, r2 (NaN where f is the same for all neighbours). ``notes``
        say where another grid or colour was taken, and which superpixels could not be asked about.
    """
    whole("samples", samples, 1, MAX_COUNT)
    with explaining(target, x, seed=seed, kinds=("image",)) as run:
        image = run.x[0].permute(1, 2, 0).double().cpu().numpy()  # (h, w, c)
        labels, cut = _segments(image, segments, count, compactness)
        k = int(labels.max()) + 1
        if not 2 <= k <= MAX_SUPERPIXELS:
            raise InputError(
                f"the image falls into {k} superpixels; 2 to {MAX_SUPERPIXELS} can be weighed: "
                'change "count", or pass segments'
            )
        off, colour, changed = switched_off(image, labels)
        if baseline is not None:
            off = run.baseline(baseline)[0].permute(1, 2, 0).double().cpu().numpy()
            colour, changed = describe(baseline), ()
        answers = Answers(run, lambda part: part.permute(0, 3, 1, 2))
        explanation = lime_image(answers, image, off, labels, samples, kernel_width)
        weights = np.zeros(k)
        for feature, weight in explanation.local_exp[0]:
            weights[feature] = weight
        weights, fit, notes = judged(
            answers.constant, weights, explanation.intercept[0], explanation.score
        )
        settings = {
            "superpixels": k,
            "samples": samples,
            "kernel_width": kernel_width,
            "baseline": colour,
        }
        return run.result(
            weights[labels],
            "lime",
            output=run.value(run.x),
            settings=settings,
            details={"segments": labels, "weights": weights, **fit},
            notes=(*cut, *changed, *unseen(image, off, labels), *notes),
            each=True,
        )


def _segments(
    image: np.ndarray, given: Any, count: int, compactness: float
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Region numbers (h, w) of ``image`` (h, w, c): those given, else SLIC's, else a grid (which
    the notes say)."""
    if given is not None:
        labels = numbered(np.asarray(given))
        if labels.shape != image.shape[:2]:
            raise InputError(
                f"segments have shape {labels.shape} and the image {image.shape[:2]}: they should "
                "be the same"
            )
        return labels, ()
    channels_first = image.transpose(2, 0, 1)
    labels = superpixels(channels_first, count, compactness=compactness, most=MAX_SUPERPIXELS)
    if labels.max() > 0:
        return labels, ()
    note = "no regions of like colour come out with these settings: it is cut into a regular grid"
    return regular_grid(labels.shape, max(count, 2)), (note,)


def lime_latents(
    target: Target,
    x: Any,
    *,
    codes: Any = None,
    samples: int = 1000,
    seed: int = 0,
) -> Attribution:
    """Weights of conditions on latents that this code meets, such as "z3 > 0.81" (S3's plot).

    Each latent is cut at the quartiles of ``codes``; neighbours are drawn bin by bin, and the local
    linear model is fitted on "is in the same bin as x" (lime's tabular explainer). A weight is what
    meeting the condition adds to f; positive supports, negative speaks against.

    Args:
        target: kind "latent".
        x: one code (d,).
        codes: codes of ordinary images, (m, d) with m at least 8: what counts as high or low.
        samples: neighbours, each one model call.
        seed: draws the neighbours.

    Returns:
        values (d,) weights in units of f; ``labels`` the conditions. ``details``: intercept, r2
        (NaN where f is the same for all neighbours, which a note says).
    """
    from lime.lime_tabular import LimeTabularExplainer

    whole("samples", samples, 1, MAX_COUNT)
    with explaining(target, x, seed=seed, kinds=("latent",)) as run:
        d = run.x.shape[1]
        rows = _reference(codes, d)
        explainer = LimeTabularExplainer(
            rows,
            mode="regression",
            feature_names=list(run.labels()),
            discretize_continuous=True,
            discretizer="quartile",
            feature_selection="none",
            random_state=run.seed,
        )
        answers = Answers(run, lambda part: part)
        explanation = explainer.explain_instance(
            run.x[0].double().cpu().numpy(),
            answers,
            num_features=d,
            num_samples=samples,
        )
        values = np.zeros(d)
        for feature, weight in explanation.local_exp[1]:
            values[feature] = weight
        values, fit, notes = judged(
            answers.constant, values, explanation.intercept[1], explanation.score
        )
        return run.result(
            values,
            "lime-latents",
            output=run.value(run.x),
            labels=tuple(explanation.domain_mapper.discretized_feature_names),
            settings={"samples": samples, "codes": len(rows), "bins": "quartile"},
            details=fit,
            notes=notes,
            each=True,
        )


def _reference(codes: Any, d: int) -> np.ndarray:
    """Codes that quartiles can be taken of, (m, d) float64.

    Raises:
        InputError: none, too few, or too many latents.
    """
    if codes is None:
        raise InputError(
            "LIME on latents needs the codes of ordinary images, to know what a high value is: "
            "pass codes=(m, d), for example the means of 200 images"
        )
    if d > MAX_LATENTS:
        raise InputError(f"{d} latents are more than the {MAX_LATENTS} that LIME can weigh here")
    rows = background(codes, d).double().numpy()
    if len(rows) < 8:
        raise InputError(f"{len(rows)} codes are too few for quartiles: pass 8 or more")
    return rows


def _too_many(target: Target, x: Any) -> str:
    d = LIME_LATENTS.players(target, x)
    return "" if d <= MAX_LATENTS else f"{d} latents are more than {MAX_LATENTS}"


_WEIGHTS = "These are the weights of a linear stand-in for the model: they need not add up."

LIME = Method(
    name="lime",
    title="LIME on superpixels",
    function=lime_superpixels,
    kinds=("image",),
    help="A linear model of what switching regions of the picture off does.",
    equation="min over w of Σₖ π(sₖ) (f(xₖ) − w · sₖ)² + λ ‖w‖²,  sₖ: which superpixels are on",
    misleads="It depends on how the picture is cut, on the radius, and on the seed: the same "
    "question asked twice gives two answers. R² says how far the linear stand-in can be believed.",
    paper="Ribeiro et al. 2016, arXiv:1602.04938",
    sums=_WEIGHTS,
    gradients=False,
    random=True,
    options=(
        SAMPLES,
        Option(
            "count", "Superpixels", "About how many regions the picture is cut into.",
            low=2, high=200, whole=True, step=1,
        ),
        Option(
            "compactness", "Compactness",
            "Small: regions follow edges. Large: regions are squares.", low=0.001, high=100,
        ),
        Option(
            "kernel_width", "Radius", "How far away neighbours still count (LIME’s kernel width).",
            low=0.01, high=5,
        ),
    ),
    compared="baseline",
    against=("own colour", "blank", "mean"),
    quick={"samples": 300},
)  # fmt: skip
LIME_LATENTS = Method(
    name="lime-latents",
    title="LIME on latents",
    function=lime_latents,
    kinds=("latent",),
    help='A linear model of conditions such as "z3 > 0.81".',
    equation="as LIME, with sⱼ = 1 where latent j lies in the same quarter as here (“z3 > 0.81”)",
    misleads="A condition speaks of a quarter of all codes, not of this value. Weights are small "
    "where f hardly depends on one latent alone. Another seed, another answer.",
    paper="Ribeiro et al. 2016, arXiv:1602.04938",
    sums=_WEIGHTS,
    gradients=False,
    random=True,
    needs=("codes",),
    options=(SAMPLES,),
    quick={"samples": 300},
    refuses=_too_many,
)

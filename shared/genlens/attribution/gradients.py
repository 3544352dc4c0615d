"""Attribution by gradients: what a small change of each pixel or latent would do.

captum does the maths; here are its settings, what it leaves out (a completeness gap that is worked
out again, seeds, batches) and one kind of result. S3 names four saliencies; they are one function,
:func:`saliency`, on four targets:

=====================  =====================================================================
|df/dx|                ``saliency(latent_mean(model, j), x)``
|d||x - x^||^2 / dx|   ``saliency(reconstruction_error(model), x)``
|dL_VAE/dz|            ``saliency(elbo_latent(model, x), z)``
|df_k/dx|, softmax     ``saliency(class_score(model, classifier, k, scale="probability"), x)``
=====================  =====================================================================

Every function takes a target, one input (an image (c, h, w) or a flat code (d,)) and a seed, and
raises ``InputError`` for input that does not fit and ``ModelError`` for a model that gives no
numbers.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch

from genlens.attribution.method import SAMPLES, Method, Option
from genlens.attribution.results import Attribution
from genlens.attribution.run import Run, describe, explaining
from genlens.attribution.target import Kind, Target
from genlens.common.checks import MAX_COUNT, whole
from genlens.errors import InputError

Noise = Literal["smoothgrad", "smoothgrad_sq", "vargrad"]
SQUARES: tuple[Noise, ...] = ("smoothgrad_sq", "vargrad")
"""Kinds of noise average whose values are squares."""
MOST_TIMES = 8
"""Integrated Gradients stops at this many times the steps it was asked for."""


def saliency(target: Target, x: Any, *, absolute: bool = True, seed: int = 0) -> Attribution:
    """S_i = |df/dx_i|, or df/dx_i with its sign where ``absolute`` is False.

    Simonyan et al. 2014, "Deep Inside Convolutional Networks" (arXiv:1312.6034), section 3. Values
    are in units of f per unit of input. It is a slope at one point, not a share of f: where f is
    saturated it is zero although the pixel matters.
    """
    from captum.attr import Saliency

    with explaining(target, x, seed=seed) as run:
        output = run.value(run.x)
        values = Saliency(run).attribute(run.leaf(), abs=absolute)
        settings = {"absolute": absolute}
        return run.result(values, "saliency", output=output, signed=not absolute, settings=settings)


def smoothgrad(
    target: Target,
    x: Any,
    *,
    samples: int = 50,
    noise: float = 0.15,
    kind: Noise = "smoothgrad",
    absolute: bool = True,
    seed: int = 0,
) -> Attribution:
    """The mean gradient over ``samples`` noisy copies of x.

    Smilkov et al. 2017 (arXiv:1706.03825), equation 1. ``noise`` is the standard deviation as a
    part of max(x) - min(x) (the paper: 0.1 to 0.2). "smoothgrad_sq" averages squares, "vargrad"
    takes the variance; both are sizes. ``absolute`` gives the size of the mean gradient.
    """
    from captum.attr import NoiseTunnel, Saliency

    if kind not in ("smoothgrad", "smoothgrad_sq", "vargrad"):
        raise InputError(
            f'noise kind {kind!r} is not known: take "smoothgrad", "smoothgrad_sq" or "vargrad"'
        )
    whole("samples", samples, 1, MAX_COUNT)
    if not noise >= 0:
        raise InputError(f"noise is {noise}: it is a part of the input's range, 0 or more")
    with explaining(target, x, seed=seed) as run:
        output = run.value(run.x)
        spread = float(run.x.max() - run.x.min())
        values = NoiseTunnel(Saliency(run)).attribute(
            run.leaf(),
            nt_type=kind,
            nt_samples=samples,
            nt_samples_batch_size=min(samples, run.batch),
            stdevs=float(noise * spread),
            abs=False,
        )
        sizes = absolute or kind != "smoothgrad"
        settings = {"samples": samples, "noise": noise, "kind": kind, "absolute": absolute}
        return run.result(
            values.abs() if sizes else values,
            "smoothgrad",
            output=output,
            signed=not sizes,
            settings=settings,
            power=2 if kind in SQUARES else 1,
        )


def integrated_gradients(
    target: Target,
    x: Any,
    *,
    baseline: Any = 0.0,
    steps: int = 200,
    tolerance: float | None = 0.01,
    seed: int = 0,
) -> Attribution:
    """IG_i = (x_i - b_i) * integral over a in [0, 1] of df/dx_i at b + a (x - b).

    Sundararajan et al. 2017 (arXiv:1703.01365), equation 1, by Gauss-Legendre quadrature with
    ``steps`` points. Complete: values sum to f(x) - f(b), and ``gap`` is what the quadrature
    misses. While that is more than ``tolerance`` of f(x) - f(b), the points are doubled, three
    times at most (None: never); ``details`` says how many it took, and a note where they did not
    do.

    ``baseline``: a number (0 is black, or the prior's mean) or an array of x's shape; pixels equal
    to it get nothing, which for a black baseline means that no black pixel ever matters.
    """
    from captum.attr import IntegratedGradients

    whole("steps", steps, 1, MAX_COUNT)
    with explaining(target, x, seed=seed) as run:
        start = run.baseline(baseline)
        output, base = (float(v) for v in run.values(_stack(run.x, start)))
        taken = steps
        while True:
            values = IntegratedGradients(run).attribute(
                run.leaf(),
                baselines=start,
                n_steps=taken,
                method="gausslegendre",
                internal_batch_size=run.batch,
            )
            gap = abs(float(values.detach().double().sum()) - (output - base))
            enough = tolerance is None or gap <= tolerance * abs(output - base)
            if enough or taken >= MOST_TIMES * steps:
                break
            taken *= 2
        note = f"still not complete to {tolerance} after {taken} steps: see the gap"
        return run.result(
            values,
            "integrated-gradients",
            output=output,
            base=base,
            settings={"steps": steps, "tolerance": tolerance, "baseline": describe(baseline)},
            details={"steps": taken},
            notes=() if enough else (note,),
        )


def gradient_shap(
    target: Target,
    x: Any,
    *,
    baselines: Any = 0.0,
    samples: int = 200,
    noise: float = 0.0,
    seed: int = 0,
) -> Attribution:
    """The mean of (x - b) * df/dx at b + a (x - b), over random baselines b and a in [0, 1].

    Expected gradients (Erion et al. 2021, arXiv:1906.10670, equation 2), which shap and captum call
    GradientSHAP: SHAP values of inputs that are taken to be independent. ``baselines``: one number,
    one array of x's shape, or a stack of them (for example other images of the set). ``noise`` is
    the standard deviation of noise added to x, in its units. ``gap`` is against the mean of f over
    all baselines and shrinks with 1 / sqrt(samples).
    """
    from captum.attr import GradientShap

    whole("samples", samples, 1, MAX_COUNT)
    with explaining(target, x, seed=seed) as run:
        starts = _baselines(run, baselines)
        output = run.value(run.x)
        base = float(run.values(starts).mean())
        total, left = np.zeros(tuple(run.x.shape)), samples
        while left > 0:  # captum puts all samples in one batch
            now = min(left, run.batch)
            part = GradientShap(run).attribute(
                run.leaf(), baselines=starts, n_samples=now, stdevs=float(noise)
            )
            total += part.detach().double().cpu().numpy() * now
            left -= now
        settings = {"samples": samples, "noise": noise, "baselines": len(starts)}
        return run.result(
            total / samples, "gradient-shap", output=output, base=base, settings=settings
        )


def _stack(*inputs: torch.Tensor) -> torch.Tensor:
    return torch.cat(inputs)


def _baselines(run: Run, baselines: Any) -> torch.Tensor:
    """(m, ...): one baseline or a stack of them, each of the input's shape."""
    if np.ndim(baselines) < run.x.ndim:
        return run.baseline(baselines)
    rows = [run.baseline(row) for row in baselines]
    if not rows:
        raise InputError("the stack of baselines is empty: pass at least one")
    return _stack(*rows)


SLOPES = "These are slopes at this one input, not parts of the number: they have no sum."
SHARES = "The shares are complete"
_BOTH: tuple[Kind, ...] = ("image", "latent")
_SIZES = Option(
    "absolute", "Sizes only", "On: how strongly. Off: with the sign, red raises, blue lowers."
)
_NOISE = Option(
    "noise", "Noise", "Standard deviation of the noise, 0 to 1 (of the input’s range).",
    low=0, high=1, step=0.01,
)  # fmt: skip

SALIENCY = Method(
    name="saliency",
    title="Saliency",
    function=saliency,
    kinds=_BOTH,
    help="How much the number changes with each pixel or latent, here and now.",
    equation="Sᵢ = |∂f/∂xᵢ|",
    misleads="It is a slope at one point. Where f is saturated (a class of which the model is "
    "sure, a white pixel behind a sigmoid) the slope is 0 although the pixel decides. Maps are "
    "noisy.",
    paper="Simonyan et al. 2014, arXiv:1312.6034",
    sums=SLOPES,
    unit="slope",
    options=(_SIZES,),
)
SMOOTHGRAD = Method(
    name="smoothgrad",
    title="SmoothGrad",
    function=smoothgrad,
    kinds=_BOTH,
    help="Saliency averaged over noisy copies of the input.",
    equation="S̄ᵢ = mean over k of ∂f/∂xᵢ at x + εₖ,  εₖ ~ N(0, σ²)",
    misleads="It looks cleaner, not truer: it explains noisy pictures, which the model was not "
    "trained on. Too much noise explains another picture. Another seed gives a slightly other map.",
    paper="Smilkov et al. 2017, arXiv:1706.03825",
    sums=SLOPES,
    unit="slope",
    random=True,
    options=(
        _SIZES,
        SAMPLES,
        _NOISE,
        Option(
            "kind", "Averaged", "What is averaged over the noisy copies.",
            choices=(
                ("smoothgrad", "gradients (SmoothGrad)"),
                ("smoothgrad_sq", "their squares"),
                ("vargrad", "their variance"),
            ),
        ),
    ),
    quick={"samples": 24},
)  # fmt: skip
INTEGRATED_GRADIENTS = Method(
    name="integrated-gradients",
    title="Integrated Gradients",
    function=integrated_gradients,
    kinds=_BOTH,
    help="Gradients added up on the way from a blank input to this one; shares add up.",
    equation="IGᵢ = (xᵢ − bᵢ) · ∫₀¹ ∂f/∂xᵢ(b + a (x − b)) da,   Σᵢ IGᵢ = f(x) − f(b)",
    misleads="A pixel that equals the comparison b gets 0 whatever it does: against black, no "
    "black pixel ever matters. Compare two backgrounds before you believe that one.",
    paper="Sundararajan et al. 2017, arXiv:1703.01365",
    sums=SHARES,
    complete=True,
    options=(
        Option(
            "steps", "Steps",
            "Points on the way from the comparison to the picture; more add up better.",
            low=10, high=1000, whole=True, step=10,
        ),
    ),
    compared="baseline",
    against=("blank", "mean"),
    quick={"steps": 64, "tolerance": None},
)  # fmt: skip
GRADIENT_SHAP = Method(
    name="gradient-shap",
    title="Gradient SHAP",
    function=gradient_shap,
    kinds=_BOTH,
    help="Integrated Gradients from many random starting points.",
    equation="φᵢ = mean over b, a of (xᵢ − bᵢ) · ∂f/∂xᵢ(b + a (x − b))",
    misleads="It takes inputs to be independent, and neighbouring pixels never are. With few "
    "samples the sum misses by some per cent; the page says by how many.",
    paper="Erion et al. 2021, arXiv:1906.10670; Lundberg and Lee 2017, arXiv:1705.07874",
    sums=SHARES,
    random=True,
    complete=True,
    options=(SAMPLES, _NOISE),
    compared="baselines",
    against=("others", "blank", "mean"),
    many=True,
    quick={"samples": 64},
)

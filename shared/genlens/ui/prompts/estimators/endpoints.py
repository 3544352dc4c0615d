"""The endpoint of the estimators; docstrings become the descriptions of tools."""

from __future__ import annotations

from typing import Any

from genlens.common.limits import MOST_WORDS
from genlens.common.progress import Cancel, Progress
from genlens.prompts.estimators import of_prompt
from genlens.prompts.estimators.estimators import estimator_named
from genlens.ui.jobs import lent, on_gpu, stopped
from genlens.ui.kit import whole_number
from genlens.ui.prompts.endpoints import checked, own_steps
from genlens.ui.serving.cost import Meter, require_affordable


def _compute(
    prompt: str,
    seed: int,
    model: str,
    estimator: str,
    settings: dict[str, Any],
    steps: int | None,
    guidance: float | None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> dict[str, Any]:
    images = estimator_named(estimator).images(len(prompt.split()), settings.get("images"))
    rounds = steps or own_steps(model)
    require_affordable(model, images, rounds)
    meter = Meter(model, images, rounds, progress)
    found = of_prompt.estimate_prompt(
        model, prompt, estimator, seed=seed, steps=steps, guidance=guidance, progress=meter,
        cancel=cancel, **settings,
    )  # fmt: skip
    return found.to_dict()


_compute_lent = on_gpu(_compute)


def estimate_words(
    prompt: str,
    seed: float,
    model: str,
    estimator: str = "budgeted",
    images: float = 0,
    steps: float = 0,
    guidance: float = 0,
) -> dict[str, Any]:
    """How much each word of a prompt matters, by one estimator: for prompts of up to 20 words.

    Args:
        prompt: one to twenty English words; eight for shapley, shapley-nonempty, similarity-sum
            and k-sii.
        seed: whole number from 0: of the starting noise, and of what the estimator draws.
        model: id of the text-to-image model.
        estimator: budgeted, preview, lime, permutation, leave-one-out, shapley, similarity-sum,
            shapley-nonempty or k-sii.
        images: sub-prompts to draw at most; 0 takes the estimator's own number (10 a word).
        steps: denoising steps; 0 takes the model's own number.
        guidance: classifier-free guidance; 0 takes the model's own.

    Returns:
        tokens, values (cosine similarity), shares, low and high (95 % interval, or null), images,
        r2 (LIME), pairs (k-sii), base_value, full_value, made_by.
    """
    text, own, admitted, rounds, pull = checked(prompt, seed, model, steps, guidance, MOST_WORDS)
    chosen = estimator_named(estimator)
    chosen.require(len(text.split()))
    budget = whole_number("images", images or 0)
    settings = chosen.checked({"images": budget} if budget else {})
    return lent(
        _compute_lent, text, own, admitted, estimator, settings, rounds, pull, cancel=stopped
    )

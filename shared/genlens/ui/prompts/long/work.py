"""Estimating the words of a long prompt for the page: a first look, then all of the budget."""

from __future__ import annotations

from collections.abc import Iterator

from genlens.common.limits import MAX_WORDS, MOST_WORDS
from genlens.common.progress import Cancel, Progress
from genlens.prompts.checks import clean_prompt
from genlens.prompts.estimators.estimators import ESTIMATORS
from genlens.prompts.estimators.of_prompt import estimates_of_prompt
from genlens.prompts.estimators.results import Estimate
from genlens.ui.jobs import lent, on_gpu, stopped
from genlens.ui.prompts.endpoints import checked, own_steps
from genlens.ui.serving.access import access
from genlens.ui.serving.cost import Meter

FIRST, LAST = "preview", "budgeted"


def is_long(prompt: str) -> bool:
    """Whether ``prompt`` has more words than are explained exactly, and not too many to estimate.

    Raises:
        InputError: it cannot be used at all.
    """
    return len(clean_prompt(prompt, max_words=MOST_WORDS).split()) > MAX_WORDS


def images_of(words: int) -> tuple[int, int]:
    """How many images the first look takes, and how many all of it."""
    return ESTIMATORS[FIRST].images(words), ESTIMATORS[LAST].images(words)


def _estimates(
    prompt: str,
    seed: int,
    model: str,
    steps: int | None,
    guidance: float | None,
    encoder: str | None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Iterator[Estimate]:
    _, images = images_of(len(prompt.split()))
    meter = Meter(model, images, steps or own_steps(model), progress)
    yield from estimates_of_prompt(
        model, prompt, {FIRST: {}, LAST: {}}, seed=seed, encoder=encoder, steps=steps,
        guidance=guidance, drawing=meter, cancel=cancel,
    )  # fmt: skip


_estimates_lent = on_gpu(_estimates)


def estimates(
    prompt: str,
    seed: float,
    model: str,
    steps: float = 0,
    guidance: float = 0,
    encoder: str = "",
    *,
    progress: Progress | None = None,
    cancel: Cancel = stopped,
) -> Iterator[Estimate]:
    """The first look at a typed prompt of up to 20 words, then the estimate; arguments as of
    ``endpoints.explanation``.

    Raises:
        GenlensError: with a message for the reader; also where it would take too long.
    """
    asked = checked(prompt, seed, model, steps, guidance, MOST_WORDS)
    compares = access().admit(encoder, "ImageTextEncoder") if encoder else None
    yield from lent(_estimates_lent, *asked, compares, progress=progress, cancel=cancel)

"""An estimate of one prompt in one call: for prompts of up to 20 words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from genlens.common.limits import MOST_WORDS
from genlens.common.progress import Cancel, Progress
from genlens.models.contracts import ImageTextEncoder, TextToImage
from genlens.prompts.checks import clean_prompt
from genlens.prompts.companions import companion
from genlens.prompts.estimators.estimators import estimate, estimator_named
from genlens.prompts.estimators.results import Estimate
from genlens.prompts.explain import painter_of
from genlens.prompts.game import PromptGame
from genlens.prompts.payoffs.clip import ClipSimilarity
from genlens.prompts.payoffs.similarity import Similarity


def estimate_prompt(
    model: TextToImage | str,
    prompt: str,
    estimator: str = "budgeted",
    *,
    seed: int = 0,
    encoder: ImageTextEncoder | str | None = None,
    similarity: Similarity | None = None,
    steps: int | None = None,
    guidance: float | None = None,
    batch_size: int = 32,
    precision: str | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    **settings: Any,
) -> Estimate:
    """How much each word of ``prompt`` matters for its picture, by one estimator.

    Args:
        model: a ``TextToImage``, or anything ``genlens.load`` takes, such as "emoji-diffusion".
        prompt: at most 20 words; 8 for estimators that need every sub-prompt.
        estimator: a key of ``ESTIMATORS``.
        seed: the starting noise of every picture, and of what the estimator draws.
        encoder, similarity, steps, guidance, batch_size, precision: as in ``explain_prompt``.
        progress: ``progress(done, total, text)``, counted in different sub-prompts.
        cancel: ``cancel() -> bool``, asked between batches.
        settings: of the estimator; ``images`` is the budget of those that have one.

    Raises:
        InputError: the prompt or a setting cannot be used; before anything is drawn.
        ModelError: a model cannot be loaded or run.
        Cancelled: ``cancel()`` said so.
    """
    text = clean_prompt(prompt, max_words=MOST_WORDS)
    chosen = estimator_named(estimator)
    chosen.require(len(text.split()))  # before models are loaded: what is too long is refused
    chosen.checked(settings)
    painter = painter_of(model, precision)
    notes: tuple[str, ...] = ()
    if similarity is None:
        clip, notes = companion(painter.card, encoder, "ImageTextEncoder")
        similarity = ClipSimilarity(clip)
    game = PromptGame(
        painter, text, seed=seed, similarity=similarity, steps=steps, guidance=guidance,
        batch_size=batch_size, cancel=cancel,
    )  # fmt: skip
    found = estimate(game, estimator, seed=seed, progress=progress, cancel=cancel, **settings)
    card, own = painter.card, {"steps": steps, "guidance": guidance}
    drawn = {k: card.settings.get(k) if v is None else v for k, v in own.items()}
    made = card.made_by(
        painter.device,
        seed=seed,
        settings={**found.settings, **drawn, "similarity": similarity.name},
        model_calls=found.model_calls,
        seconds=found.made_by.seconds,
    )
    return replace(found, made_by=made, notes=(*found.notes, *card.notes, *notes))

"""An estimate of one prompt in one call: for prompts of up to 20 words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from genlens.prompts.wording.notes import wording_notes


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
    return next(
        estimates_of_prompt(
            model, prompt, {estimator: settings}, seed=seed, encoder=encoder,
            similarity=similarity, steps=steps, guidance=guidance, batch_size=batch_size,
            precision=precision, progress=progress, cancel=cancel,
        )
    )  # fmt: skip


def estimates_of_prompt(
    model: TextToImage | str,
    prompt: str,
    estimators: Mapping[str, Mapping[str, Any]],
    *,
    seed: int = 0,
    encoder: ImageTextEncoder | str | None = None,
    similarity: Similarity | None = None,
    steps: int | None = None,
    guidance: float | None = None,
    batch_size: int = 32,
    precision: str | None = None,
    drawing: Progress | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Iterator[Estimate]:
    """Several estimates one after the other: what one has drawn, the next need not draw.

    Args:
        estimators: name -> its settings; a preview first, say, then what takes longer.
        drawing: ``drawing(done, total, text)``, counted in all images so far; total is what the
            most expensive of the ``estimators`` asks for.

    The other arguments, and what is raised, are those of ``estimate_prompt``.
    """
    text = clean_prompt(prompt, max_words=MOST_WORDS)
    words, most = len(text.split()), 0
    for name, settings in estimators.items():  # what is refused is refused before models load
        chosen = estimator_named(name)
        chosen.require(words)
        most = max(most, chosen.images(words, chosen.checked(settings).get("images")))
    painter = painter_of(model, precision)
    notes: tuple[str, ...] = ()
    if similarity is None:
        clip, notes = companion(painter.card, encoder, "ImageTextEncoder")
        similarity = ClipSimilarity(clip)

    def tell(done: int, total: int, said: str) -> None:
        if drawing is not None:
            made = game.model_calls
            drawing(made, most, f"Drawing sub-prompts: {made} of {most}")

    game = PromptGame(
        painter, text, seed=seed, similarity=similarity, steps=steps, guidance=guidance,
        batch_size=batch_size, progress=tell, cancel=cancel,
    )  # fmt: skip
    own = {"steps": steps, "guidance": guidance}
    drawn = {k: painter.card.settings.get(k) if v is None else v for k, v in own.items()}
    for name, settings in estimators.items():
        found = estimate(game, name, seed=seed, progress=progress, cancel=cancel, **settings)
        made = painter.card.made_by(
            painter.device,
            seed=seed,
            settings={**found.settings, **drawn, "similarity": similarity.name},
            model_calls=found.model_calls,
            seconds=found.made_by.seconds,
        )
        yield replace(
            found,
            made_by=made,
            notes=(*found.notes, *wording_notes(game.words), *painter.card.notes, *notes),
            image=game.image,
        )

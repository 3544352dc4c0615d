"""Everything about one prompt in one call: the game, the Shapley values, the linked objects."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from genlens.common.checks import whole
from genlens.common.coalitions import all_coalitions
from genlens.common.progress import Cancel, Progress
from genlens.common.records import MadeBy
from genlens.errors import Cancelled, InputError
from genlens.models.contracts import ImageTextEncoder, Segmenter, TextToImage
from genlens.prompts.checks import clean_prompt
from genlens.prompts.companions import companion
from genlens.prompts.evidence import LinkSettings
from genlens.prompts.game import PromptGame, TableGame
from genlens.prompts.objects import find_objects, link
from genlens.prompts.payoffs.payoff import Ingredients
from genlens.prompts.payoffs.payoffs import similarity_for
from genlens.prompts.payoffs.similarity import Similarity
from genlens.prompts.removal import DELETE, Removal, removal_named
from genlens.prompts.results import PromptExplanation
from genlens.prompts.shapley import Normalise, shapley
from genlens.prompts.wording.notes import wording_notes

M = TypeVar("M", TextToImage, ImageTextEncoder, Segmenter)

NOISES = 3
"""Other starting noises that the full prompt is drawn from, to say whether its words matter."""


def explain_prompt(
    model: TextToImage | str,
    prompt: str,
    seed: int = 0,
    *,
    encoder: ImageTextEncoder | str | None = None,
    segmenter: Segmenter | str | None = None,
    similarity: Similarity | str | None = None,
    removal: Removal | str = DELETE,
    steps: int | None = None,
    guidance: float | None = None,
    normalise: Normalise = "efficient",
    link_settings: LinkSettings | None = None,
    batch_size: int = 32,
    precision: str | None = None,
    noises: int = NOISES,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PromptExplanation:
    """Which word of ``prompt`` made the picture, and which object is which word.

    Draws all 2**d sub-prompts of d words from one noise, scores each by its likeness to the full
    picture, and shares the score among the words by exact Shapley values (``shapley``); then finds
    the objects of the full picture and links each to the word that drew it (``objects.link``).

    Args:
        model: a ``TextToImage``, or anything ``genlens.load`` takes, such as "emoji-diffusion".
        prompt: at most 8 words (``checks.clean_prompt`` says what is legal).
        seed: the starting noise of every picture.
        encoder, segmenter: contracts or names for ``genlens.load``; None for those that match the
            model (``companions``): the shipped ones for the shipped model, for any other
            open_clip's ViT-B-32 and MobileSAM, which are downloaded. ``PromptExplanation.notes``
            says where they do not match.
        similarity: the payoff, a name of ``payoffs.PAYOFFS`` or an object of your own; default
            "clip", the cosine of the images' CLIP embeddings by ``encoder``.
        removal: how a word is left out, a name of ``removal.REMOVALS`` or an object of your own;
            default "delete", as the paper does.
        steps, guidance: None for the model's defaults.
        normalise: "efficient", or "nonempty" for the source paper's variant.
        link_settings: how evidence is weighed; default by encoder.
        batch_size: images per model call.
        precision: of a ``model`` that is named; see ``genlens.load``.
        noises: other starting noises to draw the full prompt from; where its words change the
            picture less than these do, ``PromptExplanation.hardly_changed`` says so. 0: none.
        progress: ``progress(done, total, text)``; total is the number of pictures, ``noises``
            among them, plus 2.
        cancel: ``cancel() -> bool``, asked between batches and stages.

    Returns:
        ``PromptExplanation``. ``made_by.settings`` are steps, guidance, precision, similarity,
        removal, normalise, batch_size, encoder, encoder_revision, encoder_source,
        encoder_licence, and the same of the segmenter.

    Raises:
        InputError: the prompt or a setting cannot be used; before anything is drawn.
        ModelError: a model cannot be loaded or run.
        Cancelled: ``cancel()`` said so.
    """
    prompt = clean_prompt(prompt)  # before models are loaded: a wrong prompt is refused at once
    removal = removal_named(removal)
    clock = _Clock(cancel)
    painter = painter_of(model, precision)
    clip, about_clip = companion(painter.card, encoder, "ImageTextEncoder")
    sam, about_sam = companion(painter.card, segmenter, "Segmenter")
    noises = whole("noises", noises, 0, 100)
    if similarity is None or isinstance(similarity, str):
        similarity = similarity_for(similarity or "clip", Ingredients(prompt, painter, clip))
    totals = {"pictures": 0}
    after = noises + 2  # steps that progress counts after the pictures: noises, objects, links

    def drawing(done: int, total: int, text: str) -> None:
        totals["pictures"] = total
        if progress is not None:
            progress(done, total + after, text)

    def stage(number: int, text: str) -> None:
        if progress is not None:
            progress(totals["pictures"] + number, totals["pictures"] + after, text)

    game = PromptGame(
        painter,
        prompt,
        seed=seed,
        similarity=similarity,
        removal=removal,
        steps=steps,
        guidance=guidance,
        batch_size=batch_size,
        progress=drawing,
        cancel=cancel,
    )
    clock.lap("load")
    coalitions = all_coalitions(game.d)
    pictures = game.images(coalitions)
    clock.lap("draw")
    payoffs = game(coalitions)
    attribution = shapley(game, normalise=normalise)
    clock.lap("shapley")
    others = []
    for k in range(noises):
        stage(k, f"Drawing the prompt from another noise: {k + 1} of {noises}")
        others.append(game.of_another_noise(k + 1))
    clock.lap("noises")
    stage(noises, "Finding objects")
    objects = find_objects(pictures[-1], sam)
    clock.lap("objects")
    stage(noises + 1, "Linking objects to words")
    links = link(game, clip, sam, objects=objects, settings=link_settings)
    clock.lap("links")
    stage(after, "Done")
    return PromptExplanation(
        prompt=game.prompt,
        image=pictures[-1].copy(),
        attribution=attribution,
        links=links,
        coalitions=coalitions,
        payoffs=payoffs,
        coalition_images=pictures,
        made_by=_made_by(game, clip, sam, normalise, clock.laps),
        noise_payoffs=np.array(others),
        notes=(*wording_notes(game.words), *painter.card.notes, *about_clip, *about_sam),
    )


def under_rule(explanation: PromptExplanation, normalise: Normalise) -> PromptExplanation:
    """The same explanation with its values under another rule of ``shapley``: nothing is drawn."""
    before = explanation.attribution
    game = TableGame(explanation.payoffs, before.words, before.model_calls)
    made = explanation.made_by
    return replace(
        explanation,
        attribution=shapley(game, normalise=normalise),
        made_by=replace(made, settings={**made.settings, "normalise": normalise}),
    )


class _Clock:
    """Seconds by stage; between stages it also asks whether to stop."""

    def __init__(self, cancel: Cancel | None) -> None:
        self.laps: dict[str, float] = {}
        self._cancel = cancel
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = now - self._last
        self._last = now
        if self._cancel is not None and self._cancel():
            raise Cancelled(f"stopped after {name}")


def loaded(model: M | str, contract: str) -> M:
    """``model`` itself, or what ``genlens.load`` gives for it where it is a name."""
    if not isinstance(model, str):
        return model
    if not model:
        raise InputError(f"no model given: pass the name of a {contract}")
    from genlens.models.catalog import load

    adapter: M = load(model, contract=contract)
    return adapter


def painter_of(model: TextToImage | str, precision: str | None) -> TextToImage:
    """``model`` itself, or loaded with ``precision`` where it is a name.

    Raises:
        InputError: a precision for a model that is loaded already.
    """
    if precision is None:
        return loaded(model, "TextToImage")
    if not isinstance(model, str):
        raise InputError(
            f"precision is {precision!r}, but {model.card.id} is loaded already: name the model, "
            "or load it with that precision"
        )
    from genlens.models.catalog import load

    return load(model, contract="TextToImage", precision=precision)


def _made_by(
    game: PromptGame,
    encoder: ImageTextEncoder,
    segmenter: Segmenter,
    normalise: str,
    laps: dict[str, float],
) -> MadeBy:
    card = game.model.card
    settings: dict[str, Any] = {
        "steps": game.steps if game.steps is not None else card.settings.get("steps"),
        "guidance": game.guidance if game.guidance is not None else card.settings.get("guidance"),
        "precision": card.settings.get("precision"),
        "similarity": game.similarity.name,
        "removal": game.removal.name,
        "normalise": normalise,
        "batch_size": game.batch_size,
    }
    for role, other in (("encoder", encoder.card), ("segmenter", segmenter.card)):
        settings[role] = other.id
        settings[f"{role}_revision"] = other.revision
        settings[f"{role}_source"] = other.source
        settings[f"{role}_licence"] = other.licence
    return card.made_by(
        game.model.device,
        seed=game.seed,
        settings=settings,
        model_calls=game.model_calls,
        seconds=round(sum(laps.values()), 3),
        stages={name: round(seconds, 3) for name, seconds in laps.items()},
    )

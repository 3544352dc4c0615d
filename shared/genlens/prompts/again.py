"""The game of an explanation once more, to ask it something else."""

from __future__ import annotations

from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.models.contracts import ImageTextEncoder, TextToImage
from genlens.models.reloading import load_again
from genlens.prompts.game import PromptGame
from genlens.prompts.payoffs.payoff import Ingredients
from genlens.prompts.payoffs.payoffs import PAYOFFS, similarity_for
from genlens.prompts.removal import REMOVALS
from genlens.prompts.results import PromptExplanation


def ingredients_of(explanation: PromptExplanation) -> Ingredients:
    """The models that an explanation was made with, loaded when they are first needed."""
    made, settings = explanation.made_by, explanation.made_by.settings
    painter: TextToImage | str = made.model
    if made.source == "folder":  # its name says not where it is
        painter = load_again(made.model, made.revision, contract="TextToImage")
    encoder: ImageTextEncoder | str | None = settings.get("encoder") or None
    if encoder and settings.get("encoder_source") == "folder":
        revision = str(settings.get("encoder_revision") or "")
        encoder = load_again(str(encoder), revision, contract="ImageTextEncoder")
    return Ingredients(explanation.prompt, painter, encoder)


def payoff_of(explanation: PromptExplanation) -> str:
    """The name of the payoff it was made with, of ``payoffs.PAYOFFS`` or somebody's own."""
    return str(explanation.made_by.settings.get("similarity", "clip")).partition(":")[0]


def unit_of(explanation: PromptExplanation) -> str:
    """What its values count, in words: the unit of its payoff."""
    known = PAYOFFS.get(payoff_of(explanation))
    return known.unit if known is not None else "units of the payoff"


def removal_of(explanation: PromptExplanation) -> str:
    """The name of the removal it was made with, of ``removal.REMOVALS`` or somebody's own."""
    return str(explanation.made_by.settings.get("removal", "delete"))


def game_again(
    explanation: PromptExplanation,
    *,
    seed: int | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PromptGame:
    """The game that ``explanation`` was made with, or the same from another ``seed``. Its pictures
    have to be drawn anew.

    Raises:
        InputError: it was made with a payoff or a removal of somebody's own.
        ModelError: its model cannot be loaded.
    """
    made = explanation.made_by
    payoff, removal = payoff_of(explanation), removal_of(explanation)
    for name, known in ((payoff, PAYOFFS), (removal, REMOVALS)):
        if name not in known:
            raise InputError(
                f"the explanation was made with {name!r}, which is no part of genlens: build its "
                "PromptGame yourself"
            )
    parts = ingredients_of(explanation)
    return PromptGame(
        parts.painter,
        explanation.prompt,
        seed=(made.seed or 0) if seed is None else seed,
        similarity=similarity_for(payoff, parts),
        removal=removal,
        steps=made.settings.get("steps"),
        guidance=made.settings.get("guidance"),
        progress=progress,
        cancel=cancel,
    )

"""Prompts played in full, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from genlens.common.coalitions import all_coalitions
from genlens.common.limits import MAX_SEED
from genlens.common.progress import Cancel, Progress
from genlens.errors import Cancelled
from genlens.models.contracts import TextToImage
from genlens.prompts.game import PromptGame
from genlens.prompts.payoffs.similarity import Similarity


def played(
    prompts: Sequence[str],
    model: TextToImage,
    similarity: Similarity,
    *,
    seed: int = 0,
    batch_size: int = 64,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Iterator[PromptGame]:
    """The game of each of ``prompts`` with every sub-prompt drawn; prompt i has noise ``seed + i``.

    Raises:
        Cancelled: ``cancel()`` said so.
        InputError, ModelError: whatever a game raises.
    """
    for i, prompt in enumerate(prompts):
        if progress is not None:
            progress(i, len(prompts), f"{i} of {len(prompts)} prompts played in full")
        if cancel is not None and cancel():
            raise Cancelled(f"stopped after {i} of {len(prompts)} prompts")
        game = PromptGame(
            model, prompt, seed=(seed + i) % (MAX_SEED + 1), similarity=similarity,
            batch_size=batch_size, cancel=cancel,
        )  # fmt: skip
        game(all_coalitions(game.d))
        yield game

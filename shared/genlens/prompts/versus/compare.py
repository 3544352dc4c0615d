"""Two prompts, a word swapped say, explained from the same noises and set against each other.

One noise gives both prompts the same start, so that what differs within it is the wording. How far
a difference can be believed, only several noises say.
"""

from __future__ import annotations

import time

import numpy as np

from genlens.common.checks import whole
from genlens.common.coalitions import all_coalitions
from genlens.common.limits import MAX_SEED, MAX_WORDS, MOST_WORDS
from genlens.common.progress import Cancel, Progress
from genlens.common.records import seconds_since
from genlens.models.contracts import ImageTextEncoder, TextToImage, Word
from genlens.prompts.checks import clean_prompt
from genlens.prompts.companions import companion
from genlens.prompts.drawings import to_tensor
from genlens.prompts.estimators.budgeted import BUDGETED, budgeted
from genlens.prompts.explain import painter_of
from genlens.prompts.game import Game, PromptGame, TableGame
from genlens.prompts.payoffs.payoff import Ingredients
from genlens.prompts.payoffs.payoffs import payoff_named, similarity_for
from genlens.prompts.removal import DELETE, Removal, removal_named
from genlens.prompts.shapley import shapley
from genlens.prompts.trust.noise import LEAST, MOST, USUAL
from genlens.prompts.versus.results import PromptComparison, compared
from genlens.prompts.wording.notes import unlearned_notes, wording_notes

ESTIMATED = (
    f"A prompt has more than {MAX_WORDS} words: both prompts’ shares are estimates, from ten "
    "images a word of each noise. Their intervals hold what the estimate is off by as well."
)


def compare_prompts(
    model: TextToImage | str,
    first: str,
    second: str,
    seed: int = 0,
    *,
    noises: int = USUAL,
    encoder: ImageTextEncoder | str | None = None,
    payoff: str = "clip",
    removal: Removal | str = DELETE,
    steps: int | None = None,
    guidance: float | None = None,
    batch_size: int = 32,
    precision: str | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PromptComparison:
    """What differs between the explanations of two prompts, beyond what the noise does.

    Both are explained by Shapley values from the same ``noises`` starting noises, those of seed,
    seed + 1, ... They are exact where both have at most 8 words. Where one has more, both are
    estimated (``estimators.budgeted``, 10 images a word), noise by noise from other sub-prompts, so
    that what the estimate is off by is part of the spread over noises, and so of the intervals;
    prompts of the same length are asked for the same words. A sub-prompt that both have is drawn
    once. Words are set side by side by ``pairing.paired_words``.

    Args:
        model: a ``TextToImage``, or anything ``genlens.load`` takes.
        first, second: prompts of at most 20 words each.
        seed: of the first noise.
        noises: 2 to 30.
        encoder: compares pictures; None for the one that fits the model (``companions``).
        payoff: a name of ``PAYOFFS``.
        removal, steps, guidance, batch_size, precision: as in ``explain_prompt``.
        progress: ``progress(done, total, text)``, in images, of what ``images_of`` says.
        cancel: ``cancel() -> bool``, asked between batches.

    Raises:
        InputError: a prompt or a setting cannot be used; before anything is drawn.
        ModelError: a model cannot be loaded or run.
        Cancelled: ``cancel()`` said so.
    """
    prompts = (
        clean_prompt(first, max_words=MOST_WORDS),
        clean_prompt(second, max_words=MOST_WORDS),
    )
    estimated = too_long(*prompts)
    noises = whole("noises", noises, LEAST, MOST)
    start = whole("seed", seed, 0, MAX_SEED)
    removal, chosen = removal_named(removal), payoff_named(payoff)
    started = time.perf_counter()
    painter = painter_of(model, precision)
    eyes, about = companion(painter.card, encoder, "ImageTextEncoder")
    likes = [similarity_for(chosen, Ingredients(prompt, painter, eyes)) for prompt in prompts]
    total = noises * images_of(*prompts)
    calls = 0

    def tell(done: int, now: int, text: str) -> None:
        if progress is not None:
            progress(min(calls + game.model_calls, total), total, text)

    seeds = [(start + n) % (MAX_SEED + 1) for n in range(noises)]
    values: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    pictures: list[np.ndarray] = []
    words: tuple[tuple[Word, ...], tuple[Word, ...]] = ((), ())
    repeated = 0.0
    for n, one in enumerate(seeds):
        game = PromptGame(
            painter, prompts[0], seed=one, similarity=likes[0], removal=removal, steps=steps,
            guidance=guidance, batch_size=batch_size, progress=tell, cancel=cancel,
        )  # fmt: skip
        games = (game, game.about(prompts[1], likes[1]))
        for kept, each in zip(values, games, strict=True):
            kept.append(budgeted(each, seed=n).values if estimated else exactly(each))
        pictures.append(np.stack([each.image for each in games]))
        words = (games[0].words, games[1].words)
        if n == 0:
            again = game.drawn_again()
            repeated = float(np.abs(again.astype(float) - game.image).mean() / 255)
        calls += game.model_calls
    images = np.stack(pictures)  # (k, 2, h, w, 3)
    seen = eyes.embed_images(to_tensor(images.reshape(-1, *images.shape[2:]))).double().numpy()
    seen = seen.reshape(noises, 2, -1)
    settings = {
        "noises": noises, "payoff": chosen.name, "removal": removal.name, "encoder": eyes.card.id,
        "steps": painter.card.settings.get("steps") if steps is None else steps,
        "guidance": painter.card.settings.get("guidance") if guidance is None else guidance,
    }  # fmt: skip
    said = dict.fromkeys(
        note for each in words for note in (*unlearned_notes(each), *wording_notes(each))
    )
    how = (ESTIMATED,) if estimated else ()
    return compared(
        prompts, words, seeds, (np.stack(values[0]), np.stack(values[1])), images,
        (seen[:, 0] * seen[:, 1]).sum(-1), (seen[:-1, 0] * seen[1:, 0]).sum(-1), repeated,
        unit=chosen.unit, notes=(*how, *said, *painter.card.notes, *about),
        made_by=painter.card.made_by(
            painter.device, seed=start, settings=settings, model_calls=calls,
            seconds=seconds_since(started),
        ),
    )  # fmt: skip


def exactly(game: Game) -> np.ndarray:
    """The Shapley values (d,) of all its sub-prompts."""
    return shapley(TableGame(game(all_coalitions(game.d)), game.words)).values


def too_long(first: str, second: str) -> bool:
    """Whether one of two prompts has more words than are explained exactly: then both are
    estimated."""
    return max(len(first.split()), len(second.split())) > MAX_WORDS


def images_of(first: str, second: str) -> int:
    """Images a noise: how many different sub-prompts two prompts have, words deleted; where they
    are estimated, at most so many are asked for."""
    if too_long(first, second):
        return sum(BUDGETED.images(len(prompt.split())) for prompt in (first, second))
    texts: set[str] = set()
    for prompt in (first, second):
        words = prompt.split()
        for row in all_coalitions(len(words)):
            texts.add(" ".join(word for word, kept in zip(words, row, strict=True) if kept))
    return len(texts)

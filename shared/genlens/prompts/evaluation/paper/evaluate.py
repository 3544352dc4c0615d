"""The paper's ten prompts on a model of ours, beside prompts whose truth nobody had to guess.

The paper gives each word of ten prompts an importance by hand, and asks how near Shapley values
come to it. Here the same is asked of the shipped model, of several estimators on the same images;
and again of captions of the emoji world, where the truth is known: content words draw or shape a
thing, function words ("a", "the", "with", "next to", "please") draw nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED, MAX_WORDS
from genlens.common.progress import Cancel, Progress
from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.errors import InputError
from genlens.models.contracts import ImageTextEncoder, TextToImage
from genlens.prompts.evaluation.games import played
from genlens.prompts.evaluation.paper.data import PROMPTS
from genlens.prompts.evaluation.paper.printed import PaperFigures, paper_figures
from genlens.prompts.evaluation.paper.scores import Case, Score, chance, score
from genlens.prompts.evaluation.paper.ways import OURS, WAYS
from genlens.prompts.evaluation.truth import sample_captions, world_truth
from genlens.prompts.explain import loaded
from genlens.prompts.game import PromptGame
from genlens.prompts.payoffs.clip import ClipSimilarity
from genlens.worlds import captions

FULL, FULL_WORDS = 200, 5
"""Captions of the table and the words of the longest: about 4,600 images. (The paper's prompts have
3 and 4 words.)"""
QUICK, QUICK_WORDS = 6, 4
"""The same for a quick look: less than 100 images."""
CHANCE = "random order"
"""Name of the control that is worked out from ``OURS``."""


@dataclass(frozen=True)
class MarkedPrompt(Record):
    """One prompt: the ``truth`` (d,), which adds up to 1, and the ``values`` (d,) that each way
    gives its words, in units of the payoff. ``outside`` says, in sentences, what the model's world
    has not got."""

    prompt: str
    truth: np.ndarray
    values: Mapping[str, np.ndarray]
    outside: tuple[str, ...] = ()


@dataclass(frozen=True)
class PaperEvaluation(Record):
    """The paper's table, corrected and measured again.

    * ``paper``: its own figures, worked out from its own numbers;
    * ``ten``: way -> its score on the paper's ten prompts, against the truth given by hand;
      ``inside``: the same on those of them that lie in the model's world;
    * ``world``: way -> its score on captions of the world: a content word is aligned where it comes
      before all function words do, and RMSE is against equal shares of all content words;
    * ``prompts``: the ten, word by word.

    All three hold the control ``CHANCE``, the values of ``OURS`` in random order. ``n`` captions
    were asked for; ``quick``: a quick look, not to be compared with the full table.
    """

    n: int
    quick: bool
    paper: PaperFigures
    ten: Mapping[str, Score]
    inside: Mapping[str, Score]
    world: Mapping[str, Score]
    prompts: tuple[MarkedPrompt, ...]
    made_by: MadeBy = field(default_factory=MadeBy)
    captions: tuple[MarkedPrompt, ...] = field(default=(), metadata=UNWRITTEN)


def evaluate_paper(
    n: int | None = None,
    *,
    quick: bool = False,
    seed: int = 0,
    model: TextToImage | str = "emoji-diffusion",
    encoder: ImageTextEncoder | str = "emoji-clip",
    texts: Sequence[str] | None = None,
    max_words: int | None = None,
    batch_size: int = 64,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PaperEvaluation:
    """Play the paper's ten prompts and ``n`` captions in full, and mark every way on them.

    Args:
        n: captions of the emoji world; None for 200 of at most 5 words, or 6 of a quick look.
        quick: fewer and shorter captions: about a minute, and wide intervals.
        seed: of the captions; prompt i, the ten first, is drawn with noise ``seed + i``.
        model, encoder: contracts or names for ``genlens.load``.
        texts: captions to use; default ``sample_captions(n, seed, max_words)``.
        max_words: longest sampled caption.
        batch_size: images per model call.
        progress: ``progress(done, total, text)``, counted in prompts.
        cancel: ``cancel() -> bool``.

    Raises:
        InputError: a number out of range, or no captions.
        ModelError, Cancelled: whatever a game raises.
    """
    n = whole("the number of captions", (QUICK if quick else FULL) if n is None else n, 1, 10_000)
    seed = whole("seed", seed, 0, MAX_SEED)
    longest = (QUICK_WORDS if quick else FULL_WORDS) if max_words is None else max_words
    longest = whole("max_words", longest, 2, MAX_WORDS)
    started = time.perf_counter()
    chosen = list(texts)[:n] if texts is not None else sample_captions(n, seed, longest)
    if not chosen:
        raise InputError("no captions given: pass at least one, or None to sample them")
    painter = loaded(model, "TextToImage")
    similarity = ClipSimilarity(loaded(encoder, "ImageTextEncoder"))
    known, reasons = _judgeable(chosen)
    truths = [*(np.array(p.truth) for p in PROMPTS), *(truth for _, truth in known)]
    games = played(
        [*(p.prompt for p in PROMPTS), *(text for text, _ in known)],
        painter,
        similarity,
        seed=seed,
        batch_size=batch_size,
        progress=progress,
        cancel=cancel,
    )
    marked, calls = [], 0
    for game, truth in zip(games, truths, strict=True):
        marked.append(mark(game, truth))
        calls += game.model_calls
    made = painter.card.made_by(
        painter.device,
        seed=seed,
        settings={"similarity": similarity.name, "max_words": longest},
        model_calls=calls,
        seconds=seconds_since(started),
    )
    ten, world = marked[: len(PROMPTS)], marked[len(PROMPTS) :]
    return replace(summarise(n, ten, world, reasons, quick=quick), made_by=made)


def mark(game: PromptGame, truth: np.ndarray) -> MarkedPrompt:
    """A played game by every way of ``WAYS``."""
    return MarkedPrompt(
        prompt=game.prompt,
        truth=truth,
        values={name: way.values(game) for name, way in WAYS.items()},
        outside=outside(game),
    )


def summarise(
    n: int,
    ten: Sequence[MarkedPrompt],
    world: Sequence[MarkedPrompt],
    reasons: Mapping[str, int] | None = None,
    *,
    quick: bool = False,
) -> PaperEvaluation:
    """The figures of marked prompts; ``reasons`` count the captions that are not among them."""
    strange = sum(bool(prompt.outside) for prompt in ten)
    inside = [prompt for prompt in ten if not prompt.outside]
    left_out = {"not of the model's world": strange} if strange else None
    return PaperEvaluation(
        n=n,
        quick=quick,
        paper=paper_figures(),
        ten=_scores(ten),
        inside=_scores(inside, left_out),
        world=_scores(world, reasons),
        prompts=tuple(ten),
        captions=tuple(world),
    )


def outside(game: PromptGame) -> tuple[str, ...]:
    """What of the prompt the emoji world has not got, in sentences; nothing where it has all.

    The world says itself which words it reads as something else, and the model which words it has
    never learned.
    """
    unknown = [word.text for word in game.words if not word.known]
    said = [f"the model has not learned “{text}”" for text in unknown]
    return (*captions.parse(game.prompt).notes, *said)


def world_shares(caption: str) -> np.ndarray:
    """The truth (d,) of a caption of the emoji world: content words share 1 equally, all others
    have none of it.

    How much of a picture is "red" and how much is "car", no grammar says: equal shares claim the
    least. So ranks are only asked between content and function words, and RMSE has a part that no
    method can avoid.
    """
    content = sorted(world_truth(caption).content)
    truth = np.zeros(len(caption.split()))
    truth[content] = 1 / max(len(content), 1)
    return truth


def _judgeable(texts: Sequence[str]) -> tuple[list[tuple[str, np.ndarray]], dict[str, int]]:
    """The captions with their truth, of those that have words of both kinds; and how many have not,
    by reason."""
    found, reasons = [], Counter[str]()
    for text in texts:
        truth = world_shares(text)
        if not truth.any():
            reasons["no word draws anything"] += 1
        elif truth.all():
            reasons["every word draws something"] += 1
        else:
            found.append((text, truth))
    return found, dict(reasons)


def _scores(
    prompts: Sequence[MarkedPrompt], left_out: Mapping[str, int] | None = None
) -> dict[str, Score]:
    def cases(name: str) -> list[Case]:
        return [Case(prompt.values[name], prompt.truth) for prompt in prompts]

    found = {name: score(cases(name), left_out) for name in WAYS}
    return {**found, CHANCE: chance(cases(OURS), left_out)}

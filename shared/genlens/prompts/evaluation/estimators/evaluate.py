"""How far estimators are from exact Shapley values, from equal numbers of different images."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from genlens.common.checks import whole
from genlens.common.coalitions import all_coalitions, exact_values
from genlens.common.limits import MAX_SEED
from genlens.common.measures import Measure, mean, share
from genlens.common.progress import Cancel, Progress
from genlens.common.records import MadeBy, Record, seconds_since
from genlens.errors import Cancelled, InputError
from genlens.models.contracts import ImageTextEncoder, TextToImage
from genlens.prompts.estimators.budgeted import first_and_last
from genlens.prompts.estimators.estimators import estimate
from genlens.prompts.evaluation.estimators.ways import OURS, RIVALS, WAYS
from genlens.prompts.evaluation.games import played
from genlens.prompts.evaluation.truth import sample_captions
from genlens.prompts.explain import loaded
from genlens.prompts.game import TableGame
from genlens.prompts.payoffs.clip import ClipSimilarity

FULL, FULL_WORDS = 40, (4, 5, 6, 7, 8)
"""Games of the full table, and their words in turn: 3,968 images."""
QUICK, QUICK_WORDS = 6, (4, 5, 6)
"""The same for a quick look: 224 images."""
DRAWS = 5
"""Seeds of each estimator on each game."""
NOTHING = 0.01
"""Values (their Euclidean length, in units of the payoff) below this have no relative error."""
BUDGETS: dict[str, Callable[[int], int]] = {
    "2d + 2": first_and_last,
    "5d": lambda d: 5 * d,
    "10d": lambda d: 10 * d,
}
"""Different images that everyone gets; only games with more sub-prompts than that are counted."""


@dataclass(frozen=True)
class EstimatorEvaluation(Record):
    """Every figure with its 95 % interval over games.

    * ``errors``: way -> budget -> the relative error, |estimate - exact| / |exact| (Euclidean), of
      a game, averaged over ``DRAWS`` seeds;
    * ``ahead``: rival -> budget -> how much larger its error is than ours, game by game: above 0
      where ours is better, and surely so where the interval lies above 0;
    * ``covered``: "budgeted" and "permutation" -> budget -> the part of the words whose 95 %
      interval holds the exact value.
    """

    n: int
    quick: bool
    errors: Mapping[str, Mapping[str, Measure]]
    ahead: Mapping[str, Mapping[str, Measure]]
    covered: Mapping[str, Mapping[str, Measure]]
    made_by: MadeBy = field(default_factory=MadeBy)


def evaluate_estimators(
    n: int | None = None,
    *,
    quick: bool = False,
    seed: int = 0,
    model: TextToImage | str = "emoji-diffusion",
    encoder: ImageTextEncoder | str = "emoji-clip",
    captions: Sequence[str] | None = None,
    batch_size: int = 64,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> EstimatorEvaluation:
    """Play ``n`` real games in full, and let every way estimate their Shapley values from a part.

    Args:
        n: how many prompts; None for 40 (4 to 8 words), or 6 (4 to 6 words) of a quick look.
        quick: fewer and shorter prompts: about a minute, and wide intervals.
        seed: of the captions and estimators; prompt i is drawn with noise ``seed + i``.
        model, encoder: contracts or names for ``genlens.load``.
        captions: prompts to use; default the emoji world's, of each length in turn.
        batch_size: images per model call.
        progress: ``progress(done, total, text)`` counted in prompts.
        cancel: ``cancel() -> bool``.

    Raises:
        InputError: a number out of range, or no captions.
        ModelError, Cancelled: whatever a game raises.
    """
    n = whole("the number of prompts", (QUICK if quick else FULL) if n is None else n, 1, 10_000)
    seed = whole("seed", seed, 0, MAX_SEED)
    started = time.perf_counter()
    lengths = QUICK_WORDS if quick else FULL_WORDS
    texts = list(captions)[:n] if captions is not None else captions_of(n, seed, lengths)
    if not texts:
        raise InputError("no captions given: pass at least one, or None to sample them")
    painter = loaded(model, "TextToImage")
    similarity = ClipSimilarity(loaded(encoder, "ImageTextEncoder"))
    games, calls = [], 0
    for game in played(
        texts, painter, similarity, seed=seed, batch_size=batch_size, progress=progress,
        cancel=cancel,
    ):  # fmt: skip
        games.append(TableGame(game(all_coalitions(game.d)), game.words))
        calls += game.model_calls
    made = painter.card.made_by(
        painter.device,
        seed=seed,
        settings={"similarity": similarity.name, "draws": DRAWS, "words": list(lengths)},
        model_calls=calls,
    )
    found = compare(games, seed, quick=quick, cancel=cancel)
    return replace(found, made_by=replace(made, seconds=seconds_since(started)))


def captions_of(n: int, seed: int, lengths: Sequence[int]) -> list[str]:
    """``n`` different captions of the emoji world, of the ``lengths`` in turn.

    Raises:
        InputError: the world has fewer.
    """
    wanted = Counter(lengths[i % len(lengths)] for i in range(n))
    kept: dict[int, dict[str, None]] = {length: {} for length in lengths}
    for more in range(1000):
        for text in sample_captions(50, seed + more, max(lengths)):
            words = len(text.split())
            if words in kept and len(kept[words]) < wanted[words]:
                kept[words][text] = None
        if all(len(kept[length]) == wanted[length] for length in lengths):
            break
    for length, texts in kept.items():
        if len(texts) < wanted[length]:
            raise InputError(
                f"{n} prompts need {wanted[length]} different ones of {length} words, and only "
                f"{len(texts)} were found: ask for fewer"
            )
    queues = {length: list(texts) for length, texts in kept.items()}
    return [queues[lengths[i % len(lengths)]].pop(0) for i in range(n)]


def compare(
    games: Sequence[TableGame], seed: int, *, quick: bool = False, cancel: Cancel | None = None
) -> EstimatorEvaluation:
    """The figures of games whose payoffs are known."""
    errors: dict[tuple[str, str], list[float]] = defaultdict(list)
    held: dict[tuple[str, str], list[tuple[int, bool]]] = defaultdict(list)
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for i, game in enumerate(games):
        true = exact_values(game.payoffs)
        for budget, number in BUDGETS.items():
            images = number(game.d)
            reason = _left_out(game, images, true)
            if reason:
                reasons[budget][reason] += 1
                continue
            for way in WAYS:
                if cancel is not None and cancel():
                    raise Cancelled(f"stopped in game {i + 1} of {len(games)}")
                if way.takes(game.d, images):
                    drawn = [way.values(game, images, seed + k) for k in range(DRAWS)]
                    off = [np.linalg.norm(v - true) / np.linalg.norm(true) for v in drawn]
                    errors[way.name, budget].append(float(np.mean(off)))
            for name in ("budgeted", "permutation"):
                for k in range(DRAWS):
                    found = estimate(game, name, images=images, seed=seed + k)
                    if found.low is not None and found.high is not None:
                        inside = (found.low <= true + 1e-9) & (true - 1e-9 <= found.high)
                        held[name, budget] += [(i, bool(one)) for one in inside]
    return EstimatorEvaluation(
        n=len(games),
        quick=quick,
        errors={
            way.name: {
                b: mean(errors[way.name, b], reasons[b]).within(0.0, np.inf)
                for b in BUDGETS
                if (way.name, b) in errors
            }
            for way in WAYS
        },
        ahead={
            rival: {
                b: mean(np.subtract(errors[rival, b], errors[OURS, b]).tolist(), reasons[b])
                for b in BUDGETS
                if (rival, b) in errors
            }
            for rival in RIVALS
        },
        covered={
            name: {
                b: share(
                    [one for _, one in held[name, b]], groups=[i for i, _ in held[name, b]]
                )
                for b in BUDGETS
                if (name, b) in held
            }
            for name in ("budgeted", "permutation")
        },
    )  # fmt: skip


def _left_out(game: TableGame, images: int, true: np.ndarray) -> str:
    """Why a game says nothing about a budget; "" where it does."""
    if images >= 2**game.d:
        return "no more sub-prompts than images"
    return "no word changes the image" if np.linalg.norm(true) < NOTHING else ""

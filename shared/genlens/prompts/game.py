"""The prompt game: which words are said -> how much the picture is like the full prompt's.

Players are the prompt's whitespace words. The payoff v(S) of a coalition S is the similarity of
the picture of the sub-prompt (the words of S, in the same order, from the same starting noise) to
the picture of the full prompt: source paper section 3.1.2, with two things it leaves out: one
noise for all sub-prompts, so that only the wording differs, and the empty prompt, so that Shapley
values have the baseline they need.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch

from genlens.common.checks import number, whole
from genlens.common.coalitions import all_coalitions
from genlens.common.limits import MAX_GUIDANCE, MAX_SEED, MAX_STEPS, MAX_WORDS, MOST_WORDS
from genlens.common.progress import Cancel, Progress
from genlens.errors import Cancelled, InputError, ModelError
from genlens.models.contracts import Word
from genlens.prompts.checks import clean_prompt

if TYPE_CHECKING:
    from genlens.models.contracts import TextToImage
    from genlens.prompts.similarity import Similarity

__all__ = ["MAX_WORDS", "Game", "PromptGame", "TableGame", "all_coalitions", "to_tensor"]


DEFAULT_ENCODER = "emoji-clip"


class Game(Protocol):
    """A cooperative game over words: what ``shapley`` and other explainers read."""

    @property
    def words(self) -> tuple[Word, ...]:
        """The players."""
        ...

    @property
    def d(self) -> int:
        """How many players."""
        ...

    @property
    def model_calls(self) -> int:
        """Images generated so far."""
        ...

    def __call__(self, coalitions: np.ndarray) -> np.ndarray:
        """``coalitions`` (m, d) bool -> payoffs (m,) float64."""
        ...


def to_tensor(images: np.ndarray) -> torch.Tensor:
    """uint8 (m, h, w, 3) -> float32 tensor (m, 3, h, w) in [0, 1]."""
    return torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float() / 255.0


def as_coalitions(coalitions: np.ndarray, d: int) -> np.ndarray:
    """``coalitions`` as (m, d) bool, or InputError."""
    rows = np.asarray(coalitions)
    if rows.ndim != 2 or rows.shape[1] != d:
        raise InputError(f"coalitions have shape {rows.shape}: pass (m, {d}), one column per word")
    if rows.dtype != bool and not np.isin(rows, (0, 1)).all():
        raise InputError("coalitions hold other values than 0 and 1: pass booleans")
    return rows.astype(bool)


@dataclass(frozen=True)
class TableGame:
    """A game whose payoffs are already known, in the order of ``all_coalitions``.

    For a stored explanation (``TableGame(explanation.payoffs, explanation.attribution.words)``),
    or any set function: no model is needed. ``payoffs`` (2**d,) float64; ``words`` default to
    "1", "2", ...
    """

    payoffs: np.ndarray
    words: tuple[Word, ...] = ()
    model_calls: int = 0

    def __post_init__(self) -> None:
        payoffs = np.asarray(self.payoffs, dtype=np.float64)
        d = max(payoffs.size.bit_length() - 1, 0)
        if payoffs.ndim != 1 or payoffs.size != 2**d or d < 1:
            raise InputError(f"payoffs have shape {payoffs.shape}: pass (2**d,) with d at least 1")
        words = self.words or tuple(Word(str(i + 1)) for i in range(d))
        if len(words) != d:
            raise InputError(f"{len(words)} words for {payoffs.size} payoffs: {d} are needed")
        object.__setattr__(self, "payoffs", payoffs)
        object.__setattr__(self, "words", tuple(words))

    @property
    def d(self) -> int:
        """How many players."""
        return len(self.words)

    def __call__(self, coalitions: np.ndarray) -> np.ndarray:
        """``coalitions`` (m, d) bool -> payoffs (m,) float64."""
        rows = as_coalitions(coalitions, self.d)
        return self.payoffs[rows @ (1 << np.arange(self.d))]


class PromptGame:
    """Pictures and payoffs of sub-prompts, drawn once and kept.

    The cache is keyed by the sub-prompt's text and lives and dies with this game, so one key can
    only mean one model, seed, setting and reference picture. Two coalitions with the same text
    ("cat" from either "cat" of "cat cat") share one image but stay two players. Pictures are kept
    as uint8 and payoffs are computed from these, so stored images give the stored payoffs.

    Args:
        model: any ``TextToImage``.
        prompt: at most ``MOST_WORDS`` words (exact values are for ``MAX_WORDS``; see
            ``prompts.estimators`` for more); cleaned by ``checks.clean_prompt``.
        seed: the one starting noise of every sub-prompt, 0 to 2**31 - 1.
        similarity: default ``ClipSimilarity`` with the embedded encoder.
        steps, guidance: None for the model's own defaults.
        batch_size: images per model call.
        progress: ``progress(done, total, text)`` before the first and after every batch, counted
            in images of the running request.
        cancel: ``cancel() -> bool``, asked before every batch and, by the model, at every step.

    Raises:
        InputError: the prompt or a setting cannot be used.
    """

    def __init__(
        self,
        model: TextToImage,
        prompt: str,
        *,
        seed: int = 0,
        similarity: Similarity | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        batch_size: int = 32,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> None:
        self.prompt = clean_prompt(prompt, max_words=MOST_WORDS)
        self.model = model
        self.seed = whole("seed", seed, 0, MAX_SEED)
        self.steps = None if steps is None else whole("steps", steps, 1, MAX_STEPS)
        self.guidance = None if guidance is None else number("guidance", guidance, 0, MAX_GUIDANCE)
        self.batch_size = whole("batch_size", batch_size, 1, 4096)
        self.words: tuple[Word, ...] = tuple(model.tokenize(self.prompt))
        if [w.text for w in self.words] != self.prompt.split():
            raise ModelError(
                f"{model.card.id} splits the prompt into {[w.text for w in self.words]}, not into "
                "its whitespace words: its adapter's tokenize() must group sub-words into words"
            )
        self.similarity = similarity if similarity is not None else _default_similarity()
        self._progress = progress
        self._cancel = cancel
        self._images: dict[str, np.ndarray] = {}  # sub-prompt -> (h, w, 3) uint8
        self._payoffs: dict[str, float] = {}  # sub-prompt -> similarity to the full prompt
        self._bound: Similarity | None = None
        self._model_calls = 0

    @property
    def d(self) -> int:
        """How many words."""
        return len(self.words)

    @property
    def model_calls(self) -> int:
        """Images generated so far; asking twice for a picture draws it once."""
        return self._model_calls

    @property
    def image(self) -> np.ndarray:
        """The full prompt's picture (h, w, 3) uint8."""
        return self.images(np.ones((1, self.d), dtype=bool))[0]

    def sub_prompt(self, row: Sequence[bool] | np.ndarray) -> str:
        """The words of one coalition (d,), in order; the empty string for none."""
        kept = as_coalitions(np.asarray(row)[None], self.d)[0]
        return " ".join(w.text for w, keep in zip(self.words, kept, strict=True) if keep)

    def images(self, coalitions: np.ndarray) -> np.ndarray:
        """Pictures (m, h, w, 3) uint8 of ``coalitions`` (m, d); missing ones are drawn.

        Raises:
            Cancelled: ``cancel()`` said so; finished batches stay in the cache.
            ModelError: the model returned something that is not a picture for each prompt.
        """
        texts = [self.sub_prompt(row) for row in as_coalitions(coalitions, self.d)]
        if not texts:
            return np.zeros((0, 0, 0, 3), dtype=np.uint8)
        self._draw(texts)
        return np.stack([self._images[t] for t in texts])

    def __call__(self, coalitions: np.ndarray) -> np.ndarray:
        """Payoffs (m,) float64 of ``coalitions`` (m, d) bool; raises like ``images``."""
        rows = as_coalitions(coalitions, self.d)
        texts = [self.sub_prompt(row) for row in rows]
        if texts:
            self._draw([self.prompt, *texts])
        self._score(texts)
        return np.array([self._payoffs[t] for t in texts], dtype=np.float64)

    def of_another_noise(self, offset: int) -> float:
        """Payoff of the full prompt drawn from another noise, that of seed + ``offset``: how little
        alike two pictures of the same words can be. Raises like ``images``."""
        seed = (self.seed + offset) % (MAX_SEED + 1)
        drawn = self.model.generate(
            [self.prompt], seed, steps=self.steps, guidance=self.guidance, cancel=self._cancel
        ).images
        self._model_calls += 1
        self._draw([self.prompt])
        return float(self._scores(self._as_uint8(drawn, 1))[0])

    def _draw(self, texts: Sequence[str]) -> None:
        missing = [t for t in dict.fromkeys(texts) if t not in self._images]
        if missing:
            self._report(0, len(missing))
        for start in range(0, len(missing), self.batch_size):
            if self._cancel is not None and self._cancel():
                raise Cancelled(f"stopped after {start} of {len(missing)} images")
            batch = missing[start : start + self.batch_size]
            drawn = self.model.generate(
                batch, self.seed, steps=self.steps, guidance=self.guidance, cancel=self._cancel
            ).images
            self._images.update(zip(batch, self._as_uint8(drawn, len(batch)), strict=True))
            self._model_calls += len(batch)
            self._report(start + len(batch), len(missing))

    def _score(self, texts: Sequence[str]) -> None:
        missing = [t for t in dict.fromkeys(texts) if t not in self._payoffs]
        for start in range(0, len(missing), self.batch_size):
            batch = missing[start : start + self.batch_size]
            scores = self._scores(np.stack([self._images[t] for t in batch]))
            self._payoffs.update(zip(batch, scores.tolist(), strict=True))

    def _scores(self, pictures: np.ndarray) -> np.ndarray:
        """Payoffs (m,) of ``pictures`` (m, h, w, 3) uint8; the full prompt's is drawn already."""
        if self._bound is None:
            self._bound = self.similarity.prepare(to_tensor(self._images[self.prompt][None])[0])
        scores = self._bound(to_tensor(pictures))
        if not np.isfinite(scores).all():
            raise ModelError(f"the similarity {self.similarity.name} gave a value that is NaN")
        return scores

    def _as_uint8(self, drawn: torch.Tensor, count: int) -> np.ndarray:
        if drawn.ndim != 4 or drawn.shape[0] != count or drawn.shape[1] != 3:
            raise ModelError(
                f"{self.model.card.id} returned images of shape {tuple(drawn.shape)} for {count} "
                f"prompts: ({count}, 3, height, width) was expected"
            )
        pixels = drawn.detach().float().cpu()
        if not bool(pixels.isfinite().all()):
            raise ModelError(
                f"{self.model.card.id} returned pixels that are NaN or infinite: try float32"
            )
        bytes_ = (pixels.clamp(0, 1) * 255).round().byte()  # (count, 3, h, w)
        return bytes_.permute(0, 2, 3, 1).contiguous().numpy()  # (count, h, w, 3)

    def _report(self, done: int, total: int) -> None:
        if self._progress is not None:
            self._progress(done, total, f"Drawing sub-prompts: {done} of {total}")


def _default_similarity() -> Similarity:
    from genlens.models.catalog import load
    from genlens.prompts.similarity import ClipSimilarity

    return ClipSimilarity(load(DEFAULT_ENCODER))

"""The prompt game: which words are said -> how much the picture is like the full prompt's.

Players are the prompt's whitespace words. The payoff v(S) of a coalition S is the similarity of
the picture of the sub-prompt (the words of S, in the same order, from the same starting noise) to
the picture of the full prompt: source paper section 3.1.2, with two things it leaves out: one
noise for all sub-prompts, so that only the wording differs, and the empty prompt, so that Shapley
values have the baseline they need. Other payoffs are in ``payoffs``, other ways to leave a word
out in ``removal``.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from genlens.common.limits import MAX_SEED, MOST_WORDS
from genlens.common.progress import Cancel, Progress
from genlens.errors import ModelError
from genlens.models.contracts import Word
from genlens.prompts.checks import clean_prompt
from genlens.prompts.drawings import Drawing, Drawings, to_tensor
from genlens.prompts.game.table import as_coalitions
from genlens.prompts.removal import DELETE, Removal, removal_named

if TYPE_CHECKING:
    from genlens.models.contracts import TextToImage
    from genlens.prompts.payoffs.similarity import Similarity

DEFAULT_ENCODER = "emoji-clip"


class PromptGame:
    """Pictures and payoffs of sub-prompts, drawn once and kept.

    The cache is keyed by the text that the model is given and lives and dies with this game (and
    those made of it by ``under``), so one key can only mean one model, seed and setting. Two
    coalitions with the same text ("cat" from either "cat" of "cat cat") share one image but stay
    two players. A word that the model does not read in the full prompt (``Word.read``) is said in
    none: else a shorter sub-prompt would make room for it, and it would be credited with what the
    full picture does not show. Pictures are kept as uint8 and payoffs are computed from these, so
    stored images give the stored payoffs.

    Args:
        model: any ``TextToImage``.
        prompt: at most ``MOST_WORDS`` words (exact values are for ``MAX_WORDS``; see
            ``prompts.estimators`` for more); cleaned by ``checks.clean_prompt``.
        seed: the one starting noise of every sub-prompt, 0 to 2**31 - 1.
        similarity: the payoff; default ``ClipSimilarity`` with the embedded encoder.
        removal: how a word is left out, a name of ``removal.REMOVALS`` or one of your own.
        steps, guidance: None for the model's own defaults.
        batch_size: images per model call.
        progress: ``progress(done, total, text)`` before the first and after every batch, counted
            in images of the running request.
        cancel: ``cancel() -> bool``, asked before every batch and, by the model, at every step.

    Raises:
        InputError: the prompt or a setting cannot be used, or the model cannot leave words out
            this way.
    """

    def __init__(
        self,
        model: TextToImage,
        prompt: str,
        *,
        seed: int = 0,
        similarity: Similarity | None = None,
        removal: str | Removal = DELETE,
        steps: int | None = None,
        guidance: float | None = None,
        batch_size: int = 32,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> None:
        self.model = model
        self._drawings = Drawings(
            model,
            seed,
            steps=steps,
            guidance=guidance,
            batch_size=batch_size,
            progress=progress,
            cancel=cancel,
        )
        self.removal = removal_named(removal)
        self._say(prompt)
        self.similarity = similarity if similarity is not None else _default_similarity()
        self._payoffs: dict[str, float] = {}  # sub-prompt -> similarity to the full prompt
        self._bound: Similarity | None = None

    def under(
        self, similarity: Similarity | None = None, removal: str | Removal | None = None
    ) -> PromptGame:
        """The same prompt and noise with another payoff, another removal or both; what is drawn
        already, by either game, is drawn for both."""
        other = copy.copy(self)
        if removal is not None:
            other.removal = removal_named(removal)
            other._stand_ins = self._instead(other.removal)
        if similarity is not None:
            other.similarity, other._bound = similarity, None
        other._payoffs = {}
        return other

    def about(self, prompt: str, similarity: Similarity | None = None) -> PromptGame:
        """The game of another ``prompt`` from the same noise; what either draws serves both."""
        other = copy.copy(self)
        other._say(prompt)
        other.similarity, other._bound = similarity or self.similarity, None
        other._payoffs = dict[str, float]()
        return other

    def drawn_again(self) -> np.ndarray:
        """The full picture (h, w, 3) uint8, drawn once more by itself and not kept: it should be
        the same but for rounding. Raises like ``images``."""
        return self._drawings.from_noise(self.whole, self.seed).image

    @property
    def seed(self) -> int:
        """Of the starting noise."""
        return self._drawings.seed

    @property
    def steps(self) -> int | None:
        """Denoising steps; None for the model's own number."""
        return self._drawings.steps

    @property
    def guidance(self) -> float | None:
        """None for the model's own."""
        return self._drawings.guidance

    @property
    def batch_size(self) -> int:
        """Images per model call."""
        return self._drawings.batch_size

    @property
    def d(self) -> int:
        """How many words."""
        return len(self.words)

    @property
    def model_calls(self) -> int:
        """Images generated so far; asking twice for a picture draws it once."""
        return self._drawings.model_calls

    @property
    def whole(self) -> str:
        """The text of the full picture: the prompt, without words that are cut off."""
        return self.sub_prompt(np.ones(self.d, dtype=bool))

    @property
    def image(self) -> np.ndarray:
        """The full prompt's picture (h, w, 3) uint8."""
        return self.images(np.ones((1, self.d), dtype=bool))[0]

    def sub_prompt(self, row: Sequence[bool] | np.ndarray) -> str:
        """What the model is told for one coalition (d,): its words in order, with what ``removal``
        puts in the place of the others; the empty string for nothing at all."""
        kept = as_coalitions(np.asarray(row)[None], self.d)[0]
        said = [
            word.text if keep and word.read else instead
            for word, instead, keep in zip(self.words, self._stand_ins, kept, strict=True)
        ]
        return " ".join(filter(None, said))

    def images(self, coalitions: np.ndarray) -> np.ndarray:
        """Pictures (m, h, w, 3) uint8 of ``coalitions`` (m, d); missing ones are drawn.

        Raises:
            Cancelled: ``cancel()`` said so; finished batches stay in the cache.
            ModelError: the model returned something that is not a picture for each prompt.
        """
        texts = [self.sub_prompt(row) for row in as_coalitions(coalitions, self.d)]
        if not texts:
            return np.zeros((0, 0, 0, 3), dtype=np.uint8)
        return np.stack([drawing.image for drawing in self._drawings.of(texts)])

    def __call__(self, coalitions: np.ndarray) -> np.ndarray:
        """Payoffs (m,) float64 of ``coalitions`` (m, d) bool; raises like ``images``."""
        rows = as_coalitions(coalitions, self.d)
        texts = [self.sub_prompt(row) for row in rows]
        if texts:
            self._drawings.of([self.whole, *texts])
        self._score(texts)
        return np.array([self._payoffs[t] for t in texts], dtype=np.float64)

    def of_another_noise(self, offset: int) -> float:
        """Payoff of the full prompt drawn from another noise, that of seed + ``offset``: how little
        alike two pictures of the same words can be. Raises like ``images``."""
        seed = (self.seed + offset) % (MAX_SEED + 1)
        return float(self._scores([self._drawings.from_noise(self.whole, seed)])[0])

    def _say(self, prompt: str) -> None:
        """Make this the game of ``prompt``."""
        self.prompt = clean_prompt(prompt, max_words=MOST_WORDS)
        self.words: tuple[Word, ...] = tuple(self.model.tokenize(self.prompt))
        if [w.text for w in self.words] != self.prompt.split():
            raise ModelError(
                f"{self.model.card.id} splits the prompt into {[w.text for w in self.words]}, not "
                "into its whitespace words: its adapter's tokenize() must group sub-words into "
                "words"
            )
        self._stand_ins = self._instead(self.removal)

    def _instead(self, removal: Removal) -> tuple[str, ...]:
        """What stands in the place of each word that is left out."""
        found = removal.stand_ins(self.words, self.model)
        return tuple(
            text if word.read else "" for word, text in zip(self.words, found, strict=True)
        )

    def _score(self, texts: Sequence[str]) -> None:
        missing = [t for t in dict.fromkeys(texts) if t not in self._payoffs]
        for start in range(0, len(missing), self.batch_size):
            batch = missing[start : start + self.batch_size]
            scores = self._scores(self._drawings.of(batch))
            self._payoffs.update(zip(batch, scores.tolist(), strict=True))

    def _scores(self, drawings: Sequence[Drawing]) -> np.ndarray:
        """Payoffs (m,) of ``drawings``, against the full prompt's."""
        if self._bound is None:
            self._bound = self.similarity.prepare(self._seen(self._drawings.of([self.whole]))[0])
        scores = self._bound(self._seen(drawings))
        if not np.isfinite(scores).all():
            raise ModelError(f"the similarity {self.similarity.name} gave a value that is NaN")
        return scores

    def _seen(self, drawings: Sequence[Drawing]) -> torch.Tensor:
        """What the similarity looks at: (m, 3, h, w) in [0, 1] or latents (m, c, h', w')."""
        if self.similarity.sees == "latents":
            return torch.stack([drawing.latents for drawing in drawings])
        return to_tensor(np.stack([drawing.image for drawing in drawings]))


def _default_similarity() -> Similarity:
    from genlens.models.catalog import load
    from genlens.prompts.payoffs.clip import ClipSimilarity

    return ClipSimilarity(load(DEFAULT_ENCODER))

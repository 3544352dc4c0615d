"""What a model drew for each text from one noise: each text once, kept for every game about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from genlens.common.checks import number, whole
from genlens.common.limits import MAX_GUIDANCE, MAX_SEED, MAX_STEPS
from genlens.common.progress import Cancel, Progress
from genlens.errors import Cancelled, ModelError

if TYPE_CHECKING:
    from genlens.models.contracts import Generation, TextToImage


def to_tensor(images: np.ndarray) -> torch.Tensor:
    """uint8 (m, h, w, 3) -> float32 tensor (m, 3, h, w) in [0, 1]."""
    return torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float() / 255.0


@dataclass(frozen=True)
class Drawing:
    """One generation: ``image`` (h, w, 3) uint8, and the final ``latents`` (c, h', w') that it was
    decoded from."""

    image: np.ndarray
    latents: torch.Tensor


class Drawings:
    """Generations of one model from one noise with one setting, by the text that was said.

    Arguments as of ``game.PromptGame``.

    Raises:
        InputError: a setting is out of range.
    """

    def __init__(
        self,
        model: TextToImage,
        seed: int = 0,
        *,
        steps: int | None = None,
        guidance: float | None = None,
        batch_size: int = 32,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> None:
        self.model = model
        self.seed = whole("seed", seed, 0, MAX_SEED)
        self.steps = None if steps is None else whole("steps", steps, 1, MAX_STEPS)
        self.guidance = None if guidance is None else number("guidance", guidance, 0, MAX_GUIDANCE)
        self.batch_size = whole("batch_size", batch_size, 1, 4096)
        self.model_calls = 0
        self._progress, self._cancel = progress, cancel
        self._held: dict[str, Drawing] = {}

    def of(self, texts: Sequence[str]) -> list[Drawing]:
        """One drawing for each of ``texts``; missing ones are drawn.

        Raises:
            Cancelled: ``cancel()`` said so; finished batches stay.
            ModelError: the model returned something that is not a picture for each prompt.
        """
        missing = [t for t in dict.fromkeys(texts) if t not in self._held]
        if missing:
            self._report(0, len(missing))
        for start in range(0, len(missing), self.batch_size):
            if self._cancel is not None and self._cancel():
                raise Cancelled(f"stopped after {start} of {len(missing)} images")
            batch = missing[start : start + self.batch_size]
            self._held.update(zip(batch, self._drawn(batch, self.seed), strict=True))
            self._report(start + len(batch), len(missing))
        return [self._held[t] for t in texts]

    def from_noise(self, text: str, seed: int) -> Drawing:
        """``text`` from the noise of another ``seed``; it is not kept."""
        return self._drawn([text], seed)[0]

    def _drawn(self, batch: Sequence[str], seed: int) -> list[Drawing]:
        made = self.model.generate(
            batch, seed, steps=self.steps, guidance=self.guidance, cancel=self._cancel
        )
        self.model_calls += len(batch)
        images = self._as_uint8(made.images, len(batch))
        self._refuse_blanked(images, batch)
        return [
            Drawing(image, latents)
            for image, latents in zip(images, self._latents(made, len(batch)), strict=True)
        ]

    def _refuse_blanked(self, images: np.ndarray, batch: Sequence[str]) -> None:
        """Where an adapter does not say that it blacked an image out, the image still shows it;
        unless the model draws on black, as its image of no words tells."""
        black = [t for t, image in zip(batch, images, strict=True) if t and not image.any()]
        if black and not self._draws_on_black(images, batch):
            raise ModelError(
                f"{self.model.card.id} returned {len(black)} of {len(batch)} images all black, "
                f"such as that of {black[0]!r}: what a safety checker puts in the place of an "
                "image that it refuses. It would be explained as the model's answer: try another "
                "seed or other words"
            )

    def _draws_on_black(self, images: np.ndarray, batch: Sequence[str]) -> bool:
        if "" in batch:
            return not images[list(batch).index("")].any()
        return not self.of([""])[0].image.any()

    def _latents(self, made: Generation, count: int) -> torch.Tensor:
        if made.latents.shape[0] != count:
            raise ModelError(
                f"{self.model.card.id} returned {made.latents.shape[0]} latents for {count} prompts"
            )
        return made.latents.detach().float().cpu()

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

"""Pictures for anchor rules: superpixels, replaced at random, and the property asked of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from genlens.common.progress import Cancel, Progress
from genlens.errors import Cancelled, InputError, ModelError
from genlens.study.coder import as_images

_AT_ONCE = 256
"""Pictures per call of the property."""

Rule = tuple[int, ...]


@dataclass
class Sampler:
    """Draws pictures of a rule and counts how often they keep the property.

    ``image`` (c, h, w), ``segments`` (h, w) 0 to parts - 1, ``backgrounds`` (m, c, h, w).
    """

    image: np.ndarray
    segments: np.ndarray
    has: Callable[[torch.Tensor], Any]
    backgrounds: np.ndarray
    batch: int
    budget: int
    rng: np.random.Generator
    progress: Progress | None = None
    cancel: Cancel | None = None
    drawn: int = 0
    _counts: dict[Rule, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.parts = int(self.segments.max()) + 1
        self.value = bool(self._ask(self.image[None])[0])

    @property
    def spent(self) -> bool:
        """Whether the budget is used up."""
        return self.drawn >= self.budget

    def counts(self, rule: Rule) -> tuple[int, int]:
        """(pictures that kept the property, pictures) of ``rule`` so far."""
        return self._counts.get(rule, (0, 0))

    def draw(self, rules: list[Rule]) -> bool:
        """A batch of pictures for each rule; False once the budget is used up.

        A rule that was never drawn gets its first batch even then, so that no count is empty.
        """
        wanted = [r for r in rules if not self.spent or self.counts(r)[1] == 0]
        for start in range(0, len(wanted), max(_AT_ONCE // self.batch, 1)):
            if self.cancel is not None and self.cancel():
                raise Cancelled(f"stopped after {self.drawn} pictures")
            some = wanted[start : start + max(_AT_ONCE // self.batch, 1)]
            kept = self._ask(np.concatenate([self.pictures(r, self.batch) for r in some]))
            for rule, answers in zip(
                some, (kept == self.value).reshape(len(some), -1), strict=True
            ):
                hits, draws = self.counts(rule)
                self._counts[rule] = (hits + int(answers.sum()), draws + len(answers))
            if self.progress is not None:
                done = min(self.drawn, self.budget)
                self.progress(done, self.budget, f"Anchor: {self.drawn} pictures")
        return not self.spent

    def pictures(self, rule: Rule, n: int) -> np.ndarray:
        """(n, c, h, w): the rule's superpixels kept, each other one replaced with chance 1/2."""
        kept = self.rng.random((n, self.parts)) < 0.5
        kept[:, list(rule)] = True
        shown = kept[:, self.segments][:, None]  # (n, 1, h, w)
        behind = self.backgrounds[self.rng.integers(len(self.backgrounds), size=n)]
        return np.where(shown, self.image, behind)

    def _ask(self, images: np.ndarray) -> np.ndarray:
        answers: list[np.ndarray] = []
        with torch.no_grad():
            for start in range(0, len(images), _AT_ONCE):
                some = torch.from_numpy(images[start : start + _AT_ONCE]).float()
                answer = self.has(some)
                kept = answer.cpu().numpy() if torch.is_tensor(answer) else np.asarray(answer)
                if kept.shape != (len(some),) or kept.dtype != bool:
                    raise ModelError(
                        f"the property gave {kept.dtype} of shape {kept.shape} for {len(some)} "
                        f"pictures: ({len(some)},) booleans were expected"
                    )
                answers.append(kept)
                self.drawn += len(some)
        return np.concatenate(answers)


def backgrounds_of(
    image: np.ndarray, segments: np.ndarray, backgrounds: torch.Tensor | np.ndarray | None
) -> np.ndarray:
    """What replaced superpixels show (m, c, h, w): the given pictures, or ``image`` (c, h, w) with
    each superpixel in its mean colour."""
    if backgrounds is not None:
        others = as_images(backgrounds).numpy()
        if others.shape[1:] != image.shape:
            raise InputError(f"backgrounds are {others.shape[1:]}: pass {image.shape} each")
        return np.asarray(others)
    sizes = np.bincount(segments.ravel())
    flat = [np.bincount(segments.ravel(), band.ravel()) / sizes for band in image]
    return np.stack([colour[segments] for colour in flat])[None].astype(np.float32)

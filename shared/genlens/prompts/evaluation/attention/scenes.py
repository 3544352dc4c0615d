"""Scenes whose truth is known, put through the denoiser with their own caption.

A generated picture is the model's: nobody knows for sure which pixels show the cat. So the model
is shown true scenes: at each step of its sampler it sees the scene with as much noise as belongs
to the step, and the caption that drew it (teacher forcing). Which word drew which pixel is then
known exactly; what is measured is where the denoiser reads each word while it looks at them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from genlens.common.progress import Cancel, Progress
from genlens.errors import Cancelled
from genlens.models.contracts import Attending
from genlens.prompts.attention.record import maps_of
from genlens.prompts.attention.results import AttentionMaps
from genlens.prompts.evaluation.truth import sample_captions
from genlens.worlds.emoji_scenes import Scene, draw

SMALLEST = 0.003
"""Things that show less than this part of the picture (12 pixels of 64 x 64) are left out."""
MOST_WORDS = 8


@dataclass(frozen=True)
class Seen:
    """A scene, what was recorded on it, and its content words: ``nouns`` drew things of their own,
    ``modifiers`` (colours, sizes, counts) shaped things of others."""

    scene: Scene
    maps: AttentionMaps
    nouns: tuple[int, ...]
    modifiers: tuple[int, ...]
    hidden: int
    """Nouns left out because their thing hardly shows."""


def captions_apart(count: int, others: int, seed: int) -> tuple[list[str], list[str]]:
    """``count`` captions to measure on and ``others`` to choose thresholds on; none is in both."""
    measured = sample_captions(count, seed, MOST_WORDS)
    taken = set(measured)
    chosen: list[str] = []
    for more in range(1, 100):
        fresh = sample_captions(others, seed + 100_000 * more, MOST_WORDS)
        chosen += [text for text in fresh if text not in taken and text not in chosen]
        if len(chosen) >= others:
            break
    return measured, chosen[:others]


def mirrored(scene: Scene) -> Scene:
    """The scene as in a mirror, with the truth that is asked of it (image and masks)."""
    masks = {j: np.ascontiguousarray(mask[:, ::-1]) for j, mask in scene.masks.items()}
    return replace(scene, image=np.ascontiguousarray(scene.image[:, ::-1]), masks=masks)


def look(
    painter: Attending,
    captions: Sequence[str],
    seed: int,
    *,
    mirror: bool = False,
    batch: int = 16,
    steps: int | None = None,
    progress: Progress | None = None,
    done: int = 0,
    total: int = 0,
    cancel: Cancel | None = None,
) -> Iterator[Seen]:
    """Each caption's scene (layout ``seed`` + its number), mirrored if asked, as the denoiser saw
    it."""
    size = _side(painter)
    for start in range(0, len(captions), batch):
        if progress is not None:
            progress(done + start, total, f"{done + start} of {total} scenes looked at")
        if cancel is not None and cancel():
            raise Cancelled(f"stopped after {done + start} of {total} scenes")
        texts = list(captions[start : start + batch])
        scenes = [draw(seed + start + i, text, size) for i, text in enumerate(texts)]
        if mirror:
            scenes = [mirrored(scene) for scene in scenes]
        pictures = torch.from_numpy(np.stack([scene.image for scene in scenes]))
        floats = pictures.permute(0, 3, 1, 2).float() / 255
        found = painter.attend(texts, seed, steps=steps, pictures=floats, cancel=cancel)
        for text, scene, attended in zip(texts, scenes, found, strict=True):
            words = tuple(painter.tokenize(text))
            yield _seen(scene, maps_of(text, words, attended, painter.card.made_by()))


def _side(painter: Attending) -> int:
    return int(painter.generate([""], 0, steps=1).images.shape[-1])


def _seen(scene: Scene, maps: AttentionMaps) -> Seen:
    drew = {thing.word for thing in scene.objects}
    least = SMALLEST * scene.image.shape[0] * scene.image.shape[1]
    shown = {j for j, mask in scene.masks.items() if mask.sum() >= least}
    ground = set(scene.plan.background_words)
    return Seen(
        scene,
        maps,
        tuple(sorted(drew & shown)),
        tuple(sorted(shown - drew - ground)),
        len(drew - shown),
    )

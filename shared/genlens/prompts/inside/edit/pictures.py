"""The same prompts drawn by the model as it is and as an edit has it, from the same noise."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED, MOST_WORDS
from genlens.common.progress import Cancel, Progress, batches
from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.errors import InputError
from genlens.models.contracts import TextToImage
from genlens.prompts.checks import clean_prompt
from genlens.prompts.inside.edit.rewrite import WordEdit, edited
from genlens.prompts.inside.openable import batch_of, openable, pixels

MOST_PROMPTS = 12


@dataclass(frozen=True)
class EditPictures(Record):
    """``prompts`` drawn ``before`` and ``after`` the edit of ``word`` to ``target``, each (n, h, w,
    3) uint8; ``moved`` and ``kept`` are the edit's (see ``WordEdit``)."""

    word: str
    target: str
    prompts: tuple[str, ...]
    before: np.ndarray = field(metadata=UNWRITTEN)
    after: np.ndarray = field(metadata=UNWRITTEN)
    moved: float
    kept: float
    made_by: MadeBy = field(default_factory=MadeBy)


def draw_edited(
    model: TextToImage | str,
    edit: WordEdit,
    prompts: Sequence[str],
    seed: int = 0,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> EditPictures:
    """Draw ``prompts``, 1 to 12 of at most 20 words, without the edit and with it.

    Raises:
        InputError: a prompt or the seed cannot be used.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    texts = tuple(clean_prompt(prompt, max_words=MOST_WORDS) for prompt in prompts)
    if not 1 <= len(texts) <= MOST_PROMPTS:
        raise InputError(f"{len(texts)} captions: give 1 to {MOST_PROMPTS}")
    number = whole("seed", seed, 0, MAX_SEED)
    painter = openable(model)
    size, parts = batch_of(painter), []
    for start in batches(2 * len(texts), size, "pictures", progress, cancel):
        rows = range(start, min(start + size, 2 * len(texts)))
        plain = [texts[i] for i in rows if i < len(texts)]
        changed = [texts[i - len(texts)] for i in rows if i >= len(texts)]
        if plain:
            parts.append(pixels(painter.generate(plain, number, cancel=cancel).images))
        if changed:
            with edited(painter, edit) as other:
                parts.append(pixels(other.generate(changed, number, cancel=cancel).images))
    images = np.concatenate(parts)
    made = painter.card.made_by(
        painter.device,
        seed=number,
        settings=dict(edit.made_by.settings),
        model_calls=len(images),
        seconds=seconds_since(started),
    )
    return EditPictures(
        edit.word, edit.target, texts, images[: len(texts)], images[len(texts) :], edit.moved,
        edit.kept, made,
    )  # fmt: skip

"""Exchange the text that some cross-attention layers read, and draw.

While a prompt is drawn, the layers of a window read the encoded text of another prompt in place of
the prompt's own, at every step. If what the two prompts differ in follows the exchanged text, the
window carries it. This is the intervention of LocoGen (Basu et al. 2024, "On mechanistic knowledge
localization in text-to-image generative models", arXiv:2405.01008, section 4: a window of m
layers from layer l on); causal tracing (Basu et al. 2023, arXiv:2310.13730, after Meng et al. 2022,
arXiv:2202.05262) restores activations instead. ::

    found = exchange_layers("emoji-diffusion", "a red cat", "a red dog")
    found.towards            # (windows,) from 0, the prompt's picture, to 1, the other's
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED, MOST_WORDS
from genlens.common.progress import Cancel, Progress, batches
from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.errors import InputError
from genlens.models.contracts import CrossLayer, Generation, Opened, TextToImage
from genlens.prompts.checks import clean_prompt
from genlens.prompts.inside.openable import batch_of, openable, pixels
from genlens.prompts.wording.notes import unlearned_notes, wording_notes

Window = tuple[int, ...]
"""Numbers of layers, from 0, in the order in which they run."""


@dataclass(frozen=True)
class LayerExchange(Record):
    """One prompt drawn while windows of layers read another.

    ``own`` and ``others`` (h, w, 3) uint8 are the pictures of the two prompts, ``images`` (windows,
    h, w, 3) those of the exchanges. ``towards`` (windows,) says how far each has gone, in the
    diffusion's latents: a / (a + b) with a its distance to the prompt's picture and b to the
    other's; 0 is the first, 1 the second, NaN where the two are the same. ``every`` is the same
    of the exchange in all layers at once, which must be 1 unless the text enters elsewhere too.
    """

    prompt: str
    other: str
    layers: tuple[CrossLayer, ...]
    windows: tuple[Window, ...]
    own: np.ndarray = field(metadata=UNWRITTEN)
    others: np.ndarray = field(metadata=UNWRITTEN)
    images: np.ndarray = field(metadata=UNWRITTEN)
    towards: np.ndarray
    every: float
    made_by: MadeBy = field(default_factory=MadeBy)
    notes: tuple[str, ...] = ()


def windows_of(count: int, width: int) -> tuple[Window, ...]:
    """All windows of ``width`` consecutive layers of ``count``.

    Raises:
        InputError: there is no such window.
    """
    wide = whole("the width of the window", width, 1, count)
    return tuple(tuple(range(i, i + wide)) for i in range(count - wide + 1))


def exchange_layers(
    model: TextToImage | str,
    prompt: str,
    other: str,
    seed: int = 0,
    *,
    window: int = 1,
    steps: int | None = None,
    guidance: float | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> LayerExchange:
    """``prompt`` drawn while windows of layers read ``other``, from one noise.

    Args:
        model: a text-to-image model with cross-attention, or its name.
        prompt, other: of at most 20 words; best the same but for one word, in the same place.
        window: how many consecutive layers are exchanged together, from 1 to all.
        seed, steps, guidance: as of ``generate``.
        progress, cancel: asked between batches, ``cancel`` between steps too.

    Raises:
        InputError: a prompt or a setting cannot be used, or the prompts are the same.
        ModelError: the model has no cross-attention to exchange.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    text = clean_prompt(prompt, max_words=MOST_WORDS)
    new = clean_prompt(other, max_words=MOST_WORDS)
    if text == new:
        raise InputError("the two prompts are the same: change a word in the second one")
    number = whole("seed", seed, 0, MAX_SEED)
    painter = openable(model)
    with painter.opened() as inside:
        windows = windows_of(len(inside.layers), window)
        all_layers = tuple(range(len(inside.layers)))
        rows = [(), *windows, all_layers]
        drawn = drawn_with(
            inside, [text] * len(rows), [new] * len(rows), rows, number,
            batch=batch_of(painter), steps=steps, guidance=guidance,
            progress=progress, cancel=cancel,
        )  # fmt: skip
        plain = inside.draw([new], number, steps=steps, guidance=guidance, cancel=cancel)
        layers = inside.layers
    images, latents = pixels(drawn.images), drawn.latents
    towards = towards_of(latents, latents[0], plain.latents[0])
    read = [painter.tokenize(each) for each in (text, new)]
    said = dict.fromkeys(
        note for words in read for note in (*unlearned_notes(words), *wording_notes(words))
    )
    own_settings = painter.card.settings
    settings = {
        "window": window,
        "steps": steps or own_settings.get("steps"),
        "guidance": own_settings.get("guidance") if guidance is None else guidance,
    }
    return LayerExchange(
        text, new, layers, windows,
        own=images[0],
        others=pixels(plain.images)[0],
        images=images[1:-1],
        towards=towards[1:-1],
        every=float(towards[-1]),
        made_by=painter.card.made_by(
            painter.device, seed=number, settings=settings, model_calls=len(rows) + 1,
            seconds=seconds_since(started),
        ),
        notes=(*said, *painter.card.notes),
    )  # fmt: skip


def drawn_with(
    inside: Opened,
    prompts: Sequence[str],
    others: Sequence[str],
    rows: Sequence[Window],
    seed: int,
    *,
    batch: int,
    steps: int | None = None,
    guidance: float | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Generation:
    """Row i: ``prompts[i]`` while the layers ``rows[i]`` read ``others[i]``."""
    parts = []
    for start in batches(len(rows), batch, "pictures", progress, cancel):
        at = slice(start, start + batch)
        reads = {
            layer.name: [
                other if k in row else None for row, other in zip(rows[at], others[at], strict=True)
            ]
            for k, layer in enumerate(inside.layers)
        }
        with inside.reading(reads):
            parts.append(
                inside.draw(prompts[at], seed, steps=steps, guidance=guidance, cancel=cancel)
            )
    return Generation(
        images=torch.cat([part.images for part in parts]),
        latents=torch.cat([part.latents for part in parts]),
    )


def towards_of(latents: torch.Tensor, own: torch.Tensor, other: torch.Tensor) -> np.ndarray:
    """(n,) how far each of ``latents`` (n, c, h, w) lies from ``own`` towards ``other``, 0 to 1."""
    a = (latents - own).flatten(1).norm(dim=1).numpy().astype(np.float64)
    b = (latents - other).flatten(1).norm(dim=1).numpy().astype(np.float64)
    if float((own - other).norm()) == 0:
        return np.full(len(a), np.nan)
    found: np.ndarray = a / (a + b)
    return found

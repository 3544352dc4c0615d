"""Record where a model looks for the words of a prompt.

::

    maps = genlens.prompts.attention_of("emoji-diffusion", "a cat next to a red car")
    maps.heat()               # (words, h, w), in the manner of DAAM
    maps.heat(step=0)         # at the first step
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import torch

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED, MOST_WORDS
from genlens.common.progress import Cancel
from genlens.common.records import MadeBy, seconds_since
from genlens.errors import ModelError
from genlens.models.contracts import Attended, Attending, TextToImage, Word
from genlens.prompts.attention.alike import warnings_of
from genlens.prompts.attention.results import AttentionMaps
from genlens.prompts.checks import clean_prompt
from genlens.prompts.explain import painter_of


def attention_of(
    model: TextToImage | str,
    prompt: str,
    seed: int = 0,
    *,
    steps: int | None = None,
    guidance: float | None = None,
    precision: str | None = None,
    picture: np.ndarray | None = None,
    cancel: Cancel | None = None,
) -> AttentionMaps:
    """Where ``model`` looks for each word of ``prompt`` while it draws.

    Args:
        model: a text-to-image model with cross-attention, or its name for ``genlens.load``.
        prompt: at most 20 words.
        seed: of the starting noise.
        steps, guidance: None for the model's own. Of a guided step the pass that reads the prompt
            is recorded.
        precision: of a model given by name.
        picture: (h, w, 3) uint8 of the model's own size: the steps then see this picture with the
            noise that belongs to each, instead of what the model draws.
        cancel: ``cancel() -> bool``, asked after every step.

    Raises:
        InputError: the prompt, a setting or the picture cannot be used.
        ModelError: the model has no cross-attention to record.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    text = clean_prompt(prompt, max_words=MOST_WORDS)
    seed = whole("seed", seed, 0, MAX_SEED)
    painter = attending(painter_of(model, precision))
    given = None
    if picture is not None:
        given = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 255
    (seen,) = painter.attend(
        [text], seed, steps=steps, guidance=guidance, pictures=given, cancel=cancel
    )
    settings = {
        "steps": len(seen.timesteps),
        "guidance": painter.card.settings.get("guidance") if guidance is None else guidance,
        "precision": painter.card.settings.get("precision"),
        "forced": picture is not None,
    }
    return maps_of(
        text,
        tuple(painter.tokenize(text)),
        seen,
        made_by=painter.card.made_by(
            painter.device,
            seed=seed,
            settings=settings,
            model_calls=1,
            seconds=seconds_since(started),
        ),
        notes=painter.card.notes,
    )


def attending(model: TextToImage) -> Attending:
    """``model``, once it shows its attention.

    Raises:
        ModelError: it does not.
    """
    if not isinstance(model, Attending):
        raise ModelError(
            f"{model.card.id} does not show its attention: genlens records that of diffusers "
            "pipelines that read the prompt by cross-attention (Stable Diffusion 1, 2, XL, PixArt)"
        )
    return model


def maps_of(
    prompt: str,
    words: tuple[Word, ...],
    seen: Attended,
    made_by: MadeBy,
    notes: tuple[str, ...] = (),
) -> AttentionMaps:
    """What a model recorded, as a result, with the warnings it gives rise to."""
    found = AttentionMaps(
        prompt=prompt,
        words=words,
        image=(seen.image.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8),
        layers=tuple(seen.maps),
        maps=tuple(maps.numpy() for maps in seen.maps.values()),
        read=seen.read,
        timesteps=seen.timesteps,
        made_by=made_by,
    )
    return replace(found, notes=(*notes, *warnings_of(found)))

"""What the prompt page computes, as plain functions: its API and MCP endpoints use them too.

Docstrings follow Google's style, because gradio turns them into the tools' descriptions.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from genlens.common.checks import number, whole
from genlens.common.limits import MAX_GUIDANCE, MAX_SEED, MAX_STEPS, MAX_WORDS
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.figures.pixels import data_uri
from genlens.models.catalog import load
from genlens.models.pictures.picture import read_whole_picture
from genlens.prompts import explain
from genlens.prompts.checks import clean_prompt
from genlens.prompts.drawings import to_tensor
from genlens.prompts.results import PromptExplanation
from genlens.prompts.shapley import Normalise
from genlens.ui.jobs import lends_gpu, lent, on_gpu, stopped
from genlens.ui.kit import whole_number
from genlens.ui.serving.access import access
from genlens.ui.serving.cost import Meter, require_affordable

LARGEST_SIDE = 1024


def _compute(
    prompt: str,
    seed: int,
    model: str,
    steps: int | None,
    guidance: float | None,
    encoder: str | None = None,
    segmenter: str | None = None,
    normalise: Normalise = "efficient",
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PromptExplanation:
    images = 2 ** len(prompt.split())
    meter = Meter(model, images, steps or own_steps(model), progress)
    return explain.explain_prompt(
        model,
        prompt,
        seed,
        steps=steps,
        guidance=guidance,
        encoder=encoder,
        segmenter=segmenter,
        normalise=normalise,
        progress=meter,
        cancel=cancel,
    )


_compute_lent = on_gpu(_compute)


@lru_cache(maxsize=64)
def own_steps(model: str) -> int:
    """The number of denoising steps that ``model`` takes by itself; loads it at the first call."""
    return int(load(model, contract="TextToImage").card.settings["steps"])


def explanation(
    prompt: str,
    seed: float,
    model: str,
    steps: float = 0,
    guidance: float = 0,
    encoder: str = "",
    segmenter: str = "",
    normalise: Normalise = "efficient",
    *,
    progress: Progress | None = None,
    cancel: Cancel = stopped,
) -> PromptExplanation:
    """The explanation of a typed prompt; 0 for ``steps`` or ``guidance`` means the model's own, ""
    for ``encoder`` or ``segmenter`` what fits the model.

    Raises:
        GenlensError: with a message for the reader; also where it would take too long.
    """
    asked = checked(prompt, seed, model, steps, guidance)
    compares = access().admit(encoder, "ImageTextEncoder") if encoder else None
    cuts = access().admit(segmenter, "Segmenter") if segmenter else None
    return lent(_compute_lent, *asked, compares, cuts, normalise, progress=progress, cancel=cancel)


def checked(
    prompt: str,
    seed: float,
    model: str,
    steps: float | None,
    guidance: float | None,
    max_words: int = MAX_WORDS,
) -> tuple[str, int, str, int | None, float | None]:
    """What was asked, within ``common.limits``; None for the model's own steps and guidance.

    Raises:
        InputError: it is not, or the page does not offer the model.
    """
    text = clean_prompt(prompt, max_words=max_words)
    number_of = whole("the seed", whole_number("the seed", seed), 0, MAX_SEED)
    rounds = whole("steps", whole_number("steps", steps or 0), 0, MAX_STEPS)
    pull = number("guidance", guidance or 0, 0, MAX_GUIDANCE)
    admitted = access().admit(str(model), "TextToImage")
    return text, number_of, admitted, rounds or None, pull or None


def explain_prompt(
    prompt: str,
    seed: float,
    model: str,
    steps: float = 0,
    guidance: float = 0,
    encoder: str = "",
    segmenter: str = "",
) -> dict[str, Any]:
    """Which word of a prompt made how much of the generated image, and which object is whose.

    Args:
        prompt: one to eight English words, for example "a cat next to a red car".
        seed: whole number from 0; the same seed gives the same starting noise.
        model: id of the text-to-image model.
        steps: denoising steps; 0 takes the model's own number.
        guidance: classifier-free guidance; 0 takes the model's own.
        encoder: id of the model that compares images and words; empty takes what fits the model.
        segmenter: id of the model that cuts out objects; empty takes what fits the model.

    Returns:
        tokens, values (Shapley values in cosine similarity), shares (sum to 1), base_value,
        full_value, links of objects to words, the payoff of every sub-prompt, made_by.
    """
    return explanation(prompt, seed, model, steps, guidance, encoder, segmenter).to_dict()


def generate(
    prompt: str, seed: float, model: str, steps: float = 0, guidance: float = 0
) -> np.ndarray:
    """The image a text-to-image model draws for a prompt.

    Args:
        prompt: one to eight English words.
        seed: whole number from 0; the same seed gives the same image.
        model: id of the text-to-image model.
        steps: denoising steps; 0 takes the model's own number.
        guidance: classifier-free guidance; 0 takes the model's own.

    Returns:
        The image.
    """
    cancel = None if lends_gpu() else stopped
    return _generate_lent(*checked(prompt, seed, model, steps, guidance), cancel)


def segment(image: str | None) -> list[dict[str, Any]]:
    """The objects in an image, found without knowing any words.

    Args:
        image: an image file of at most 1024 pixels a side (PNG, JPEG, WebP, GIF, BMP or TIFF).
            Transparent parts are laid on white, 16 bits a colour become 8, and a camera's
            orientation mark is obeyed.

    Returns:
        A list of objects, best first: box (x0, y0, x1, y1 in pixels), score (0 to 1), area
        (pixels) and mask (a PNG data address, white where the object is).
    """
    if image is None:
        raise InputError("no image was given: pass one, PNG, JPEG or WebP")
    return _segment_lent(read_whole_picture(image, largest=LARGEST_SIDE, name="the image").pixels)


def _generate(
    prompt: str,
    seed: int,
    model: str,
    steps: int | None,
    guidance: float | None,
    cancel: Cancel | None = None,
) -> np.ndarray:
    require_affordable(model, 1, steps or own_steps(model))
    drawn = load(model, contract="TextToImage").generate(
        [prompt], seed, steps=steps, guidance=guidance, cancel=cancel
    )
    return (drawn.images[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)


def _segment(image: np.ndarray) -> list[dict[str, Any]]:
    objects = load("emoji-sam", contract="Segmenter").segment(to_tensor(image[None])[0])
    return [
        {
            "box": [int(v) for v in o.box],
            "score": float(o.score),
            "area": int(o.area),
            "mask": data_uri(np.repeat(o.mask[..., None].astype(np.uint8) * 255, 3, axis=2)),
        }
        for o in objects
    ]


_generate_lent = on_gpu(_generate)
_segment_lent = on_gpu(_segment)

"""What each word did to each pixel: its Shapley map over the image, in the word's own colour."""

from __future__ import annotations

import html

import numpy as np

from genlens.figures.palette import contrast, rgb, word_colour
from genlens.figures.pixels import data_uri
from genlens.figures.style import percent_of
from genlens.prompts.results import PromptExplanation

CLIP = 0.995
"""Colours end at this quantile of the sizes, so that one loud pixel does not hide all others."""
SMALL = 128
"""Pictures up to this many pixels a side are stored without loss."""
UNIT = "of the colour range"

READING = (
    "How strongly each word changed each pixel: the word’s Shapley value for that pixel, in per "
    "cent of the full colour range (0 %: no change, 100 %: black to white). At every pixel the "
    "words add up to the difference between this image and the image of no prompt. One scale holds "
    "for all words."
)


def scale_end(maps: np.ndarray) -> float:
    """Where the colours of ``maps`` (d, h, w) end: one number for all words; 0 where all are 0."""
    sizes = np.abs(maps)
    return float(np.quantile(sizes, CLIP)) or float(sizes.max(initial=0.0))


def word_map_picture(explanation: PromptExplanation, j: int) -> np.ndarray:
    """The map of word ``j`` (h, w, 3) uint8: the image as a faint grey, the word's colour where it
    made the pixel what it is, black or white where it worked against that."""
    top = scale_end(explanation.word_maps)
    strength = explanation.word_maps[j] / top if top else explanation.word_maps[j]
    ground, less, more = _colours(j)
    faint = (explanation.image.mean(axis=2, keepdims=True) / 255 - 0.5) * 0.25  # (h, w, 1)
    out = np.clip(ground + faint, 0, 1)
    for colour, part in ((more, strength), (less, -strength)):
        alpha = np.clip(part, 0, 1)[..., None]  # (h, w, 1)
        out = out * (1 - alpha) + colour * alpha
    return (out * 255).round().astype(np.uint8)


def word_map_uri(explanation: PromptExplanation, j: int) -> str:
    """``word_map_picture`` as a ``data:`` address."""
    lossless = max(explanation.image.shape[:2]) <= SMALL
    return data_uri(word_map_picture(explanation, j), lossless=lossless)


def word_map_scale(explanation: PromptExplanation, j: int) -> str:
    """The colour scale of word ``j`` with its numbers, as HTML."""
    top = scale_end(explanation.word_maps)
    stops = ",".join(
        f"rgb({','.join(str(round(255 * c)) for c in colour)})"
        for colour in (_colours(j)[1], _colours(j)[0], _colours(j)[2])
    )
    return (
        '<span class="gl-map-scale"><span class="gl-map-bar" aria-hidden="true" '
        f'style="background:linear-gradient(90deg,{stops})"></span>'
        f"<span>{percent_of(-top)}</span><span>0</span><span>{percent_of(top)}</span></span>"
    )


def word_map_grid(explanation: PromptExplanation) -> str:
    """All maps beside each other, each with its scale and mean, and what they mean."""
    words = explanation.attribution.words
    tiles = "".join(_tile(explanation, j) for j in range(len(words)))
    total = float(explanation.pixel_values.sum())
    return (
        f'<p>{READING}</p><ol class="gl-maps">{tiles}</ol><p class="gl-soft">On average over the '
        f"image the words add up to {percent_of(total)} {UNIT}. This ruler counts pixels; the "
        "shares count what CLIP notices, so the two may rank words differently: a word that moves "
        "an object changes many pixels.</p>"
    )


def say_map(explanation: PromptExplanation, j: int) -> str:
    """One sentence on word ``j``: how much it changed, and which part of all change that is."""
    means = explanation.pixel_values
    total = float(means.sum())
    if not total > 0:
        return "No word changed any pixel."
    part = round(100 * float(means[j]) / total)
    return (
        f"It changed the pixels by {percent_of(float(means[j]))} {UNIT} on average, "
        f"{part} % of all change.".replace("-", "−")
    )


def _tile(explanation: PromptExplanation, j: int) -> str:
    word = html.escape(explanation.attribution.words[j].text)
    said = html.escape(say_map(explanation, j))
    return (
        f'<li class="gl-map-tile"><span class="gl-map-word"><span class="gl-dot" '
        f'style="--gl-colour:{word_colour(j)}"></span>{word}</span>'
        f'<img src="{word_map_uri(explanation, j)}" alt="Pixels that “{word}” changed. {said}">'
        f"{word_map_scale(explanation, j)}"
        f'<span class="gl-soft">mean {percent_of(float(explanation.pixel_values[j]))}</span></li>'
    )


def _colours(j: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ground, "less" and "more" of word ``j``'s map, each (3,) in [0, 1].

    The ground is dark, but light under a colour that could not be told from it.
    """
    ground, less = (0.17, 1.0) if contrast(word_colour(j), "#2B2B2B") >= 2 else (0.88, 0.0)
    return np.full(3, ground), np.full(3, less), np.array(rgb(word_colour(j)))

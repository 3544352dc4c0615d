"""Where the model looks for each word: heat over the picture, one tile a word."""

from __future__ import annotations

import html

import numpy as np

from genlens.figures.line_chart import line_chart
from genlens.figures.palette import rgb, word_colour
from genlens.figures.pixels import data_uri, shrunk
from genlens.figures.style import percent_of
from genlens.prompts.attention.results import AttentionMaps
from genlens.prompts.attention.ways import DAAM, WAYS

LARGEST = 256
"""Tiles of larger pictures are made smaller: a page of many would be too large to send."""


def layer_name(maps: AttentionMaps, layer: int) -> str:
    """ "up 1.0, 8 × 8 places", from diffusers' name and the size of its maps."""
    parts = maps.layers[layer].split(".")
    numbers = [part for part in parts if part.isdigit()]
    kind = parts[0].removesuffix("_blocks").removesuffix("_block").replace("_", " ")
    h, w = maps.maps[layer].shape[-2:]
    return f"{kind} {'.'.join(numbers)}".strip() + f", {h} × {w} places"


def heat_tiles(
    maps: AttentionMaps,
    way: str = DAAM,
    *,
    step: int | None = None,
    layer: int | None = None,
    head: int | None = None,
) -> str:
    """One tile for each word; every map has a scale of its own, with its ends in per cent."""
    heat = maps.heat(way, step=step, layer=layer, head=head)
    tiles = "".join(_tile(maps, heat[j], j) for j in range(len(maps.words)))
    said = _chosen(maps, way, step, layer, head)
    notes = "".join(f'<p class="gl-note gl-warn">{html.escape(n)}</p>' for n in maps.notes)
    return (
        f"<p>{html.escape(said)}</p>{notes}"
        f'<ol class="gl-maps" aria-label="Where the model looks for each word">{tiles}</ol>'
    )


def overlay(image: np.ndarray, heat: np.ndarray, colour: str) -> np.ndarray:
    """``image`` (h, w, 3) uint8 as dim grey, with ``colour`` where ``heat`` (h, w) is high:
    transparent at its lowest, opaque at its highest. (h, w, 3) uint8."""
    low, high = float(heat.min()), float(heat.max())
    alpha = ((heat - low) / (high - low) if high > low else np.zeros(heat.shape))[..., None] * 0.9
    grey = 0.12 + 0.5 * image.mean(axis=2, keepdims=True) / 255
    mixed = grey * (1 - alpha) + np.array(rgb(colour)) * alpha
    return (np.clip(mixed, 0, 1) * 255).round().astype(np.uint8)


def steps_chart(maps: AttentionMaps) -> str:
    """How much of all attention each word gets, step by step."""
    count = len(maps.timesteps)
    across = np.arange(1, count + 1)
    lines = {
        f"{j + 1}. {word.text}": (across, 100 * maps.shares_by_step[:, j])
        for j, word in enumerate(maps.words)
    }
    rest = 1 - float(maps.shares.sum())
    chart = line_chart(
        lines,
        x="step of the diffusion (1: pure noise)",
        y="part of all attention, %",
        title="How much of its attention the model gives each word",
    )
    return (
        f'{chart}<p class="gl-soft">Mean over layers, heads and places. On average '
        f"{percent_of(rest)} goes to no word: to the start of the text, its end and the padding "
        "after it, where models put attention that they have no use for.</p>"
    )


def _chosen(
    maps: AttentionMaps, way: str, step: int | None, layer: int | None, head: int | None
) -> str:
    """What is shown, as a sentence."""
    when = f"step {step + 1} of {len(maps.timesteps)}" if step is not None else "all steps"
    where = layer_name(maps, layer) if layer is not None else WAYS[way].title
    which = f"head {head + 1}" if head is not None else "all heads"
    return (
        f"Shown: {when}; {where}; {which}. The stronger the colour, the more of its attention a "
        "place gives the word; below each map stand the least and the most, which differ from map "
        "to map."
    )


def _tile(maps: AttentionMaps, heat: np.ndarray, j: int) -> str:
    word, colour = html.escape(maps.words[j].text), word_colour(j)
    dot = f'<span class="gl-dot" style="--gl-colour:{colour}"></span>'
    head = f'<li class="gl-map-tile"><span class="gl-map-word">{dot}{word}</span>'
    if not maps.read[j]:
        return f'{head}<span class="gl-soft">cut off: the model did not read it</span></li>'
    small = shrunk(maps.image.transpose(2, 0, 1).astype(np.float64), LARGEST).transpose(1, 2, 0)
    cooler = shrunk(heat[None], LARGEST)[0]
    low, top = percent_of(float(heat.min())), percent_of(float(heat.max()))
    y, x = np.unravel_index(int(heat.argmax()), heat.shape)
    place = _place(float(x) / heat.shape[1], float(y) / heat.shape[0])
    uri = data_uri(overlay(small.astype(np.uint8), cooler, colour), lossless=len(small) <= 128)
    return (
        f'{head}<img src="{uri}" alt="Where the model looks for “{word}”: most at the {place}, '
        f'{top} of the attention there">'
        '<span class="gl-map-scale"><span class="gl-map-bar" aria-hidden="true" '
        f'style="background:linear-gradient(90deg,#444,{colour})"></span>'
        f"<span>{low}</span><span></span><span>{top}</span></span>"
        f'<span class="gl-soft">mean {percent_of(float(heat.mean()))}</span></li>'
    )


def _place(x: float, y: float) -> str:
    across = "left" if x < 1 / 3 else "right" if x > 2 / 3 else "middle"
    down = "top" if y < 1 / 3 else "bottom" if y > 2 / 3 else ""
    return f"{down} {across}".strip()

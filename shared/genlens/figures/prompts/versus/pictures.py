"""The pictures of two prompts from one noise, and where they differ."""

from __future__ import annotations

import html

import numpy as np

from genlens.figures.palette import rgb, sequential
from genlens.figures.pixels import data_uri, shrunk
from genlens.prompts.versus.results import PromptComparison

LARGEST = 256
SMALL = 96


def versus_pictures(found: PromptComparison) -> str:
    """Both pictures of the first noise and their difference; those of the other noises below."""
    seed = found.seeds[0]
    tiles = [
        _tile(f"“{prompt}”", _uri(found.images[0, k], LARGEST), f"Image of “{prompt}”, seed {seed}")
        for k, prompt in enumerate(found.prompts)
    ]
    difference = differing(found.images[0, 0], found.images[0, 1])
    top = float(difference.max())
    said = (
        f"Where the two differ: at most {100 * top:.0f} % of the colour range, on average "
        f"{100 * difference.mean():.1f} %"
    )
    shaded = _shaded(difference / top if top else difference)
    tiles.append(_tile("difference", data_uri(shaded), said))
    scale = (
        f"The images of seed {seed}. Difference: dark is none, the brightest place "
        f"{100 * top:.0f} % of the colour range."
    )
    return (
        f'<ol class="gl-maps gl-versus">{"".join(tiles)}</ol><p class="gl-soft">{scale}</p>'
        f"<details><summary>The images of all {len(found.seeds)} noises</summary>"
        f'<ol class="gl-maps">{"".join(_pair(found, n) for n in range(len(found.seeds)))}</ol>'
        "</details>"
    )


def differing(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(h, w) mean absolute difference over the colours of two (h, w, 3) uint8, 0 to 1."""
    gap: np.ndarray = np.abs(first.astype(float) - second.astype(float)).mean(axis=2) / 255
    return gap


def _shaded(difference: np.ndarray) -> np.ndarray:
    small = shrunk(difference[None], LARGEST)[0]
    table = np.array([rgb(sequential(i / 255)) for i in range(256)])  # (256, 3)
    index = (np.clip(small, 0, 1) * 255).round().astype(int)
    shaded: np.ndarray = (table[index] * 255).round().astype(np.uint8)
    return shaded


def _uri(image: np.ndarray, most: int) -> str:
    small = shrunk(image.transpose(2, 0, 1).astype(float), most).transpose(1, 2, 0)
    return data_uri(small.round().astype(np.uint8), lossless=max(image.shape[:2]) <= 128)


def _pair(found: PromptComparison, n: int) -> str:
    seed = found.seeds[n]
    return "".join(
        _tile(
            f"seed {seed}: {'first' if k == 0 else 'second'}",
            _uri(found.images[n, k], SMALL),
            f"Image of “{prompt}”, seed {seed}",
        )
        for k, prompt in enumerate(found.prompts)
    )


def _tile(caption: str, uri: str, alt: str) -> str:
    return (
        f'<li class="gl-map-tile"><span class="gl-map-word">{html.escape(caption)}</span>'
        f'<img src="{uri}" alt="{html.escape(alt)}"></li>'
    )

"""When maps say nothing: words whose maps are nearly the same, and maps that are flat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genlens.prompts.attention.ways import DAAM

if TYPE_CHECKING:
    from genlens.prompts.attention.results import AttentionMaps

ALIKE = 0.9
"""Pearson's correlation of two heat maps, over the pixels, from which they count as the same. On
scenes of the emoji world, two words that drew different things stay far below it; ``genlens
evaluate attention`` measures how often one reaches it all the same."""
FLAT = 0.02
"""A map whose standard deviation over the pixels is below this part of its mean is flat."""


def correlations(heat: np.ndarray) -> np.ndarray:
    """(d, d) Pearson's correlations of ``heat`` (d, h, w) over pixels; NaN for constant maps."""
    flat = heat.reshape(len(heat), -1)
    centred = flat - flat.mean(axis=1, keepdims=True)
    sizes = np.linalg.norm(centred, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: np.ndarray = (centred @ centred.T) / np.outer(sizes, sizes)
    return found


def alike(maps: AttentionMaps, way: str = DAAM) -> list[tuple[int, int, float]]:
    """Pairs of words (i < j) whose heat maps correlate by ``ALIKE`` or more, with that number, the
    closest first. Flat maps and words that were not read are in no pair."""
    heat = maps.heat(way)
    bare = set(flat_words(maps, way))
    found = correlations(heat)
    pairs = [
        (i, j, float(found[i, j]))
        for i in range(len(heat))
        for j in range(i + 1, len(heat))
        if found[i, j] >= ALIKE and i not in bare and j not in bare
    ]
    return sorted(pairs, key=lambda pair: -pair[2])


def flat_words(maps: AttentionMaps, way: str = DAAM) -> list[int]:
    """Words that are looked for everywhere alike; those that were not read are among them."""
    heat = maps.heat(way)
    means, spreads = heat.mean(axis=(1, 2)), heat.std(axis=(1, 2))
    return [j for j in range(len(heat)) if spreads[j] <= FLAT * means[j]]


def warnings_of(maps: AttentionMaps) -> tuple[str, ...]:
    """Sentences for the reader; () where nothing is wrong."""
    said = []
    cut = [word.text for word, read in zip(maps.words, maps.read, strict=True) if not read]
    if cut:
        said.append(
            f"{_named(cut)} {'is' if len(cut) == 1 else 'are'} cut off: the model reads no more "
            "tokens than it has room for. There is no map for what it did not read."
        )
    flat = [maps.words[j].text for j in flat_words(maps) if maps.read[j]]
    if flat:
        said.append(
            f"{_named(flat)} {'is' if len(flat) == 1 else 'are'} looked for everywhere alike: the "
            "map says nothing about a place."
        )
    pairs = alike(maps)
    if pairs:
        named = ", ".join(
            f"“{maps.words[i].text}” and “{maps.words[j].text}” ({value:.2f})"
            for i, j, value in pairs[:3]
        )
        more = f", and {len(pairs) - 3} more pairs" if len(pairs) > 3 else ""
        said.append(
            f"The maps of {named}{more} are nearly the same (correlation over the pixels, 1 is the "
            f"same, {ALIKE:g} or more is told here): they do not say which of the words drew what. "
            "Shapley values on the other tabs can."
        )
    return tuple(said)


def _named(words: list[str]) -> str:
    return ", ".join(f"“{word}”" for word in words)

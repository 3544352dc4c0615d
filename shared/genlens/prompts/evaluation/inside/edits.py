"""Edits of words, measured: efficacy, generality, specificity, with controls.

For pairs of nouns drawn by chance, "word" is edited to "target". The names are those of Meng et al.
2022 (arXiv:2202.05262) and TIME (arXiv:2303.08084), section 5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from genlens.common.measures import Measure, share
from genlens.common.progress import Cancel, Progress, batches
from genlens.common.records import Record
from genlens.models.contracts import Openable
from genlens.prompts.inside.edit.rewrite import LAMBDA, MU, WordEdit, edit_word, edited, unlearned
from genlens.prompts.inside.layers.attributes import nouns_apart
from genlens.prompts.inside.openable import pixels
from genlens.prompts.inside.readings import Reader

EFFICACY, GENERALITY, SPECIFICITY = "efficacy", "generality", "specificity"
ASKED = {
    EFFICACY: ("a {word}", "the {word}"),
    GENERALITY: (
        "a blue {word} on a yellow background", "a {word} left of a {other}",
        "a {other} above a {word}", "a big {word}", "a small green {word}",
        "a {word} on a pink background please",
    ),
    SPECIFICITY: ("a {other}", "a {third}", "a {fourth} on a green background",
                  "a red {other} next to a {third}"),
}  # fmt: skip
"""Captions by what they measure; those of generality are of no frame that edits are solved with."""
UNDRAWN = "the model does not draw the caption without the edit"
UNLEARNED = "the model has not learned the word or its target"
WAYS = {
    "edit": "the edit as it is set",
    "time": "no word kept (mu = 0, as TIME)",
    "stiff": "a hundred times lambda",
    "frozen": "control: lambda 1,000,000",
    "shuffled": "control: the target’s coordinates shuffled",
}
"""What is measured side by side -> what it is, for tables."""
_SETTINGS: dict[str, dict[str, float | int]] = {
    "edit": {},
    "time": {"mu": 0.0},
    "stiff": {"lam": 100 * LAMBDA},
    "frozen": {"lam": 1e6},
    "shuffled": {"shuffled": 0},
}


@dataclass(frozen=True)
class EditChart(Record):
    """By way (``WAYS``) and by what was measured: ``efficacy`` and ``generality`` are shares of
    captions with the word that show the target and not the word, of those in which the model draws
    the target when the caption names it; ``specificity`` the share of captions without the word
    whose things are still drawn. ``left_changed`` is the share of pictures drawn after all edits in
    which any pixel differs from before them: the model must be left as it was. ``moved`` is the
    mean of the edits' own (see ``WordEdit``), by the ways in which any was solved."""

    pairs: tuple[tuple[str, str], ...]
    ways: Mapping[str, Mapping[str, Measure]]
    left_changed: Measure
    moved: Mapping[str, float]
    pictures: int = 0


def measure_edits(
    model: Openable,
    reader: Reader,
    n: int,
    seed: int,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> EditChart:
    """``n`` pairs of words, each edited in all of ``WAYS``."""
    answers: dict[str, dict[str, list[bool]]] = {w: {k: [] for k in ASKED} for w in WAYS}
    groups: dict[str, list[int]] = {k: [] for k in ASKED}
    left: dict[str, Counter[str]] = {k: Counter() for k in ASKED}
    moved: dict[str, list[float]] = {w: [] for w in WAYS}
    pairs, changed, pictures = [], [], 0
    for i in batches(n, 1, "words edited", progress, cancel):
        rng = np.random.default_rng([seed, i, 77])
        word, target, *others = nouns_apart(rng, 5)
        pairs.append((word, target))
        if unlearned(model, word, target):
            for kind, frames in ASKED.items():
                left[kind][UNLEARNED] += len(frames)
            continue
        noise = int(rng.integers(2**31))
        kinds = [(k, frame) for k, frames in ASKED.items() for frame in frames]
        texts = [_said(frame, word, others) for _, frame in kinds]
        meant = [_said(frame, target, others) for _, frame in kinds]
        first = pixels(model.generate(texts, noise, cancel=cancel).images)
        before = [reader.nouns(image) for image in first]
        wanted = _seen(reader, model, meant, noise, cancel)
        pictures += len(texts) + len(meant)
        usable = []
        for (kind, frame), old, new in zip(kinds, before, wanted, strict=True):
            things = _things(frame, target, others)
            fits = things <= (old if kind == SPECIFICITY else new)
            usable.append(fits)
            if fits:
                groups[kind].append(i)
            else:
                left[kind][UNDRAWN] += 1
        for way, settings in _SETTINGS.items():
            edit = edit_word(model, word, target, **{"lam": LAMBDA, "mu": MU, **settings})  # type: ignore[arg-type]
            moved[way].append(edit.moved)
            after = _seen(reader, model, texts, noise, cancel, edit)
            pictures += len(texts)
            for (kind, frame), fits, shown in zip(kinds, usable, after, strict=True):
                if not fits:
                    continue
                things = _things(frame, target, others)
                gone = kind == SPECIFICITY or word not in shown
                answers[way][kind].append(things <= shown and gone)
        again = pixels(model.generate(texts, noise, cancel=cancel).images)
        pictures += len(texts)
        changed += [bool((a != b).any()) for a, b in zip(again, first, strict=True)]
    return EditChart(
        tuple(pairs),
        {w: {k: share(answers[w][k], left[k], groups[k]) for k in ASKED} for w in WAYS},
        share(changed),
        {w: float(np.mean(values)) for w, values in moved.items() if values},
        pictures,
    )


def _said(frame: str, word: str, others: list[str]) -> str:
    other, third, fourth = others
    return frame.format(word=word, other=other, third=third, fourth=fourth)


def _things(frame: str, word: str, others: list[str]) -> set[str]:
    """The nouns that a caption names."""
    named = dict(zip(("word", "other", "third", "fourth"), (word, *others), strict=True))
    return {noun for part, noun in named.items() if f"{{{part}}}" in frame}


def _seen(
    reader: Reader,
    model: Openable,
    texts: list[str],
    seed: int,
    cancel: Cancel | None,
    edit: WordEdit | None = None,
) -> list[frozenset[str]]:
    """The nouns in the picture of each of ``texts``."""
    if edit is None:
        images = model.generate(texts, seed, cancel=cancel).images
    else:
        with edited(model, edit) as changed:
            images = changed.generate(texts, seed, cancel=cancel).images
    return [reader.nouns(image) for image in pixels(images)]

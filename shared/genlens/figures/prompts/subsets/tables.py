"""Objects by words: what pairs do together, and which subset fits whom best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from genlens.common.tables import Cell, Table
from genlens.figures.palette import diverging, ink_on
from genlens.figures.style import signed
from genlens.models.pictures.masks import iou
from genlens.prompts.subsets.joint import ObjectsByWords
from genlens.prompts.subsets.upload import PictureLinks


def pair_values(found: ObjectsByWords, name: str = "object") -> Table:
    """A row an object, a column a word: the pair's Shapley value, red above 0, blue below."""
    top = float(np.abs(found.values).max()) if found.values.size else 0.0
    rows: list[list[str | Cell]] = [
        [f"{name} {i + 1}", *(_value(float(v), top) for v in row)]
        for i, row in enumerate(found.values)
    ]
    return Table(
        [name, *found.words],
        rows,
        align="l" + "r" * len(found.words),
        caption=f"What each {name} and word do together: Shapley value on both sides, in units of "
        "cosine similarity",
    )


def both_kinds(objects: ObjectsByWords, regions: ObjectsByWords) -> Table:
    """Objects and regions below each other, on one scale of colours: how large each is, which part
    of the other kind it covers best, and what it and each word do together."""
    kinds = (("object", objects, regions), ("region", regions, objects))
    top = max((float(np.abs(f.values).max()) for _, f, _ in kinds if f.values.size), default=0.0)
    rows: list[list[str | Cell]] = []
    for name, found, other in kinds:
        across = "region" if name == "object" else "object"
        for i, (part, row) in enumerate(zip(found.objects, found.values, strict=True)):
            near = [iou(part.mask, o.mask) for o in other.objects]
            best = int(np.argmax(near)) if near else 0
            same = f"{across} {best + 1} ({near[best]:.2f})" if near and near[best] > 0 else "none"
            size = f"{100 * float(part.mask.mean()):.0f} %"
            rows.append([f"{name} {i + 1}", size, same, *(_value(float(v), top) for v in row)])
    return Table(
        ["part", "of the image", "covers best (IoU)", *objects.words],
        rows,
        align="lrl" + "r" * len(objects.words),
        caption="Objects that the segmenter cut out and regions of attention: what each and a word "
        "do together (Shapley value on both sides, in units of cosine similarity)",
    )


def best_fits(found: ObjectsByWords, name: str = "object") -> Table:
    """For each object alone its best sub-prompt, for each word alone and the whole prompt their
    best subset."""
    rows = []
    for i, members in enumerate(found.best_words):
        text = " ".join(found.words[j] for j in members) or "(no words)"
        rows.append([f"{name} {i + 1} alone", f"“{text}”", _top(found.cosines[1 << i])])
    for j, members in enumerate(found.best_objects):
        column = found.cosines[:, 1 << j]
        rows.append([f"“{found.words[j]}” alone", _named(members, name), _top(column)])
    rows.append(["the whole prompt", _named(found.best_of_all, name), _top(found.cosines[:, -1])])
    return Table(
        ["of all subsets", "fits best", "cosine"],
        rows,
        align="llr",
        caption="The best of all subsets (of equally good ones the smallest)",
    )


def picture_links_table(found: PictureLinks) -> Table:
    """A row an object of an uploaded picture, with its word and the strength of every link."""
    links = found.links
    rows = []
    for i, row in enumerate(links.scores):
        j = int(links.word_of[i])
        word = found.words[j] if j >= 0 else "none of them"
        rows.append([f"object {i + 1}", word, *(f"{value:.2f}" for value in row)])
    return Table(
        ["object", "belongs to", *found.words, "none"],
        rows,
        align="ll" + "r" * (len(found.words) + 1),
        caption="Link strength: 0 to 1, adds up to 1 along a row",
    )


def _value(value: float, top: float) -> Cell:
    colour = diverging(value / top if top else 0.0)
    return Cell(signed(value, 3), style=f"background:{colour};color:{ink_on(colour)}")


def _named(members: Sequence[int], name: str) -> str:
    if not members:
        return f"no {name}: plain white"
    numbers = ", ".join(str(i + 1) for i in members)
    return f"{name}{'s' if len(members) > 1 else ''} {numbers}"


def _top(row: np.ndarray) -> str:
    return signed(float(row.max()), 2)

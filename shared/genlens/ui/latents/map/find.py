"""Search among the pictures of a map: by the words that are known of them."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from genlens.study.study import Study


def searchable(study: Study) -> bool:
    """Whether anything is known of the pictures in words."""
    return bool(study.names or study.attributes or study.texts)


def found(study: Study, words: str | None) -> np.ndarray | None:
    """Numbers of the pictures of which all ``words`` are true; None where none were given.

    A word is true of a picture whose class, caption or file name holds it, or that has an attribute
    whose name holds it. A single letter or digit must be the whole class.
    """
    asked = str(words or "")[:200].lower().replace(",", " ").split()
    if not asked:
        return None
    left = np.ones(len(study), dtype=bool)
    for word in asked:
        left &= _true_of(study, word)
    return np.flatnonzero(left)


def _true_of(study: Study, word: str) -> np.ndarray:
    def says(text: str) -> bool:
        return text.lower() == word if len(word) == 1 else word in text.lower()

    true = np.isin(study.labels, [i for i, name in enumerate(study.names) if says(name)])
    for name, values in study.attributes.items():
        if says(name.replace("_", " ")):
            true = true | np.asarray(values, dtype=bool)
    if study.texts and len(word) > 1:
        true = true | np.array([word in text.lower() for text in study.texts])
    return true


def found_html(study: Study, words: str | None, hits: np.ndarray | None) -> str:
    """How many pictures were found, or what may be searched for; "" without words."""
    if hits is None:
        return ""
    asked = html.escape(" ".join(str(words).split())[:200])
    said = f"“{asked}”: <b>{len(hits):,}</b> of {len(study):,} pictures."
    if not len(hits):
        said += f" {html.escape(_known(study))}"
    return f'<div class="gl" role="status"><p class="gl-soft">{said}</p></div>'


def _known(study: Study) -> str:
    known = []
    if study.names:
        known.append(f"classes ({', '.join(study.names[:4])} …)")
    if study.attributes:
        shown = [name.replace("_", " ") for name in sorted(study.attributes)[:4]]
        known.append(f"attributes ({', '.join(shown)} …)")
    if study.texts:
        known.append("captions or file names")
    return f"Known of these pictures are their {' and '.join(known)}."

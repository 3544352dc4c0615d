"""The word-object matrix: how strongly each object of the image belongs to each word."""

from __future__ import annotations

import html

import numpy as np

from genlens.common.tables import Cell, Table
from genlens.figures import pixels
from genlens.figures.palette import ink_on, sequential, word_colour
from genlens.prompts.objects import no_objects_advice
from genlens.prompts.results import PromptExplanation


def object_matrix(explanation: PromptExplanation) -> str:
    """An HTML table: a row an object (with its crop), a column a word, last "none of them".

    Cells hold the link strength, 0 to 1, which sums to 1 along a row; brighter is more (cividis)
    and the strongest of a row is framed.
    """
    links = explanation.links
    if not links.objects:
        segmenter = str(explanation.made_by.settings.get("segmenter") or "the segmenter")
        return f'<p class="gl-note">{html.escape(no_objects_advice(segmenter))}</p>'
    table = Table(
        ["object", *_heads(explanation), "none"],
        [_row(explanation, k) for k in range(len(links.objects))],
        caption="Link strength of each object with each word: 0 to 1, adds up to 1 along a row",
    )
    return (
        '<div class="gl-scroll" tabindex="0" role="region" aria-label="Word-object matrix">'
        f"{table.html(css='gl-table gl-matrix')}</div>"
    )


def evidence_table(explanation: PromptExplanation, which: str) -> str:
    """The raw evidence behind the matrix: ``which`` is "text", "image" or "cause".

    Empty where it was not computed (only "cause" may be missing).
    """
    numbers, title = {
        "text": (
            explanation.links.text_similarity,
            "Cosine similarity of the object’s crop with the word itself, −1 to 1",
        ),
        "image": (
            explanation.links.image_similarity,
            "Not weighed, as in the source paper: cosine similarity of the object’s crop with the "
            "image of the word alone, −1 to 1",
        ),
        "cause": (
            explanation.links.image_evidence,
            "Shapley values of the object’s pixels: the word’s part in how they look, 0 to 1",
        ),
    }[which]
    if numbers is None:
        return ""
    rows = [
        [f"object {k + 1}", *(_plain(v) for v in numbers[k])]
        for k in range(len(explanation.links.objects))
    ]
    table = Table(["object", *_heads(explanation)], rows, caption=title)
    return (
        '<div class="gl-scroll" tabindex="0" role="region" aria-label="Evidence">'
        f"{table.html()}</div>"
    )


def crop(image: np.ndarray, mask: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """The object alone, on neutral grey, cut to a square around its ``box``: uint8 (s, s, 3)."""
    alone = np.where(mask[..., None], image, np.uint8(127))
    x0, y0, x1, y1 = box
    side = max(x1 - x0, y1 - y0, 1)
    out = np.full((side, side, 3), 127, dtype=np.uint8)
    part = alone[y0:y1, x0:x1]
    top, left = (side - part.shape[0]) // 2, (side - part.shape[1]) // 2
    out[top : top + part.shape[0], left : left + part.shape[1]] = part
    return out


def _heads(explanation: PromptExplanation) -> list[Cell]:
    """The words, each with a dot of its colour."""
    return [
        Cell(
            word.text,
            html=f'<span class="gl-dot" style="--gl-colour:{word_colour(j)}"></span>'
            f"{html.escape(word.text)}",
        )
        for j, word in enumerate(explanation.attribution.words)
    ]


def _row(explanation: PromptExplanation, k: int) -> list[Cell]:
    object_ = explanation.links.objects[k]
    scores = explanation.links.scores[k]
    best = int(explanation.links.word_of[k]) % len(scores)  # -1 is the last column
    thumb = pixels.data_uri(crop(explanation.image, object_.mask, object_.box))
    picture = f'<img class="gl-thumb" src="{thumb}" alt="Object {k + 1}"> {k + 1}'
    return [
        Cell(f"object {k + 1}", html=picture),
        *(
            Cell(
                f"{score:.2f}",
                css="gl-best" if j == best else "",
                style=f"background:{ground};color:{ink_on(ground)}",
            )
            for j, score in enumerate(scores.tolist())
            for ground in (sequential(score),)
        ),
    ]


def _plain(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}".replace("-", "−")

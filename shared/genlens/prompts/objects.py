"""Objects of the full prompt's picture, and the words they belong to.

Source paper section 3.2.2: segment, rank by size and quality, keep at most 10, compare with the
words. Its code compares crops with pictures of single words; here crops are compared with the words
themselves, and Shapley values of their pixels weighed in (``genlens.prompts.evidence``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from genlens.common.coalitions import all_coalitions
from genlens.errors import ModelError
from genlens.models.contracts import ImageTextEncoder, ObjectMask, Segmenter
from genlens.models.pictures.crops import crop_objects
from genlens.models.pictures.masks import iou, object_mask, resized
from genlens.prompts.checks import bare_word
from genlens.prompts.drawings import to_tensor
from genlens.prompts.evidence import (
    LinkSettings,
    combine,
    object_shapley,
    settings_for,
    words_of,
)
from genlens.prompts.game import PromptGame
from genlens.prompts.results import Links
from genlens.prompts.shapley import require_exact

if TYPE_CHECKING:
    import torch

MAX_OBJECTS = 10
"""The source paper's limit (section 3.2.2)."""
BACKGROUND_AREA = 0.8
"""A mask larger than this part of the picture is background ..."""
BACKGROUND_BORDER = 0.5
"""... and so is one that holds more than this part of the picture's outermost pixels."""
SMALLEST_AREA = 0.003
"""Masks below this part of the picture (12 pixels of 64 x 64) are specks."""
DUPLICATE_IOU = 0.6
"""Two masks that overlap this much are one object; the better ranked one stays."""
DETAIL_INSIDE = 0.9
"""A mask this far inside a kept one ..."""
DETAIL_RATIO = 0.08
"""... and smaller than this part of it is a detail (an eye). A hat on a dog is larger."""
UNION_COVER = 0.85
"""A mask that separate smaller masks fill this far is several objects taken for one."""


LARGEST = 1024
"""Pixels of the longer side at which a picture is cut up: SAM sees no more, and masks of a whole
photograph would take gigabytes."""


def bounded(image: np.ndarray, largest: int = LARGEST) -> np.ndarray:
    """``image`` (h, w, 3) uint8 with at most ``largest`` pixels a side, made smaller (antialiased)
    where it has more."""
    h, w = image.shape[:2]
    scale = largest / max(h, w)
    if scale >= 1:
        return image
    from PIL import Image

    size = (max(1, round(w * scale)), max(1, round(h * scale)))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS))


def no_objects_advice(segmenter: str) -> str:
    """What it means that ``segmenter`` found nothing, and what to do."""
    other = "mobile-sam" if segmenter == "emoji-sam" else "emoji-sam"
    return (
        f"No objects were found by {segmenter}. That is an answer: nothing stands out from the "
        "ground, or what does is smaller than "
        f"{SMALLEST_AREA:.1%} of the picture or larger than {BACKGROUND_AREA:.0%}. Try another "
        f"segmenter, such as {other} (emoji-sam knows drawings of the emoji world only, mobile-sam "
        "photographs), a picture with larger things, or the regions on the tab “Where it looks”, "
        "which need no segmenter."
    )


def find_objects(
    image: np.ndarray, segmenter: Segmenter, *, most: int = MAX_OBJECTS
) -> tuple[ObjectMask, ...]:
    """The objects of one picture, largest ``area * score`` first, at most ``most``.

    Left out: background, specks, one mask over several separate objects, near-duplicates, and
    small details inside a kept object. A picture with more than ``LARGEST`` pixels a side is cut
    up at that size, and the masks that are kept are enlarged.

    Args:
        image: (h, w, 3) uint8.
        segmenter: any ``Segmenter``.

    Raises:
        ModelError: the segmenter returned masks of another size than the picture.
    """
    small = bounded(image)
    masks = segmenter.segment(to_tensor(small[None])[0])
    for o in masks:
        if o.mask.shape != small.shape[:2]:
            raise ModelError(
                f"{segmenter.card.id} returned a mask of {o.mask.shape} for a picture of "
                f"{small.shape[:2]}"
            )
    kept = select_objects(masks, most=most)
    if small is image:
        return kept
    h, w = image.shape[:2]
    return tuple(object_mask(resized(o.mask, (h, w)), o.score) for o in kept)


def select_objects(
    masks: Sequence[ObjectMask], *, most: int = MAX_OBJECTS
) -> tuple[ObjectMask, ...]:
    """Ranking and clearing up of ``find_objects``, for masks (h, w) that are already there."""
    things = [o for o in masks if not _is_background(o.mask) and o.area >= _smallest(o.mask)]
    things.sort(key=lambda o: o.area * o.score, reverse=True)
    things = [o for o in things if not _is_union(o, things)]
    kept: list[ObjectMask] = []
    for o in things:
        if not any(_repeats(o, k) for k in kept):
            kept.append(o)
        if len(kept) == most:
            break
    return tuple(kept)


def link(
    game: PromptGame,
    encoder: ImageTextEncoder,
    segmenter: Segmenter,
    *,
    objects: Sequence[ObjectMask] | None = None,
    settings: LinkSettings | None = None,
) -> Links:
    """Which word drew which object of the full prompt's picture.

    Reads the whole game (2**d pictures; none is drawn twice). Words are compared without the
    punctuation around them. See ``LinkSettings`` for the formula and its "belongs to none".

    Args:
        game: its full picture is segmented, its other pictures are the evidence.
        encoder, segmenter: any models of these contracts.
        objects: masks to use instead of the segmenter's.
        settings: None for ``settings_for(encoder)``.

    Returns:
        ``Links``; with no object in the picture its arrays have no rows.

    Raises:
        InputError: more words than all sub-prompts are drawn of.
        Cancelled, ModelError: whatever the game or a model raises.
    """
    require_exact(game.d)
    pictures = game.images(all_coalitions(game.d))
    if objects is None:
        objects = find_objects(pictures[-1], segmenter)
    words = [w.text for w in game.words]
    return link_pictures(pictures, words, encoder, objects, settings=settings)


def link_pictures(
    pictures: np.ndarray,
    words: Sequence[str],
    encoder: ImageTextEncoder,
    objects: Sequence[ObjectMask],
    *,
    settings: LinkSettings | None = None,
) -> Links:
    """``link`` for pictures that are there already.

    Args:
        pictures: (2**d, h, w, 3) uint8 of all sub-prompts, in ``all_coalitions`` order.
        words: the d words.
        encoder, objects, settings: as in ``link``.
    """
    settings = settings if settings is not None else settings_for(encoder)
    d = len(words)
    text = image = np.zeros((0, d))
    if objects:
        on_grey = crop_objects(pictures[-1], objects, ground=settings.ground)
        crops = _numpy(encoder.embed_images(on_grey))  # (k, e)
        alone = _numpy(encoder.embed_images(to_tensor(pictures[1 << np.arange(d)])))  # (d, e)
        said = _numpy(encoder.embed_texts([bare_word(word) for word in words]))  # (d, e)
        text, image = crops @ said.T, crops @ alone.T  # (k, d) each
    cause = object_shapley(pictures, objects)
    scores = combine(text, cause, settings)
    return Links(
        objects=tuple(objects),
        scores=scores,
        text_similarity=text,
        image_similarity=image,
        word_of=words_of(scores),
        image_evidence=cause,
        settings=settings.to_dict(),
    )


def _numpy(embeddings: torch.Tensor) -> np.ndarray:
    out: np.ndarray = embeddings.double().cpu().numpy()
    return out


def _is_background(mask: np.ndarray) -> bool:
    border = np.concatenate([mask[0], mask[-1], mask[1:-1, 0], mask[1:-1, -1]])
    return bool(mask.mean() > BACKGROUND_AREA or border.mean() > BACKGROUND_BORDER)


def _smallest(mask: np.ndarray) -> float:
    return max(1.0, SMALLEST_AREA * mask.size)


def _repeats(o: ObjectMask, kept: ObjectMask) -> bool:
    inside = float((o.mask & kept.mask).sum()) / max(o.area, 1)
    detail = inside >= DETAIL_INSIDE and o.area < DETAIL_RATIO * kept.area
    return detail or iou(o.mask, kept.mask) >= DUPLICATE_IOU


def _is_union(o: ObjectMask, things: Sequence[ObjectMask]) -> bool:
    # Parts of one thing touch (head and body); separate things do not, and only these make a union.
    parts: list[ObjectMask] = []
    for p in things:
        inside = float((p.mask & o.mask).sum()) / max(p.area, 1)
        if p is o or inside < DETAIL_INSIDE or iou(p.mask, o.mask) >= UNION_COVER:
            continue
        if not any((_grown(p.mask) & q.mask).any() for q in parts):
            parts.append(p)
    if len(parts) < 2:
        return False
    covered = np.any([p.mask for p in parts], axis=0) & o.mask
    return bool(covered.sum() >= UNION_COVER * o.area)


def _grown(mask: np.ndarray) -> np.ndarray:
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    grown[:, 1:] |= mask[:, :-1]
    grown[:, :-1] |= mask[:, 1:]
    return grown

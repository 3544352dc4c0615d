"""Objects of any picture and the words of any prompt, without generating anything.

::

    found = genlens.prompts.link_picture("photo.jpg", "a dog wearing a hat", segmenter="mobile-sam")
    found.links.word_of       # for each object the number of its word, -1 for none
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.models.contracts import ImageTextEncoder, Segmenter
from genlens.models.pictures.crops import crop_objects
from genlens.models.pictures.picture import read_whole_picture
from genlens.prompts.checks import bare_word, clean_prompt
from genlens.prompts.evidence import combine, settings_for, words_of
from genlens.prompts.explain import loaded
from genlens.prompts.objects import MAX_OBJECTS, bounded, find_objects, no_objects_advice
from genlens.prompts.results import Links

LARGEST_FILE_SIDE = 8192
"""Pixels a side of a file; what is larger is refused before it is decoded."""


@dataclass(frozen=True)
class PictureLinks(Record):
    """Which object of a picture belongs to which word of a prompt, by text alone.

    ``image`` (h, w, 3) uint8 is the picture as it was looked at: at most ``objects.LARGEST`` pixels
    a side. ``links`` are on it; without a generator there are no images of sub-prompts, so the
    evidence is the cosine of an object's crop and a word, and nothing else. ``notes`` are for the
    reader; where no object was found, they say what to do.
    """

    prompt: str
    words: tuple[str, ...]
    image: np.ndarray = field(metadata=UNWRITTEN)
    links: Links
    made_by: MadeBy = field(default_factory=MadeBy)
    notes: tuple[str, ...] = ()


def link_picture(
    picture: np.ndarray | str | Path,
    prompt: str,
    encoder: ImageTextEncoder | str = "emoji-clip",
    segmenter: Segmenter | str = "emoji-sam",
    *,
    most: int = MAX_OBJECTS,
) -> PictureLinks:
    """Link the objects of ``picture`` to the words of ``prompt``.

    Args:
        picture: (h, w, 3) uint8, or a picture file.
        prompt: at most 8 words.
        encoder, segmenter: models or their names. The embedded ones know the emoji world only; for
            photographs take "laion/CLIP-ViT-B-32-laion2B-s34B-b79K" and "mobile-sam".
        most: objects that are kept.

    Raises:
        InputError: the picture or the prompt cannot be used.
    """
    started = time.perf_counter()
    text = clean_prompt(prompt)
    notes: tuple[str, ...] = ()
    if not isinstance(picture, np.ndarray):
        read = read_whole_picture(picture, largest=LARGEST_FILE_SIDE)
        picture, notes = read.pixels, tuple(f"The picture was {note}." for note in read.notes)
    small = bounded(picture)
    if small.shape != picture.shape:
        h, w = picture.shape[:2]
        notes += (
            f"The picture was made smaller, from {w} × {h} to {small.shape[1]} × {small.shape[0]} "
            "pixels.",
        )
    eyes, cuts = loaded(encoder, "ImageTextEncoder"), loaded(segmenter, "Segmenter")
    for card in (eyes.card, cuts.card):
        if card.source == "embedded":
            notes += (f"{card.id} was trained on drawings of the emoji world and knows no other.",)
    objects = find_objects(small, cuts, most=most)
    if not objects:
        notes += (no_objects_advice(cuts.card.id),)
    words = tuple(text.split())
    settings = settings_for(eyes)
    cosines = np.zeros((0, len(words)))
    if objects:
        crops = eyes.embed_images(crop_objects(small, objects, ground=settings.ground)).double()
        said = eyes.embed_texts([bare_word(word) for word in words]).double()
        cosines = (crops @ said.T).cpu().numpy()
    scores = combine(cosines, None, settings)
    return PictureLinks(
        prompt=text,
        words=words,
        image=small,
        links=Links(
            objects=objects,
            scores=scores,
            text_similarity=cosines,
            image_similarity=np.full_like(cosines, np.nan),
            word_of=words_of(scores),
            settings=settings.to_dict(),
        ),
        made_by=eyes.card.made_by(
            eyes.device,
            settings={"segmenter": cuts.card.id, "segmenter_revision": cuts.card.revision},
            model_calls=len(objects) + len(words) if objects else 0,
            seconds=seconds_since(started),
        ),
        notes=notes,
    )

"""What the tab "Objects × words" shows and computes; its endpoints too."""

from __future__ import annotations

import html
import time
from typing import Any

from genlens.common.progress import Cancel, Progress
from genlens.common.tables import Table
from genlens.errors import InputError
from genlens.figures.prompts.attention.importance import beside, outlined
from genlens.figures.prompts.subsets.tables import (
    best_fits,
    both_kinds,
    pair_values,
    picture_links_table,
)
from genlens.models.contracts import ObjectMask
from genlens.prompts.again import ingredients_of
from genlens.prompts.attention.record import attention_of
from genlens.prompts.attention.regions import regions
from genlens.prompts.objects import MAX_OBJECTS, no_objects_advice
from genlens.prompts.results import PromptExplanation
from genlens.prompts.subsets.cost import cost_of
from genlens.prompts.subsets.joint import ObjectsByWords, objects_by_words
from genlens.prompts.subsets.upload import PictureLinks, link_picture
from genlens.ui.jobs import lends_gpu, on_gpu, stopped
from genlens.ui.prompts import endpoints
from genlens.ui.prompts.stored import explanation_in, still_there
from genlens.ui.serving.access import access
from genlens.ui.serving.cost import PACE

BY_ITSELF = 5
"""Objects up to which the tab is filled without being asked: 32 subsets."""
PARTS = {"objects": "objects that the segmenter cut out", "regions": "regions of attention"}
"""What is compared with the words ..."""
BOTH = "both"
CHOICES = {**PARTS, BOTH: "both, in one table"}
"""... and what the tab offers."""


UNKNOWN = (
    '<div class="gl"><p class="gl-note">There is no explanation of every sub-prompt here: explain '
    "a prompt of up to 8 words first.</p></div>"
)
"""In the place of a comparison, where there is nothing to compare."""


def cost_html(explanation: PromptExplanation) -> str:
    """What comparing this explanation's objects with its words will cost."""
    found = len(explanation.links.objects)
    cost = cost_of(min(found, MAX_OBJECTS), len(explanation.attribution.words))
    each = PACE.measured(_pace(explanation))
    return f'<div class="gl"><p class="gl-soft">{html.escape(cost.sentence(each))}</p></div>'


def waiting_html(explanation: PromptExplanation) -> str:
    """In the place of a comparison that was not asked for yet."""
    if not explanation.links.objects:
        return _note(no_objects_advice(str(explanation.made_by.settings.get("segmenter") or "it")))
    return '<div class="gl"><p>Press the button to compare them.</p></div>'


def compared_html(found: ObjectsByWords, explanation: PromptExplanation, name: str) -> str:
    """A comparison as HTML."""
    parts = outlined(
        explanation.image,
        found.objects,
        [f"{name} {i + 1}" for i in range(len(found.objects))],
        f"The {name}s",
    )
    return (
        f'<div class="gl">{beside(parts)}{_scrolled(pair_values(found, name))}'
        "<p>Above 0: showing this part and saying this word raise the likeness more together than "
        "each without the other. A row that is near 0 everywhere belongs to no word.</p>"
        f"{_scrolled(best_fits(found, name), 'gl-table gl-left')}</div>"
    )


def _compare(
    stored: str,
    which: str,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> str:
    explanation = explanation_in(stored)
    if which == BOTH:
        return _both(explanation, progress, cancel)
    objects = parts_of(explanation, which, cancel)
    name = "object" if which == "objects" else "region"
    if not objects:
        return (
            waiting_html(explanation)
            if which == "objects"
            else _note("The attention maps are flat: there are no regions to compare.")
        )
    return compared_html(_joint(explanation, objects, progress, cancel), explanation, name)


def _joint(
    explanation: PromptExplanation,
    objects: tuple[ObjectMask, ...],
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ObjectsByWords:
    encoder = ingredients_of(explanation).eyes
    words = [word.text for word in explanation.attribution.words]
    cost, started = cost_of(len(objects), len(words)), time.perf_counter()
    found = objects_by_words(
        explanation.image, objects, words, encoder, progress=progress, cancel=cancel
    )
    seconds = time.perf_counter() - started
    PACE.note(_pace(explanation), cost.pictures + cost.texts, 1, seconds)
    return found


def _both(explanation: PromptExplanation, progress: Progress | None, cancel: Cancel | None) -> str:
    """Objects and regions in one table; what one of them lacks is said."""
    objects, regions_found = (
        _joint(explanation, parts_of(explanation, which, cancel), progress, cancel)
        for which in PARTS
    )
    drawn = beside(
        *(
            outlined(
                explanation.image,
                found.objects,
                [f"{name} {i + 1}" for i in range(len(found.objects))],
                f"The {name}s",
            )
            for name, found in (("object", objects), ("region", regions_found))
        )
    )
    lacking = "" if objects.objects else waiting_html(explanation)
    return (
        f'{lacking}<div class="gl">{drawn}{_scrolled(both_kinds(objects, regions_found))}'
        "<p>A segmenter cuts along what a person would call a thing, attention along where the "
        "model looked for what matters. Where an object and the region that covers it say the same "
        "of a word, two ways that know nothing of each other agree.</p></div>"
    )


def parts_of(
    explanation: PromptExplanation, which: str, cancel: Cancel | None = None
) -> tuple[ObjectMask, ...]:
    """The explanation's objects, or regions of its attention, at most 10 of them.

    Raises:
        InputError: something else is asked for.
    """
    if which not in PARTS:
        raise InputError(f"{which!r} is not one of {', '.join(PARTS)}")
    if which == "objects":
        return explanation.links.objects[:MAX_OBJECTS]
    made = explanation.made_by
    maps = attention_of(
        ingredients_of(explanation).painter,
        explanation.prompt,
        made.seed or 0,
        steps=made.settings.get("steps"),
        guidance=made.settings.get("guidance"),
        cancel=cancel,
    )
    return regions(maps, explanation.attribution.values)[:MAX_OBJECTS]


_compare_lent = on_gpu(_compare)


def ask_compare(stored: str | None, which: str, **hooks: Any) -> str:
    """All subsets of a stored explanation's parts against all sub-prompts, as HTML.

    Raises:
        GenlensError: with a message for the reader.
    """
    found: str = _compare_lent(still_there(stored), which, **({} if lends_gpu() else hooks))
    return found


def _link(picture: str, prompt: str, encoder: str, segmenter: str) -> PictureLinks:
    return link_picture(picture, prompt, encoder, segmenter)


_link_lent = on_gpu(_link)


def linked(picture: str | None, prompt: str, encoder: str, segmenter: str) -> PictureLinks:
    """The objects of an uploaded file, linked to the words of ``prompt``.

    Raises:
        GenlensError: with a message for the reader.
    """
    if not picture:
        raise InputError("no picture was given: choose a file, PNG, JPEG or WebP")
    eyes = access().admit(str(encoder or "emoji-clip"), "ImageTextEncoder")
    cuts = access().admit(str(segmenter or "emoji-sam"), "Segmenter")
    found: PictureLinks = _link_lent(str(picture), str(prompt), eyes, cuts)
    return found


def linked_html(found: PictureLinks) -> str:
    """An uploaded picture with its objects, their words and what a reader has to know."""
    notes = "".join(f'<p class="gl-soft">{html.escape(note)}</p>' for note in found.notes)
    owners = [
        found.words[j] if j >= 0 else "none of the words" for j in found.links.word_of.tolist()
    ]
    drawn = outlined(
        found.image,
        found.links.objects,
        [f"object {i + 1}: {word}" for i, word in enumerate(owners)],
        f"“{found.prompt}”",
    )
    table = _scrolled(picture_links_table(found)) if found.links.objects else ""
    return f'<div class="gl">{beside(drawn)}{table}{notes}</div>'


def api_objects_by_words(
    prompt: str, seed: float, model: str, parts: str = "objects", steps: float = 0,
    guidance: float = 0,
) -> dict[str, Any]:  # fmt: skip
    """All subsets of the objects in a generated image against all parts of its prompt.

    Args:
        prompt: one to eight English words, for example "a cat next to a red car".
        seed: whole number from 0.
        model: id of the text-to-image model.
        parts: "objects" (cut out by a segmenter) or "regions" (of attention, by k-means).
        steps: denoising steps; 0 takes the model's own number.
        guidance: classifier-free guidance; 0 takes the model's own.

    Returns:
        words, boxes of the objects, values (objects x words: Shapley value on both sides, in units
        of cosine similarity), best_words (for each object the numbers of the words of its best
        sub-prompt), best_objects (for each word its best subset), cost.
    """
    explanation = endpoints.explanation(prompt, seed, model, steps, guidance)
    objects = parts_of(explanation, parts, stopped)
    words = [word.text for word in explanation.attribution.words]
    encoder = ingredients_of(explanation).eyes
    return objects_by_words(explanation.image, objects, words, encoder, cancel=stopped).to_dict()


def api_link_picture(
    image: str | None, prompt: str, encoder: str = "", segmenter: str = ""
) -> dict[str, Any]:
    """Which object of a picture belongs to which word of a prompt, without generating anything.

    Args:
        image: an image file (PNG, JPEG, WebP, GIF, BMP or TIFF); large ones are made smaller.
        prompt: one to eight English words.
        encoder: id of the model that compares objects and words; empty takes emoji-clip.
        segmenter: id of the model that cuts out objects; empty takes emoji-sam.

    Returns:
        words, links (objects, scores with "none" last, text_similarity, word_of with -1 for none),
        notes.
    """
    return linked(image, prompt, encoder, segmenter).to_dict()


def _pace(explanation: PromptExplanation) -> str:
    return f"subsets:{explanation.made_by.settings.get('encoder')}"


def _scrolled(table: Table, css: str = "gl-table") -> str:
    return f'<div class="gl-scroll" tabindex="0">{table.html(css=css)}</div>'


def _note(text: str) -> str:
    return f'<div class="gl"><p class="gl-note">{html.escape(text)}</p></div>'

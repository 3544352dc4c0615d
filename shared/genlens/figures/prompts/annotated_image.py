"""The full prompt's image with its objects as shapes that can be pointed at, one SVG."""

from __future__ import annotations

import html

from genlens.figures import pixels
from genlens.figures.palette import word_colour
from genlens.figures.prompts.word_map import word_map_uri
from genlens.prompts.results import PromptExplanation


def annotated_image(explanation: PromptExplanation, *, uid: str = "gl") -> str:
    """An ``<svg>`` of the image, each object outlined in its word's colour, and below the outlines
    the map of every word (``data-map=j``), of which the page's script shows one at a time.

    Every object is a ``<g class="gl-object" data-object=k data-word=j>`` (j = -1: no word) that
    can take the keyboard's focus; the page's script lights it. ``uid`` starts every id, so that
    two figures can stand on one page. All text of the prompt is escaped.
    """
    height, width = explanation.image.shape[:2]
    words = [word.text for word in explanation.attribution.words]
    order = sorted(  # large objects below, so that small ones stay within reach
        range(len(explanation.links.objects)), key=lambda k: -explanation.links.objects[k].area
    )
    paths = {k: pixels.svg_path(explanation.links.objects[k].mask) for k in order}
    maps = "".join(
        f'<image class="gl-word-map" data-map="{j}" href="{word_map_uri(explanation, j)}" '
        f'width="{width}" height="{height}" preserveAspectRatio="none"/>'
        for j in range(len(words))
    )
    lights = "".join(_light(k, paths[k], uid) for k in order)
    shapes = "".join(_object(explanation, k, paths[k]) for k in order)
    tags = "".join(_tag(explanation, k, words) for k in order)
    return (
        f'<svg class="gl-image" viewBox="0 0 {width} {height}" role="group" '
        f'aria-labelledby="{uid}-image-title {uid}-image-desc" style="--gl-unit:{width / 100}px">'
        f'<title id="{uid}-image-title">Image generated from the prompt '
        f"“{html.escape(explanation.prompt)}”</title>"
        f'<desc id="{uid}-image-desc">{html.escape(describe(explanation))}</desc>'
        f'<image id="{uid}-pixels" href="{pixels.data_uri(explanation.image)}" '
        f'width="{width}" height="{height}"/>'
        f'<g aria-hidden="true">{maps}</g><rect class="gl-veil" width="{width}" '
        f'height="{height}"/><g aria-hidden="true">{lights}</g>{shapes}'
        f'<g aria-hidden="true">{tags}</g></svg>'
    )


def describe(explanation: PromptExplanation) -> str:
    """One sentence for people who cannot see the image: which objects, and whose they are."""
    owners = [
        explanation.attribution.words[j].text if j >= 0 else "no word"
        for j in explanation.links.word_of.tolist()
    ]
    if not owners:
        return "No objects were found in it."
    count = "1 object was" if len(owners) == 1 else f"{len(owners)} objects were"
    return f"{count} found in it; linked to: {', '.join(owners)}."


def say_object(explanation: PromptExplanation, k: int) -> str:
    """What the page says when object ``k`` is pointed at."""
    object_ = explanation.links.objects[k]
    word = int(explanation.links.word_of[k])
    trust = explanation.links.scores[k, word]  # -1 is the last column: "belongs to none"
    covers = 100 * object_.area / object_.mask.size
    owner = f"“{explanation.attribution.words[word].text}”" if word >= 0 else "none of the words"
    return (
        f"Object {k + 1} belongs to {owner} (link strength {trust:.2f} of 1) "
        f"and covers {covers:.1f} % of the image."
    )


def _object(explanation: PromptExplanation, k: int, path: str) -> str:
    word = int(explanation.links.word_of[k])
    say = html.escape(say_object(explanation, k))
    return (
        f'<g class="gl-object" data-object="{k}" data-word="{word}" data-say="{say}" '
        f'tabindex="0" role="button" aria-pressed="false" aria-label="{say}" '
        f'style="--gl-colour:{word_colour(word)}"><path class="gl-halo" d="{path}"/>'
        f'<path class="gl-outline" fill-rule="evenodd" d="{path}"/></g>'
    )


def _light(k: int, path: str, uid: str) -> str:
    """The object's own pixels once more, above the veil: shown while it is lit."""
    return (
        f'<clipPath id="{uid}-clip-{k}"><path d="{path}" clip-rule="evenodd"/></clipPath>'
        f'<use class="gl-spot" data-light="{k}" href="#{uid}-pixels" '
        f'clip-path="url(#{uid}-clip-{k})"/>'
    )


def _tag(explanation: PromptExplanation, k: int, words: list[str]) -> str:
    """The word's name at the object: above it where there is room, always within the picture."""
    object_ = explanation.links.objects[k]
    word = int(explanation.links.word_of[k])
    name = words[word] if word >= 0 else "no word"
    name = name if len(name) <= 18 else name[:17] + "…"
    width = object_.mask.shape[1]
    x0, y0, x1, _ = object_.box
    size = width * 0.075
    reach = min(0.3 * size * len(name), width / 2)
    x = min(max((x0 + x1) / 2, reach), width - reach)
    y = y0 - 0.3 * size if y0 > 1.4 * size else y0 + size
    return (
        f'<text class="gl-tag" data-light="{k}" x="{x:.1f}" y="{y:.1f}" font-size="{size:.1f}">'
        f"{html.escape(name)}</text>"
    )

"""What the tab "Where it looks" shows and computes; its endpoint too."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import numpy as np

from genlens.common.checks import whole
from genlens.common.limits import MOST_WORDS
from genlens.common.progress import Cancel
from genlens.errors import InputError
from genlens.figures.pixels import data_uri
from genlens.figures.prompts.attention.heat_tiles import heat_tiles, layer_name, steps_chart
from genlens.figures.prompts.attention.importance import beside, importance_picture, outlined
from genlens.prompts.again import ingredients_of
from genlens.prompts.attention import storage
from genlens.prompts.attention.record import attention_of
from genlens.prompts.attention.regions import boosted, regions
from genlens.prompts.attention.results import AttentionMaps
from genlens.prompts.attention.saliency import latent_saliency
from genlens.prompts.attention.ways import DAAM, WAYS
from genlens.prompts.results import PromptExplanation
from genlens.ui.export import fresh_folder
from genlens.ui.jobs import lends_gpu, on_gpu, outrun, stopped
from genlens.ui.kit import whole_number
from genlens.ui.prompts import endpoints
from genlens.ui.prompts.stored import explanation_in, still_there

ALL = -1
"""Of layers and heads in a menu: all of them."""
OPENING = Path(__file__).parents[2] / "data" / "attention_opening.npz"


def record_opening(explanation: PromptExplanation, path: Path = OPENING) -> Path:
    """Record and store what the tab opens with."""
    return storage.save(_attention(explanation), path)


def _attention(explanation: PromptExplanation, cancel: Cancel | None = None) -> AttentionMaps:
    made = explanation.made_by
    return attention_of(
        ingredients_of(explanation).painter,
        explanation.prompt,
        made.seed or 0,
        steps=made.settings.get("steps"),
        guidance=made.settings.get("guidance"),
        cancel=cancel,
    )


def _record(stored: str, out: str, cancel: Cancel | None = None) -> str:
    return str(storage.save(_attention(explanation_in(stored), cancel), Path(out)))


_record_lent = on_gpu(_record)


def recorded(stored: str | None, asked: str | None = None) -> str:
    """The path of the recorded attention of a stored explanation, or of the question ``asked``
    (``ask.asked``) of a prompt that is too long for one.

    Raises:
        InputError: nothing was explained, the file is gone, or the question cannot be used.
        ModelError: the model shows no attention.
    """
    out = fresh_folder() / "attention.npz"
    if not stored and asked:
        cancel = None if lends_gpu() else outrun
        return str(storage.save(_asked_lent(*_question(asked), cancel), out))
    path = still_there(stored)
    found: str = _record_lent(path, str(out), **({} if lends_gpu() else {"cancel": outrun}))
    return found


def _question(asked: str) -> tuple[str, int, str, int | None, float | None]:
    """Prompt, seed, model, steps and guidance of ``asked``, which a browser sent, checked."""
    try:
        prompt, seed, model, steps, guidance, *_ = json.loads(asked)
    except (ValueError, TypeError) as error:
        raise InputError("the question of this page cannot be read: press Explain again") from error
    return endpoints.checked(prompt, seed, model, steps, guidance, MOST_WORDS)


def layer_choices(maps: AttentionMaps) -> list[tuple[str, int]]:
    """Of a menu."""
    named = [(layer_name(maps, i), i) for i in range(len(maps.layers))]
    return [("those that the way takes", ALL), *named]


def head_choices(maps: AttentionMaps) -> list[tuple[str, int]]:
    """Of a menu."""
    return [("all heads", ALL), *((f"head {i + 1}", i) for i in range(maps.heads))]


def tiles_html(maps: AttentionMaps, way: str, step: Any, layer: Any, head: Any) -> str:
    """The heat maps of what was chosen; step 0 and ``ALL`` mean all."""
    rounds = whole("the step", whole_number("the step", step), 0, len(maps.timesteps))
    where = whole("the layer", whole_number("the layer", layer), ALL, len(maps.layers) - 1)
    which = whole("the head", whole_number("the head", head), ALL, maps.heads - 1)
    one = None if where == ALL else where
    heads = maps.heads_in(str(way), one)
    if which >= heads:  # layers differ: no error, the next choice may fit
        many = "only one head" if heads == 1 else f"{heads} heads"
        return (
            f'<div class="gl"><p class="gl-note">What is shown has {many}: choose a lower one, or '
            "all heads.</p></div>"
        )
    shown = heat_tiles(
        maps,
        str(way),
        step=rounds - 1 if rounds else None,
        layer=one,
        head=None if which == ALL else which,
    )
    return f'<div class="gl">{shown}</div>'


def redrawn(path: str | None, way: str, step: Any, layer: Any, head: Any) -> str:
    """``tiles_html`` of stored maps; says so where they are gone."""
    if not path or not Path(path).is_file():
        raise InputError("these maps are older than an hour and were deleted: press Explain again")
    return tiles_html(storage.load(Path(path)), way, step, layer, head)


def about_html(maps: AttentionMaps, explanation: PromptExplanation | None) -> str:
    """The chart by step, importance by place, and regions beside the segmenter's objects."""
    parts = [f'<div class="gl">{steps_chart(maps)}']
    if explanation is not None and maps.prompt == explanation.prompt:
        parts.append(_importance(maps, explanation))
    return "".join(parts) + "</div>"


def _importance(maps: AttentionMaps, explanation: PromptExplanation) -> str:
    values = explanation.attribution.values
    count = len(maps.timesteps)
    shown = sorted({0, count // 2, count - 1})
    pictures = "".join(
        f'<li class="gl-map-tile"><span class="gl-map-word">step {step + 1}</span>'
        f"{importance_picture(boosted(maps, values, step=step))}</li>"
        for step in shown
    )
    whole_map = (
        f'<li class="gl-map-tile"><span class="gl-map-word">all steps</span>'
        f"{importance_picture(boosted(maps, values))}</li>"
    )
    found = regions(maps, values)
    names = [word.text for word in explanation.attribution.words]
    linked = [names[j] if j >= 0 else "no word" for j in explanation.links.word_of.tolist()]
    own = outlined(
        explanation.image,
        explanation.links.objects,
        [f"object {i + 1}: {word}" for i, word in enumerate(linked)],
        "Objects that the segmenter cut out, with their words",
    )
    split = outlined(
        explanation.image,
        found,
        [f"region {i + 1}: importance {part.score:.2f}" for i, part in enumerate(found)],
        "Regions of equal importance (k-means)",
    )
    return (
        "<h3>Boosted by importance</h3><p>Each word’s map, weighted by the word’s Shapley value, "
        "added up (source paper, section 3.2.1): 0 is a place where the model looked for nothing "
        "that matters, 1 one where it looked for every word most. At the first step there is "
        f'only noise to look at.</p><ol class="gl-maps">{pictures}{whole_map}</ol>'
        "<p>k-means splits the picture where importance changes. That needs no segmenter: it cuts "
        "along what the model looked at, not along what a person would call a thing: compare the "
        f"two.</p>{beside(split, own)}"
    )


def saliency_html(stored: str | None) -> str:
    """Gradient saliency of a stored explanation's picture, as HTML."""
    explanation = explanation_in(stored)
    return str(_saliency_lent(explanation))


def _saliency(explanation: PromptExplanation) -> str:
    from genlens.figures.prompts.attention.heat_tiles import overlay
    from genlens.prompts.attention.ways import enlarged

    parts = ingredients_of(explanation)
    found = latent_saliency(parts.painter, parts.eyes, explanation.prompt, explanation.image)
    size = explanation.image.shape[:2]
    large = np.clip(enlarged(found.maps, (size[0], size[1]), smooth=True), 0, None)
    tiles = "".join(
        f'<li class="gl-map-tile"><span class="gl-map-word">{html.escape(text)}</span><img src="'
        f'{data_uri(overlay(explanation.image, large[i], "#D55E00"), lossless=size[0] <= 128)}" '
        f'alt="Saliency of {html.escape(text)} on the latent"><span class="gl-soft">cosine '
        f"{found.cosines[i]:+.2f}; at most {found.maps[i].max():.3f} a unit</span></li>"
        for i, text in enumerate(("whole prompt", *explanation.prompt.split()))
    )
    return f'<div class="gl"><ol class="gl-maps">{tiles}</ol></div>'


_saliency_lent = on_gpu(_saliency)


def notes_html() -> str:
    """What each way is, from the ways themselves."""
    listed = "".join(
        f"<li><b>{html.escape(way.title)}</b>: <code>{html.escape(way.equation)}</code>. "
        f"{html.escape(way.help)} <i>When it misleads:</i> {html.escape(way.misleads)} "
        f'<span class="gl-soft">{html.escape(way.paper)}.</span></li>'
        for way in WAYS.values()
    )
    return (
        '<div class="gl"><details><summary>What each way to join the maps is, and when it misleads'
        f"</summary><ul>{listed}</ul></details></div>"
    )


def problem_html(error: Exception) -> str:
    """Why there are no maps, in their place."""
    return f'<div class="gl"><p class="gl-note gl-warn">{html.escape(str(error))}.</p></div>'


def api_where_it_looks(
    prompt: str,
    seed: float,
    model: str,
    way: str = DAAM,
    step: float = 0,
    layer: float = ALL,
    head: float = ALL,
    steps: float = 0,
    guidance: float = 0,
) -> dict[str, Any]:
    """Where the model looks for each word of a prompt while it draws: cross-attention heat maps.

    Args:
        prompt: one to twenty English words, for example "a cat next to a red car".
        seed: whole number from 0.
        model: id of the text-to-image model.
        way: how maps of layers become one: "daam", "fine", "guided" or "plain".
        step: number of one step, from 1; 0 for all.
        layer: number of one layer, from 0; -1 for those that the way takes.
        head: number of one head, from 0; -1 for all.
        steps: denoising steps; 0 takes the model's own number.
        guidance: classifier-free guidance; 0 takes the model's own.

    Returns:
        tokens, layers, timesteps, shares (part of all attention, by word), shares_by_step, notes,
        heat: for each word its maximum (part of a place's attention), the pixel (x, y) where that
        is, and the map as a PNG data address (white: the maximum).
    """
    text, number, name, rounds, pull = endpoints.checked(
        prompt, seed, model, steps, guidance, MOST_WORDS
    )
    if way not in WAYS:
        raise InputError(f"there is no way {way!r} to join attention maps: take {', '.join(WAYS)}")
    cancel = None if lends_gpu() else stopped
    maps = _asked_lent(text, number, name, rounds, pull, cancel)
    at = whole("step", whole_number("step", step), 0, len(maps.timesteps))
    where = whole("layer", whole_number("layer", layer), ALL, len(maps.layers) - 1)
    which = whole("head", whole_number("head", head), ALL, maps.heads - 1)
    heat = maps.heat(
        way,
        step=at - 1 if at else None,
        layer=None if where == ALL else where,
        head=None if which == ALL else which,
    )
    return {**maps.to_dict(), "way": way, "heat": [_told(one) for one in heat]}


def _asked(
    prompt: str,
    seed: int,
    model: str,
    steps: int | None,
    guidance: float | None,
    cancel: Cancel | None = None,
) -> AttentionMaps:
    return attention_of(model, prompt, seed, steps=steps, guidance=guidance, cancel=cancel)


_asked_lent = on_gpu(_asked)


def _told(heat: np.ndarray) -> dict[str, Any]:
    top = float(heat.max())
    y, x = np.unravel_index(int(heat.argmax()), heat.shape)
    grey = (heat / top * 255 if top > 0 else heat).round().astype(np.uint8)
    return {
        "maximum": top,
        "at": [int(x), int(y)],
        "map": data_uri(np.repeat(grey[..., None], 3, 2)),
    }

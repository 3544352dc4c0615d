"""The words that the emoji world's models know, each with what it draws, as buttons."""

from __future__ import annotations

import html
from functools import lru_cache

import numpy as np

from genlens.figures.pixels import data_uri
from genlens.worlds import vocabulary
from genlens.worlds.sprites import drawn

SIDE = 40
"""Pixels of a sprite."""

_OTHERS = {
    "how many, how large": (*vocabulary.COUNTS, *vocabulary.SIZES),
    "where": (*vocabulary.RELATIONS, *vocabulary.NEUTRAL_RELATIONS),
    "worn or carried": vocabulary.ATTACHMENTS,
    "flags": vocabulary.FLAGS,
    "left out": vocabulary.NEGATIONS,
    "small words": (*vocabulary.ARTICLES, *vocabulary.GLUE),
    "words that draw nothing": vocabulary.FILLERS,
}


@lru_cache(maxsize=1)
def vocabulary_board() -> str:
    """Groups of ``<button class="gl-term" data-term=…>``; the page's script puts a word into the
    prompt. Plurals and synonyms are known too and named at their noun."""
    nouns = "".join(_noun(noun) for noun in vocabulary.NOUNS.values())
    groups = [
        _group(f"things ({len(vocabulary.NOUNS)})", nouns),
        _group("colours", "".join(_colour(*c) for c in vocabulary.COLOURS.items())),
        _group(
            "grounds, as in “on a pink background”",
            "".join(
                _button(f"on a {name} background", _swatch(rgb), label=name)
                for name, rgb in vocabulary.BACKGROUNDS.items()
            ),
        ),
    ]
    groups += [_group(name, "".join(map(_button, words))) for name, words in _OTHERS.items()]
    return f'<div class="gl gl-vocabulary">{"".join(groups)}</div>'


def _group(name: str, buttons: str) -> str:
    return f'<fieldset class="gl-terms"><legend>{html.escape(name)}</legend>{buttons}</fieldset>'


def _noun(noun: vocabulary.Noun) -> str:
    also = [*([noun.plural] if noun.plural else []), *noun.synonyms]
    picture = f'<img src="{_sprite(noun.name)}" alt="" width="{SIDE}" height="{SIDE}">'
    return _button(noun.name, picture, title=f"also: {', '.join(also)}" if also else "")


def _colour(name: str, rgb: tuple[int, int, int]) -> str:
    return _button(name, _swatch(rgb))


def _button(term: str, picture: str = "", *, label: str = "", title: str = "") -> str:
    hint = f' title="{html.escape(title)}"' if title else ""
    return (
        f'<button type="button" class="gl-term" data-term="{html.escape(term)}"{hint}>{picture}'
        f"<span>{html.escape(label or term)}</span></button>"
    )


def _swatch(rgb: tuple[int, int, int]) -> str:
    return f'<i class="gl-swatch" style="background:rgb{rgb}"></i>'


def _sprite(noun: str) -> str:
    premultiplied = drawn(noun, None, None, SIDE).astype(np.float32)
    alpha = premultiplied[..., 3:]
    straight = np.where(alpha > 0, premultiplied[..., :3] / np.maximum(alpha, 1e-6), 0)
    rgba = np.concatenate([straight, alpha], axis=-1)
    return data_uri((rgba.clip(0, 1) * 255).round().astype(np.uint8), lossless=False)

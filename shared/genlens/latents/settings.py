"""Which methods explain a question, and their settings in words: what a page offers.

Methods take arrays (a baseline, background codes, groups of latents); a visitor or a program
chooses words ("blank", "mean", "others", "blurred", "picture:17"), and ``settings_for`` turns one
into the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from genlens.attribution.method import Method
from genlens.attribution.methods import method_named, methods_for
from genlens.attribution.target import Kind
from genlens.common.checks import whole
from genlens.errors import InputError
from genlens.latents.questions import Asked

if TYPE_CHECKING:
    from genlens.study.study import Study

OTHERS = 20
"""How many other pictures, or codes, an input is compared with at most."""
BLURRED, PICTURE = "blurred", "picture"


def offered(asked: Asked) -> tuple[list[Method], list[str]]:
    """(methods that explain this question of this model, a sentence for each that does not).

    Methods of the other kind of target are not mentioned.
    """
    fitting, sentences = [], []
    for method in methods_for(asked.target.kind):
        reason = method.reason_against(asked.target, asked.x)
        if reason:
            sentences.append(f"{method.title}: {reason}.")
        else:
            fitting.append(method)
    return fitting, sentences


def comparisons(method: Method, kind: Kind) -> tuple[str, ...]:
    """Words for what ``method`` can compare an input with, the usual one first; () where it
    compares with nothing. Beside the method's own words: the picture itself, "blurred", and one
    other "picture" of the study, whose number stands behind a colon ("picture:17"); of latents,
    that picture's code."""
    if not method.against:
        return ()
    return (*method.against, *((BLURRED,) if kind == "image" else ()), PICTURE)


def settings_for(
    study: Study, index: int, asked: Asked, name: str, chosen: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What to pass to ``attribute`` for the method called ``name``, from words and numbers.

    Args:
        study, index: where backgrounds come from, and the picture that is left out of them.
        asked: the question.
        name: one of ``METHODS``.
        chosen: any of ``METHODS[name].defaults()``; None values take the default.

    Raises:
        InputError: a setting that the method does not take, or out of range.
    """
    method = method_named(name)
    given = {key: value for key, value in (chosen or {}).items() if value not in (None, "")}
    out = method.checked(given) | method.suited(asked.target)
    if method.against:
        words = comparisons(method, asked.target.kind)
        word = str(given.get("against", words[0]))
        name, _, what = word.partition(":")
        if name not in words or (name == PICTURE) != bool(what):
            known = ", ".join(
                w if w != PICTURE else "picture:17 (any picture's number)" for w in words
            )
            raise InputError(f"compared with {word!r}? take one of {known}")
        if name == PICTURE:
            background = _picture(study, index, asked, what)
            out[method.compared] = background[None] if method.many else background
        else:
            out[method.compared] = _background(study, index, asked, name, stack=method.many)
    if "codes" in method.needs:
        out["codes"] = study.codes.mean
    out["seed"] = whole("seed", given.get("seed", 0), 0, 2**31 - 1)
    return out


def _background(study: Study, index: int, asked: Asked, word: str, *, stack: bool) -> Any:
    """What ``word`` stands for: an array of x's shape (or 0, or None), or a ``stack`` of them."""
    if word == "own colour":
        return None
    if word == BLURRED:
        soft = _blurred(asked.x.detach().cpu().numpy())
        return soft[None] if stack else soft
    if word == "blank":
        return np.zeros((1, *asked.x.shape), np.float32) if stack else 0.0
    rows = study.images if asked.target.kind == "image" else study.codes.mean.astype(np.float32)
    if word == "mean":
        middle = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
        return middle[None] if stack else middle
    others = np.delete(np.arange(len(rows)), index)
    if not len(others):
        raise InputError("there are no other pictures to compare with: take another comparison")
    chosen = np.random.default_rng(0).choice(others, min(OTHERS, len(others)), replace=False)
    return rows[np.sort(chosen)]


def _blurred(image: np.ndarray) -> np.ndarray:
    """``image`` (c, h, w) under a Gaussian an eighth of its shorter side wide: what stays is where
    it is bright, and no shape (Sturmfels, Lundberg and Lee 2020, "Visualizing the Impact of Feature
    Attribution Baselines", Distill)."""
    from scipy.ndimage import gaussian_filter

    width = min(image.shape[1:]) / 8
    return np.stack([gaussian_filter(band, width) for band in image]).astype(np.float32)


def _picture(study: Study, index: int, asked: Asked, number: str) -> np.ndarray:
    """Picture ``number`` of the study, or its code."""
    if not (number.isascii() and number.isdigit()):
        raise InputError(f"picture {number!r} to compare with: give its number, as in picture:17")
    other = study.picture(int(number))
    if int(number) == index:
        raise InputError(
            f"picture {index} is explained, and compared with itself: take another one"
        )
    if asked.target.kind == "image":
        return other.numpy()
    return study.codes.mean[int(number)].astype(np.float32)

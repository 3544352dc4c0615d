"""Which methods explain a question, and their settings in words: what a page offers.

Methods take arrays (a baseline, background codes, groups of latents); a visitor or a program
chooses words ("blank", "mean", "others"), and ``settings_for`` turns one into the other.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from genlens.attribution.guided import layers_of
from genlens.attribution.lime import MAX_LATENTS
from genlens.attribution.lrp import refusal
from genlens.attribution.methods import METHODS, Method, methods_for
from genlens.attribution.perturbation import MAX_EXACT, MAX_KERNEL
from genlens.attribution.run import as_input
from genlens.common.checks import number, whole
from genlens.errors import InputError
from genlens.latents.questions import Asked

if TYPE_CHECKING:
    from genlens.study.study import Study

AGAINST = ("blank", "mean", "others")
"""What an input is compared with: 0 (black; the prior's mean code), the mean picture or code of the
study, or a sample of its other pictures or codes."""
OTHERS = 20
OWN_COLOUR = "own colour"
# method -> (its parameter that "against" fills, the words it takes, its first one)
_COMPARED: dict[str, tuple[str, tuple[str, ...]]] = {
    "integrated-gradients": ("baseline", ("blank", "mean")),
    "gradient-shap": ("baselines", ("others", "blank", "mean")),
    "occlusion": ("baseline", ("blank", "mean")),
    "shap": ("codes", ("blank", "mean", "others")),
    "kernel-shap": ("codes", ("blank", "mean", "others")),
    "lime": ("baseline", (OWN_COLOUR, "blank", "mean")),
}
# Numbers a page lets visitors set, with the limits that keep one request short.
RANGES: dict[str, tuple[float, float]] = {
    "steps": (10, 1000), "samples": (10, 5000), "noise": (0, 1), "size": (1, 64),
    "stride": (1, 64), "count": (2, 200), "compactness": (0.001, 100), "kernel_width": (0.01, 5),
    "epsilon": (0, 1), "gamma": (0, 10),
}  # fmt: skip
_WHOLE = ("steps", "samples", "size", "stride", "count")


def offered(asked: Asked) -> tuple[list[Method], list[str]]:
    """(methods that explain this question of this model, a sentence for each that does not).

    Methods of the other kind of target are not mentioned.
    """
    fitting, sentences = [], []
    for method in methods_for(asked.target.kind):
        reason = _reason_against(method, asked)
        if reason:
            sentences.append(f"{method.title}: {reason}.")
        else:
            fitting.append(method)
    return fitting, sentences


def _reason_against(method: Method, asked: Asked) -> str:
    target, d = asked.target, int(asked.x.numel())
    if method.name == "lrp":
        if target.network is None:
            return "it walks one chain of layers, and this number has none"
        place = refusal(target.network, as_input(target, asked.x))
        if place:
            return f"it has no rule for a layer of this network ({place})"
    if method.name in ("grad-cam", "guided-grad-cam") and not layers_of(target, asked.x):
        return "no layer on the way to this number gives maps"
    grouped = len(asked.model.latent_shape) > 1
    if method.name == "shap" and d > MAX_EXACT and not grouped:
        return f"{d} latents are more than {MAX_EXACT}; Kernel SHAP estimates the same shares"
    if method.name == "kernel-shap" and d > MAX_KERNEL and not grouped:
        return f"{d} latents are more than {MAX_KERNEL}"
    if method.name == "lime-latents" and d > MAX_LATENTS:
        return f"{d} latents are more than {MAX_LATENTS}"
    return ""


def defaults(method: str) -> dict[str, Any]:
    """The settings a visitor can change, with their first values; "against" and "seed" included."""
    found = _method(method)
    parameters = inspect.signature(found.function).parameters
    out: dict[str, Any] = {}
    for name in found.settings:
        if name in RANGES or name in ("absolute", "kind", "relu", "layer", "rule", "bias", "start"):
            out[name] = parameters[name].default
    if method in _COMPARED:
        out["against"] = _COMPARED[method][1][0]
    if found.random:
        out["seed"] = 0
    return out


def compared_with(method: str) -> tuple[str, ...]:
    """The words that ``method`` takes for "against"; () where it compares with nothing."""
    return _COMPARED[method][1] if method in _COMPARED else ()


def settings_for(
    study: Study, index: int, asked: Asked, method: str, chosen: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What to pass to ``attribute`` for ``method``, from words and numbers.

    Args:
        study, index: where backgrounds come from, and the picture that is left out of them.
        asked: the question.
        method: one of ``METHODS``.
        chosen: any of ``defaults(method)``; None values take the default.

    Raises:
        InputError: a setting that the method does not take, or out of range.
    """
    known = defaults(method)
    given = {name: value for name, value in (chosen or {}).items() if value is not None}
    unknown = sorted(set(given) - set(known) - {"seed"})
    if unknown:
        takes = ", ".join(known) or "none"
        raise InputError(
            f"{METHODS[method].title} takes no setting {unknown[0]!r}: it takes {takes}"
        )
    out = {
        name: _checked(name, value)
        for name, value in given.items()
        if name not in ("against", "layer", "seed")
    }
    if given.get("layer"):
        out["layer"] = str(given["layer"])
    if "against" in known:
        parameter, words = _COMPARED[method]
        word = given.get("against", known["against"])
        if word not in words:
            raise InputError(f"compared with {word!r}? take one of {', '.join(words)}")
        out[parameter] = _background(study, index, asked, parameter, word)
    if method in ("shap", "kernel-shap") and len(asked.model.latent_shape) > 1:
        out["groups"] = place_groups(asked.model.latent_shape, 3 if method == "shap" else 4)
    if method == "lime-latents":
        out["codes"] = study.codes.mean
    out["seed"] = whole("seed", given.get("seed", 0), 0, 2**31 - 1)
    return out


def place_groups(shape: tuple[int, ...], side: int) -> np.ndarray:
    """(c * h * w,) block numbers: latents of a map, in ``side`` x ``side`` blocks of places."""
    channels, height, width = shape
    rows = np.arange(height) * min(side, height) // height
    columns = np.arange(width) * min(side, width) // width
    blocks = rows[:, None] * side + columns[None, :]
    return np.broadcast_to(blocks, (channels, height, width)).reshape(-1)


def _method(name: str) -> Method:
    if name not in METHODS:
        raise InputError(f"there is no method {name!r}: take one of {', '.join(METHODS)}")
    return METHODS[name]


def _checked(name: str, value: Any) -> Any:
    if name not in RANGES:
        return value
    low, high = RANGES[name]
    if name in _WHOLE:
        given = int(value) if isinstance(value, float) and value == int(value) else value
        return whole(name, given, int(low), int(high))
    return number(name, value, low, high)


def _background(study: Study, index: int, asked: Asked, parameter: str, word: str) -> Any:
    """The array (or number) that ``word`` stands for."""
    if word == OWN_COLOUR:
        return None
    if word == "blank":
        return None if parameter == "codes" else 0.0  # None: a code of zeros
    rows = study.images if asked.target.kind == "image" else study.codes.mean.astype(np.float32)
    if word == "mean":
        middle = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
        return middle[None] if parameter == "codes" else middle
    others = np.delete(np.arange(len(rows)), index)
    if not len(others):
        raise InputError("there are no other pictures to compare with: take another comparison")
    chosen = np.random.default_rng(0).choice(others, min(OTHERS, len(others)), replace=False)
    return rows[np.sort(chosen)]

"""The settings of attribution methods as controls; a method shows those that it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from genlens.attribution.methods import METHODS
from genlens.attribution.target import Kind
from genlens.common.limits import MAX_SEED
from genlens.latents.settings import BLURRED, PICTURE, comparisons
from genlens.ui.kit import html, whole_number

_AGAINST = {
    "blank": "nothing: black pixels, latents at 0",
    "mean": "the mean of all pictures here",
    "others": "other pictures, drawn at random",
    "own colour": "each region’s own mean colour",
    BLURRED: "the picture itself, blurred",
    PICTURE: "another picture, by its number",
}
_OWN = {option.name: option for method in METHODS.values() for option in method.options}
# name -> (label, what it does); a method shows those that are among its defaults
TEXTS: dict[str, tuple[str, str]] = {
    **{name: (option.label, option.help) for name, option in _OWN.items()},
    "against": ("Compared with", "What a pixel or a latent becomes when it is taken away."),
    "seed": ("Seed", "The same seed draws the same samples."),
}
NAMES = tuple(TEXTS)
"""Settings in the order of ``Controls.components``."""
_AUTOMATIC = {name for name, option in _OWN.items() if option.automatic}
"""0 on the page means: choose for me."""


class Controls:
    """Builds one control a setting where it is called, inside a ``gr.Blocks``, for ``method``."""

    def __init__(self, method: str) -> None:
        first = METHODS[method].defaults()
        self.none = html(_none(method))
        self.other = gr.Number(
            1,
            label="Picture to compare with",
            info="Its number among this model’s pictures, from 0.",
            visible=False,
        )
        self.components: dict[str, Any] = {}
        for name in NAMES:
            label, info = TEXTS[name]
            common: dict[str, Any] = {"label": label, "info": info, "visible": name in first}
            value = _value(name, first)
            self.components[name] = _control(name, value, method, common)

    @property
    def outputs(self) -> dict[str, Any]:
        """What ``updates`` fills."""
        return {"none": self.none, "other": self.other, **self.components}

    @staticmethod
    def updates(method: str, layers: Sequence[str] = (), kind: Kind = "image") -> dict[str, Any]:
        """The controls of ``method`` at its own first values, all others hidden.

        ``layers`` are the names that Grad-CAM can look at; ``kind`` is what is explained.
        """
        first = METHODS[method].defaults()
        shown: dict[str, Any] = {"none": _none(method), "other": gr.update(visible=False)}
        for name in NAMES:
            if name not in first:
                shown[name] = gr.update(visible=False)
            elif name == "against":
                shown[name] = gr.update(
                    visible=True, choices=_against(method, kind), value=first[name]
                )
            elif name == "layer":
                shown[name] = gr.update(visible=True, choices=_layers(layers), value="")
            else:
                shown[name] = gr.update(visible=True, value=_value(name, first))
        return shown


def chosen(method: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What ``given``, the values of all controls, says about the settings of ``method``."""
    takes = METHODS[method].defaults()
    given = dict(given)
    if given.get("against") == PICTURE and "against" in takes:
        number = whole_number("the picture to compare with", given.get("other"))
        given["against"] = f"{PICTURE}:{number}"
    return {
        name: value
        for name, value in given.items()
        if name in takes and value not in (None, "") and not (name in _AUTOMATIC and value == 0)
    }


def _control(name: str, value: Any, method: str, common: Mapping[str, Any]) -> Any:
    if name in ("against", "layer"):
        choices = _against(method, "image") if name == "against" else _layers(())
        return gr.Dropdown(choices, value=value, **common)
    if name == "seed":
        return gr.Number(value or 0, precision=0, minimum=0, maximum=MAX_SEED, **common)
    option = _OWN[name]
    if option.choices:
        words = [(text, choice) for choice, text in option.choices]
        return gr.Dropdown(words, value=value, **common)
    if option.low is None:
        return gr.Checkbox(bool(value), **common)
    if option.step is None:
        return gr.Number(value, minimum=option.low, maximum=option.high, **common)
    low = 0 if option.automatic else option.low
    first = low if value is None else value
    return gr.Slider(low, option.high, value=first, step=option.step, **common)


def _value(name: str, first: Mapping[str, Any]) -> Any:
    value = first.get(name)
    if name in _AUTOMATIC:
        return value or 0
    return "" if name == "layer" else value


def other_shown(against: str) -> Any:
    """The number of the picture to compare with, visible where one is."""
    return gr.update(visible=against == PICTURE)


def _against(method: str, kind: Kind) -> list[tuple[str, str]]:
    return [(_AGAINST[word], word) for word in comparisons(METHODS[method], kind) or ("blank",)]


def _layers(names: Sequence[str]) -> list[tuple[str, str]]:
    return [("the encoder’s last convolution", ""), *((name, name) for name in names)]


def _none(method: str) -> str:
    text = (
        "" if METHODS[method].defaults() else '<p class="gl-note">This method has no settings.</p>'
    )
    return f'<div class="gl">{text}</div>'

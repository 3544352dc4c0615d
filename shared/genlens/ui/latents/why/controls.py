"""The settings of attribution methods as controls; a method shows those that it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from genlens.attribution.lrp import RULES
from genlens.common.limits import MAX_SEED
from genlens.latents.settings import RANGES, compared_with, defaults
from genlens.ui.kit import html

_AGAINST = {
    "blank": "nothing: black pixels, latents at 0",
    "mean": "the mean of all pictures here",
    "others": "other pictures, drawn at random",
    "own colour": "each region’s own mean colour",
}
_RULES = {
    "epsilon": "ε: all contributions",
    "gamma": "γ: what agrees counts more",
    "zplus": "z⁺: only what agrees",
    "composite": "γ at convolutions, ε at dense layers",
}
# name -> (label, what it does); a method shows those that are among its defaults
TEXTS: dict[str, tuple[str, str]] = {
    "absolute": ("Sizes only", "On: how strongly. Off: with the sign, blue raises, red lowers."),
    "steps": ("Steps", "Points on the way from the comparison to the picture; more add up better."),
    "samples": ("Samples", "Noisy copies or neighbours; more are steadier and slower."),
    "noise": ("Noise", "Standard deviation of the noise, 0 to 1 (of the input’s range)."),
    "kind": ("Averaged", "What is averaged over the noisy copies."),
    "against": ("Compared with", "What a pixel or a latent becomes when it is taken away."),
    "layer": ("Layer", "Earlier layers are finer, later ones nearer to the answer."),
    "relu": ("Only what speaks for", "Off: also show what speaks against."),
    "size": ("Patch size, pixels", "Side of the square that is blanked; 0: an eighth of the side."),
    "stride": ("Patch step, pixels", "How far the square moves; 0: half its side."),
    "count": ("Superpixels", "About how many regions the picture is cut into."),
    "compactness": ("Compactness", "Small: regions follow edges. Large: regions are squares."),
    "kernel_width": ("Radius", "How far away neighbours still count (LIME’s kernel width)."),
    "rule": ("Rule", "How a unit shares its relevance among its inputs."),
    "epsilon": ("Epsilon", "Keeps sums from 0; a part of a layer’s typical output."),
    "gamma": ("Gamma", "How much more agreeing contributions count."),
    "bias": ("Biases", "What becomes of the part that biases gave."),
    "start": ("Start", "What is shared out where the network ends in a sigmoid."),
    "seed": ("Seed", "The same seed draws the same samples."),
}
NAMES = tuple(TEXTS)
"""All settings, in the order of their controls."""
_AUTOMATIC = ("size", "stride")  # 0 on the page means: choose for me


class Controls:
    """Builds one control a setting where it is called, inside a ``gr.Blocks``, for ``method``."""

    def __init__(self, method: str) -> None:
        first = defaults(method)
        self.none = html(_none(method))
        self.components: dict[str, Any] = {}
        for name in NAMES:
            label, info = TEXTS[name]
            common: dict[str, Any] = {"label": label, "info": info, "visible": name in first}
            value = _value(name, first)
            self.components[name] = _control(name, value, method, common)

    @property
    def outputs(self) -> dict[str, Any]:
        """What ``updates`` fills."""
        return {"none": self.none, **self.components}

    @staticmethod
    def updates(method: str, layers: Sequence[str] = ()) -> dict[str, Any]:
        """The controls of ``method`` at its own first values, all others hidden.

        ``layers`` are the names that Grad-CAM can look at.
        """
        first = defaults(method)
        shown: dict[str, Any] = {"none": _none(method)}
        for name in NAMES:
            if name not in first:
                shown[name] = gr.update(visible=False)
            elif name == "against":
                shown[name] = gr.update(visible=True, choices=_against(method), value=first[name])
            elif name == "layer":
                shown[name] = gr.update(visible=True, choices=_layers(layers), value="")
            else:
                shown[name] = gr.update(visible=True, value=_value(name, first))
        return shown


def chosen(method: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What ``given``, the values of all controls, says about the settings of ``method``."""
    takes = defaults(method)
    return {
        name: value
        for name, value in given.items()
        if name in takes and value not in (None, "") and not (name in _AUTOMATIC and value == 0)
    }


def _control(name: str, value: Any, method: str, common: Mapping[str, Any]) -> Any:
    choices: dict[str, list[tuple[str, str]]] = {
        "kind": [
            ("gradients (SmoothGrad)", "smoothgrad"),
            ("their squares", "smoothgrad_sq"),
            ("their variance", "vargrad"),
        ],
        "rule": [(_RULES[rule], rule) for rule in RULES],
        "bias": [("spread over the input", "spread"), ("left out of the map", "absorb")],
        "start": [("the logit before it", "logit"), ("the pixel’s value", "value")],
        "against": _against(method),
        "layer": _layers(()),
    }
    if name in choices:
        return gr.Dropdown(choices[name], value=value, **common)
    if name in ("absolute", "relu"):
        return gr.Checkbox(bool(value), **common)
    if name == "seed":
        return gr.Number(value or 0, precision=0, minimum=0, maximum=MAX_SEED, **common)
    low, high = RANGES[name]
    if name in ("epsilon", "gamma", "compactness", "kernel_width"):
        return gr.Number(value, minimum=low, maximum=high, **common)
    step = {"noise": 0.01, "samples": 10, "steps": 10}.get(name, 1)
    low = 0 if name in _AUTOMATIC else low
    return gr.Slider(low, high, value=low if value is None else value, step=step, **common)


def _value(name: str, first: Mapping[str, Any]) -> Any:
    value = first.get(name)
    if name in _AUTOMATIC:
        return value or 0
    return "" if name == "layer" else value


def _against(method: str) -> list[tuple[str, str]]:
    return [(_AGAINST[word], word) for word in compared_with(method) or ("blank",)]


def _layers(names: Sequence[str]) -> list[tuple[str, str]]:
    return [("the encoder’s last convolution", ""), *((name, name) for name in names)]


def _none(method: str) -> str:
    text = "" if defaults(method) else '<p class="gl-note">This method has no settings.</p>'
    return f'<div class="gl">{text}</div>'

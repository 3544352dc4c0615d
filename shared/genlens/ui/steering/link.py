"""A link to what the page shows: generator, face, assessor, tab, and what tabs add to it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

import gradio as gr

from genlens.errors import InputError
from genlens.ui.steering import faces
from genlens.ui.steering.kept import is_own
from genlens.ui.studies import OWN

NAMES = ("model", "face", "assessor")
"""The page's own parameters, in the order in which its script gets their values."""


class Linked(NamedTuple):
    """A component that a link restores: ``read`` turns the parameter's text into its value, None
    where that cannot be meant."""

    component: gr.components.Component
    read: Callable[[str], Any]


def query(**parameters: Any) -> str:
    """``?model=…`` of what is given, without what is empty; "" where the generator, the face or
    the assessor is a visitor's own: whoever is sent a link would see what is not theirs."""
    given = {k: v for k, v in parameters.items() if v is not None and v != ""}
    if any(OWN in str(value) for value in given.values()):
        return ""
    return "?" + urlencode(given)


def read(
    parameters: Mapping[str, str],
    models: Collection[str],
    assessors: Collection[str],
    tabs: Collection[str],
) -> dict[str, str]:
    """What a link asks for; what cannot be meant is left out, so that an old link still opens the
    page."""
    known = {"model": models, "assessor": assessors, "tab": tabs}
    asked = {name: parameters[name] for name in known if parameters.get(name) in known[name]}
    model, _, label = parameters.get("model", "").rpartition(":")
    if model in models and label.isascii() and label.isdigit():
        asked["model"] = f"{model}:{label}"  # at one of its classes
    face = parameters.get("face", "")
    try:
        shareable = not any(is_own(name) for p in faces.read(face) for name in (p.first, p.second))
    except InputError:
        shareable = False
    return asked | ({"face": face} if shareable else {})

"""Live decoding for the sliders: what a browser sends while one is dragged, and what it gets."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from genlens.errors import GenlensError, InputError
from genlens.figures.latents.sliders import latent_sliders
from genlens.figures.picture_strip import picture_uri
from genlens.latents.traversals.handles import Handles, handles
from genlens.models.memory import MEMORY
from genlens.study.coder import Coder
from genlens.ui.kit import whole_number
from genlens.ui.studies import study

if TYPE_CHECKING:
    import gradio as gr


FURTHEST = 1e4
"""Places beyond this (latent units) are refused."""


@dataclass(frozen=True)
class Steering:
    """Handles on one picture's code: ``places`` (k,) where it stands, ``coder`` decodes places."""

    handles: Handles
    places: np.ndarray
    coder: Coder


def handles_of(model_id: str) -> Handles:
    """The handles of a model on the page.

    Raises:
        GenlensError: as ``studies.study``.
    """
    here = study(model_id)
    return MEMORY.get(("handles", here.content), lambda: handles(here.codes))


def steering(model_id: str, picture: int) -> Steering:
    """Handles on picture ``picture``.

    Raises:
        GenlensError: as ``studies.study``, or there is no such picture.
    """
    here, axes = study(model_id), handles_of(model_id)

    def build() -> Steering:
        model, code = here.at(picture)
        return Steering(axes, axes.places(code), Coder(axes.decoder(model, code)))

    return MEMORY.get(("steering", picture, here.content), build)


def steer(asked: Any) -> dict[str, str]:
    """What the browser's script asks while a slider moves.

    ``asked`` has "model", "picture" and "places" (k numbers). The answer has "image" (a ``data:``
    address) and "said", or "error".
    """
    started = time.perf_counter()
    try:
        image = decoded(asked)
    except GenlensError as error:
        return {"error": str(error)}
    milliseconds = 1000 * (time.perf_counter() - started)
    return {"image": picture_uri(image), "said": f"Decoded in {milliseconds:.0f} ms."}


def decoded(asked: Any) -> np.ndarray:
    """The picture (c, h, w) that ``asked`` is about (see ``steer``).

    Raises:
        InputError: something in it is missing or no number.
    """
    if not isinstance(asked, dict):
        raise InputError("the sliders sent nothing: reload the page")
    try:
        number = float(asked.get("picture", "nan"))
        places = np.asarray(asked.get("places"), dtype=np.float64).reshape(-1)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError("the sliders sent text where numbers belong: reload the page") from error
    if not abs(number) < 1e9:  # also refuses NaN
        raise InputError("the sliders sent no picture number: reload the page")
    index = whole_number("the picture number", number)
    steered = steering(str(asked.get("model", "")), index)
    if len(places) != len(steered.places):
        raise InputError(
            f"the sliders sent {len(places)} places, this model has {len(steered.places)}: reload"
        )
    if not (np.abs(places) <= FURTHEST).all():
        raise InputError(f"a slider lies beyond {FURTHEST:g}: press Reset")
    image: np.ndarray = steered.coder.decode(places[None])[0]
    return image


def sliders_html(model_id: str, picture: int) -> str:
    """The sliders of one picture, at its own code."""
    steered = steering(model_id, picture)
    image = steered.coder.decode(steered.places[None])[0]
    return latent_sliders(steered.handles, steered.places, image, model=model_id, picture=picture)


@lru_cache(maxsize=1)
def script() -> str:
    """The sliders' script."""
    return resources.files("genlens.ui").joinpath("static/latent_sliders.js").read_text("utf-8")


def slider_widget(value: str = "", **options: Any) -> gr.HTML:
    """``figures.latent_sliders`` as a component that decodes by itself while a slider moves."""
    import gradio as gr

    return gr.HTML(
        value, js_on_load=script(), server_functions=[steer], apply_default_css=False, **options
    )

"""Sliders on a code with the picture they decode to, as HTML: native ranges, so keyboard works."""

from __future__ import annotations

import html

import numpy as np

from genlens.errors import InputError
from genlens.figures.picture_strip import picture_uri
from genlens.latents.traversals.handles import Handles

SHOWN = 32
"""More handles than this are folded away below the others."""
STEPS = 200


def latent_sliders(
    handles: Handles,
    places: np.ndarray,
    image: np.ndarray,
    *,
    model: str,
    picture: int,
) -> str:
    """One slider a handle, most varying first, beside the picture of the code they stand for.

    Args:
        handles: k of them.
        places: (k,) where the sliders stand: the picture's own code.
        image: (c, h, w) in [0, 1], what that code decodes to.
        model, picture: what a script sends back to have other places decoded.

    A slider goes from the 1st to the 99th percentile of the set's pictures, further where this
    picture lies outside, and for a latent the encoder hardly uses from -3 to 3.

    Raises:
        InputError: another number of places than of handles.
    """
    if len(places) != len(handles.names):
        raise InputError(
            f"{len(places)} places for {len(handles.names)} handles: give one for each"
        )
    order = [int(j) for j in handles.use.order]
    first = "".join(_slider(handles, j, float(places[j])) for j in order[:SHOWN])
    rest = "".join(_slider(handles, j, float(places[j])) for j in order[SHOWN:])
    more = (
        f"<details><summary>The other {len(order) - SHOWN} latents, which vary least</summary>"
        f"{rest}</details>"
        if rest
        else ""
    )
    return (
        f'<div class="gl gl-steer" data-model="{html.escape(model)}" data-picture="{picture}">'
        '<div class="gl-steer-side">'
        f'<img class="gl-pixels gl-steer-image" src="{picture_uri(image)}" '
        f'alt="What the sliders’ code decodes to" style="--gl-size:224px">'
        f'<p class="gl-soft gl-steer-said" role="status">Picture {picture}, its own code.</p>'
        '<button type="button" class="gl-button gl-steer-reset">Reset to the picture’s own code'
        f'</button></div><div class="gl-sliders">{first}{more}</div></div>'
    )


def slider_range(handles: Handles, j: int, place: float) -> tuple[float, float]:
    """The ends of handle ``j``'s slider where the picture stands at ``place``."""
    low, high = float(handles.use.low[j]), float(handles.use.high[j])
    if unused(handles, j):
        low, high = min(low, -3.0), max(high, 3.0)
    if high - low < 1e-6:
        low, high = low - 1.0, high + 1.0
    return min(low, place), max(high, place)


def unused(handles: Handles, j: int) -> bool:
    """Whether the encoder says next to nothing by handle ``j``: under a twentieth of a nat."""
    return bool(handles.use.kl[j] < 0.05)  # False for NaN, where there is no posterior


def _slider(handles: Handles, j: int, place: float) -> str:
    name = html.escape(handles.names[j])
    low, high = slider_range(handles, j, place)
    note = "hardly used" if unused(handles, j) else f"variance {handles.use.variance[j]:.2f}"
    return (
        f'<label class="gl-slider"><span class="gl-slider-name">{name}</span>'
        f'<input type="range" min="{low:.4f}" max="{high:.4f}" '
        f'step="{(high - low) / STEPS:.6f}" value="{place:.4f}" data-start="{place:.6f}" '
        f'data-i="{j}" aria-label="{name}, {note}">'
        f'<output>{place:.2f}</output><span class="gl-soft">{note}</span></label>'
    )

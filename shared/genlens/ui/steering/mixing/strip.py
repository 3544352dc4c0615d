"""The face on screen along one direction, where one was measured in advance."""

from __future__ import annotations

from genlens.errors import GenlensError, InputError
from genlens.ui.steering.directions.find import measured_before, moved
from genlens.ui.steering.directions.view import strip_html
from genlens.ui.steering.shown import Shown, shown

_ELSEWHERE = (
    '<div class="gl"><p class="gl-soft">Mixing jumps from face to face; the tab Directions follows '
    "the score along a line.</p></div>"
)


def strip_of(now: Shown) -> str:
    """The strip as HTML; where to find one, where none is stored for this generator and assessor,
    or it cannot move this face."""
    ready = measured_before(now)
    if ready is None:
        return _ELSEWHERE
    try:
        along = moved(now, ready.direction, ready.reach.steps.tolist())
    except InputError:  # of a direction through latents, which a mixed face has none of
        return _ELSEWHERE
    return f"{strip_html(now, ready, along)}{_ELSEWHERE}"


def fill_strip(model_id: str, face: str, assessor: str) -> str:
    """``strip_of`` what the page's left column names."""
    return strip_of(shown(model_id, face, assessor))


def opening_strip(first: Shown | None) -> str:
    """What the tab opens with; the page opens also where there is none."""
    if first is None:
        return ""
    try:
        return strip_of(first)
    except GenlensError:
        return ""

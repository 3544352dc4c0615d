"""What pages share: the shape of a tab, events with named inputs and outputs, and small widgets."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial, wraps
from importlib import resources
from typing import Any, NamedTuple, Protocol, TypeAlias

import gradio as gr
from gradio.components import Component

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.errors import InputError
from genlens.ui.jobs import CancelFlags, current
from genlens.ui.messages import as_toasts

LANE: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1}
"""Options of an event that runs the model: one at a time on the whole page."""
ASIDE: dict[str, Any] = {"concurrency_id": "aside", "concurrency_limit": None}
"""Options of an event that is quick and may refuse: outside the queue gradio shows no toast."""
HIDDEN: dict[str, Any] = {"api_visibility": "private"}
"""Options of an event that is not an endpoint."""
RAW: dict[str, Any] = {"preprocess": False}
"""Options of an event that gets numbers as they were typed: its handler checks them and says one
sentence, where gradio would round 3.5 to 4 and raise an error for each event that reads a field."""

Inputs: TypeAlias = Mapping[str, Component]
"""Parameter of a handler -> the component whose value it gets."""
Outputs: TypeAlias = Component | Mapping[str, Component] | None
"""The component that gets what a handler returns, or name -> component for one that returns
{name: value}."""


class Fill(NamedTuple):
    """A handler with what it reads and fills; see ``on``."""

    function: Callable[..., Any]
    inputs: Inputs
    outputs: Outputs


class Tab(Protocol):
    """A tab of a page; its ``opened`` are run one after the other when the model changes."""

    opened: list[Fill]


class StillTab:
    """A tab of our own HTML that depends on nothing, such as the notes on the methods."""

    def __init__(self, text: str) -> None:
        html(text)
        self.opened: list[Fill] = []


def on(
    trigger: Any, function: Callable[..., Any], inputs: Inputs, outputs: Outputs, **options: Any
) -> Any:
    """Run ``function`` when ``trigger`` fires, with inputs and outputs by name.

    Args:
        trigger: an event such as ``button.click`` or ``earlier.success``, or a list of events.
        function: called with ``inputs`` as keyword arguments; a ``GenlensError`` becomes a toast.
            Where ``outputs`` have names it returns (or yields) {name: value}, and outputs that it
            does not name stay as they are.
        options: as of gradio's events; the event is no endpoint unless they say so.

    Returns:
        gradio's event, for ``.success`` and ``.then``.
    """
    start = partial(gr.on, trigger) if isinstance(trigger, list) else trigger
    filled: Any = outputs
    if isinstance(outputs, Mapping):
        function, filled = _by_component(function, outputs), list(outputs.values())
    return start(
        as_toasts(function),
        outputs=filled,
        inputs_kwargs=dict(inputs),
        **{**HIDDEN, **options},
    )


def _by_component(
    function: Callable[..., Any], outputs: Mapping[str, Component]
) -> Callable[..., Any]:
    """``function``, whose {name: value} becomes gradio's {component: value}."""

    def filled(values: Mapping[str, Any]) -> dict[Any, Any]:
        # gradio takes an empty dictionary for a value
        return {outputs[name]: value for name, value in values.items()} or gr.skip()

    if inspect.isgeneratorfunction(function):

        @wraps(function)
        def steps(*args: Any, **kwargs: Any) -> Any:
            with closing(function(*args, **kwargs)) as answers:  # also when the visitor leaves
                for values in answers:
                    yield filled(values)

        return steps

    @wraps(function)
    def once(*args: Any, **kwargs: Any) -> Any:
        return filled(function(*args, **kwargs))

    return once


def html(value: str = "", **options: Any) -> gr.HTML:
    """Our own HTML, without gradio's style; ``options`` as of ``gr.HTML``."""
    return gr.HTML(value, apply_default_css=False, **options)


def scripts(*names: str) -> str:
    """The scripts of ``ui/static`` one after the other, for a component's ``js_on_load``."""
    folder = resources.files("genlens.ui").joinpath("static")
    return "".join(folder.joinpath(name).read_text("utf-8") for name in names)


def stop_button(flags: CancelFlags, said: str = "Stopping …", **look: Any) -> gr.Button:
    """A button that takes this visitor's work out of the queue, or asks it, started with ``flags``,
    to stop at its next step.

    ``said`` is the answer where something is running; ``look`` are options of ``gr.Button``. Within
    a tab it is seen only while something of that tab is at work.
    """

    async def stop(request: gr.Request) -> None:
        found, job = flags.cancel(request.session_hash), current()
        dropped = await job.drop_waiting() if job is not None else 0
        if dropped and job is not None and not job.companions():
            gr.Info("Cancelled; the last result stays.", title="Stopped", duration=4)
        else:
            gr.Info(said if found else "Nothing is running.")

    button = gr.Button("Cancel", **{"min_width": 90, "elem_classes": "gl-stop", **look})
    # In the queue, or gradio shows no notes; in a lane of its own, not behind what it stops.
    aside: dict[str, Any] = {"concurrency_id": "stop", "concurrency_limit": None}
    button.click(stop, None, None, **aside, **HIDDEN)
    return button


def publish(endpoints: Mapping[str, Callable[..., Any]]) -> None:
    """Add ``endpoints``, functions of plain values by name, to the ``gr.Blocks`` around the call;
    all share the model's lane."""
    for name, function in endpoints.items():
        gr.api(as_toasts(function), api_name=name, **LANE)


def whole_number(name: str, value: Any) -> int:
    """What a number field called ``name`` sent, as an int.

    Raises:
        InputError: it is empty, no number or no whole one.
    """
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value != int(value):
        raise InputError(f"{name} is {value!r}: type a whole number")
    return int(value)


def seed_number(name: str, value: Any) -> int:
    """What a number field for a seed sent, as an int.

    Raises:
        InputError: it is no whole number from 0 to the largest seed.
    """
    return whole(name, whole_number(name, value), 0, MAX_SEED)


def listed(name: str, value: Any) -> list[Any]:
    """What a program sent for a list called ``name``.

    Raises:
        InputError: it is no list.
    """
    if not isinstance(value, (list, tuple)):
        raise InputError(f"{name} is {value!r}: pass a list, such as [0, 1]")
    return list(value)

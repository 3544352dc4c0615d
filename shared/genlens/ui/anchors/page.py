"""How the anchor browser's tabs hang together: model, set and criteria are settled in the page's
head, then the open tab is filled; the others when they are opened."""

from __future__ import annotations

import html
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gradio as gr
import numpy as np

from genlens.anchors.criteria.criteria import FIRST_CRITERIA
from genlens.anchors.results import GROUPS, Side
from genlens.anchors.subject import Asked
from genlens.errors import GenlensError
from genlens.ui import lazy_tabs
from genlens.ui import link as pages_link
from genlens.ui.anchors import link, sources
from genlens.ui.anchors.scatter.tab import ScatterTab
from genlens.ui.anchors.scored import FIRST
from genlens.ui.anchors.seen import Seen, brief_of, seen, threshold_words
from genlens.ui.jobs import CancelFlags, current
from genlens.ui.kit import LANE, on, stop_button
from genlens.ui.kit import html as html_box
from genlens.ui.lazy_tabs import Parts, key

TABS = {
    "scatter": "Scatter",
    "slices": "Slices",
    "representatives": "Representatives",
    "criteria": "Criteria",
    "samples": "Own samples",
    "retraining": "Retraining",
    "truth": "How true?",
    "pictures": "Your pictures",
    "method": "Method notes",
}
"""Tab id -> what the page calls it."""
FIRST_MODELS = ("zeros-vae", "digits-vae")
"""What the page opens with: the first of these that is in the catalog."""


def first_seen(models: list[str]) -> Seen | None:
    """What the page opens with; None where no shipped model can be loaded."""
    for model in FIRST_MODELS:
        if model in models:
            try:
                return seen(model)
            except GenlensError:  # a checkout without its weights: the page opens all the same
                continue
    return None


def telling_group(now: Seen | None) -> str:
    """The group that the page opens with, and another model too: model delusion, where there is
    any, else one that is not empty."""
    if now is None:
        return GROUPS[0]
    counts = now.grouping.counts.sum(axis=1)
    return next((GROUPS[g] for g in (1, 0, 2, 3) if counts[g]), GROUPS[0])


def axis(side: Side, chosen: str, asked: Asked) -> tuple[list[tuple[str, str]], str]:
    """(title, name) of the criteria of a side for a model that is asked so, and ``chosen``, or the
    usual one where that is none of them."""
    offered = [(c.title, c.name) for c in sources.criteria_of(asked) if c.side == side]
    usual = FIRST_CRITERIA[asked][0 if side == "intrinsic" else 1]
    return offered, chosen if chosen in [name for _, name in offered] else usual


def line_html(now: Seen) -> str:
    """What is looked at in one line, for the head of the page."""
    n = len(now.here.scores)
    own = now.here.grouping(now.axes.across, now.axes.up)
    lines = " and ".join(
        f"{brief_of(t.criterion)} {threshold_words(t)}" for t in (own.intrinsic, own.extrinsic)
    )
    badge = ' <span class="gl-badge">computed in advance</span>' if now.here.shipped else ""
    form = f"{own.intrinsic.form}, {own.intrinsic.samples:,} samples"
    how = sources.HOW[sources.asked_as(now.here.model_id)]
    return (
        f'<div class="gl"><p class="gl-anchor-line"><b>{n:,} anchors</b>: '
        f"{html.escape(now.here.scores.data)}.{badge} The model’s own thresholds: "
        f"{html.escape(lines)} ({html.escape(form)}).{html.escape(how)}</p></div>"
    )


class Head:
    """Builds the page's head where it is called: model, anchor set and the two criteria.

    ``asked`` are its components as ``seen`` takes them; ``tx`` and ``ty`` hold thresholds that a
    reader moved. ``linked`` takes what a link asked for.
    """

    def __init__(self, model: gr.Dropdown, first: Seen | None) -> None:
        self.flags = CancelFlags()
        sets = sources.sets_of(str(model.value)) if model.value else []
        self.model = model
        # Custom values, because gradio would refuse an event that was on its way while another
        # model's sets came; what is no set is refused in words by ``sources``.
        self.set = gr.Dropdown(
            sets, value=sets[0][1] if sets else None, label="Anchors", min_width=180,
            info="The pictures it is asked about.", allow_custom_value=True, elem_id="gl-set",
        )  # fmt: skip
        self.x = gr.Dropdown(
            axis("intrinsic", FIRST[0], "Autoencoder")[0], value=FIRST[0],
            label="Intrinsic (across)", info="How strange its code is.", min_width=150,
            allow_custom_value=True, elem_id="gl-x",
        )  # fmt: skip
        self.y = gr.Dropdown(
            axis("extrinsic", FIRST[1], "Autoencoder")[0], value=FIRST[1], label="Extrinsic (up)",
            info="How badly it is drawn.", min_width=150, allow_custom_value=True, elem_id="gl-y",
        )  # fmt: skip
        # As text: gradio reads an empty number as 0, and "" is the model's own threshold.
        self.tx = gr.Textbox("", visible="hidden")
        self.ty = gr.Textbox("", visible="hidden")
        # Changes with each link or model: what was filled before it is not up to date, even where
        # model, set and criteria are the same.
        self.asked_anew = gr.Textbox("", visible="hidden")
        self.linked = gr.State(None)
        # What is shown: where something else cannot be, the choices go back to it.
        self.good = gr.State(shown_now(first) if first else None)
        self.line = html_box(line_html(first) if first else "", elem_id="gl-line")
        stop_button(self.flags, min_width=80, scale=0, size="sm", elem_classes="gl-head-stop")

    @property
    def places(self) -> dict[str, Any]:
        """Model, set and criteria, without thresholds."""
        return {"model_id": self.model, "set_name": self.set, "x": self.x, "y": self.y}

    @property
    def asked(self) -> dict[str, Any]:
        """Everything that ``seen`` takes."""
        return {**self.places, "tx": self.tx, "ty": self.ty}


def settle(
    model_id: str,
    set_name: str,
    x: str,
    y: str,
    linked: Mapping[str, Any] | None,
    good: Mapping[str, str] | None,
    **hooks: Any,
) -> dict[str, Any]:
    """Another model, or what a link asks for: its sets, its anchors scored, its line."""
    wanted = dict(linked or {})
    if not wanted and good is not None and good["model"] == model_id:
        return {}
    sets = sources.sets_of(model_id)
    names = [name for _, name in sets]
    chosen = wanted["set"] if wanted.get("set") in names else names[0]
    axes = axes_of(model_id, wanted.get("x", x), wanted.get("y", y))
    x, y = axes["x"][1], axes["y"][1]
    lines = {name: str(wanted.get(name, "")) for name in ("tx", "ty")}
    now = seen(model_id, chosen, x, y, **lines, **hooks)
    found: dict[str, Any] = {
        "set": gr.Dropdown(choices=sets, value=chosen), **pickers(axes), **lines,
        "linked": None, "good": shown_now(now), "line": line_html(now),
        "asked_anew": secrets.token_hex(4),
    }  # fmt: skip
    found["group"] = wanted.get("group", telling_group(now))
    found |= {"k": wanted["k"]} if "k" in wanted else {}
    ids = now.here.scores.ids
    at = np.flatnonzero(ids == wanted.get("anchor", -1))
    return found | {"row": str(at[0]) if len(at) else ""}


Axes = dict[str, tuple[list[tuple[str, str]], str]]


def axes_of(model_id: str, x: str, y: str) -> Axes:
    """What the head's two pickers of criteria offer for a model, and which is chosen."""
    asked = sources.asked_as(model_id)
    return {"x": axis("intrinsic", x, asked), "y": axis("extrinsic", y, asked)}


def pickers(axes: Axes) -> dict[str, gr.Dropdown]:
    """The same as gradio takes it (which has no ``value`` to be read within an event)."""
    return {n: gr.Dropdown(choices=offered, value=one) for n, (offered, one) in axes.items()}


def shown_now(now: Seen) -> dict[str, str]:
    """The choices of the page's head that make what is seen."""
    return {
        "model": now.here.model_id, "set": now.here.set_name,
        "x": now.axes.across, "y": now.axes.up,
    }  # fmt: skip


def or_back(
    good: Mapping[str, str] | None, work: Callable[[], dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """What ``work`` finds; where it is refused or stopped, the choices go back to ``good`` first.

    Raises:
        GenlensError: as ``work``.
    """
    try:
        found = work()
    except GenlensError:
        job = current()
        if good is not None and (job is None or not job.replaced()):
            sets = sources.sets_of(good["model"])
            axes = pickers(axes_of(good["model"], good["x"], good["y"]))
            back = gr.Dropdown(choices=sets, value=good["set"])
            yield {**good, **axes, "set": back, "linked": None}
        raise
    yield found


def wire(head: Head, parts: Parts, arrived: Any, first: Seen | None, scatter: ScatterTab) -> None:
    """All events between the head and the tabs.

    Args:
        head: of the page.
        parts: the tabs and what fills them.
        arrived: gradio's event that has read the address.
        first: what the page opens with.
        scatter: the scatter's tab, which has the group, k and the chosen anchor.
    """
    flags = head.flags
    anew = {"asked_anew": head.asked_anew}
    about = {n: (head.places if n == "scatter" else head.asked) | anew for n in parts}
    opening = key({name: part.value for name, part in about["scatter"].items()})

    def run(
        request: gr.Request, progress: gr.Progress = gr.Progress(), **asked: Any
    ) -> Iterator[dict[str, Any]]:
        hooks = flags.hooks(request, progress)
        yield from or_back(asked["good"], lambda: settle(**asked, **hooks))

    def again(
        request: gr.Request, progress: gr.Progress = gr.Progress(), **asked: Any
    ) -> Iterator[dict[str, Any]]:
        hooks, good = flags.hooks(request, progress), asked.pop("good")

        def work() -> dict[str, Any]:
            now = seen(**asked, **hooks)
            same = good is not None and good["set"] == now.here.set_name
            found = {"line": line_html(now), "tx": "", "ty": "", "good": shown_now(now)}
            return found if same else found | {"row": ""}

        yield from or_back(good, work)

    asked = {**head.places, "linked": head.linked, "good": head.good}
    found = {
        "model": head.model, "set": head.set, "x": head.x, "y": head.y, "tx": head.tx,
        "ty": head.ty, "linked": head.linked, "good": head.good, "line": head.line,
        "group": scatter.group, "k": scatter.k, "row": scatter.row,
        "asked_anew": head.asked_anew,
    }  # fmt: skip
    run_options: dict[str, Any] = {"show_progress_on": head.line, **LANE}
    settled = [
        on(start, run, asked, found, **run_options)
        for start in (head.model.change, arrived.success)
    ]
    other = on(
        [head.set.input, head.x.input, head.y.input], again,
        {**head.places, "good": head.good}, found, **run_options,
    )  # fmt: skip
    done = {"scatter": opening} if first else {}
    lazy_tabs.wire(parts, (*settled, other), about, "scatter", done)
    remembered = [
        head.model, head.set, head.x, head.y, head.tx, head.ty, scatter.group, scatter.k,
        scatter.number,
    ]  # fmt: skip
    changes = [component.change for component in remembered]
    gr.on(
        [*changes, *(tab.select for tab, _ in parts.values())],
        None, remembered, None, js=pages_link.remember(*link.NAMES),
    )  # fmt: skip

"""The left column of the page: which generator, which face of it, which assessor reads it.

These three are all that tabs share. A tab reads them as ``head.asked`` (which ``shown`` takes) and
changes them by naming ``head.model``, ``head.face`` or ``head.assessor`` among its outputs: the
page follows. A face of a tab's own making gets its address from ``faces.keep``, an assessor of a
visitor's own from ``assessors.keep``, and its place in the picker from ``Head.with_assessor``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import gradio as gr

from genlens.errors import GenlensError
from genlens.figures.steering.face_card import face_card
from genlens.ui.jobs import CancelFlags, current
from genlens.ui.kit import ASIDE, LANE, RAW, html, on, seed_number, stop_button
from genlens.ui.serving.access import access
from genlens.ui.steering import assessors, generators
from genlens.ui.steering.shown import Shown, shown
from genlens.ui.studies import OWN

FIRST_FACE = "36*7,11"
"""A mix of two faces; a generator with one layer shows the first."""
Entries = list[tuple[str, str]]
"""(label, name) of a visitor's own assessors, oldest first."""
MOST = 8
_NEXT = """(seed) => {
  const next = (Math.max(0, Math.floor(Number(seed) || 0)) + 1) % 2147483648;
  return [next, String(next)];
}"""
_SEED_OF = "(face, seed) => /^[0-9]{1,10}$/.test(face) ? Number(face) : seed"


def first_shown() -> Shown | None:
    """What the page opens with; None where no shipped generator can be loaded."""
    for model in generators.FIRST:
        try:
            now = shown(model, FIRST_FACE, assessors.choices()[0][1])
            card_of(now)  # a face that cannot be drawn is no opening either
        except GenlensError:  # a checkout without its weights: the page opens all the same
            continue
        return now
    return None


class Head:
    """Builds the column where it is called; ``first`` is what the page opens with.

    ``model``, ``face`` (an address, see ``faces``) and ``assessor`` are components whose values
    name what is shown; ``flags`` stop what the page itself does; ``tabs`` are the page's, which a
    handler may turn to another tab, once they are built.
    """

    def __init__(self, first: Shown | None) -> None:
        self.flags = CancelFlags()
        self.first = first
        self.tabs: gr.Tabs | None = None
        self._build(first)
        self.good = gr.State(names_of(first) if first else None)
        self.mine = gr.State([], time_to_live=3600 * 12)

    def _build(self, first: Shown | None) -> None:
        others = f" Or type {access().offers()}." if access().offers() else ""
        listed, assessed = generators.choices(), assessors.choices()
        self.model = gr.Dropdown(
            listed, value=first.model_id if first else next((n for _, n in listed), None),
            label="Generator", info=f"The model that draws.{others}", allow_custom_value=True,
            elem_id="gl-model",
        )  # fmt: skip
        with gr.Row(elem_id="gl-face-row"):
            self.seed = gr.Number(
                0, label="Face no.", min_width=150,
                elem_id="gl-seed",
            )  # fmt: skip
            self.another = gr.Button("Next face", size="md", min_width=110, elem_id="gl-another")
        # Custom values, because a visitor's own come later; what is none is refused in words.
        self.assessor = gr.Dropdown(
            assessed, value=assessed[0][1], label="Assessor", info="What gives each face a score.",
            allow_custom_value=True, elem_id="gl-assessor",
        )  # fmt: skip
        self.face = gr.Textbox(first.face if first else FIRST_FACE, visible="hidden")
        self.card = html(card_of(first) if first else "", elem_id="gl-face-card")
        stop_button(self.flags, size="sm", min_width=80)
        on(self.seed.submit, _typed_seed, {"seed": self.seed}, self.face, **RAW, **ASIDE)
        # In the browser, so that clicks in a row count on from each other.
        self.another.click(None, self.seed, [self.seed, self.face], js=_NEXT)
        self.face.change(None, [self.face, self.seed], self.seed, js=_SEED_OF)

    @property
    def asked(self) -> dict[str, Any]:
        """What ``shown`` takes, as components."""
        return {"model_id": self.model, "face": self.face, "assessor": self.assessor}

    def with_assessor(self, entries: Entries | None, label: str, name: str) -> dict[str, Any]:
        """A visitor's own assessor joins the picker and is chosen: values of the outputs
        ``assessor`` and ``mine``, where ``entries`` is what ``mine`` held."""
        taken = {known for known, _ in [*assessors.choices(), *(entries or [])]}
        free, number = label, 2
        while free in taken:
            free, number = f"{label} {number}", number + 1
        kept = [*(entries or []), (free, name)][-MOST:]
        picker = gr.Dropdown(choices=[*assessors.choices(), *kept], value=name)
        return {"assessor": picker, "mine": kept}

    def settles(self, arrived: Any) -> list[Any]:
        """gradio's events that show what the column names: after any change of it, and after
        ``arrived``."""
        asked = {**self.asked, "good": self.good}
        found = {
            "model_id": self.model, "face": self.face, "assessor": self.assessor,
            "card": self.card, "good": self.good,
        }  # fmt: skip
        changes = [self.model.change, self.face.change, self.assessor.change]
        options: dict[str, Any] = {"show_progress_on": self.card, **LANE}
        return [
            on(changes, settle, asked, found, trigger_mode="always_last", **options),
            on(arrived.success, settle, asked, found, show_progress="minimal", **options),
        ]


def settle(
    model_id: str, face: str, assessor: str, good: Mapping[str, str] | None
) -> Iterator[dict[str, Any]]:
    """The face, its score and its name; where they cannot be had, the choices go back.

    Raises:
        GenlensError: as ``shown``; the column names what was ``good`` again by then.
    """
    asked = {"model_id": model_id, "face": face, "assessor": assessor}
    if good == asked:
        yield {}
        return
    try:
        if good is not None and good["model_id"] != model_id and OWN in str(face):
            asked["face"] = FIRST_FACE  # a face of the other generator's
        found = {"card": card_of(shown(**asked)), "good": asked}
    except GenlensError:
        job = current()
        if good is not None and (job is None or not job.replaced()):
            yield {**good}
        raise
    # What was asked for is not sent back: a quick visitor may have asked for more meanwhile.
    yield found | ({"face": asked["face"]} if asked["face"] != face else {})


def names_of(now: Shown) -> dict[str, str]:
    """The texts that ``shown`` was asked with."""
    return {"model_id": now.model_id, "face": now.face, "assessor": now.assessor_id}


def card_of(now: Shown) -> str:
    """The face on screen with its score, as HTML."""
    which, classes = now.assessor, generators.classes_words(now.generator)
    note = f"{which.help} {classes}".strip()
    return face_card(now.image, now.name, now.score, which.title, which.unit, which.range, note)


def _typed_seed(seed: Any) -> str:
    return str(seed_number("the face's number", seed))

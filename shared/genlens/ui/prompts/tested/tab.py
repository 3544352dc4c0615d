"""The tab "Put to the test"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

from genlens.prompts.trust.noise import LEAST, MOST, USUAL
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import html
from genlens.ui.prompts.more.widget import AskMore
from genlens.ui.prompts.tested import work

_FIDELITY = (
    '<div class="gl"><p>Three questions about the explanation of this very prompt. (How often '
    "explanations are right on many prompts is on the tab “Trust”.)</p><h3>Do the values foretell "
    "what the model does?</h3></div>"
)
_AXIOMS = (
    '<div class="gl"><h3>Does the method keep its promises?</h3><p>Axioms are what one may demand '
    "of numbers that call themselves a word’s part. Shapley values are the only ones that keep the "
    "first four, of every prompt; other methods stand beside them.</p></div>"
)
_NOISE = (
    '<div class="gl"><h3>Is it the wording, or the noise?</h3><p>One seed is one image. The same '
    "prompt is explained from other starting noises: a difference between two words that comes and "
    "goes with the noise says nothing about the words.</p></div>"
)


class TestedTab:
    """Builds the tab where it is called, filled with ``first`` (``work.opened``)."""

    __test__ = False  # no tests, whatever its name looks like to pytest

    def __init__(self, first: Mapping[str, str]) -> None:
        self.flags = CancelFlags()
        html(_FIDELITY)
        self.fidelity = html(first.get("fidelity", ""), elem_id="gl-fidelity")
        html(_NOISE)
        self.cost = html(first.get("noise_cost", ""))
        self.ask = AskMore(work.ASK_NOISES, self.flags, first.get("noise", ""), self._number)
        html(_AXIOMS)
        self.axioms = html(first.get("axioms", ""), elem_id="gl-axioms")

    @property
    def outputs(self) -> dict[str, Any]:
        """What a new result fills, by the names of ``work.opened``."""
        return {
            "axioms": self.axioms,
            "fidelity": self.fidelity,
            "noise": self.ask.told,
            "noise_cost": self.cost,
        }

    def wire(self, page: Mapping[str, Component]) -> None:
        """Join the button to the result on the ``page``; see ``AskMore.wire``."""
        self.ask.wire(self.noises, page)

    def _number(self) -> Component:
        """The field beside the button."""
        self.noises = gr.Number(
            USUAL, label="Noises", precision=0, minimum=LEAST, maximum=MOST, scale=0,
            min_width=150, info=f"{LEAST} to {MOST}, this image’s own among them.",
            elem_id="gl-noises",
        )  # fmt: skip
        return self.noises

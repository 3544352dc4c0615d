"""The fields that say what is done to each face: one row for each kind of edit."""

from __future__ import annotations

from typing import Any

import gradio as gr

from genlens.models.assessors.shipped import FACE_PROPERTIES
from genlens.ui.kit import on
from genlens.ui.steering.hypotheses.asked import (
    FIRST_CASE,
    KINDS,
    case_choices,
    change_choices,
    factor_values,
    region_choices,
    usual_amount,
)
from genlens.worlds.avatars import CHOICES


def edit_kind() -> gr.Dropdown:
    """The choice of a kind of edit, built where it is called."""
    return gr.Dropdown(
        list(KINDS.items()), value="case", label="Edit", elem_id="gl-edit-kind", min_width=260,
        info="What is done to each face: what the claim names, and no more.",
    )  # fmt: skip


class EditFields:
    """Builds them where it is called; ``asked`` are all of them by name, of which only those of the
    chosen ``kind`` are seen."""

    def __init__(self, kind: gr.Dropdown) -> None:
        self.kind = kind
        self.rows: dict[str, gr.Row] = {}
        self.asked: dict[str, Any] = {"kind": self.kind}
        for name, build in (
            ("case", self._case), ("redraw", self._redraw), ("direction", self._direction),
            ("styles", self._styles), ("picture", self._picture),
        ):  # fmt: skip
            with gr.Row(visible=name == "case") as self.rows[name]:
                self.asked |= build()
        on(self.kind.change, _seen, {"kind": self.kind}, self.rows, queue=False)

    def _case(self) -> dict[str, Any]:
        return {"case": gr.Dropdown(
            case_choices(), value=FIRST_CASE, label="Case", elem_id="gl-case",
            info="Claims about faces, of the kind that the paper asks (arXiv:2109.07869).",
        )}  # fmt: skip

    def _redraw(self) -> dict[str, Any]:
        factor = gr.Dropdown(
            [(name.replace("_", " "), name) for name in CHOICES], value="glasses",
            label="Attribute", info="Of a drawn face.", min_width=150,
        )  # fmt: skip
        before = gr.Dropdown(
            factor_values("glasses"), value=["none"], multiselect=True, label="Before",
            min_width=180, info="The face has one of these; empty for any other than After.",
        )  # fmt: skip
        after = gr.Dropdown(
            factor_values("glasses"), value=["round"], multiselect=True, label="After",
            min_width=180, info="It gets one of these.",
        )  # fmt: skip
        on(factor.input, _other_factor, {"factor": factor}, {"before": before, "after": after},
           queue=False)  # fmt: skip
        return {"factor": factor, "before": before, "after": after}

    def _direction(self) -> dict[str, Any]:
        raised = gr.Dropdown(
            [(each.title, each.name) for each in FACE_PROPERTIES], value="face-glasses",
            label="More of", min_width=180,
            info="The direction is learned from 500 faces that the generator draws.",
        )  # fmt: skip
        alpha = gr.Number(
            2.0, label="Alpha", min_width=130,
            info="Steps, in standard deviations of the faces along it; below 0 for less.",
        )  # fmt: skip
        return {"raised": raised, "alpha": alpha}

    def _styles(self) -> dict[str, Any]:
        return {
            "first": gr.Number(0, label="From layer", info="0 is the coarsest.", min_width=110),
            "last": gr.Number(2, label="To layer", info="Included.", min_width=110),
            "other": gr.Number(
                17, label="Other face no.", info="Whose styles they take.", min_width=130
            ),
        }

    def _picture(self) -> dict[str, Any]:
        change = gr.Dropdown(change_choices(), value="blur", label="Change", min_width=180)
        region = gr.Dropdown(
            region_choices(), value="mouth", label="Where", min_width=140,
            info="Boxes where parts usually are.",
        )  # fmt: skip
        amount = gr.Number(usual_amount("blur"), label="Amount", min_width=110)
        on(change.input, usual_amount, {"change": change}, amount, queue=False)
        return {"change": change, "region": region, "amount": amount}


def _seen(kind: str) -> dict[str, Any]:
    return {name: gr.Row(visible=name == kind) for name in KINDS.values()}


def _other_factor(factor: str) -> dict[str, Any]:
    values = factor_values(factor)
    return {
        "before": gr.Dropdown(choices=values, value=values[:1]),
        "after": gr.Dropdown(choices=values, value=values[1:2]),
    }

"""Every endpoint of the anchor browser, and where they join the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from genlens.ui.anchors.endpoints.groups import (
    api_explain_anchor,
    api_group_anchors,
    api_select_anchors,
    api_slice_anchors,
)
from genlens.ui.anchors.endpoints.scores import (
    api_own_samples,
    api_score_anchors,
    api_score_pictures,
)
from genlens.ui.anchors.truth.tab import api_evaluate_anchors
from genlens.ui.kit import LANE, publish
from genlens.ui.messages import as_toasts


def endpoints() -> dict[str, Callable[..., Any]]:
    """Every endpoint of the page by its name."""
    return {
        "score_anchors": api_score_anchors,
        "group_anchors": api_group_anchors,
        "select_anchors": api_select_anchors,
        "slice_anchors": api_slice_anchors,
        "explain_anchor": api_explain_anchor,
        "own_samples": api_own_samples,
        "evaluate_anchors": api_evaluate_anchors,
    }


def register_endpoints() -> None:
    """Add the endpoints to the ``gr.Blocks`` around the call; all share the model's lane."""
    publish(endpoints())
    # A file goes through components, which take it in.
    unseen: dict[str, Any] = {"visible": False}
    asked = {
        "archive": gr.File(label="archive", file_types=[".zip"], type="filepath", **unseen),
        "model": gr.Textbox("zeros-vae", label="model", **unseen),
        "criteria": gr.JSON(label="criteria", **unseen),
    }
    gr.Button(**unseen).click(
        as_toasts(api_score_pictures), None, gr.JSON(label="scores", **unseen),
        inputs_kwargs=asked, api_name="score_pictures", **LANE,
    )  # fmt: skip

"""The gallery of sub-prompts as one component whose tiles can be enlarged."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr


@lru_cache(maxsize=1)
def script() -> str:
    """The enlarging script; it expects ``element`` to be in scope."""
    return resources.files("genlens.ui").joinpath("static/gallery.js").read_text("utf-8")


def gallery_widget(value: str = "") -> gr.HTML:
    """``figures.prompts.coalition_gallery`` as a gradio component."""
    import gradio as gr

    return gr.HTML(value, js_on_load=script(), apply_default_css=False, container=False)

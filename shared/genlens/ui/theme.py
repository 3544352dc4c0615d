"""Look of every page: a gradio theme and CSS that load nothing from outside."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from genlens.figures.style import stylesheet
from genlens.ui.serving.guard import OnlyUploads

if TYPE_CHECKING:
    import gradio as gr

# The reader's own fonts: no file to fetch, and every script they can read is there.
FONTS = ("system-ui", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
STYLES = ("page.css", "vae.css", "why.css", "anchors.css", "steering.css")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def theme() -> gr.Theme:
    """The theme of all apps: blue, system fonts, text a size larger than gradio's own."""
    import gradio as gr

    return gr.themes.Base(
        primary_hue=gr.themes.colors.blue,
        neutral_hue=gr.themes.colors.slate,
        font=FONTS,
        font_mono=MONO,
        text_size=gr.themes.sizes.text_lg,
        radius_size=gr.themes.sizes.radius_md,
    ).set(
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_600",
        button_primary_text_color="white",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        block_border_width="1px",
    )


@lru_cache(maxsize=1)
def css() -> str:
    """The figures' stylesheet followed by the pages' own."""
    folder = resources.files("genlens.ui").joinpath("static")
    own = (folder.joinpath(name).read_text("utf-8") for name in STYLES)
    return stylesheet() + "".join(own)


def launch_options(*, max_file_size: str = "5mb") -> dict[str, Any]:
    """What every page passes to ``demo.launch`` or to ``gr.mount_gradio_app``; ``max_file_size`` of
    one upload."""
    from starlette.middleware import Middleware

    return {
        "theme": theme(),
        "css": css(),
        "max_file_size": max_file_size,
        "ssr_mode": False,
        # Inputs and outputs would stay in the browser, which others may use after the visitor.
        "run_history": False,
        "app_kwargs": {"middleware": [Middleware(OnlyUploads)]},
    }

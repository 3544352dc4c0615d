"""The section "Features, and a brush": its widgets and what they show."""

from __future__ import annotations

import html as escaping
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component

from genlens.figures.prompts.inside.features import features_table, painted_tiles
from genlens.prompts.inside.features.learn import SCENES, FeatureSet
from genlens.prompts.inside.features.paint import PaintedFeature
from genlens.prompts.inside.features.storage import StoredFeatures, load_features
from genlens.prompts.inside.features.strokes import MOST, REGIONS, STRENGTH
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import LANE, html, on, stop_button
from genlens.ui.prompts.about.truth import card
from genlens.ui.prompts.inside.painting import REGION, learned, painted

OPENING = Path(__file__).parents[2] / "data" / "inside_features.npz"
PROMPT, NOUN = "a tree", "watermelon"
"""What the section opens with: one of the nouns whose painting a reader can name."""
_INTRO = (
    '<div class="gl"><h3>Features, and a brush</h3><p>A sparse autoencoder writes what the '
    "network’s attention to the words adds on one grid of places, at each step, as a sum of few "
    "features out of many (TopK, Gao et al. 2024, arXiv:2406.04093; of a UNet’s blocks, "
    f"Surkov et al. 2024, arXiv:2410.22366). It is learned here, on {SCENES} scenes whose truth "
    "is known, in about a minute; nothing is shipped. <b>Precision</b>: of the places where a "
    "feature fires, the part that its noun covers. <b>Recall</b>: of the noun’s places, the part "
    "where it fires. A feature need not stand for a noun: many stand for colours, edges or the "
    "ground.</p></div>"
)

_TOLD = (
    "Computed in advance, and picked because it can be named: the table below says in how many "
    "pictures painting works. "
)


class FeaturesSection:
    """Builds the section where it is called; ``model`` is the tab's menu of models."""

    def __init__(self, model: Component) -> None:
        self.flags = CancelFlags()
        html(_INTRO)
        with gr.Row():
            self.learn = gr.Button(
                "Learn this model’s features", variant="primary", scale=0, min_width=260,
                size="md", elem_id="gl-learn-features",
            )  # fmt: skip
            stop_button(self.flags)
        self.bar = html("", elem_classes="gl-bar")
        self.table = html("", elem_id="gl-inside-features")
        with gr.Row():
            self.feature = gr.Number(
                0, label="Feature",
                precision=0, minimum=0, min_width=110, info="Its number in the table.",
                elem_id="gl-paint-feature",
            )  # fmt: skip
            self.prompt = gr.Textbox(
                PROMPT, label="Prompt to paint on", min_width=180, elem_id="gl-paint-prompt"
            )
            self.region = gr.Dropdown(
                list(REGIONS), value=REGION, label="Where", min_width=120,
                info="The part of the picture.",
            )  # fmt: skip
            self.strength = gr.Number(
                STRENGTH, label="Strength", minimum=-MOST, maximum=MOST, min_width=120,
                info="Times its usual value; below 0 takes it out.",
            )  # fmt: skip
            self.seed = gr.Number(0, label="Seed", precision=0, minimum=0, min_width=100)
            self.together = gr.Checkbox(
                False, label="All features of its noun", min_width=160,
                info="Not this one alone.", elem_id="gl-paint-together",
            )  # fmt: skip
            self.shaped = gr.Checkbox(
                False, label="In the shape of its noun", min_width=160,
                info="As in a true scene, not evenly.", elem_id="gl-paint-shaped",
            )  # fmt: skip
        with gr.Row():
            self.paint = gr.Button(
                "Paint it", variant="primary", scale=0, min_width=160, size="md",
                elem_id="gl-ask-paint",
            )  # fmt: skip
        self.brush = html("", elem_id="gl-inside-painted")
        self.measured = html("")
        on(
            self.learn.click, self.show, {"model": model}, self.table,
            show_progress_on=self.bar, **LANE,
        )  # fmt: skip
        asked = {"feature": self.feature, "prompt": self.prompt, "region": self.region,
                 "strength": self.strength, "seed": self.seed, "model": model,
                 "together": self.together, "shaped": self.shaped}  # fmt: skip
        on(self.paint.click, self.ask, asked, self.brush, show_progress_on=self.bar, **LANE)

    @property
    def outputs(self) -> dict[str, Component]:
        """What ``opening`` fills."""
        return {
            "features": self.table, "brush": self.brush, "feature": self.feature,
            "purity": self.measured, "painted_prompt": self.prompt, "together": self.together,
            "painted_strength": self.strength, "painted_region": self.region,
            "shaped": self.shaped,
        }  # fmt: skip

    @staticmethod
    def opening() -> dict[str, Any]:
        """What the section opens with."""
        told: dict[str, Any] = {"purity": measured_html(card("inside"))}
        if OPENING.is_file():
            stored = load_features(OPENING)
            told["features"] = stored_html(stored)
            told["brush"] = painted_html(stored.painted, _TOLD)
            told["feature"] = stored.painted.feature
            told["painted_prompt"] = stored.painted.prompt
            told["painted_strength"] = stored.painted.strength
            told["painted_region"] = REGION
            told["together"] = len(stored.painted.features) > 1
            told["shaped"] = bool(stored.painted.made_by.settings.get("shaped"))
        return told

    def show(self, model: str, request: gr.Request, progress: gr.Progress = gr.Progress()) -> str:
        """Learn, and show what was found."""
        hooks = self.flags.hooks(request, progress, "steps")
        return set_html(learned(model, **hooks))

    def ask(
        self,
        feature: Any,
        prompt: str,
        region: str,
        strength: Any,
        seed: Any,
        model: str,
        together: bool,
        shaped: bool,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> str:
        """Paint and show; learns first where nothing is learned yet."""
        hooks = self.flags.hooks(request, progress, "steps")
        return painted_html(
            painted(feature, prompt, region, strength, seed, model, together, shaped, **hooks)
        )


def set_html(found: FeatureSet) -> str:
    """A feature set as HTML."""
    said = (
        f"{found.blocks.title}: {found.made_by.settings.get('features')} features, at most "
        f"{found.made_by.settings.get('active')} at a place. They explain "
        f"{100 * found.explained:.0f} % of the variance of held-out activations; "
        f"{100 * found.dead:.0f} % never fire. {100 * found.pure.value:.0f} % "
        f"({100 * found.pure.low:.0f} to {100 * found.pure.high:.0f} %) of those that fire have a "
        f"precision of 50 % or more. Named on one half of {found.scenes} scenes, measured on the "
        f"other; {found.made_by.model}, {found.made_by.seconds:.0f} s."
    )
    table = features_table(found.features).html(css="gl-table gl-left")
    return (
        f'<div class="gl"><p>{escaping.escape(said)}</p><div class="gl-scroll" tabindex="0">'
        f"{table}</div></div>"
    )


def stored_html(stored: StoredFeatures) -> str:
    """The purest of the features learned in advance."""
    table = features_table(stored.features).html(css="gl-table gl-left")
    return (
        '<div class="gl"><p>Computed in advance: the purest features of '
        f"{escaping.escape(stored.made_by.model)} at {escaping.escape(stored.layer)}, all of which "
        "explain "
        f"{100 * stored.explained:.0f} % of the variance. Press the button to learn them here."
        f'</p><div class="gl-scroll" tabindex="0">{table}</div></div>'
    )


def measured_html(numbers: dict[str, Any] | None) -> str:
    """The recorded figures; "" where nothing was measured."""
    from genlens.figures.prompts.inside.feature_figures import figures_table

    chart = (numbers or {}).get("features")
    if not isinstance(chart, dict):
        return ""
    return (
        '<div class="gl"><h4>How pure they are, and whether the brush paints</h4>'
        f'<div class="gl-scroll" tabindex="0">{figures_table(chart).html()}</div>'
        "<p>On scenes that were not learned from. The controls fire as often as the features do; "
        "the last one gives each scene another’s truth and must be pure for nothing.</p></div>"
    )


def painted_html(found: PaintedFeature, before: str = "") -> str:
    """A painted picture as HTML."""
    said = f"{before}{found.made_by.model}, seed {found.made_by.seed}, strength {found.strength:g}."
    return (
        f'<div class="gl">{painted_tiles(found)}<p class="gl-soft">{escaping.escape(said)}</p>'
        "</div>"
    )

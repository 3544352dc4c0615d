"""What has this autoencoder learned: the VAE page. Widgets and events only; the work is below."""

from __future__ import annotations

import spaces  # noqa: F401  (before anything starts CUDA)

import gradio as gr  # isort: skip

from genlens.figures.latents.portrait_card import portrait_line
from genlens.ui import link, theme
from genlens.ui.kit import LANE, StillTab, html, on
from genlens.ui.latents import endpoints as vae_endpoints
from genlens.ui.latents import notes as vae_notes
from genlens.ui.latents import opening as vae_opening
from genlens.ui.latents import page as vae_tabs
from genlens.ui.latents.examples.tab import ExamplesTab
from genlens.ui.latents.map.tab import MapTab
from genlens.ui.latents.rebuild.tab import RebuildTab
from genlens.ui.latents.sliders.tab import LatentsTab
from genlens.ui.latents.truth import TruthTab
from genlens.ui.latents.why import link as why_link
from genlens.ui.latents.why.tab import WhyFirst, WhyTab
from genlens.ui.lazy_tabs import Parts
from genlens.ui.models import choices, model_picker
from genlens.ui.own_models import OwnModels
from genlens.ui.serving.page import Page
from genlens.ui.training.tab import TrainingTab
from genlens.ui.uploads import upload

OPTIONS = {"max_file_size": "300mb"}  # a ZIP of 5,000 pictures
MODELS = [*choices("Autoencoder"), *choices("Generator")]
IDS = [name for _, name in MODELS]
STORED = vae_opening.load_opening()
if STORED is not None and STORED.model not in IDS:
    STORED = None
FIRST_MODEL = STORED.model if STORED else next(iter(IDS), None)
FIRST_WHY = None
if STORED:
    seen = STORED.portrait
    FIRST_WHY = WhyFirst(seen.attribution, seen.image, latent=seen.latent)


def take(file, model_id, entries):
    """A visitor's own picture as the last one of the chosen model's set."""
    return upload(file, model_id, entries, own)


def arrive(kept, request: gr.Request):
    """Fill model, picture and tab from the link that was opened, or from what this tab showed."""
    asked = link.read(dict(request.query_params), IDS, vae_tabs.TABS)
    asked["why"] = why_link.read(dict(request.query_params))
    chosen = {"tab": gr.Tabs(selected=asked["tab"])} if "tab" in asked else {}
    mine = own.again(kept) if "model" not in asked else {}
    return asked | mine | chosen


with Page("genlens: what has this autoencoder learned") as demo:
    vae_endpoints.register_endpoints()  # first, so that theirs are the plain names
    demo.banner(
        "What has this autoencoder learned?",
        "It turns a picture into a few numbers, its latents, and back. See what each number stands "
        "for, which pixels decide it, and how far such explanations can be believed.",
    )
    with gr.Row(elem_id="gl-choose"):
        model = model_picker(MODELS, FIRST_MODEL, "model")
        first_picture = STORED.picture if STORED else 0
        typed = gr.Number(
            first_picture, label="Picture no.", info="From 0; press Enter.", elem_id="gl-picture"
        )
        with gr.Column(elem_id="gl-other", min_width=100):
            another = gr.Button("Another picture", size="sm", elem_id="gl-another")
            mine = gr.UploadButton(
                "My own picture", file_types=["image"], size="sm", elem_id="gl-mine"
            )
        shown = ""
        if STORED is not None:
            address = link.query(STORED.model, STORED.picture)
            shown = portrait_line(STORED.portrait, address, data=STORED.data)
        with gr.Column(min_width=100):
            line = html(shown, elem_id="gl-line")
            said = html("", elem_id="gl-mine-said")
    picture = gr.Number(first_picture, visible="hidden", elem_id="gl-chosen-picture")
    kept = gr.Textbox("", visible="hidden")
    vae_tabs.follow(typed, picture)
    own = OwnModels(model)
    on(
        mine.upload,
        take,
        {"file": mine, "model_id": model, "entries": own.state},
        {"entries": own.state, "model": model, "picture": picture, "said": said},
        **LANE,
    )

    parts: Parts = {}
    with gr.Tabs(selected="map", overflow_behavior="wrap", elem_id="gl-tabs") as tabs:
        for name, build in (
            ("map", lambda: MapTab(model, picture, STORED)),
            ("latents", lambda: LatentsTab(model, picture)),
            ("why", lambda: WhyTab(model, picture, FIRST_WHY)),
            ("examples", lambda: ExamplesTab(model, picture)),
            ("rebuild", lambda: RebuildTab(model)),
            ("train", lambda: TrainingTab(model, picture, own=own, tabs=tabs)),
            ("truth", lambda: TruthTab(model)),
            ("method", lambda: StillTab(vae_notes.notes_html())),
        ):
            with gr.Tab(vae_tabs.TABS[name], id=name, elem_id=f"gl-tab-{name}") as tab:
                parts[name] = (tab, build())

    filled = {"map": FIRST_MODEL} if STORED else {}
    opens = None if STORED else demo
    vae_tabs.wire(model, typed, picture, line, another, parts, filled, at_load=opens)
    arrived = {"model": model, "picture": picture, "tab": tabs, "entries": own.state}
    arrived |= {"why": parts["why"][1].linked}
    on(demo.load, arrive, {"kept": kept}, arrived, js=link.RECALL, queue=False)

demo.queue(max_size=40)

if __name__ == "__main__":
    demo.launch(**theme.launch_options(**OPTIONS))

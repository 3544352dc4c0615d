"""Which pictures does a generator know: the anchor browser. Widgets and events only; the work is
below."""

from __future__ import annotations

import spaces  # noqa: F401  (before anything starts CUDA)

import gradio as gr  # isort: skip

from genlens.ui import link as pages_link
from genlens.ui import theme
from genlens.ui.anchors import link
from genlens.ui.anchors import notes as anchor_notes
from genlens.ui.anchors import page as anchor_tabs
from genlens.ui.anchors import sources as anchor_sources
from genlens.ui.anchors.criteria.tab import CriteriaTab
from genlens.ui.anchors.endpoints.register import register_endpoints
from genlens.ui.anchors.pictures.tab import PicturesTab
from genlens.ui.anchors.representatives.tab import RepresentativesTab
from genlens.ui.anchors.retraining.tab import RetrainingTab
from genlens.ui.anchors.samples.tab import SamplesTab
from genlens.ui.anchors.scatter.tab import ScatterTab
from genlens.ui.anchors.slices.tab import SlicesTab
from genlens.ui.anchors.truth.tab import TruthTab
from genlens.ui.kit import StillTab, on
from genlens.ui.lazy_tabs import Parts
from genlens.ui.models import model_picker
from genlens.ui.own_models import OwnModels
from genlens.ui.serving.page import Page

OPTIONS = {"max_file_size": "300mb"}  # a ZIP of 5,000 pictures
MODELS = anchor_sources.model_choices()
IDS = [name for _, name in MODELS]
FIRST = anchor_tabs.first_seen(IDS)
FIRST_MODEL = FIRST.here.model_id if FIRST else next(iter(IDS), None)
GROUP = anchor_tabs.telling_group(FIRST)


def arrive(kept, request: gr.Request):
    """Model and tab of the link that was opened, or the visitor's own model of this browser tab."""
    asked = link.read(dict(request.query_params), IDS, anchor_tabs.TABS)
    chosen = {"tab": gr.Tabs(selected=asked.pop("tab"))} if "tab" in asked else {}
    if "model" in asked:
        chosen["model"] = asked["model"]
    else:
        chosen |= own.again(kept)
    return chosen | {"linked": asked or None}


with Page("genlens: which pictures does a generator know") as demo:
    register_endpoints()  # first, so that theirs are the plain names
    demo.banner(
        "Which pictures does a generator know?",
        "It is asked about thousands of real pictures, its anchors: does it find each familiar, "
        "and can it draw it?",
    )
    with gr.Row(elem_id="gl-anchor-head"):
        model = model_picker(MODELS, FIRST_MODEL, "model")
        head = anchor_tabs.Head(model, FIRST)
    kept = gr.Textbox("", visible="hidden")
    own = OwnModels(model, inverted=True)

    parts: Parts = {}
    with gr.Tabs(selected="scatter", overflow_behavior="wrap", elem_id="gl-tabs") as tabs:
        with gr.Tab(anchor_tabs.TABS["scatter"], id="scatter", elem_id="gl-tab-scatter") as tab:
            scatter = ScatterTab(head.asked, GROUP, FIRST)
            parts["scatter"] = (tab, scatter)
        for name, build in (
            ("slices", lambda: SlicesTab(head.asked, scatter, tabs)),
            ("representatives", lambda: RepresentativesTab(head.asked, scatter, tabs)),
            ("criteria", lambda: CriteriaTab(head.asked)),
            ("samples", lambda: SamplesTab(head.asked)),
            ("retraining", RetrainingTab),
            ("truth", TruthTab),
            ("pictures", lambda: PicturesTab(model, own, tabs)),
            ("method", lambda: StillTab(anchor_notes.notes_html())),
        ):
            with gr.Tab(anchor_tabs.TABS[name], id=name, elem_id=f"gl-tab-{name}") as tab:
                parts[name] = (tab, build())

    found = {"model": model, "tab": tabs, "entries": own.state, "linked": head.linked}
    arrived = on(demo.load, arrive, {"kept": kept}, found, js=pages_link.RECALL, queue=False)
    anchor_tabs.wire(head, parts, arrived, FIRST, scatter)

demo.queue(max_size=40)

if __name__ == "__main__":
    demo.launch(**theme.launch_options(**OPTIONS))

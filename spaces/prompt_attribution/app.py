"""Which word drew what: the prompt page. Widgets and events only; the work is in ``genlens``."""

from __future__ import annotations

import spaces  # noqa: F401  (before anything starts CUDA)

import gradio as gr  # isort: skip

from genlens.common.limits import MAX_SEED
from genlens.ui import theme
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import LANE, html, on, stop_button
from genlens.ui.models import choices
from genlens.ui.prompts import endpoints, opening
from genlens.ui.prompts import link as share
from genlens.ui.prompts import view as prompt_view
from genlens.ui.prompts.result import PromptResult
from genlens.ui.serving.page import Page

HEAD = """<div class="gl" id="gl-banner"><h1>Which word drew what?</h1><p>The model draws every
part of your prompt: Shapley values say how much a word matters, segments say where.</p></div>"""
EXAMPLES = (
    "a cat next to a red car",
    "a dog wearing a hat",
    "a lamp with flowers",
    "please a really nice blue fish",
    "two apples on a pink background",
)
FLAGS = CancelFlags()
MODELS = choices("TextToImage")
STORED = opening.load_opening()
FIRST = None
if STORED is not None:
    NOTE = f"computed in advance from {STORED.made_by.model}"
    FIRST = prompt_view.PromptView.of(STORED, note=NOTE)


def show(prompt, seed, model, steps, guidance, request: gr.Request, progress=gr.Progress()):
    """Explain the prompt and fill the whole page."""
    progress(0, desc="Starting")
    hooks = FLAGS.hooks(request, progress)
    explanation = endpoints.explanation(prompt, seed, model, steps, guidance, **hooks)
    view = prompt_view.PromptView.of(explanation, steps=steps, guidance=guidance)
    return PromptResult.values(view)


def arrive(request: gr.Request):
    """Fill the inputs from the link that was opened, and say whether to explain at once."""
    asked = share.read(dict(request.query_params), [name for _, name in MODELS])
    return asked | {"linked_here": "prompt" in asked}


def rule_changed(game, rule):
    """The same game under another rule."""
    changed = prompt_view.by_rule(game, rule)
    return dict(zip(("plot", "table"), changed, strict=True)) if changed else {}


with Page("genlens: which word drew what") as demo:
    html(HEAD)
    with gr.Row(elem_id="gl-page"):
        with gr.Column(elem_id="gl-ask"):
            prompt = gr.Textbox(
                opening.PROMPT,
                label="Prompt",
                max_lines=4,
                info="1 to 8 English words; each is one player.",
            )
            with gr.Row():
                explain = gr.Button(
                    "Explain", variant="primary", elem_id="gl-explain", min_width=99
                )
                stop_button(FLAGS)
            bar = html("", elem_id="gl-progress")
        with gr.Column(elem_id="gl-settings"):
            info = "Picks the starting noise. Same seed, same image."
            number = {"precision": 0, "minimum": 0, "maximum": MAX_SEED}
            seed = gr.Number(opening.SEED, label="Seed", info=info, **number)
            info = "The text-to-image model that is explained."
            model = gr.Dropdown(MODELS, value=opening.MODEL, label="Model", info=info)
            with gr.Accordion("Advanced", open=False):
                info = "Rounds of noise removal; 0: the model's own number."
                steps = gr.Slider(0, 50, 0, step=1, label="Steps", info=info)
                info = "How hard the prompt pulls; 0: the model's own."
                guidance = gr.Slider(0, 15, 0, step=0.5, label="Guidance", info=info)
            gr.Examples([[text] for text in EXAMPLES], [prompt], label="Prompts to try")
        with gr.Column(elem_id="gl-result"):
            result = PromptResult(FIRST)
    asked = {"prompt": prompt, "seed": seed, "model": model, "steps": steps, "guidance": guidance}
    linked_here = gr.Checkbox(visible=False)

    starts = [explain.click, prompt.submit]
    # A second click starts anew (ui/jobs.py stops the first); gradio would drop it.
    again = {"trigger_mode": "multiple"}
    shown = on(starts, show, asked, result.outputs, show_progress_on=bar, **again, **LANE)
    shown.success(None, result.address, None, js=share.REMEMBER)
    changed = {"plot": result.plot, "table": result.table}
    choice = {"game": result.game, "rule": result.rule}
    on(result.rule.input, rule_changed, choice, changed, queue=False)
    arrived = on(demo.load, arrive, {}, asked | {"linked_here": linked_here}, queue=False)
    arrived.then(None, linked_here, None, js=share.GO)

    # Endpoints: the same work for programs (gradio_client, MCP), without the page.
    api, picture = gr.Button(visible=False), gr.Image(visible=False)
    # A picture is taken as a file: gr.Image would cut 16 bits off to 1 before genlens sees it.
    file = gr.File(visible=False, type="filepath", label="image")
    answer = gr.JSON(visible=False, label="result")
    for function, takes, gives in (
        (endpoints.explain_prompt, asked, answer),
        (endpoints.generate, asked, picture),
        (endpoints.segment, {"image": file}, answer),
    ):
        name = function.__name__
        on(api.click, function, takes, gives, api_name=name, api_visibility="public", **LANE)

demo.queue(max_size=20)

if __name__ == "__main__":
    demo.launch(**theme.launch_options())

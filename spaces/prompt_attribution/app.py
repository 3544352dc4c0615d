"""Which word drew what: the prompt page. Widgets and events only; the work is in ``genlens``."""

from __future__ import annotations

import spaces  # noqa: F401  (before anything starts CUDA)

import gradio as gr  # isort: skip

from genlens.common.limits import MAX_SEED
from genlens.ui import theme
from genlens.ui.jobs import CancelFlags
from genlens.ui.messages import told
from genlens.ui.models import choices
from genlens.ui.prompts import endpoints, opening
from genlens.ui.prompts import link as share
from genlens.ui.prompts import view as prompt_view
from genlens.ui.prompts.linked import model_name
from genlens.ui.prompts.result import PromptResult

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
    NOTE = f"computed in advance from {model_name(STORED.made_by)}"
    FIRST = prompt_view.PromptView.of(STORED, note=NOTE)


@told
def show(prompt, seed, model, steps, guidance, request: gr.Request, progress=gr.Progress()):
    """Explain the prompt and fill the whole page."""
    progress(0, desc="Starting")
    explanation = endpoints.explanation(
        prompt,
        seed,
        model,
        steps,
        guidance,
        progress=lambda done, total, text: progress((done, total), desc=text, unit="steps"),
        cancel=FLAGS.start(request.session_hash),
    )
    view = prompt_view.PromptView.of(explanation, steps=steps, guidance=guidance)
    return PromptResult.values(view)


def stop(request: gr.Request):
    """Ask this visitor's running explanation to stop after the images it is drawing."""
    gr.Info("Stopping …" if FLAGS.cancel(request.session_hash) else "Nothing is running.")


def arrive(request: gr.Request):
    """Fill the inputs from the link that was opened, and say whether to explain at once."""
    asked = share.read(dict(request.query_params), [name for _, name in MODELS])
    fields = [asked.get(key, gr.skip()) for key in ("prompt", "seed", "model", "steps", "guidance")]
    return [*fields, "prompt" in asked]


def rule_changed(game, rule):
    """The same game under another rule."""
    return prompt_view.by_rule(game, rule) or (gr.skip(), gr.skip())


with gr.Blocks(
    title="genlens: which word drew what", delete_cache=(3600, 3600), analytics_enabled=False
) as demo:
    gr.HTML(HEAD, apply_default_css=False)
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
                cancel = gr.Button("Cancel", min_width=90)
            bar = gr.HTML("", elem_id="gl-progress", apply_default_css=False)
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
    asked = [prompt, seed, model, steps, guidance]
    linked_here = gr.Checkbox(visible=False)

    lane = {"concurrency_id": "model", "concurrency_limit": 1}
    hidden = {"api_visibility": "private"}
    starts = [explain.click, prompt.submit]
    shown = gr.on(starts, show, asked, result.outputs, show_progress_on=bar, **lane, **hidden)
    shown.success(None, result.address, None, js=share.REMEMBER)
    cancel.click(stop, None, None, queue=False, **hidden)
    changed = [result.plot, result.table]
    result.rule.input(rule_changed, [result.game, result.rule], changed, queue=False, **hidden)
    arrived = demo.load(arrive, None, [*asked, linked_here], queue=False, **hidden)
    arrived.then(None, linked_here, None, js=share.GO)

    # Endpoints: the same work for programs (gradio_client, MCP), without the page.
    api, picture = gr.Button(visible=False), gr.Image(visible=False, image_mode="RGB")
    answer = gr.JSON(visible=False, label="result")
    for function, takes, gives in (
        (endpoints.explain_prompt, asked, answer),
        (endpoints.generate, asked, picture),
        (endpoints.segment, picture, answer),
    ):
        api.click(told(function), takes, gives, api_name=function.__name__, **lane)

demo.queue(max_size=20)

if __name__ == "__main__":
    demo.launch(**theme.launch_options())

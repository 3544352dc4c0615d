"""Which word drew what: the prompt page. Widgets and events only; the work is in ``genlens``."""

from __future__ import annotations

import spaces  # noqa: F401  (before anything starts CUDA)

import gradio as gr  # isort: skip

from genlens.ui import theme
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import LANE, on, publish
from genlens.ui.prompts import endpoints, opening
from genlens.ui.prompts import link as share
from genlens.ui.prompts import view as prompt_view
from genlens.ui.prompts.answers import answers
from genlens.ui.prompts.ask import ENCODERS, MODELS, SEGMENTERS, STALE, PromptAsk, asked, cost
from genlens.ui.prompts.more.kept import read_asked
from genlens.ui.prompts.published import ENDPOINTS
from genlens.ui.prompts.result import PromptResult
from genlens.ui.prompts.tabs import TABS
from genlens.ui.serving.page import Page

FLAGS = CancelFlags()
STORED = opening.load_opening()
NOTE = f"computed in advance from {opening.MODEL}"
FIRST = STORED and prompt_view.PromptView.of(STORED, asked(*opening.QUESTION), note=NOTE)


def show(
    prompt,
    seed,
    model,
    steps,
    guidance,
    encoder,
    segmenter,
    rule,
    request: gr.Request,
    progress=gr.Progress(),
):
    """Explain the prompt and fill the whole page."""
    progress(0, desc="Starting")
    hooks = FLAGS.hooks(request, progress, unit="images")
    question = (prompt, seed, model, steps, guidance, encoder, segmenter)
    for view in answers(question, rule, **hooks):
        yield PromptResult.values(view)


def rule_changed(stored, rule, answers, address):
    """The same game under another rule."""
    changed = prompt_view.by_rule(stored, rule, answers, address)
    return PromptResult.values(changed) if changed else {"rule": prompt_view.FIRST_RULE}


def arrive(request: gr.Request):
    """Fill the inputs from the link that was opened, and say whether to explain at once."""
    found = share.read(
        dict(request.query_params), [name for _, name in MODELS], prompt_view.RULES, TABS
    )
    for key, offered in (("encoder", ENCODERS), ("segmenter", SEGMENTERS)):
        if request.query_params.get(key) in [name for _, name in offered]:
            found[key] = request.query_params[key]
    found |= result.tabs.opened_at(found.pop("tab")) if "tab" in found else {}
    ticked = read_asked(dict(request.query_params))
    return found | ticked | {"linked_here": "prompt" in found}


def example(chosen):
    """The example that was clicked, as the prompt."""
    return chosen[0]


with Page("genlens: which word drew what") as demo:
    demo.banner(
        "Which word drew what?",
        "The model draws every part of your prompt: Shapley values say how much a word matters, "
        "maps and segments say where.",
    )
    with gr.Row(elem_id="gl-page"):
        ask = PromptAsk(FLAGS)
        with gr.Column(elem_id="gl-result"):
            result = PromptResult(FIRST)
    inputs = ask.inputs | {"rule": result.rule}
    linked_here = gr.Checkbox(visible=False)

    starts = [ask.explain.click, ask.prompt.submit]
    # A second click starts anew (ui/jobs.py stops the first); gradio would drop it.
    again = {"trigger_mode": "multiple", "show_progress_on": ask.cost}
    shown = on(starts, show, inputs, result.outputs, **again, **LANE)
    shown.success(None, result.address, None, js=share.REMEMBER)
    result.fill_tabs(shown)
    # Whatever changes the question marks the answer as old, and says what a new one costs.
    question = list(ask.inputs.values())
    compared = [*question, result.asked]
    gr.on([part.change for part in question], None, compared, None, js=STALE)
    shown.success(None, compared, None, js=STALE)
    costing = {"prompt": ask.prompt, "model": ask.model, "steps": ask.steps}
    quiet = {"queue": False, "show_progress": "hidden"}
    costs = [part.change for part in costing.values()]
    on(costs, cost, costing, ask.cost, trigger_mode="always_last", **quiet)
    on(shown.success, cost, costing, ask.cost, **quiet)

    answered = {"answers": result.asked, "address": result.address, "stored": result.stored}
    ruled = on(result.rule.input, rule_changed, answered | {"rule": result.rule}, result.outputs)
    ruled.success(None, result.address, None, js=share.REMEMBER)
    gr.on(result.tabs.changes, None, None, None, js=share.TAB)
    chosen = on(ask.examples.click, example, {"chosen": ask.examples}, ask.prompt, **quiet)
    chosen.then(None, None, None, js=share.RUN)
    places = inputs | result.asked_more | result.tabs.outputs | {"linked_here": linked_here}
    arrived = on(demo.load, arrive, {}, places, **quiet)
    arrived.then(None, linked_here, None, js=share.ARRIVED)
    arrived.then(None, linked_here, None, js=share.GO)

    # Endpoints: the same work for programs (gradio_client, MCP), without the page.
    api, picture = gr.Button(visible=False), gr.Image(visible=False)
    # A picture is taken as a file: gr.Image would cut 16 bits off to 1 before genlens sees it.
    file = gr.File(visible=False, type="filepath", label="image")
    answer = gr.JSON(visible=False, label="result")
    for function, takes, gives in (
        (endpoints.explain_prompt, ask.inputs, answer),
        (endpoints.generate, ask.drawing, picture),
        (endpoints.segment, {"image": file}, answer),
    ):
        name = function.__name__
        on(api.click, function, takes, gives, api_name=name, api_visibility="public", **LANE)
    result.subsets.publish(api.click)
    publish(ENDPOINTS)

demo.queue(max_size=20)

if __name__ == "__main__":
    demo.launch(**theme.launch_options())

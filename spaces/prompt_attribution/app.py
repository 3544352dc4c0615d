"""Which word drew what: the prompt page. Widgets and events only; the work is in ``genlens``."""

from __future__ import annotations

import spaces  # noqa: F401  (before anything starts CUDA)

import gradio as gr  # isort: skip

from genlens.ui import endpoints, method_notes, opening, prompt_view, share, theme, trust
from genlens.ui.jobs import CancelFlags
from genlens.ui.limits import MAX_SEED
from genlens.ui.linked import linked_widget, model_name
from genlens.ui.messages import told
from genlens.ui.models import choices

FLAGS = CancelFlags()
MODELS = choices("TextToImage")
EXAMPLES = (
    "a cat next to a red car",
    "a dog wearing a hat",
    "a lamp with flowers",
    "please a really nice blue fish",
    "two apples on a pink background",
)
HEAD = """<div class="gl" id="gl-banner"><h1>Which word drew what?</h1><p>The model draws every
part of your prompt: Shapley values say how much a word matters, segments say where.</p></div>"""
EMPTY = """<div class="gl"><p class="gl-note gl-warn">No explanation was computed in advance for this
copy. Type a prompt and press Explain.</p></div>"""
START = opening.load_opening()
NOTE = f"computed in advance from {model_name(START.made_by)}" if START else ""
FIRST = prompt_view.PromptView.of(START, note=NOTE) if START else None


@told
def show(prompt, seed, model, steps, guidance, request: gr.Request, progress=gr.Progress()):
    """Explain the prompt and fill the whole page."""
    progress(0, desc="Starting")
    result = endpoints.explanation(
        prompt, seed, model, steps, guidance,
        progress=lambda done, total, text: progress((done, total), desc=text),
        cancel=FLAGS.start(request.session_hash),
    )  # fmt: skip
    return values(prompt_view.PromptView.of(result, steps=steps, guidance=guidance))


def values(view):
    """One view in the order of ``outputs``."""
    files = [view.files[kind] for kind in FILES]
    link = share.link_html(view.address)
    return [view.linked, view.bar, view.table, prompt_view.FIRST_RULE, view.gallery, view.matrix,
            *files, link, view.address, view.game]  # fmt: skip


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


FILES = {"html": "Report (one HTML file)", "json": "JSON (all numbers)", "csv": "CSV (one row a word)",
         "png": "PNG (for slides)"}  # fmt: skip
with gr.Blocks(title="genlens: which word drew what", delete_cache=(3600, 3600),
               analytics_enabled=False) as demo:  # fmt: skip
    gr.HTML(HEAD, apply_default_css=False)
    with gr.Row(elem_id="gl-page"):
        with gr.Column(elem_id="gl-ask"):
            prompt = gr.Textbox(opening.PROMPT, label="Prompt", lines=1, max_lines=4, submit_btn=False,
                                info="1 to 8 English words; each is one player.")  # fmt: skip
            with gr.Row():
                explain = gr.Button(
                    "Explain", variant="primary", elem_id="gl-explain", min_width=120
                )
                cancel = gr.Button("Cancel", min_width=90)
            bar = gr.HTML("", elem_id="gl-progress", apply_default_css=False)
        with gr.Column(elem_id="gl-settings"):
            seed = gr.Number(0, label="Seed", precision=0, minimum=0, maximum=MAX_SEED,
                             info="Picks the starting noise. Same seed, same image.")  # fmt: skip
            model = gr.Dropdown(MODELS, value=opening.MODEL, label="Model",
                                info="The text-to-image model that is explained.")  # fmt: skip
            with gr.Accordion("Advanced", open=False):
                steps = gr.Slider(0, 50, 0, step=1, label="Steps",
                                  info="Rounds of noise removal; 0: the model's own number.")  # fmt: skip
                guidance = gr.Slider(0, 15, 0, step=0.5, label="Guidance",
                                     info="How hard the prompt pulls; 0: the model's own.")  # fmt: skip
            gr.Examples([[text] for text in EXAMPLES], [prompt], label="Prompts to try",
                        cache_examples=False)  # fmt: skip
        with gr.Column(elem_id="gl-result"):
            linked = linked_widget(FIRST.linked if FIRST else EMPTY, elem_id="gl-linked")
            with gr.Tabs():
                with gr.Tab("Numbers"):
                    rule = gr.Radio(list(prompt_view.RULES), value=prompt_view.FIRST_RULE,
                                    label="Shapley values are computed",
                                    info="In cosine similarity of CLIP image embeddings; 1 is the same image.")  # fmt: skip
                    plot = gr.Plot(
                        FIRST.bar if FIRST else None, elem_id="gl-plot", show_label=False
                    )
                    table = gr.HTML(FIRST.table if FIRST else "", apply_default_css=False)
                with gr.Tab("Sub-prompts"):
                    gr.HTML("""<div class="gl"><p>All selections of the words, each drawn from the same
starting noise. Payoff: how much the image is like the whole prompt’s (cosine similarity, 1 = same).</p></div>""")
                    gallery = gr.HTML(FIRST.gallery if FIRST else "", apply_default_css=False)
                with gr.Tab("Objects"):
                    matrix = gr.HTML(FIRST.matrix if FIRST else "", apply_default_css=False)
                with gr.Tab("Method"):
                    gr.HTML(method_notes.method_notes(), apply_default_css=False)
                with gr.Tab("Trust"):
                    gr.HTML(trust.trust_html(trust.card()), apply_default_css=False)
                with gr.Tab("Export"):
                    with gr.Row():
                        files = [gr.DownloadButton(text, value=FIRST.files[kind] if FIRST else None)
                                 for kind, text in FILES.items()]  # fmt: skip
                    link = gr.HTML(
                        share.link_html(FIRST.address) if FIRST else "", apply_default_css=False
                    )
    game = gr.State(FIRST.game if FIRST else None, time_to_live=3600)
    pending, address = gr.Checkbox(visible=False), gr.Textbox(visible=False)
    asked = [prompt, seed, model, steps, guidance]
    outputs = [linked, plot, table, rule, gallery, matrix, *files, link, address, game]

    lane = {"concurrency_id": "model", "concurrency_limit": 1}
    gr.on([explain.click, prompt.submit], show, asked, outputs, show_progress_on=bar,
          api_visibility="private", **lane).success(None, address, None, js=share.REMEMBER)  # fmt: skip
    cancel.click(stop, None, None, queue=False, api_visibility="private")
    rule.input(rule_changed, [game, rule], [plot, table], queue=False, api_visibility="private")
    demo.load(arrive, None, [*asked, pending], queue=False, api_visibility="private").then(
        None, pending, None, js=share.GO)  # fmt: skip

    # Endpoints: the same work for programs (gradio_client, MCP), without the page.
    api, picture = gr.Button(visible=False), gr.Image(visible=False, image_mode="RGB")
    answer = gr.JSON(visible=False, label="result")
    for function, takes, gives in ((endpoints.explain_prompt, asked, answer),
                                   (endpoints.generate, asked, picture),
                                   (endpoints.segment, picture, answer)):  # fmt: skip
        api.click(told(function), takes, gives, api_name=function.__name__, **lane)

demo.queue(max_size=20)

if __name__ == "__main__":
    demo.launch(**theme.launch_options())

"""The section "A word rewritten": widgets, work and endpoint."""

from __future__ import annotations

import html as escaping
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component

from genlens.common.checks import number, whole
from genlens.common.limits import MAX_SEED, MOST_WORDS
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.figures.prompts.inside.edits import edit_tiles, edits_table
from genlens.prompts.checks import clean_prompt
from genlens.prompts.inside.edit.pictures import MOST_PROMPTS, EditPictures, draw_edited
from genlens.prompts.inside.edit.rewrite import LAMBDA, LEAST, MOST, MU, edit_word
from genlens.prompts.inside.storage import load_edit
from genlens.ui.jobs import CancelFlags, lent, on_gpu, stopped
from genlens.ui.kit import LANE, html, listed, on, stop_button, whole_number
from genlens.ui.prompts import endpoints
from genlens.ui.prompts.about.truth import card
from genlens.ui.serving.access import access
from genlens.ui.serving.cost import Meter

OPENING = Path(__file__).parents[2] / "data" / "inside_edit.npz"
WORD, TARGET = "cat", "dog"
CAPTIONS = "a cat\na red cat on a blue background\na cat left of a tree\na lion next to a fish"
"""What the section opens with."""
_INTRO = (
    '<div class="gl"><h3>A word rewritten, in closed form</h3><p>Cross-attention turns each word '
    "into keys (where it is read) and values (what is read there) by linear maps. New maps, that "
    "give for one word what they gave for another and for all other nouns what they gave before, "
    "are the solution of a ridge regression: no training, well under a second. The edit lasts for "
    "these pictures only; the model’s weights are never written.</p></div>"
)
_NOTES = (
    '<div class="gl"><details><summary>The equation, and what the two numbers do</summary>'
    "<p><code>min Σ|W′cᵢ − Wc*ᵢ|² + μ Σ|W′pⱼ − Wpⱼ|² + λ|W′ − W|²</code> over W′, for every map "
    "W: cᵢ are the encoded tokens of the word, c*ᵢ those of the target, pⱼ those of words that "
    "shall stay. <b>λ</b> makes any change dear: large, and the word stays what it was. <b>μ</b> "
    "makes changes of other nouns dear: 0 is TIME (Orgad et al. 2023, arXiv:2303.08084), which "
    "lets them drift; above 0 it is UCE (Gandikota et al. 2024, arXiv:2308.14761). ReFACT (Arad et "
    "al. 2024, arXiv:2306.00738) edits the text encoder instead. <i>When it misleads:</i> an edit "
    "that works says that the word can be changed here, not that its meaning is stored here."
    "</p></details></div>"
)


class EditsSection:
    """Builds the section where it is called; ``model`` is the tab's menu of models."""

    def __init__(self, model: Component) -> None:
        self.flags = CancelFlags()
        html(_INTRO)
        with gr.Row():
            self.word = gr.Textbox(
                WORD, label="Word", info="1 to 3 words.", min_width=120, elem_id="gl-edit-word"
            )
            self.target = gr.Textbox(
                TARGET, label="shall draw", info="What it draws instead.", min_width=120,
                elem_id="gl-edit-target",
            )  # fmt: skip
            self.lam = gr.Number(
                LAMBDA, label="Lambda (λ)", minimum=LEAST, maximum=MOST, min_width=110,
                info="Large: nothing is edited.", elem_id="gl-edit-lambda",
            )  # fmt: skip
            self.mu = gr.Number(
                MU, label="Mu (μ)", minimum=0, maximum=MOST, min_width=110,
                info="0: other nouns may drift.",
            )  # fmt: skip
            self.seed = gr.Number(0, label="Seed", precision=0, minimum=0, min_width=110)
        self.captions = gr.Textbox(
            CAPTIONS, label="Captions to draw before and after", lines=4, max_lines=12,
            info=f"One a line, at most {MOST_PROMPTS}. The last one holds no cat: it should stay.",
            elem_id="gl-edit-captions",
        )  # fmt: skip
        with gr.Row():
            self.run = gr.Button(
                "Edit and draw", variant="primary", scale=0, min_width=200, size="md",
                elem_id="gl-ask-edit",
            )  # fmt: skip
            stop_button(self.flags)
        self.bar = html("", elem_classes="gl-bar")
        self.found = html("", elem_id="gl-inside-edit")
        self.measured = html("")
        html(_NOTES)
        inputs = {
            "word": self.word, "target": self.target, "captions": self.captions, "lam": self.lam,
            "mu": self.mu, "seed": self.seed, "model": model,
        }  # fmt: skip
        on(self.run.click, self.ask, inputs, self.found, show_progress_on=self.bar, **LANE)

    @property
    def outputs(self) -> dict[str, Component]:
        """What ``opening`` fills."""
        return {"edit": self.found, "edits": self.measured}

    @staticmethod
    def opening() -> dict[str, str]:
        """What the section opens with."""
        return {"edit": opening_html(), "edits": measured_html(card("inside"))}

    def ask(
        self,
        word: str,
        target: str,
        captions: str,
        lam: Any,
        mu: Any,
        seed: Any,
        model: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> str:
        """Edit, draw and show."""
        hooks = self.flags.hooks(request, progress, "images")
        lines = [line for line in str(captions or "").splitlines() if line.strip()]
        return edit_html(asked(word, target, lines, lam, mu, seed, model, **hooks))


def measured_html(numbers: dict[str, Any] | None) -> str:
    """The recorded table; "" where nothing was measured (the section above says so)."""
    chart = (numbers or {}).get("edits")
    if not isinstance(chart, dict):
        return ""
    made = (numbers or {}).get("made_by", {})
    after = chart.get("left_changed", {})
    return (
        '<div class="gl"><h4>How well it works</h4><p>Measured on '
        f"{len(chart.get('pairs', []))} pairs of nouns drawn by chance "
        f"({escaping.escape(str(made.get('model', '?')))}, revision "
        f"{escaping.escape(str(made.get('revision', '?'))[:12])}); a referee says what is drawn. "
        f'</p><div class="gl-scroll" tabindex="0">{edits_table(chart).html()}</div><p>Both '
        "controls must fail in the first two columns: one edits nothing, the other as much to no "
        "meaning (and harms other nouns on the way). Captions that the model does not draw rightly "
        "without any edit are left out. After all edits "
        f"{after.get('value', 0) or 0:.0%} of {after.get('n', 0)} pictures differ from before: "
        "the model is left as it was.</p></div>"
    )


def opening_html() -> str:
    """The stored pictures; "" where there are none."""
    return edit_html(load_edit(OPENING), "Computed in advance. ") if OPENING.is_file() else ""


def edit_html(found: EditPictures, before: str = "") -> str:
    """Pictures before and after as HTML."""
    made = found.made_by
    said = (
        f"{before}The word’s keys and values went {100 * found.moved:.0f} % of the way to the "
        f"target’s; those of the nouns that stay changed by {100 * found.kept:.1f} % of their "
        f"size. {made.model}, seed {made.seed}, {made.model_calls} images."
    )
    if found.moved == 0:
        said = (
            f"The model reads “{found.word}” and “{found.target}” alike: nothing is to be edited."
        )
    return (
        f'<div class="gl">{edit_tiles(found)}<p class="gl-soft">{escaping.escape(said)}</p></div>'
    )


def _edit(
    word: str,
    target: str,
    captions: list[str],
    lam: float,
    mu: float,
    seed: int,
    model: str,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> EditPictures:
    meter = Meter(model, 2 * len(captions), endpoints.own_steps(model), progress)
    edit = edit_word(model, word, target, lam=lam, mu=mu)
    return draw_edited(model, edit, captions, seed, progress=meter, cancel=cancel)


_edit_lent = on_gpu(_edit)


def asked(
    word: Any, target: Any, captions: Any, lam: Any, mu: Any, seed: Any, model: Any, **hooks: Any
) -> EditPictures:
    """The edit that was asked for, checked before anything is loaded.

    Raises:
        GenlensError: with a message for the reader.
    """
    old, new = (clean_prompt(text, max_words=3) for text in (word, target))
    if old == new:
        raise InputError(f"the word and its target are both {old!r}: name another target")
    texts = [clean_prompt(text, max_words=MOST_WORDS) for text in listed("captions", captions)]
    if not 1 <= len(texts) <= MOST_PROMPTS:
        raise InputError(f"{len(texts)} captions: give 1 to {MOST_PROMPTS}, one a line")
    strength = number("lambda (λ)", lam, LEAST, MOST)
    keeping = number("mu (μ)", mu, 0, MOST)
    start = whole("the seed", whole_number("the seed", seed), 0, MAX_SEED)
    admitted = access().admit(str(model), "TextToImage")
    return lent(_edit_lent, old, new, texts, strength, keeping, start, admitted, **hooks)


def api_edit_a_word(
    word: str,
    target: str,
    captions: list[str],
    seed: float,
    model: str,
    lam: float = LAMBDA,
    mu: float = MU,
) -> dict[str, Any]:
    """Captions drawn as the model is and with one word's keys and values edited, in closed form,
    to another's; the model itself is not changed.

    Args:
        word: the word to edit, such as "cat".
        target: what it shall draw, such as "dog".
        captions: a list of 1 to 12 captions of up to 20 words.
        seed: whole number from 0, of the starting noise.
        model: id of the text-to-image model.
        lam: how dear any change is, 1e-6 to 1e6; large: nothing is edited.
        mu: how dear a change of other nouns is, 0 to 1e6.

    Returns:
        moved (how far the word's keys and values went to the target's, 0 to 1), kept (relative
        change of those that stay), made_by, and before and after: PNG data addresses by caption.
    """
    from genlens.figures.pixels import data_uri

    found = asked(word, target, captions, lam, mu, seed, model, cancel=stopped)
    return {
        **found.to_dict(),
        "before": [data_uri(image) for image in found.before],
        "after": [data_uri(image) for image in found.after],
    }

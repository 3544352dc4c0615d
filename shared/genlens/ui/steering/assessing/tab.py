"""The tab "Assessors": what the chosen one says of twelve faces, any text, one of your own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import gradio as gr

from genlens.errors import GenlensError
from genlens.figures.steering.classifier_report import accuracy_chart, report_html
from genlens.models.assessors.text import TextAssessor
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import LANE, Fill, html, on, stop_button
from genlens.ui.own_models import note_html
from genlens.ui.steering import assessors
from genlens.ui.steering.assessing import training as work
from genlens.ui.steering.assessing.endpoints import ENDPOINTS
from genlens.ui.steering.assessing.view import absent_html, sorted_html
from genlens.ui.steering.head import Entries, Head
from genlens.ui.steering.link import Linked
from genlens.worlds.avatars import PROPERTIES

_LANE: dict[str, Any] = {"concurrency_id": "training", "concurrency_limit": 1}
_INTRO = """<div class="gl"><h3>Train one of your own</h3><p>A classifier learns from pictures that
have a property and pictures that have not; a quarter is kept back to measure it with. Its score is
above 0 where “yes” is likelier. With a <b>planted shortcut</b>, 95 % of the drawn faces that have
the property also have a second one, and 5 % of the others: does the classifier read the one for the
other? The other tabs can find out.</p></div>"""
_TEXT = """<div class="gl"><h3>Any text</h3><p>How much more a picture is like one text than like
another, to the image and text model that ships: it knows emoji scenes (“a red car” against “a
car”), not people.</p></div>"""
_READ = "Getting the pictures …"


class AssessorsTab:
    """Builds the tab where it is called."""

    name: ClassVar[str] = "assessors"
    title: ClassVar[str] = "Assessors"
    endpoints: ClassVar[Mapping[str, Callable[..., Any]]] = ENDPOINTS

    def __init__(self, head: Head) -> None:
        self.flags = CancelFlags()
        self.head = head
        self.sorted = html("", elem_id="gl-sorted")
        html(absent_html(), elem_id="gl-assessors-absent")
        with gr.Row():
            with gr.Column(min_width=280, scale=3):
                html(_INTRO)
                self._controls()
            with gr.Column(min_width=280, scale=2):
                self.bar = html("", elem_id="gl-classifier-progress", elem_classes="gl-bar")
                self.status = html("", elem_id="gl-classifier-status")
                self.curve = html("", elem_id="gl-classifier-curve")
                self.report = html("", elem_id="gl-classifier-report")
                self._text()
        self.opened: list[Fill] = [Fill(sorted_html, head.asked, self.sorted)]
        self.linked: dict[str, Linked] = {}
        self._wire()

    def _controls(self) -> None:
        listed = [(name.replace("_", " "), name) for name in PROPERTIES]
        self.source = gr.Radio(
            [work.DRAWN, work.OWN], value=work.DRAWN, label="Learn from",
            elem_id="gl-classifier-source",
        )  # fmt: skip
        with gr.Group() as self.of_drawn:
            self.attribute = gr.Dropdown(
                listed, value="smile", label="Property", info="What it is to tell: yes or no.",
                elem_id="gl-classifier-property",
            )  # fmt: skip
            with gr.Row():
                self.tie = gr.Checkbox(
                    False, label="Plant a shortcut", elem_id="gl-classifier-tie",
                    info="The property then goes with a second one in nearly all faces.",
                )  # fmt: skip
                self.effect = gr.Dropdown(
                    listed, value="glasses", label="goes with", elem_id="gl-classifier-effect"
                )
            self.count = gr.Slider(
                *work.FACES, 1_500, step=100, label="Faces", elem_id="gl-classifier-count",
                info="Drawn for the training; 1,500 take about a minute in all.",
            )  # fmt: skip
        with gr.Group(visible=False) as self.of_own:
            info = "What the property is called, such as “daisy”."
            self.label = gr.Textbox("", label="Name", info=info, max_length=work.NAMES)
            kinds: dict[str, Any] = {"file_types": [".zip"], "type": "filepath", "height": 110}
            self.yes = gr.File(label="ZIP of pictures that have it (or a folder a class)", **kinds)
            self.no = gr.File(label="ZIP of pictures that have not", **kinds)
            self.turn = gr.Slider(
                0, 180, 0, step=15, label="Turn pictures, degrees", elem_id="gl-classifier-turn",
                info="Up to so far either way, for things that lie any way up; 0: never.",
            )  # fmt: skip
        needed = work.absent()
        self.backbone = gr.Dropdown(
            work.backbones(), value="small", label="Network", elem_id="gl-classifier-backbone",
            info=f"What it sees through. {needed}" if needed else "What it sees through.",
        )  # fmt: skip
        self.seed = gr.Number(0, label="Seed", info="Same seed, same classifier.")
        with gr.Row():
            self.train = gr.Button("Train", variant="primary", min_width=90, elem_id="gl-classify")
            stop_button(self.flags, "Stopping.", elem_id="gl-classifier-cancel")

    def _text(self) -> None:
        html(_TEXT)
        self.text = gr.Textbox("a red car", label="Text", max_length=200, elem_id="gl-text")
        self.against = gr.Textbox(
            "a car", label="Held against", max_length=200, elem_id="gl-against"
        )
        self.use = gr.Button("Use this text", elem_id="gl-use-text")

    def _wire(self) -> None:
        groups = {"of_drawn": self.of_drawn, "of_own": self.of_own}
        on(self.source.change, _groups, {"source": self.source}, groups, queue=False)
        asked = {
            "source": self.source, "attribute": self.attribute, "tie": self.tie,
            "effect": self.effect, "count": self.count, "label": self.label, "yes": self.yes,
            "no": self.no, "backbone": self.backbone, "seed": self.seed,
            "turn": self.turn, "entries": self.head.mine,
        }  # fmt: skip
        chosen = {"assessor": self.head.assessor, "mine": self.head.mine}
        fills = {"status": self.status, "curve": self.curve, "report": self.report, **chosen}
        on(self.train.click, self.begin, asked, fills, show_progress_on=self.bar, **_LANE)
        texts = {"text": self.text, "against": self.against, "entries": self.head.mine}
        on(self.use.click, self.use_text, texts, chosen, **LANE)

    def begin(
        self,
        source: str,
        attribute: str,
        tie: bool,
        effect: str,
        count: float,
        label: str,
        yes: str | None,
        no: str | None,
        backbone: str,
        seed: float,
        turn: float,
        entries: Entries,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> Iterator[dict[str, Any]]:
        """Get the pictures and train, showing each new point of the curve."""
        hooks = self.flags.hooks(request, progress)
        progress(0, desc=_READ)
        yield {"status": note_html(_READ), "report": ""}
        try:
            if source == work.OWN:
                pictures, called = work.own(yes, no, label, **hooks), work.name_of(label)
            else:
                pictures = work.drawn(attribute, bool(tie), effect, count, seed)
                with_ = f" (with {effect.replace('_', ' ')})" if tie else ""
                called = f"{attribute.replace('_', ' ').capitalize()}{with_}, trained here"
            training = work.begin(pictures, backbone, seed, turn if source == work.OWN else 0)
            for point in training.run(**hooks):
                said = f"Step {point.step:,} of {training.steps:,}, {point.seconds:.0f} s of work."
                yield {
                    "status": note_html(said),
                    "curve": accuracy_chart(training.curve, training.baseline),
                }
        except GenlensError as error:  # the last result is still there
            yield {"status": note_html(f"Not trained: {error}", warn=True)}
            raise
        report = training.report()
        if not training.finished:
            said = f"Stopped at step {training.step:,} of {training.steps:,}: nothing was kept."
            yield {"status": note_html(said), "report": report_html(report)}
            return
        name = assessors.keep(training.classifier(called, report))
        said = f"Done, in {training.seconds:.0f} s of work; it is the chosen assessor now."
        notes = " ".join(pictures.notes)
        yield {
            "status": note_html(f"{said} {notes}".strip()),
            "report": report_html(report),
            **self.head.with_assessor(entries, called, name),
        }

    def use_text(self, text: str, against: str, entries: Entries) -> dict[str, Any]:
        """Choose a text as the assessor."""
        asked = TextAssessor(" ".join(text.split()), " ".join(against.split()))
        return self.head.with_assessor(entries, asked.title, assessors.keep(asked))


def _groups(source: str) -> dict[str, Any]:
    return {
        "of_drawn": gr.update(visible=source == work.DRAWN),
        "of_own": gr.update(visible=source == work.OWN),
    }

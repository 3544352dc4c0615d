"""The tab "Hypotheses": write a claim, choose the edit that encodes it, see it hold or fall."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import gradio as gr
from gradio.components import Component

from genlens.common.progress import Cancel, Progress
from genlens.errors import GenlensError, InputError
from genlens.figures.steering.hypotheses.log_table import log_table
from genlens.figures.steering.hypotheses.verdict_card import verdict_card
from genlens.steering.hypotheses.cases import CASES
from genlens.steering.hypotheses.decide import MANY, RULE
from genlens.steering.hypotheses.log import HypothesisLog
from genlens.steering.results import Verdict
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import LANE, RAW, Fill, html, on, stop_button, whole_number
from genlens.ui.steering.head import Head
from genlens.ui.steering.hypotheses.asked import (
    EXPECTED,
    FIRST_CASE,
    FIRST_N,
    MOST_N,
    edit_text,
    fields_of,
    maps_html,
    put_to_test,
)
from genlens.ui.steering.hypotheses.endpoints import ENDPOINTS
from genlens.ui.steering.hypotheses.fields import EditFields, edit_kind
from genlens.ui.steering.hypotheses.files import KINDS_OF_FILES, write_log
from genlens.ui.steering.link import Linked
from genlens.ui.steering.live import looking

FLAGS = CancelFlags()
KEPT_PAIRS = 8
_ABOUT = (
    '<div class="gl"><p>A hypothesis says that something matters to the assessor on the left: '
    "“the classifier reacts to glasses”. Write it down <b>before</b> you look, choose the edit "
    "that changes this one thing, and put it to the test on many faces. A <b>control</b>, an edit "
    "of the same size that has nothing to do with the claim, is made on the same faces.</p></div>"
)
_RULE = (
    f'<div class="gl"><p class="gl-soft">{RULE} It counts from 0.2 standard deviations of the '
    f'scores on, a small effect, unless you say from where.</p><p class="gl-soft">{MANY}</p></div>'
)
_MAPS_ABOUT = (
    '<div class="gl"><p class="gl-soft">What four heat-map methods say about one drawn face, by '
    "the same assessor. They say where pixels matter on this picture; they cannot point at what "
    "is not there, and cannot say what about a place matters.</p></div>"
)


class HypothesesTab:
    """Builds the tab where it is called."""

    name: ClassVar[str] = "hypotheses"
    title: ClassVar[str] = "Hypotheses"
    endpoints: ClassVar[Mapping[str, Callable[..., Any]]] = ENDPOINTS

    def __init__(self, head: Head) -> None:
        html(_ABOUT)
        with gr.Row():
            self.claim = gr.Textbox(
                CASES[FIRST_CASE].claim, label="Claim", max_length=200, elem_id="gl-claim",
                info="In your own words: it goes into the log.", min_width=260,
            )  # fmt: skip
            kind = edit_kind()
        self.edit = EditFields(kind)
        with gr.Accordion("Faces, sign, and what counts", open=False):
            self._numbers()
        with gr.Row():
            test = gr.Button(
                "Put it to the test", variant="primary", min_width=260, scale=0, elem_id="gl-test"
            )
            stop_button(FLAGS, scale=0)
        self.result = html("", elem_id="gl-verdict")
        html(_RULE)
        self.verdict = gr.State(None, time_to_live=3600)
        self._beside(head)
        self._log()
        asked = {
            **head.asked, **self.edit.asked, "claim": self.claim, "expected": self.expected,
            "least": self.least, "n": self.n, "seed": self.seed,
        }  # fmt: skip
        found = {"verdict": self.verdict, "card": self.result}
        case = self.edit.asked["case"]
        on(case.input, _claim_of, {"case": case}, self.claim, queue=False)
        on(test.click, tested, asked, found, show_progress_on=self.result, **RAW, **LANE)
        opening = _opening(asked) if head.first else {}
        self.result.value, self.verdict.value = opening.get("card", ""), opening.get("verdict")
        self.ready = bool(opening)
        self.opened = [Fill(first_tested, asked, found)]
        self.linked = {"case": Linked(case, lambda text: text if text in CASES else None)}

    def _numbers(self) -> None:
        with gr.Row():
            self.expected = gr.Dropdown(
                list(EXPECTED), value="changes, either way", label="Claimed: the score",
                min_width=170,
            )  # fmt: skip
            self.n = gr.Number(
                FIRST_N, label="Faces", info=f"12 to {MOST_N}.", min_width=100, elem_id="gl-n"
            )
            self.least = gr.Textbox(
                "", label="Counts from", info="In the score’s unit; empty: 0.2 of its spread.",
                min_width=150, elem_id="gl-least",
            )  # fmt: skip
            self.seed = gr.Number(0, label="Seed", info="Other faces with another.", min_width=100)

    def _beside(self, head: Head) -> None:
        with gr.Accordion("Static maps beside it", open=False, elem_id="gl-maps-box"):
            html(_MAPS_ABOUT)
            show = gr.Button("Show the maps of one face", size="sm", scale=0, min_width=220,
                             elem_id="gl-maps-show")  # fmt: skip
            maps = html("", elem_id="gl-maps")
            asked = {"assessor": head.asked["assessor"], "seed": self.seed}
            on(show.click, shown_maps, asked, maps, show_progress_on=maps, **RAW, **LANE)

    def _log(self) -> None:
        with gr.Row():
            keep = gr.Button("Keep in the log", size="sm", scale=0, min_width=160,
                             elem_id="gl-keep")  # fmt: skip
            export = gr.Button("Export the log", size="sm", scale=0, min_width=150,
                               elem_id="gl-export-log")  # fmt: skip
            files = {
                kind: gr.DownloadButton(title, size="sm", visible=False, min_width=90, scale=0)
                for kind, title in KINDS_OF_FILES.items()
            }
        self.kept = gr.State([], time_to_live=3600 * 12)
        table = html(log_table(()), elem_id="gl-log")
        on(keep.click, kept, {"verdict": self.verdict, "entries": self.kept},
           {"entries": self.kept, "table": table, **files}, queue=False)  # fmt: skip
        on(export.click, exported, {"entries": self.kept}, files, queue=False)


def tested(
    request: gr.Request, progress: gr.Progress = gr.Progress(), **given: Any
) -> Iterator[dict[str, Any]]:
    """The verdict on what the fields say."""
    hooks = FLAGS.hooks(request, progress)
    yield answer(given, **hooks)


def first_tested(**given: Any) -> Iterator[dict[str, Any]]:
    """The verdict that follows another assessor or generator."""
    for told in looking(
        f"The claim is put to the test on {given['n']} faces.", partial(answer, given)
    ):
        yield {"card": told, "verdict": None} if isinstance(told, str) else told


def _opening(asked: Mapping[str, Component]) -> dict[str, Any]:
    """The verdict that the tab opens with, on what its fields hold; {} where there is none."""
    try:
        return answer({name: component.value for name, component in asked.items()})
    except GenlensError:  # a checkout without its weights: the page opens all the same
        return {}


def answer(
    given: Mapping[str, Any], progress: Progress | None = None, cancel: Cancel | None = None
) -> dict[str, Any]:
    """The verdict and its card."""
    if not str(given["claim"] or "").strip():
        raise InputError("the claim is empty: say in words what the score should react to")
    verdict = put_to_test(
        edit_text(given["kind"], **fields_of(given)),
        given["assessor"], given["model_id"], given["claim"],
        EXPECTED.get(given["expected"], 0), given["least"], given["n"], given["seed"],
        progress=progress, cancel=cancel,
    )  # fmt: skip
    return {"verdict": verdict, "card": verdict_card(verdict)}


def shown_maps(
    assessor: str, seed: Any, request: gr.Request, progress: gr.Progress = gr.Progress()
) -> str:
    """Static maps of the drawn face of ``seed``."""
    hooks = FLAGS.hooks(request, progress)
    return maps_html(assessor, whole_number("the seed", seed), hooks["cancel"])


def kept(verdict: Verdict | None, entries: list[Any]) -> dict[str, Any]:
    """The verdict on the page joins the log."""
    if verdict is None:
        raise InputError("there is no verdict to keep: put a claim to the test first")
    few = {name: getattr(verdict, name)[:: max(1, len(verdict.scores) // KEPT_PAIRS)]
           for name in ("before", "after", "scores")}  # fmt: skip
    log = HypothesisLog(list(entries or []))
    log.keep(replace(verdict, **few))
    hidden = {kind: gr.update(visible=False) for kind in KINDS_OF_FILES}
    return {"entries": log.entries, "table": log_table(log.entries), **hidden}


def exported(entries: list[Any]) -> dict[str, Any]:
    """The log's files."""
    if not entries:
        raise InputError("the log is empty: keep a verdict first")
    paths = write_log(HypothesisLog(list(entries)))
    return {kind: gr.update(value=str(path), visible=True) for kind, path in paths.items()}


def _claim_of(case: str) -> str:
    return CASES[case].claim if case in CASES else ""

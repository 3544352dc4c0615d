"""The tab "Lesson": guess what a smile classifier goes by, look at its maps, change one thing, and
hear the truth. Static maps lead astray; S2 (arXiv:2109.07869) argues so, and here it is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any, ClassVar

import gradio as gr

from genlens.errors import GenlensError, InputError
from genlens.figures.picture_strip import picture_strip
from genlens.figures.steering.hypotheses.lesson_words import (
    EDITS,
    maps_sentence,
    moral,
    truth_table,
)
from genlens.figures.steering.hypotheses.map_cards import map_cards
from genlens.figures.steering.hypotheses.verdict_card import verdict_card
from genlens.models.assessors.assessors import assessor as assessor_named
from genlens.models.contracts import Assessor
from genlens.steering.drawn import score
from genlens.steering.hypotheses.lesson import PLANTED, lesson_faces, recorded, tried
from genlens.steering.hypotheses.maps import face_parts, static_maps
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import ASIDE, LANE, Fill, html, on, stop_button
from genlens.ui.steering.head import Head
from genlens.ui.steering.lesson.endpoints import ENDPOINTS
from genlens.ui.steering.link import Linked

FLAGS = CancelFlags()
SHOWN, FACES, SEED = 4, 300, 7
GUESSES = {
    "the mouth": "mouth", "glasses": "glasses", "the length of hair": "hair",
    "the colour of the skin": "skin",
}  # fmt: skip
"""What a student may guess -> the ready case that tests it."""
_LEAD = (
    '<div class="gl"><h3>1. Look, and guess</h3><p>A small network tells whether a drawn face '
    "smiles, and it is right on nearly all faces like those it was trained on. Its score runs from "
    "−1 (no) to 1 (yes); four smiling faces and their scores are below. <b>What does it go by?</b> "
    "Say what you think before you go on: a guess that was written down cannot be bent "
    "afterwards.</p></div>"
)
_MAPS = (
    '<div class="gl"><h3>2. Ask a heat map</h3><p>Four methods say where the network looks. Bright '
    "or strongly coloured pixels matter most.</p></div>"
)
_EDIT = (
    '<div class="gl"><h3>3. Change one thing</h3><p>Now change one thing on many faces, leave all '
    "else as it is, and watch the score. Try your guess first, then each of the others.</p></div>"
)
_TRUTH = (
    '<div class="gl"><h3>4. The truth</h3><p>Nobody knows what a network trained on photographs '
    "goes by. Of this one it is known, because somebody planted it.</p></div>"
)
_PLANT = (
    "<p><b>It was trained on faces of which nearly all that smiled wore glasses</b> (97 %), and "
    "nearly all others none. So glasses were nearly as good a sign as a mouth, and nobody who "
    "tried it on faces like these would have noticed what it took up.</p>"
)
_NOT_MEASURED = '<p class="gl-note">The figures were not recorded for this copy.</p>'


class LessonTab:
    """Builds the tab where it is called; it is about one classifier, whatever the page shows."""

    name: ClassVar[str] = "lesson"
    title: ClassVar[str] = "Lesson"
    endpoints: ClassVar[Mapping[str, Callable[..., Any]]] = ENDPOINTS

    def __init__(self, head: Head) -> None:
        html(_LEAD)
        html(first_faces(), elem_id="gl-lesson-faces")
        guess = gr.Radio(list(GUESSES), label="Your guess: it goes by …", elem_id="gl-guess")
        html(_MAPS)
        show = gr.Button("Show me the maps", scale=0, min_width=190, elem_id="gl-lesson-show")
        maps = html("", elem_id="gl-lesson-maps")
        html(_EDIT)
        edit = gr.Radio([(EDITS[case], case) for case in GUESSES.values()], value="mouth",
                        label="Change", elem_id="gl-lesson-edit")  # fmt: skip
        with gr.Row():
            change = gr.Button(
                f"Change it on {FACES} faces", variant="primary", scale=0, min_width=340,
                elem_id="gl-lesson-try",
            )  # fmt: skip
            stop_button(FLAGS, scale=0)
        verdict = html("", elem_id="gl-lesson-verdict")
        html(_TRUTH)
        reveal = gr.Button("Tell me the truth", scale=0, min_width=190, elem_id="gl-lesson-truth")
        truth = html("", elem_id="gl-lesson-told")
        tries = gr.State([], time_to_live=3600)
        on(show.click, maps_of_face, {"guess": guess}, maps, show_progress_on=maps, **LANE)
        on(change.click, changed, {"guess": guess, "edit": edit, "tries": tries},
           {"card": verdict, "tries": tries}, show_progress_on=verdict, **LANE)  # fmt: skip
        on(reveal.click, told, {"guess": guess, "tries": tries}, truth, **ASIDE)
        self.opened: list[Fill] = []
        self.linked: dict[str, Linked] = {}


def classifier() -> Assessor:
    """The planted one.

    Raises:
        InputError: its weights are not here.
    """
    found = assessor_named(PLANTED)
    if command := found.missing():
        raise InputError(f"the lesson needs a classifier that is not here: {command}")
    return found


def first_faces() -> str:
    """Smiling faces without glasses, and their scores; why there are none where the classifier is
    missing: the page opens all the same."""
    try:
        judged = classifier()
        images = lesson_faces(SHOWN, SEED, "none").tensor()
        scores = score(judged, images)
    except GenlensError as error:
        return f'<div class="gl"><p class="gl-note gl-warn">{escape(str(error))}</p></div>'
    captions = [f"score {value:.2f}".replace("-", "−") for value in scores]
    alts = [f"smiling face {i + 1}, {text}" for i, text in enumerate(captions)]
    return f'<div class="gl">{picture_strip(images.numpy(), captions, alts=alts, size=130)}</div>'


def maps_of_face(
    guess: str | None, request: gr.Request, progress: gr.Progress = gr.Progress()
) -> str:
    """Static maps of the first face, and where maps point on more of them."""
    _guessed(guess)
    hooks = FLAGS.hooks(request, progress)
    faces = lesson_faces(1, SEED, "none")
    image = faces.tensor()[0]
    judged = classifier()
    found = static_maps(judged, image, face_parts(faces, 0), cancel=hooks["cancel"])
    facts = (recorded() or {}).get(PLANTED, {})
    return (
        f"{map_cards(found, image.numpy(), 'smiling face 1')}"
        f'<div class="gl"><p>{escape(maps_sentence(facts))} Do you believe them?</p></div>'
    )


def changed(
    guess: str | None,
    edit: str,
    tries: list[str],
    request: gr.Request,
    progress: gr.Progress = gr.Progress(),
) -> Iterator[dict[str, Any]]:
    """The verdict on one edit."""
    _guessed(guess)
    hooks = FLAGS.hooks(request, progress)
    verdict = tried(classifier(), edit, FACES, SEED, hooks["cancel"], progress=hooks["progress"])
    done = [*dict.fromkeys([*(tries or []), edit])]
    yield {"card": verdict_card(verdict), "tries": done}


def told(guess: str | None, tries: list[str]) -> str:
    """How the classifier was trained, what was measured of it, and how the guess fared."""
    chosen = _guessed(guess)
    if "glasses" not in (tries or []):
        left = [EDITS[case] for case in GUESSES.values() if case not in (tries or [])]
        raise InputError(f"try some more first: {'; '.join(left)}")
    facts = recorded()
    measured = f"{moral(facts)}{truth_table(facts)}" if facts else _NOT_MEASURED
    return f'<div class="gl gl-truth">{_fared(chosen, facts)}{_PLANT}{measured}</div>'


def _fared(case: str, facts: Mapping[str, Any] | None) -> str:
    """The guess against what was measured."""
    answers = ((facts or {}).get(PLANTED) or {}).get("answers", {})
    words = next(words for words, name in GUESSES.items() if name == case)
    answer = answers.get(case)
    if answer is None:
        return ""
    more = {
        "mouth": " That is true, and not the whole of it.",
        "glasses": " You saw what the maps of a face without glasses cannot show.",
    }.get(case if answer == "supported" else "", "")
    return f"<p>You guessed {escape(words)}: <b>{answer}</b>.{more}</p>"


def _guessed(guess: str | None) -> str:
    """The case that the guess names.

    Raises:
        InputError: nothing was guessed.
    """
    if guess not in GUESSES:
        raise InputError("guess first: choose in step 1 what you think it goes by")
    return GUESSES[guess]

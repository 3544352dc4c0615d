"""What happens in the tab "Examples" when a button is pressed. Numbers come from ``latents``."""

from __future__ import annotations

from typing import Any

import gradio as gr

from genlens.latents.examples import of_study as examples
from genlens.study.judges import CLASS
from genlens.ui.jobs import CancelFlags
from genlens.ui.kit import whole_number
from genlens.ui.latents.examples import view as views
from genlens.ui.studies import study

FLAGS = CancelFlags()
EMPTY = '<div class="gl"><p class="gl-soft">{}</p></div>'
START = {
    "prototypes": "Press Find prototypes.",
    "contrast": "Choose what should change and press Find the change.",
    "anchor": "Press Find the rule: up to 6,000 altered pictures are rebuilt.",
    "effects": "Press Measure: a few thousand pictures are drawn and judged.",
    "joint": "Measure first; then two latents can be looked at together.",
}
NO_CLASSES = "The pictures of this model have no classes, so that nothing can be contrasted."


def refresh(model: str) -> dict[str, Any]:
    """Choices and prototypes of another model; all other results are cleared."""
    here = study(model)
    asked = views.question_choices(here)
    question = asked[0][1] if asked else None
    latents = gr.update(choices=[(f"z{j}", j) for j in sorted(examples.varying(here))], value=None)
    return {
        "group": gr.update(choices=views.groups(here), value=views.ALL),
        "prototypes": views.prototypes_view(here, views.ALL, 8),
        "question": gr.update(choices=asked, value=question),
        "goal": gr.update(choices=views.goals(here, question or ""), value=views.ALL),
        "contrast": EMPTY.format(START["contrast"] if asked else NO_CLASSES),
        "anchor": EMPTY.format(START["anchor"]),
        "output": gr.update(choices=views.outputs(here), value=examples.ERROR),
        "first": latents,
        "second": latents,
        "effects": EMPTY.format(START["effects"]),
        "joint": EMPTY.format(START["joint"]),
    }


def show_prototypes(model: str, group: str, number: float) -> str:
    """ProtoDash on all pictures or one class."""
    count = whole_number("How many", number)
    return views.prototypes_view(study(model), group or views.ALL, count)


def offer_goals(model: str, question: str) -> Any:
    """The classes that ``question`` has."""
    return gr.update(choices=views.goals(study(model), question), value=views.ALL)


def show_contrast(
    model: str,
    picture: float,
    kind: str,
    question: str,
    goal: str,
    fewer: float,
    request: gr.Request,
    progress: gr.Progress = gr.Progress(),
) -> str:
    """A pertinent negative or positive of the picture."""
    return views.contrast_view(
        study(model),
        whole_number("the picture number", picture),
        question or CLASS,
        goal or views.ALL,
        kind=kind,
        beta=fewer,
        **FLAGS.hooks(request, progress, "pictures"),
    )


def show_anchor(
    model: str,
    picture: float,
    good: float,
    parts: float,
    sure: float,
    request: gr.Request,
    progress: gr.Progress = gr.Progress(),
) -> str:
    """The anchor rule of the picture for how well it is rebuilt."""
    return views.anchor_view(
        study(model),
        whole_number("the picture number", picture),
        good=good / 100,
        parts=whole_number("Parts", parts),
        tau=sure / 100,
        **FLAGS.hooks(request, progress, "pictures"),
    )


def show_effects(
    model: str, output: str, request: gr.Request, progress: gr.Progress = gr.Progress()
) -> dict[str, Any]:
    """First-order effects, and the two strongest latents for the second order."""
    here = study(model)
    target = views.measured(here, output)
    effects = examples.effects_of(here, target, **FLAGS.hooks(request, progress, "pictures"))
    latents = [(f"z{e.latent}", e.latent) for e in effects]
    strongest = [*(j for _, j in latents[:2]), None, None]
    return {
        "effects": views.effects_view(effects, target.unit),
        "first": gr.update(choices=latents, value=strongest[0]),
        "second": gr.update(choices=latents, value=strongest[1]),
    }


def show_joint(
    model: str,
    output: str,
    first: int | None,
    second: int | None,
    request: gr.Request,
    progress: gr.Progress = gr.Progress(),
) -> str:
    """The second-order effect of two latents."""
    here = study(model)
    target = views.measured(here, output)
    pair = (whole_number("First latent", first), whole_number("Second latent", second))
    hooks = FLAGS.hooks(request, progress, "pictures")
    return views.joint_view(examples.joint_effect(here, target, pair, **hooks), target.unit)

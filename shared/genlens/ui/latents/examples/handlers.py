"""What happens in the tab "Examples" when a button is pressed. Numbers come from ``latents``."""

from __future__ import annotations

from typing import Any

import gradio as gr

from genlens.common.checks import number as checked
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
    "anchor": "Press Find the rule: up to 6,000 altered pictures are looked at.",
    "effects": "Press Measure: a few thousand pictures are drawn and judged.",
    "joint": "Choose two latents and press Look at both together.",
}


def refresh(model: str) -> dict[str, Any]:
    """Choices and prototypes of another model; all other results are cleared."""
    here = study(model)
    asked = views.question_choices(here)
    question = asked[0][1] if asked else None
    about = CLASS if question == CLASS else examples.ERROR
    varying = examples.varying(here)
    choices = [(f"z{j}", j) for j in sorted(varying)]
    first, second = (
        gr.update(choices=choices, value=varying[i] if i < len(varying) else None) for i in (0, 1)
    )
    return {
        "group": gr.update(choices=views.groups(here), value=views.ALL),
        "prototypes": views.prototypes_view(here, views.ALL, 8),
        "question": gr.update(choices=asked, value=question),
        "goal": gr.update(choices=views.goals(here, question or ""), value=views.ALL),
        "contrast": EMPTY.format(START["contrast"]),
        "contrasting": gr.update(visible=bool(asked)),  # without classes there is nothing to ask
        "anchor": EMPTY.format(START["anchor"]),
        "about": gr.update(choices=views.abouts(here), value=about),
        "good": good_shown(about),
        "output": gr.update(choices=views.outputs(here), value=examples.ERROR),
        "first": first,
        "second": second,
        "effects": EMPTY.format(START["effects"]),
        "joint": EMPTY.format(START["joint"]),
    }


def show_prototypes(model: str, group: str, number: float) -> dict[str, Any]:
    """ProtoDash on all pictures or one class."""
    count = whole_number("How many", number)
    shown = views.prototypes_view(study(model), group or views.ALL, count)
    return {"prototypes": shown, "of": asked_for(model=model, group=group, number=number)}


def asked_for(**asks: Any) -> dict[str, Any]:
    """What a result depends on: all that its controls say."""
    return asks


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
) -> dict[str, Any]:
    """A pertinent negative or positive of the picture."""
    shown = views.contrast_view(
        study(model),
        whole_number("the picture number", picture),
        question or CLASS,
        goal or views.ALL,
        kind=kind,
        beta=checked("Few latents", fewer, 0, 1),
        **FLAGS.hooks(request, progress, "pictures"),
    )
    of = asked_for(
        model=model, picture=picture, kind=kind, question=question, goal=goal, fewer=fewer
    )
    return {"contrast": shown, "of": of}


def show_anchor(
    model: str,
    picture: float,
    about: str,
    good: float,
    parts: float,
    sure: float,
    request: gr.Request,
    progress: gr.Progress = gr.Progress(),
) -> dict[str, Any]:
    """The anchor rule of the picture for how well it is rebuilt, or for its class."""
    shown = views.anchor_view(
        study(model),
        whole_number("the picture number", picture),
        about=about,
        good=checked("Well rebuilt, in per cent,", good, 5, 95) / 100,
        parts=whole_number("Parts", parts),
        tau=checked("Precision, in per cent,", sure, 50, 99) / 100,
        **FLAGS.hooks(request, progress, "pictures"),
    )
    of = asked_for(model=model, picture=picture, about=about, good=good, parts=parts, sure=sure)
    return {"anchor": shown, "of": of}


def good_shown(about: str) -> Any:
    """What counts as well rebuilt, visible where that is asked."""
    return gr.update(visible=about == examples.ERROR)


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
        "of": asked_for(model=model, output=output),
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
) -> dict[str, Any]:
    """The second-order effect of two latents."""
    here = study(model)
    target = views.measured(here, output)
    pair = (whole_number("First latent", first), whole_number("Second latent", second))
    hooks = FLAGS.hooks(request, progress, "pictures")
    shown = views.joint_view(examples.joint_effect(here, target, pair, **hooks), target.unit)
    return {"joint": shown, "of": asked_for(model=model, output=output, first=first, second=second)}

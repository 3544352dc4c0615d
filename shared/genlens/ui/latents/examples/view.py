"""What the tab "Examples" shows and its endpoints answer: a study and settings in, HTML out."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from genlens.common.tables import Table
from genlens.errors import InputError
from genlens.figures.heat_grid import heat_grid
from genlens.figures.latents.contrast_card import contrast_card
from genlens.figures.latents.rule_words import rule_html, rule_title
from genlens.figures.latents.superpixel_rule import superpixel_rule
from genlens.figures.line_chart import line_chart, short
from genlens.figures.picture_strip import picture_strip
from genlens.figures.style import percent
from genlens.latents.examples import of_study as examples
from genlens.latents.examples.anchors import anchor_of
from genlens.study.coder import Coder
from genlens.study.judges import CLASS, ClassScores, class_scores, questions

if TYPE_CHECKING:
    from genlens.attribution.target import Target
    from genlens.latents.traversals.effects import FirstOrder, SecondOrder
    from genlens.study.study import Study

ALL = ""
"""Every picture, any other class: the choice that names none."""
SHOWN_EFFECTS = 6


def classes(study: Study, question: str = CLASS) -> list[str]:
    """The names of the classes of ``question`` that the study has pictures of."""
    if question != CLASS:
        words = question.replace("_", " ")
        return [f"not {words}", words]
    return [study.names[k] for k in np.unique(study.labels).tolist() if 0 <= k < len(study.names)]


def groups(study: Study) -> list[tuple[str, str]]:
    """(words, value) of what prototypes may stand for."""
    return [("all pictures", ALL), *((name, name) for name in classes(study))]


def question_choices(study: Study) -> list[tuple[str, str]]:
    """(words, value) of what a contrast may be about."""
    return [("the class" if q == CLASS else q.replace("_", " "), q) for q in questions(study)]


def goals(study: Study, question: str) -> list[tuple[str, str]]:
    """(words, value) of what a contrast may aim at: any other class first."""
    names = classes(study, question) if question in questions(study) else []
    return [("any other", ALL), *((name, name) for name in names)]


def outputs(study: Study) -> list[tuple[str, str]]:
    """(words, value) of what effects can be measured on."""
    choices = [("error of rebuilding its own picture", examples.ERROR)]
    for question in questions(study):
        names = classes(study, question)
        shown = names if question == CLASS else names[1:]  # "not glasses" says the same
        choices += [(f"probability of {name}", f"{question}/{name}") for name in shown]
        choices += [(f"logit of {name}", f"{question}/{name}/logit") for name in shown]
    return choices


def class_number(name: str, names: Sequence[str]) -> int:
    """Where ``name`` stands among ``names``.

    Raises:
        InputError: it does not.
    """
    if not names:
        raise InputError("the pictures of this model have no classes: leave the class empty")
    if name not in names:
        raise InputError(f"there is no class {name!r}: take one of {', '.join(names)}")
    return list(names).index(name)


def prototypes_view(study: Study, group: str, m: int) -> str:
    """Prototypes as thumbnails with their weights, and how much each one more adds."""
    label = None if group == ALL else class_number(group, study.names)
    prototypes = examples.prototypes_of(study, m, label=label)
    who = "all pictures" if label is None else f"class {group}"
    chosen, n = prototypes.indices.tolist(), len(prototypes.assigned)
    near = np.bincount(prototypes.assigned, minlength=len(chosen)) / n
    captions = [
        f"{percent(float(share))}: {_named(study, i)}"
        for i, share in zip(chosen, prototypes.shares, strict=True)
    ]
    alts = [
        f"prototype, {_named(study, i)}, weight {percent(float(share))}, nearest to "
        f"{percent(float(part))} of the pictures"
        for i, share, part in zip(chosen, prototypes.shares, near, strict=True)
    ]
    strip = picture_strip(
        study.images[chosen],
        captions,
        title=f"{len(chosen)} pictures that stand for {who}, each with its weight",
        alts=alts,
        size=116,
    )
    chart = line_chart(
        {"": (np.arange(1, len(prototypes.mmd2) + 1), prototypes.mmd2)},
        x="number of prototypes",
        y="distance MMD², no unit",
        title="How far the prototypes are from standing for all: 0 would be the same",
        height=190,
    )
    return (
        f'<div class="gl">{strip}<p>{len(chosen)} of {n:,} pictures. Their weights add up to '
        "100 %: counted by weight, they lie in latent space as nearly as possible like all of "
        "them. The first was the most useful one, and each next one added most to those before. "
        f"Where the line below is flat, more prototypes say nothing new.</p></div>{chart}"
    )


def _named(study: Study, index: int) -> str:
    """A picture's class and number, for captions."""
    label = study.label(index)
    return f"{label} (picture {index})" if label else f"picture {index}"


def judge_html(judge: ClassScores) -> str:
    """Who judges, and how far to trust that word."""
    return (
        f'<p class="gl-soft">Judge: {html.escape(judge.how)}. It is right about '
        f"{100 * judge.accuracy:.1f} % of {judge.tested} pictures that nothing was fitted on; "
        f"always naming the most frequent class would be right about {100 * judge.chance:.1f} %."
        "</p>"
    )


def contrast_view(study: Study, index: int, question: str, to: str, **settings: Any) -> str:
    """One contrast with its judge; ``settings`` go to ``examples.contrast_of``."""
    judge = class_scores(study, question)
    free = to == ALL or settings.get("kind") == "positive"
    goal = None if free else class_number(to, judge.names)
    contrast = examples.contrast_of(study, index, question=question, to=goal, **settings)
    spread = np.maximum(study.codes.mean.std(axis=0), 1e-9)
    made = contrast.made_by
    work = f"{made.model_calls:,} pictures drawn in {made.seconds:.1f} s"
    return (
        f'{contrast_card(contrast, judge.names, spread)}<div class="gl">{judge_html(judge)}'
        f'<p class="gl-soft">{work}.</p></div>'
    )


def abouts(study: Study) -> list[tuple[str, str]]:
    """(words, value) of what an anchor rule may be about."""
    asked = [(f"its {words.removeprefix('the ')}", q) for words, q in question_choices(study)]
    return [("how well it is rebuilt", examples.ERROR), *asked]


def anchor_view(study: Study, index: int, **settings: Any) -> str:
    """The rule on its picture, beside what it says; ``settings`` go to ``anchor_of``."""
    rule = anchor_of(study, index, **settings)
    coder = Coder(study.model)
    again = coder.decode(coder.encode(study.images[index][None]).mean)[0]
    error = short(float(study.errors[index]))
    pair = picture_strip(
        [study.images[index], again],
        ["the picture", f"rebuilt, mean squared error {error}"],
        size=96,
    )
    about = rule.made_by.settings["about"]
    limit = rule.made_by.settings.get("limit")
    meant = (
        f'<p class="gl-soft">“Well” is a mean squared pixel error of at most {short(limit)}.</p>'
        if limit is not None
        else judge_html(class_scores(study, about))
    )
    parts = superpixel_rule(study.images[index], rule.segments, rule.anchor, title=rule_title(rule))
    words = f"{rule_html(rule)}{meant}{pair}"
    return f'<div class="gl gl-beside gl-beside-even"><div>{parts}</div><div>{words}</div></div>'


def effects_view(effects: tuple[FirstOrder, ...], unit: str) -> str:
    """The strongest first-order effects as lines, and how strong each is."""
    shown = [effect for effect in effects[:SHOWN_EFFECTS] if not effect.nothing]
    name = effects[0].output
    if not shown:
        return _unmoved(f"No latent alone moves the {name}", effects[0].resolution, unit)
    chart = line_chart(
        {f"z{e.latent}": (e.edges, e.effect) for e in shown},
        x="latent, latent units",
        y=f"effect, {unit}" if len(unit) < 20 else "effect",
        title=f"What each latent alone does to the {name}, in {unit}",
        height=280,
    )
    top = effects[0].strength
    rows = [
        (f"z{e.latent}", "nothing" if e.nothing else short(e.strength), percent(e.strength / top))
        for e in effects
    ]
    table = Table(
        ["latent", "strength", "of the strongest"],
        rows,
        caption=f"How strong each latent is: standard deviation of its effect over the pictures, "
        f"{unit}",
    )
    read = (
        "Read it so: the line of a latent is what the number gains or loses, on average over these "
        "pictures, as that latent alone moves from left to right."
    )
    return (
        f'<div class="gl gl-beside gl-beside-even"><div>{chart}<p class="gl-soft">{read}</p></div>'
        f'<div class="gl-scroll" tabindex="0">{table.html()}</div></div>'
    )


def joint_view(joint: SecondOrder, unit: str) -> str:
    """What two latents do beyond what each does alone, as a heat map."""
    j, k = joint.latents
    if joint.nothing:
        return _unmoved(f"z{j} and z{k} do nothing together", joint.resolution, unit)
    grid = heat_grid(
        joint.cells(),
        x_edges=joint.edges[0],
        y_edges=joint.edges[1],
        x=f"z{j}, latent units",
        y=f"z{k}, latent units",
        unit=unit,
        empty=joint.counts == 0,
        title=f"What z{j} and z{k} do together, beyond what each does alone",
    )
    return (
        f'{grid}<div class="gl"><p>Strength (standard deviation over the pictures): '
        f"{short(joint.strength)} {html.escape(unit)}. "
        "Grey everywhere: the two do not depend on each other.</p></div>"
    )


def _unmoved(what: str, resolution: float, unit: str) -> str:
    """That there is nothing to draw."""
    return (
        f'<div class="gl"><p class="gl-reading">{html.escape(what)}: all that is seen is less than '
        f"the number’s own rounding, about {short(resolution)} {html.escape(unit)}.</p></div>"
    )


def measured(study: Study, output: str) -> Target:
    """The target that ``outputs`` calls ``output``.

    Raises:
        InputError: there is no such output.
    """
    question, _, name = str(output).partition("/")
    if question == examples.ERROR:
        return examples.output_of(study)
    judge = class_scores(study, question)
    name, logit, _ = name.partition("/logit")
    k = class_number(name, judge.names)
    return examples.output_of(study, question, k, "logit" if logit else "probability")

"""What the tab "Examples" shows and its endpoints answer: a study and settings in, HTML out."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from genlens.errors import InputError
from genlens.figures.heat_grid import heat_grid
from genlens.figures.latents.contrast_card import contrast_card
from genlens.figures.latents.superpixel_rule import superpixel_rule
from genlens.figures.line_chart import line_chart, short
from genlens.figures.picture_strip import picture_strip
from genlens.figures.style import percent
from genlens.latents.examples import of_study as examples
from genlens.study.coder import Coder
from genlens.study.judges import CLASS, ClassScores, class_scores, questions

if TYPE_CHECKING:
    from genlens.latents.examples.rules import AnchorRule
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
        f"{percent(float(share))} · no. {i}" + (f" · {study.label(i)}" if study.label(i) else "")
        for i, share in zip(chosen, prototypes.shares, strict=True)
    ]
    alts = [
        f"prototype, picture {i}, weight {percent(float(share))}, nearest to {percent(float(part))}"
        for i, share, part in zip(chosen, prototypes.shares, near, strict=True)
    ]
    strip = picture_strip(
        study.images[chosen], captions, title=f"Stand for {who}", alts=alts, size=84
    )
    chart = line_chart(
        {"": (np.arange(1, len(prototypes.mmd2) + 1), prototypes.mmd2)},
        x="number of prototypes",
        y="MMD², no unit",
        title="What is still missing: 0 would be the same as all pictures",
        height=190,
    )
    return (
        f'<div class="gl">{strip}<p>{len(chosen)} of {n:,} pictures, with weights that add up to '
        "100 %: the weighted prototypes lie in latent space as much as possible like all of them. "
        "Where the line below is flat, more prototypes say nothing "
        f"new.</p></div>{chart}"
    )


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


def anchor_view(study: Study, index: int, **settings: Any) -> str:
    """The rule on its picture, beside the reconstruction; ``settings`` go to ``anchor_of``."""
    rule = examples.anchor_of(study, index, **settings)
    coder = Coder(study.model)
    again = coder.decode(coder.encode(study.images[index][None]).mean)[0]
    pair = picture_strip(
        [study.images[index], again],
        ["picture", f"rebuilt, error {short(float(study.errors[index]))}"],
        title="What is explained",
        size=96,
    )
    quality = "well" if rule.value else "badly"
    parts = superpixel_rule(
        study.images[index], rule.segments, rule.anchor, title=f"Rebuilt {quality}: the rule"
    )
    return f'<div class="gl">{pair}</div>{parts}<div class="gl">{anchor_words(rule)}</div>'


def anchor_words(rule: AnchorRule) -> str:
    """The rule in a sentence, then precision and coverage as a table."""
    settings = rule.made_by.settings
    quality = "well" if rule.value else "badly"
    limit = f"mean squared error {'at most' if rule.value else 'above'} {short(settings['limit'])}"
    parts = int(rule.segments.max()) + 1
    if not rule.anchor:
        lead = (
            f"Whatever stands in the picture’s place, it is rebuilt {quality} ({limit}): no part "
            "of it is needed."
        )
    else:
        lead = (
            f"While the {len(rule.anchor)} bright parts of {parts} stay, pictures are rebuilt "
            f"{quality} ({limit}), whatever other pictures show elsewhere."
        )
    if not rule.certified:
        lead += " The sample was used up before this was certain: take it as a guess."
    rows = (
        ("precision", f"{100 * rule.precision:.1f} %", "of such pictures keep the property"),
        (
            "true precision, 95 % sure",
            f"{100 * rule.lower:.1f} to {100 * rule.upper:.1f} %",
            f"from {rule.samples:,} pictures",
        ),
        (
            "coverage",
            f"{100 * rule.coverage:.2g} %",
            "of pictures with parts replaced at random meet the rule",
        ),
        ("without a rule", f"{100 * rule.base_rate:.1f} %", "keep the property anyway"),
    )
    body = "".join(
        f'<tr><th scope="row">{name}</th><td>{number}</td><td>{about}</td></tr>'
        for name, number, about in rows
    )
    made = rule.made_by
    return (
        f'<p class="gl-reading">{lead}</p><div class="gl-scroll"><table><tbody>{body}</tbody>'
        f'</table></div><p class="gl-soft">{made.model_calls:,} pictures rebuilt in '
        f"{made.seconds:.1f} s.</p>"
    )


def effects_view(effects: tuple[FirstOrder, ...], unit: str) -> str:
    """The strongest first-order effects as lines, and how strong each is."""
    shown = effects[:SHOWN_EFFECTS]
    name = effects[0].output
    chart = line_chart(
        {f"z{e.latent}": (e.edges, e.effect) for e in shown},
        x="latent, latent units",
        y=f"effect, {unit}",
        title=f"What each latent alone does to the {name}",
        height=280,
    )
    top = max(effects[0].strength, 1e-12)
    rows = "".join(
        f'<tr><th scope="row">z{e.latent}</th><td>{short(e.strength)}</td>'
        f"<td>{percent(e.strength / top)}</td></tr>"
        for e in effects
    )
    return (
        f'{chart}<div class="gl"><details><summary>How strong each latent is</summary>'
        f'<div class="gl-scroll"><table><caption>Standard deviation of the effect over the '
        f"pictures, {html.escape(unit)}</caption><thead><tr><th>latent</th><th>strength</th>"
        f"<th>of the strongest</th></tr></thead><tbody>{rows}</tbody></table></div></details></div>"
    )


def joint_view(joint: SecondOrder, unit: str) -> str:
    """What two latents do beyond what each does alone, as a heat map."""
    j, k = joint.latents
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


def measured(study: Study, output: str) -> Any:
    """The target that ``outputs`` calls ``output``.

    Raises:
        InputError: there is no such output.
    """
    question, _, name = str(output).partition("/")
    if question == examples.ERROR:
        return examples.output_of(study)
    k = class_number(name, class_scores(study, question).names)
    return examples.output_of(study, question, k)

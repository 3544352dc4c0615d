"""A finding as HTML: the strip, the curve, what leaks, and how the direction was found."""

from __future__ import annotations

import html
from collections.abc import Mapping

import numpy as np

from genlens.figures.line_chart import line_chart, short
from genlens.figures.picture_strip import picture_img
from genlens.figures.steering.directions.direction_strip import alpha_words, direction_strip
from genlens.figures.steering.directions.leakage_bars import leakage_bars
from genlens.figures.steering.directions.score_curve import reach_words, score_curve
from genlens.figures.steering.score import place_of, score_chip, score_scale
from genlens.steering.directions.methods import direction_method
from genlens.steering.results import Strip
from genlens.steering.walks.finding import Finding
from genlens.ui.steering import assessors
from genlens.ui.steering.directions.find import QUICK_PICTURES
from genlens.ui.steering.shown import Shown

SIZE = 190


def titles() -> Mapping[str, str]:
    """Assessor's name -> what readers call it."""
    return {name: title for title, name in assessors.choices()}


def why_looking(now: Shown) -> str:
    """Why the tab shows no direction at once."""
    return (
        f"No direction of {now.generator.card.id} was measured in advance for "
        f"“{now.assessor.title}”: a quick look at {QUICK_PICTURES} pictures is taken now."
    )


def strip_html(now: Shown, finding: Finding, strip: Strip) -> str:
    """The page's face along the direction."""
    title = f"{now.name}, along {direction_words(finding)}"
    return direction_strip(strip, title=title, ends=now.assessor.range)


def direction_words(finding: Finding) -> str:
    """ "SVM boundary (InterFaceGAN) for Glasses", as a heading has it."""
    method = direction_method(finding.direction.method).title
    target = titles().get(finding.direction.target, finding.direction.target)
    return f"{method}{f' for “{target}”' if target else ''}{_part(finding)}"


def _part(finding: Finding) -> str:
    return f", {finding.direction.title}" if finding.direction.title else ""


def moved_html(now: Shown, finding: Finding, strip: Strip) -> str:
    """The face and where the slider has brought it, side by side; ``strip`` has these two."""
    scores = strip.scores.tolist()
    cards = []
    for image, alpha, score in zip(strip.images, strip.alphas.tolist(), scores, strict=True):
        name = alpha_words(alpha)
        chip = score_chip(score, place_of(score, now.assessor.range, scores), title=name)
        picture = picture_img(image, f"{now.name}, {name}", size=SIZE)
        cards.append(f"<figure>{picture}<figcaption>{name} {chip}</figcaption></figure>")
    unit = html.escape(finding.direction.unit)
    return (
        f'<div class="gl gl-moved">{"".join(cards)}<p class="gl-soft">α counts in steps of '
        f"{unit}. The slider’s steps are even in {html.escape(finding.distance)}, so that each "
        f"changes the picture about equally. {html.escape(reach_words(finding.reach))}</p></div>"
    )


def curve_html(now: Shown, finding: Finding, strip: Strip) -> str:
    """The score against alpha, over faces and for the page's own."""
    same = len(strip.alphas) == len(finding.curve.alphas)
    chart = score_curve(
        finding.curve, assessor=now.assessor.title, unit=finding.direction.unit,
        face=strip.scores if same else None,
    )  # fmt: skip
    drift = line_chart(
        {"": (finding.curve.alphas, finding.curve.distance)},
        x="α", y=f"{finding.distance} to the face itself", height=170,
    )  # fmt: skip
    scale = score_scale(now.assessor.range, now.assessor.unit)
    return (
        f'<div class="gl">{chart}{scale}<details><summary>How far the picture drifts</summary>'
        f"{drift}</details></div>"
    )


def leakage_html(finding: Finding) -> str:
    """What else changes."""
    if finding.leakage is None:
        return '<div class="gl"><p class="gl-note">No other assessor was asked.</p></div>'
    return leakage_bars(finding.leakage, titles())


def facts_html(finding: Finding) -> str:
    """How the direction was found, how well it tells pictures apart, and when it misleads."""
    method = direction_method(finding.direction.method)
    said = [f"<p>{html.escape(method.help)}</p>"]
    n = finding.search.made_by.settings.get("n")
    if isinstance(n, int) and finding.search.held_out is not None:
        area = finding.search.held_out
        quick = (
            " A quick look: press “Find the direction” for more pictures."
            if n <= QUICK_PICTURES
            else ""
        )
        said.append(
            f"<p>Learned from {n:,} random pictures. On those held out, places along it tell high "
            f"scores from low ones with an area under the ROC curve of <b>{area.value:.2f}</b> "
            f"({area.low:.2f} to {area.high:.2f}; 0.5 is chance, 1 is always).{quick}</p>"
        )
    if finding.search.cosines:
        said.append(_cosines(finding))
    if len(finding.search.losses):
        said.append(losses_html(finding.search.losses))
    said.append(f'<p class="gl-warn">When it misleads: {html.escape(method.misleads)}</p>')
    said.append(
        f'<p class="gl-soft">{html.escape(method.equation)}. {html.escape(method.paper)}. Measured '
        f"on {len(finding.curve.scores)} faces of other seeds.</p>"
    )
    return f'<div class="gl">{"".join(said)}</div>'


def _cosines(finding: Finding) -> str:
    named = titles()
    listed = "; ".join(
        f"{html.escape(named.get(name, name))} {short(float(f'{value:.2g}'))}"
        for name, value in finding.search.cosines.items()
    )
    return (
        f"<p>Before projecting, the cosine of this direction with that of what is held still was: "
        f"{listed}. (0: at right angles, projecting changes nothing; 1 or −1: the same direction.)"
        "</p>"
    )


def losses_html(losses: np.ndarray | list[float]) -> str:
    """The training's loss, smoothed over 10 steps."""
    values = np.asarray(losses, float)
    width = min(10, len(values))
    smooth = np.convolve(values, np.ones(width) / width, mode="valid")
    return line_chart(
        {"": (np.arange(len(smooth)) + width, smooth)},
        x="training step", y="squared miss of the score", title="Training", height=180,
    )  # fmt: skip

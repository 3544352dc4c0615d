"""The figures about the generator as HTML."""

from __future__ import annotations

import html

import numpy as np
import torch

from genlens.common.measures import Measure
from genlens.common.tables import Table
from genlens.figures.picture_strip import picture_grid, picture_strip
from genlens.figures.pixels import shrunk
from genlens.figures.steering.score import score_words
from genlens.steering.drawn import draw, score
from genlens.ui.steering import faces
from genlens.ui.steering.generator.measured import Measured
from genlens.ui.steering.generator.truncation import PSIS, truncated
from genlens.ui.steering.shown import Shown

SAMPLES = 18
FEW = 3


def samples_html(now: Shown, seed: int) -> str:
    """Random pictures with their scores, and what truncation does to a few of them."""
    names = [f"{seed}:{i}" for i in range(SAMPLES)]
    styles = torch.stack([now.styles, *(faces.source(now.generator, name) for name in names)])
    images = draw(now.generator, styles[1:])
    scores = score(now.assessor, images)
    strip = picture_strip(
        [shrunk(image, 128) for image in images.numpy()],
        [score_words(float(s)) for s in scores], size=64,
        title=f"{SAMPLES} random pictures, with their score ({now.assessor.title})",
        alts=[f"sample {i}, score {score_words(float(s))}" for i, s in enumerate(scores)],
    )  # fmt: skip
    pulled = truncated(now.generator, styles[: FEW + 1], now.assessor)
    grid = picture_grid(
        np.stack([[shrunk(image, 128) for image in row] for row in pulled.images]),
        ["on the left", *(f"sample {i}" for i in range(FEW))],
        [[f"{psi:g} · {score_words(float(s))}" for psi, s in zip(PSIS, row, strict=True)]
         for row in pulled.scores],
        title="Truncation: styles at 0 (the mean style), ¼, ½, ¾, 1 (as it draws) and 1¼ of their "
        "way. Towards the left pictures get better and more alike. Point at one for its score.",
        size=64,
    )  # fmt: skip
    return f'<div class="gl">{strip}{grid}</div>'


def measured_html(found: Measured) -> str:
    """The three desiderata as a table each."""
    return (
        f'<div class="gl">{_quality(found)}{_variety(found)}{_edits(found)}'
        '<p class="gl-soft">Editability and how different pictures are: from '
        f"{found.n} random ones; the figures of a shipped generator’s faces were measured in "
        "advance. In brackets: 95 % intervals.</p></div>"
    )


def _quality(found: Measured) -> str:
    says = (
        "<h3>1 Quality: are its pictures good?</h3><p>An edit of a bad picture says little: the "
        "classifier may react to the flaw.</p>"
    )
    if not found.faces:
        return (
            f"{says}<p>Not measured yet, or nothing here knows what it should draw: look at its "
            "samples, and press “Measure”.</p>"
        )
    rows = [
        ["this generator", _share(found.faces["confident"])],
        ["true faces (the most that can be reached)", _share(found.faces["ceiling"])],
        ["two faces laid over each other (has to fail)", _share(found.faces["mixed"])],
        ["strongly blurred faces (have to fail)", _share(found.faces["blurred"])],
    ]
    caption = "Pictures whose skin, hair, mouth and glasses a classifier is sure of"
    return says + Table(("", "share"), rows, caption=caption).html()


def _variety(found: Measured) -> str:
    says = (
        "<h3>2 Variety: can it draw every kind?</h3><p>What it never draws cannot be tested: no "
        "glasses, no hypothesis about glasses.</p>"
    )
    rows = []
    if "values_found" in found.faces:
        kinds = found.faces["values_found"]
        missing = ", ".join(kinds.left_out) or "none is missing"
        rows.append(
            ["kinds of skin, hair, mouth and glasses that it draws", _share(kinds), missing]
        )
    if found.variety is not None and found.halves is not None:
        rows.append(
            ["how different its pictures are, true ones being 100 %", _share(found.variety),
             f"half of the true ones against the other half: {_share(found.halves)}"]
        )  # fmt: skip
    if not rows:
        return f"{says}<p>No true pictures of its world are known here to compare with.</p>"
    return says + Table(("", "share", "beside it"), rows).html()


def _edits(found: Measured) -> str:
    edits = found.edits
    rows = [
        [each.title, _number(fit) if fit.n else next(iter(fit.left_out), "-")]
        for each, fit in zip(found.assessors, edits.followed, strict=True)
    ]
    rows.append(["scores dealt to other pictures (has to fail)", _number(edits.shuffled)])
    caption = (
        "How much of a score a straight move of the styles explains on pictures it was not fitted "
        "on (R²: 1 is all, 0 nothing)"
    )
    apart = (
        f"<p>Two properties’ directions have a cosine of <b>{_number(edits.alike)}</b> in size on "
        f"average: 0 would let each be changed without the other, 1 never. Random directions: "
        f"{edits.by_chance:.2f}.</p>"
    )
    return (
        "<h3>3 Editability: can one thing be changed, and only that?</h3>"
        f"{Table(('', 'R²'), rows, caption=caption).html()}{apart}"
    )


def _share(measure: Measure) -> str:
    if not np.isfinite(measure.value):
        return "not measured"
    between = (
        f" ({100 * measure.low:.0f} to {100 * measure.high:.0f})"
        if np.isfinite(measure.low) and measure.low != measure.high
        else ""
    )
    return f"{100 * measure.value:.0f} %{between}"


def _number(measure: Measure) -> str:
    if not np.isfinite(measure.value):
        return "not measured"
    between = (
        f" ({measure.low:.2f} to {measure.high:.2f})" if np.isfinite(measure.low) else ""
    ).replace("-", "−")
    return html.escape(f"{measure.value:.2f}".replace("-", "−") + between)

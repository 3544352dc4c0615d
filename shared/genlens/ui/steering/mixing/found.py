"""What stands below the board: faces chosen by the paper's rule, faces moved by their score, two
groups of faces compared. Work and HTML; the widgets are in ``tools``."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from genlens.common.measures import Measure
from genlens.common.tables import Table
from genlens.errors import InputError
from genlens.figures.picture_strip import picture_strip
from genlens.figures.steering.mix_board import Scored, ordered_strip
from genlens.figures.steering.score import score_words
from genlens.steering.mixing.cohorts import Cohorts, compare_cohorts, extremes
from genlens.steering.mixing.pushed import By, Pushed, push_styles
from genlens.steering.mixing.references import References, choose_references
from genlens.ui.steering import faces
from genlens.ui.steering.assessors import assessor as assessor_named
from genlens.ui.steering.mixing.board import read_groups, read_sources
from genlens.ui.steering.shown import Shown

REFERENCES, POOL = 4, 128
TOWARDS = {"the other side": None, "higher scores": True, "lower scores": False}
"""Where faces are moved, in words -> ``push_styles``' argument."""
MOST_HELD = 6


def references(now: Shown, held: Sequence[str], seed: int, **hooks: Any) -> References:
    """Faces that are like the one on screen by the assessors ``held``, and unlike by the page's.

    Raises:
        InputError: nothing, or too much, is held.
        ModelError: an assessor tells no faces apart.
    """
    names = [str(name) for name in held or []]
    if not 1 <= len(names) <= MOST_HELD:
        raise InputError(f"{len(names)} assessors are held: choose 1 to {MOST_HELD}")
    return choose_references(
        now.generator, now.styles[None], now.assessor, [assessor_named(n) for n in names],
        REFERENCES, pool=POOL, seed=seed, **hooks,
    )  # fmt: skip


def reference_names(found: References, seed: int) -> str:
    """The chosen faces as sources."""
    return ", ".join(f"{seed}:{row}" for row in found.rows)


def references_html(found: References) -> str:
    """The chosen faces with how different and how alike they are."""
    captions = [
        f"differs by {d:.1f} SD, held within {a:.1f} SD"
        for d, a in zip(found.different, found.alike, strict=True)
    ]
    strip = picture_strip(list(found.images), captions, size=72)
    return (
        f'<div class="gl">{strip}<p class="gl-soft">They are the faces to mix with now. A random '
        f"face differs by {found.usual_different:.1f} SD and is within {found.usual_alike:.1f} SD "
        "on what is held (SD: standard deviations over random faces).</p></div>"
    )


def moved(now: Shown, sources: str, towards: str, by: str, reach: float, **hooks: Any) -> Pushed:
    """Copies of the faces to mix with, moved towards other scores.

    Raises:
        InputError: no such direction or way, or numbers out of range.
        ModelError: scores or pictures are NaN.
    """
    if towards not in TOWARDS:
        raise InputError(f"{str(towards)[:40]!r} is no aim: take {', '.join(TOWARDS)}")
    ways: dict[str, By] = {"gradient": "gradient", "linear": "linear"}
    if by not in ways:
        raise InputError(f"{str(by)[:40]!r} is no way to move: take gradient or linear")
    styles = torch.stack([faces.source(now.generator, name) for name in read_sources(sources)])
    return push_styles(
        now.generator, styles, now.assessor, TOWARDS[towards], by=ways[by], reach=reach,
        stop=towards == "the other side", **hooks,
    )  # fmt: skip


def moved_html(found: Pushed, now: Shown) -> str:
    """The faces before and after; picture i is about row i of the copies."""
    n = len(found.styles)
    before = ordered_strip(
        Scored(found.before, found.scores[:, 0], ["before"] * n, [-1] * n, now.assessor.range),
        "Before", picks=False,
    )  # fmt: skip
    captions = [
        f"moved {100 * m:.0f} % of its length" + (", crossed" if c else ", did not cross")
        for m, c in zip(found.moved, found.crossed, strict=True)
    ]
    after = ordered_strip(
        Scored(found.images, found.scores[:, -1], captions, list(range(n)), now.assessor.range),
        "After; a click puts one on screen",
    )
    return (
        f'<div class="gl">{before}{after}<p class="gl-soft">A score turns over at '
        f"{score_words(found.neutral)}. Such copies often look worse than faces that were chosen "
        "(the paper found so too, and did not make them the default): where the picture hardly "
        "changes and the score jumps, this is closer to an adversarial example than to an "
        "explanation.</p></div>"
    )


def compared(now: Shown, split: str, n: int, groups: str, **hooks: Any) -> Cohorts:
    """The faces with the lowest and with the highest scores of the assessor ``split``, compared by
    the page's.

    Raises:
        InputError: ``split`` is the page's own assessor, or numbers out of range.
        ModelError: pictures or scores are NaN.
    """
    if split == now.assessor_id:
        raise InputError(
            "the groups are chosen by the assessor that is compared, so they differ by "
            "construction: split them by another one"
        )
    low, high = extremes(now.generator, assessor_named(split), n, pool=POOL, **hooks)
    return compare_cohorts(
        now.generator, low, high, now.assessor, read_groups(now, groups), **hooks
    )


def compared_html(found: Cohorts, now: Shown, split: str) -> str:
    """Two mean faces, whether the groups differ, and which layers carry it."""
    title = html.escape(assessor_named(split).title)
    names = [f"lowest {assessor_named(split).title}", f"highest {assessor_named(split).title}"]
    strip = picture_strip(
        list(found.mean_images),
        [f"{name}: mean score {_words(m)}" for name, m in zip(names, found.means, strict=True)],
        title="The picture of each group’s mean style", size=112,
    )  # fmt: skip
    differs = "they differ" if found.chance < 0.05 else "no difference is shown"
    rows = [[f"{name} layers only", _words(change)] for name, change in found.carried.items()]
    table = Table(
        ("moved by the difference of the means", f"change ({found.unit})"), rows,
        caption=f"Which layers carry it: the group with the lowest {title}, moved",
    ).html()  # fmt: skip
    return (
        f'<div class="gl">{strip}<p><b>{html.escape(now.assessor.title)}</b>: the groups’ means '
        f"differ by <b>{_words(found.difference)}</b>. Random groups of this size differ as much "
        f"in {100 * found.chance:.2g} % of cases: {differs}.</p>{table}</div>"
    )


def _words(measure: Measure) -> str:
    between = (
        f" ({score_words(measure.low)} to {score_words(measure.high)})"
        if np.isfinite(measure.low) and np.isfinite(measure.high)
        else ""
    )
    return score_words(measure.value) + between

"""What an assessor says, as HTML: its note, and faces in the order of its scores."""

from __future__ import annotations

import html

import numpy as np
import torch

from genlens.common.tables import Table
from genlens.figures.steering.score import score_words
from genlens.figures.steering.sorted_faces import sorted_faces
from genlens.models.assessors.own import FunctionAssessor
from genlens.models.contracts import Assessor
from genlens.ui.steering import assessors, faces
from genlens.ui.steering.shown import Shown, shown

FACES = 12


def sorted_html(model_id: str, face: str, assessor: str) -> str:
    """The assessor's note above twelve faces of the generator, of the seeds 0 to 11.

    Raises:
        GenlensError: as ``shown``; or the assessor gives NaN for a face.
    """
    now = shown(model_id, face, assessor)
    images, scores = scored(now)
    names = [f"Seed {seed}" for seed in range(FACES)]
    row = sorted_faces(
        images, scores, names,
        ends=now.assessor.range, unit=now.assessor.unit,
        title=f"Twelve faces of {now.generator.card.id}, highest score first",
    )  # fmt: skip
    said = (
        f"Of these twelve, scores go from {score_words(min(scores))} to {score_words(max(scores))}."
    )
    if max(scores) - min(scores) < 1e-6:
        said += " All are alike: of this generator's faces, the assessor has nothing to say."
    return f'<div class="gl">{note_of(now.assessor)}{row}<p>{said}</p></div>'


@torch.no_grad()
def scored(now: Shown) -> tuple[np.ndarray, list[float]]:
    """The faces (12, c, h, w) of the seeds 0 to 11, and their scores."""
    styles = [faces.styles_of(now.generator, str(seed)) for seed in range(FACES)]
    images = now.generator.synthesize(torch.stack(styles)).float().cpu().clamp(0, 1)
    return images.numpy(), now.assessor.score(images).tolist()


def note_of(assessor: Assessor) -> str:
    """Its help, and what is known of it in a table to unfold."""
    low, high = (score_words(end) for end in assessor.range)
    ends = [("Range", f"{low} to {high}")] if low != "no score" and high != "no score" else []
    slope = "yes" if assessor.differentiable else "no: methods that follow a slope cannot use it"
    rows = [("Its numbers", assessor.unit), *ends, ("Has a gradient", slope)]
    if isinstance(assessor, FunctionAssessor):
        rows += [
            ("Equation", assessor.equation),
            ("When it misleads", assessor.misleads),
            ("From", assessor.paper),
        ]
    facts = Table((), [row for row in rows if row[1]]).html()
    return (
        f"<h3>{html.escape(assessor.title)}</h3><p>{html.escape(assessor.help)}</p>"
        f"<details><summary>What is known of it</summary>{facts}</details>"
    )


def absent_html() -> str:
    """The assessors whose networks are not here, and what brings them; "" where all are."""
    by_command: dict[str, list[str]] = {}
    for title, command in assessors.missing():
        by_command.setdefault(command, []).append(title)
    if not by_command:
        return ""
    rows = "".join(
        f"<li>{html.escape(', '.join(titles))}: <code>{html.escape(command)}</code></li>"
        for command, titles in by_command.items()
    )
    return f'<div class="gl gl-soft"><p>Not on this machine:</p><ul>{rows}</ul></div>'

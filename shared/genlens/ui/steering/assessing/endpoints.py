"""Classifiers for programs.

Docstrings follow Google's style, because gradio turns them into the tools' descriptions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from genlens.errors import Cancelled
from genlens.ui.jobs import stopped
from genlens.ui.steering import assessors
from genlens.ui.steering.assessing import training as work


def api_train_classifier(
    attribute: str = "smile", goes_with: str = "", faces: int = 1500, seed: int = 0
) -> dict[str, Any]:
    """Train a small classifier on drawn faces; about a minute.

    Args:
        attribute: what it is to tell, for example "smile", "glasses" or "beard".
        goes_with: a second attribute that nearly all faces with the first one have, too: a planted
            shortcut; none without it.
        faces: how many are drawn, 200 to 5,000.
        seed: of the faces and of the training.

    Returns:
        assessor (its name, to pass to other endpoints for the next hour) and report (accuracy with
        its interval, baseline, confusion).
    """
    pictures = work.drawn(attribute, bool(goes_with), goes_with, faces, seed)
    training = work.begin(pictures, "small", seed)
    for _ in training.run(cancel=stopped):
        pass
    if not training.finished:
        raise Cancelled(f"stopped after step {training.step} of {training.steps}")
    report = training.report()
    name = assessors.keep(training.classifier(attribute, report))
    return {"assessor": name, "report": report.to_dict()}


ENDPOINTS: dict[str, Callable[..., Any]] = {"train_classifier": api_train_classifier}
"""By their public names."""

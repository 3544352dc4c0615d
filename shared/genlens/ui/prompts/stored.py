"""The explanation that a page shows, read back from its file."""

from __future__ import annotations

from pathlib import Path

from genlens.common.limits import MAX_WORDS
from genlens.common.progress import Progress
from genlens.errors import InputError
from genlens.prompts import storage
from genlens.prompts.dossiers.dossier import Dossier
from genlens.prompts.results import PromptExplanation
from genlens.ui.serving.cost import PACE, Meter, require_affordable


def still_there(stored: str | None) -> str:
    """``stored``, the path of an explanation's NPZ, once it is there.

    Raises:
        InputError: there is none, or the file is older than an hour, and gone.
    """
    if not stored:
        raise InputError(
            "there is no explanation of every sub-prompt here: explain a prompt of up to "
            f"{MAX_WORDS} words first"
        )
    if not Path(stored).is_file():
        raise InputError("this result is older than an hour and was deleted: press Explain again")
    return stored


def explanation_in(stored: str | None) -> PromptExplanation:
    """The explanation in the NPZ ``stored``; raises like ``still_there``."""
    return dossier_in(stored).explanation


def dossier_in(stored: str | None) -> Dossier:
    """The same with its trials."""
    return storage.load_dossier(still_there(stored))


def steps_of(explanation: PromptExplanation) -> int:
    """Denoising steps of each of its images; 1 where it does not say."""
    return int(explanation.made_by.settings.get("steps") or 1)


def metered(explanation: PromptExplanation, times: int, progress: Progress | None = None) -> Meter:
    """A meter of drawing all its sub-prompts once more.

    Raises:
        InputError: ``times`` of that would take too long.
    """
    model, images, steps = (
        explanation.made_by.model, len(explanation.payoffs), steps_of(explanation)
    )  # fmt: skip
    require_affordable(model, images * times, steps)
    return Meter(model, images, steps, progress)


def cost_of(explanation: PromptExplanation, times: str) -> str:
    """What drawing all sub-prompts once more will cost, as a sentence; ``times`` says how often
    ("for each way")."""
    images = len(explanation.payoffs)
    each = PACE.measured(explanation.made_by.model)
    about = ""
    if each is not None:
        about = f", about {max(1, round(images * steps_of(explanation) * each)):,} s"
    return f"{images} images{about} {times}"

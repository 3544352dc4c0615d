"""A hypothesis asked for by names, as pages, commands and programs do."""

from __future__ import annotations

from genlens.common.progress import Cancel, Progress
from genlens.models.assessors.assessors import assessor as assessor_named
from genlens.models.catalog import load
from genlens.models.contracts import Assessor, Generator
from genlens.steering.hypotheses.cases import CASES
from genlens.steering.hypotheses.edits.read import edit_of, watched
from genlens.steering.hypotheses.run import FACES, run_hypothesis
from genlens.steering.results import Verdict


def ask(
    edit: str,
    assessor: str | Assessor,
    *,
    model: str | Generator = "",
    claim: str = "",
    expected: int | None = None,
    least: float | None = None,
    n: int = FACES,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Verdict:
    """The verdict on what ``edit`` does to the score of ``assessor``.

    Args:
        edit: a ready case ("glasses", see ``cases.CASES``), or a line of text as ``read`` has it.
        assessor: its name, or one of your own.
        model: a generator or its id, for edits that need one; "" for drawn faces.
        claim: in words; "" takes the case's, or makes one.
        expected, least, n, seed: as of ``run_hypothesis``; expected None is the case's, or 0.

    Raises:
        InputError: no such edit, assessor or model, or a number out of range.
        ModelError: weights are missing or damaged, or no scores come out.
        Cancelled: ``cancel()`` said so.
    """
    judged = assessor_named(assessor) if isinstance(assessor, str) else assessor
    ready = CASES.get(edit.strip())
    generator = load(model, contract="Generator") if isinstance(model, str) and model else model
    done = ready.edit if ready else edit_of(
        edit, generator if not isinstance(generator, str) else None, progress=progress,
        cancel=cancel,
    )  # fmt: skip
    usual = ready.expected if ready else 0
    return run_hypothesis(
        claim.strip() or (ready.claim if ready else f"It reacts to this: {done.title}"),
        done,
        judged,
        expected=usual if expected is None else expected,
        least=least,
        n=n,
        seed=seed,
        watch=() if done.exact else watched(judged),
        progress=progress,
        cancel=cancel,
    )

"""A model's verdicts in words, from the stored dictionary of its methods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from genlens.attribution.verdict import Verdict
from genlens.common.measure_rows import Numbers, part, word
from genlens.latents.evaluation.rows import CASES

KINDS = {"image": "which pixels decide a latent", "latent": "which latents decide a region"}
"""What methods of each kind say."""
NOT_MEASURED = "not measured"


def verdict_of(method: Numbers) -> Verdict | None:
    """The verdict on one method or control; None where none is written."""
    return Verdict.read(part(method, "verdict"))


def words_of(method: Numbers) -> str:
    """The verdict in words."""
    found = verdict_of(method)
    return found.words if found else NOT_MEASURED


def name_of(method: Numbers) -> str:
    """Its title, and whether it explains by pixels or by latents."""
    by = {"image": "pixels", "latent": "latents"}.get(word(method, "kind"), "?")
    return f"{word(method, 'title')} ({by})"


def is_control(method: Numbers) -> bool:
    """Whether it is no explanation, and has to fail."""
    return part(method, "control") is True


def summary(methods: Sequence[Numbers]) -> str:
    """How many methods are reliable, why the others are not, and whether the controls fail."""
    own = [m for m in methods if not is_control(m)]
    counts = Counter(words_of(m) for m in own)
    good = counts.pop(Verdict.RELIABLE.words, 0)
    others = ", ".join(f"{count} × “{words}”" for words, count in counts.most_common())
    rest = f"; the others: {others}" if others else ""
    passed = sum(verdict_of(m) is Verdict.RELIABLE for m in methods if is_control(m))
    controls = len(methods) - len(own)
    if not controls:
        tested = ""
    elif passed:
        tested = (
            f" {passed} of {controls} controls pass, which explain nothing: do not rely on these "
            "verdicts."
        )
    else:
        tested = f" All {controls} controls, which explain nothing, fail as they should."
    return f"{good} of {len(own)} methods are reliable{rest}.{tested}"


def failed(method: Numbers) -> bool:
    """Whether a test says no; a method of which nothing can be said yet has not failed."""
    return verdict_of(method) in (Verdict.UNCHANGED, Verdict.NO_BETTER)


def cases_of(methods: Sequence[Numbers]) -> str:
    """How many inputs the methods were tested on, "16" or "14 to 16"."""
    counts = sorted({int(CASES.value(m).value) for m in methods})
    return " to ".join(str(c) for c in dict.fromkeys((counts[0], counts[-1]))) if counts else "0"

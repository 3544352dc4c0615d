"""Which assessors the page offers: those that genlens has, and those a visitor trained on it."""

from __future__ import annotations

from genlens.errors import InputError
from genlens.models.assessors.assessors import ASSESSORS
from genlens.models.assessors.assessors import assessor as assessor_named
from genlens.models.catalog import find
from genlens.models.contracts import Assessor
from genlens.ui.serving.access import access
from genlens.ui.steering.kept import Kept, is_own

FIRST = ("smile-plain", "face-smile", "brightness")
"""What the page opens with: the first of these whose network is here."""
LONGEST = 200
_OWN: Kept[Assessor] = Kept("assessor", most=32)


def choices() -> list[tuple[str, str]]:
    """(label, name) of every assessor that can be asked here, the page's first one first."""
    here = {name: each for name, each in ASSESSORS.items() if not each.missing()}
    first = next((name for name in FIRST if name in here), "")
    listed = [(each.title, name) for name, each in here.items()]
    kinds = ("smile-", "face-")  # what a page about classifiers is for comes before statistics
    return sorted(listed, key=lambda pair: (pair[1] != first, not pair[1].startswith(kinds)))


def missing() -> list[tuple[str, str]]:
    """(title, command) of those whose network is not here."""
    return [(each.title, each.missing()) for each in ASSESSORS.values() if each.missing()]


def keep(assessor: Assessor) -> str:
    """Keep a visitor's own assessor; the name to ask for it with."""
    return _OWN.keep(assessor)


def assessor(name: str) -> Assessor:
    """The assessor called ``name``: one of ``ASSESSORS``, a classifier of the catalog or a question
    to one ("avatars-attributes:hair=bob|long"), or a visitor's own.

    Raises:
        InputError: there is none, it is gone, or a network it needs is not here.
        ModelError: its weights are damaged.
    """
    name = str(name or "")
    if is_own(name):
        return _OWN.get(name)
    if len(name) > LONGEST:
        raise InputError(f"the assessor's name has {len(name)} characters: pass up to {LONGEST}")
    model = name.partition(":")[0]
    if find(model) is not None:
        access().admit(model, "Assessor")
    found = assessor_named(name)
    if command := found.missing():
        raise InputError(f"{found.title} needs a network that is not here: run {command}")
    return found

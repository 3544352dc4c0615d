"""What the four groups are called and mean, in plain English: one place for pages and reports."""

from __future__ import annotations

from dataclasses import dataclass

from genlens.anchors.results import GROUPS


@dataclass(frozen=True)
class GroupWords:
    """``short`` in few words, ``title`` with PXGen's letters, ``means`` in one sentence."""

    short: str
    title: str
    means: str


GROUP_WORDS = dict(
    zip(
        GROUPS,
        (
            GroupWords(
                "known",
                "HIHE known",
                "The model takes it for one of its own and draws it well: what it has learned.",
            ),
            GroupWords(
                "model delusion",
                "HILE model delusion",
                "The model takes it for one of its own, but draws something else: it is mistaken.",
            ),
            GroupWords(
                "aligned conception",
                "LIHE aligned conception",
                "The model finds it strange, but draws it well all the same.",
            ),
            GroupWords(
                "unknown",
                "LILE unknown",
                "The model finds it strange and cannot draw it.",
            ),
        ),
        strict=True,
    )
)
"""By the groups of ``anchors.results.GROUPS`` (PXGen, section 4.2; the paper names HILE and LIHE,
"known" and "unknown" are ours)."""


def group_title(index: int) -> str:
    """ "HILE model delusion" of group ``index``."""
    return GROUP_WORDS[GROUPS[index]].title

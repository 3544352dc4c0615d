"""Two groups of pictures on the map: who is in them, and what the page says of it."""

from __future__ import annotations

import html
from collections.abc import Sequence

Groups = tuple[tuple[int, ...], tuple[int, ...], tuple[str, str]]
"""Pictures of A and of B, and what the two are called."""
NO_GROUPS: Groups = ((), (), ("group A", "group B"))


def with_group(groups: Groups, at: int, members: Sequence[int], title: str = "") -> Groups:
    """``groups`` with ``members`` as A (``at`` 0) or B (1). A picture can be in one group only, so
    the other one gives up those it shared."""
    new = tuple(sorted(set(members)))
    taken = set(new)
    before = groups[1] if at == 0 else groups[0]
    other = tuple(i for i in before if i not in taken)
    called = title or NO_GROUPS[2][at]
    kept = groups[2][1 - at]
    return (new, other, (called, kept)) if at == 0 else (other, new, (kept, called))


def groups_html(groups: Groups) -> str:
    """How many pictures are in each group, and what to do next."""
    a, b, titles = groups
    said = [
        f"{html.escape(title)}: <b>{len(members)}</b> picture{'' if len(members) == 1 else 's'}"
        for title, members in zip(titles, (a, b), strict=True)
    ]
    short = min(len(a), len(b)) < 2
    next_ = " Each needs at least 2 to be compared." if short else ""
    return f'<div class="gl" role="status"><p>{"; ".join(said)}.{next_}</p></div>'

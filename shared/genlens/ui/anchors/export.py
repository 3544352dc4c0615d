"""Files of a selection of anchors: CSV with ids, JSON, a sheet of pictures, a report, a link."""

from __future__ import annotations

from typing import Any

import numpy as np

from genlens.errors import InputError
from genlens.ui.anchors import link
from genlens.ui.anchors.files import write_selection
from genlens.ui.anchors.seen import seen
from genlens.ui.export import Written


def export(group: str, k: Any, picked: np.ndarray | None, **head: Any) -> Written:
    """Write the files of a group.

    Raises:
        InputError: nobody is in it.
    """
    now = seen(**head)
    members = now.members(group, picked)
    if not len(members):
        raise InputError("there is nothing to export: this group is empty")
    written = write_selection(now, members, group, k)
    notes = (f"{len(members):,} anchors.", *written.notes)
    return Written(written.paths, notes, link.query(head, group=group, k=k))

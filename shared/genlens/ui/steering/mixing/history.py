"""Undo and redo: the faces that were on screen, oldest first."""

from __future__ import annotations

from dataclasses import dataclass

from genlens.errors import InputError

MOST = 200


@dataclass(frozen=True)
class History:
    """Addresses of ``faces``, and which of them is on screen (``at``)."""

    faces: tuple[str, ...] = ()
    at: int = -1

    def then(self, face: str) -> History:
        """After ``face`` came on screen: what was undone before is forgotten, unless it is the face
        that undo or redo brought."""
        if self.faces and self.faces[self.at] == face:
            return self
        kept = (*self.faces[: self.at + 1], face)[-MOST:]
        return History(kept, len(kept) - 1)

    def back(self) -> History:
        """One step back.

        Raises:
            InputError: this was the first.
        """
        if self.at < 1:
            raise InputError("there is nothing to undo: this is the first face")
        return History(self.faces, self.at - 1)

    def forth(self) -> History:
        """One step forward.

        Raises:
            InputError: nothing was undone.
        """
        if self.at + 1 >= len(self.faces):
            raise InputError("there is nothing to redo: this is the last face")
        return History(self.faces, self.at + 1)

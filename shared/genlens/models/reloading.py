"""The model that a result was made with, once more."""

from __future__ import annotations

from typing import Any

from genlens.errors import ModelError
from genlens.models.catalog import find, load
from genlens.models.contracts import Model
from genlens.models.loading.names import hub_name
from genlens.models.memory import MEMORY


def load_again(name: str, revision: str = "", *, contract: str) -> Any:
    """The model that a card calls ``name``.

    Of a folder of somebody's own a card says no more than its name and the hash of its content
    (``revision``), so that results do not carry the places of files around: it is the one of that
    name and content that this process loaded before.

    Raises:
        ModelError: there is none any more, or as ``catalog.load``.
        DownloadError: as ``catalog.load``.
    """
    if find(name) is not None or hub_name(name) is not None:
        return load(name, contract=contract)

    def fits(held: object) -> bool:
        if not isinstance(held, Model):
            return False
        card = held.card
        own = card.source == "folder" and card.id == name and card.contract == contract
        return own and revision in ("", card.revision)

    found = MEMORY.last(fits)
    if found is None:
        raise ModelError(
            f"{name!r} was a folder of somebody's own, and is not loaded any more: load it again "
            "by its path, or explain again"
        )
    return found

"""Which generators the page offers: those of the catalog, and the decoders of its autoencoders."""

from __future__ import annotations

from functools import lru_cache

from genlens.errors import InputError
from genlens.models.catalog import entries, load
from genlens.models.contracts import Generator
from genlens.models.families import FAMILIES
from genlens.ui import models
from genlens.ui.serving.access import Access, access

FIRST = ("avatars-gan", "avatars-vae")
"""What the page opens with: the first of these that can be loaded."""


def choices() -> list[tuple[str, str]]:
    """(label, id) of every generator, those with styles first."""
    decoders = [
        (f"{entry.id}: its decoder (included)", entry.id)
        for entry in entries()
        if entry.source == "embedded" and "Generator" in FAMILIES[entry.family].parts
    ]
    decoders.sort(key=lambda pair: pair[1] not in FIRST)
    return [*models.choices("Generator"), *decoders]


def generator(model_id: str) -> Generator:
    """The generator called ``model_id``: one of ``choices``, or what ``access`` admits.

    Raises:
        InputError: nothing was chosen, or the model is not admitted.
        ModelError: it cannot be loaded, or draws nothing.
        DownloadError: it cannot be fetched.
    """
    name = str(model_id or "").strip()
    if not name:
        raise InputError("no generator is chosen: take one from the list")
    return load(_admitted(name, access()), contract="Generator")


@lru_cache(maxsize=64)
def _admitted(name: str, allowed: Access) -> str:
    """The name by which to load: asked once, as the hub is asked for a size."""
    return allowed.admit(name, "Generator")

"""Which generators the page offers: those of the catalog, and the decoders of its autoencoders."""

from __future__ import annotations

from functools import lru_cache

from genlens.errors import InputError
from genlens.models.catalog import entries, load
from genlens.models.contracts import Classed, Generator
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
    """The generator called ``model_id``: one of ``choices``, or what ``access`` admits; at class 8
    where it ends in ":8". A direction trained there is a column of the class-dependent GANalyze.

    Raises:
        InputError: nothing was chosen, the model is not admitted, or has no such class.
        ModelError: it cannot be loaded, or draws nothing.
        DownloadError: it cannot be fetched.
    """
    name = str(model_id or "").strip()
    if not name:
        raise InputError("no generator is chosen: take one from the list")
    model, colon, label = name.rpartition(":")
    if not (colon and label.isascii() and label.isdigit()):
        return load(_admitted(name, access()), contract="Generator")
    whole = load(_admitted(model, access()), contract="Generator")
    if not isinstance(whole, Classed):
        raise InputError(f"{model} has no classes: leave “:{label}” out")
    if int(label) not in whole.labels:
        raise InputError(
            f"{model} has classes {whole.labels[0]} to {whole.labels[-1]}, and no class {label}"
        )
    return whole.given(int(label))


def classes_words(generator: Generator) -> str:
    """At which of its classes ``generator`` stands, and how to choose another; "" without any."""
    if not isinstance(generator, Classed):
        return ""
    first, last = generator.labels[0], generator.labels[-1]
    return (
        f"This generator draws one class at a time, here class {generator.label} "
        f"of {first} to {last}. For class {last}, type “{generator.card.id}:{last}” as the "
        "generator."
    )


@lru_cache(maxsize=64)
def _admitted(name: str, allowed: Access) -> str:
    """The name by which to load: asked once, as the hub is asked for a size."""
    return allowed.admit(name, "Generator")

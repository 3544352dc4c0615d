"""Which encoder compares a model's pictures and which segmenter cuts them, where nobody says.

The shipped encoder and segmenter were trained on drawings of the emoji world and know nothing
else. They go with the shipped model; any other model gets ones that were trained on photographs.
"""

from __future__ import annotations

from typing import TypeVar

from genlens.errors import DownloadError
from genlens.models.catalog import load
from genlens.models.contracts import ImageTextEncoder, ModelCard, Segmenter

OF_THE_WORLD = {"ImageTextEncoder": "emoji-clip", "Segmenter": "emoji-sam"}
OF_PHOTOGRAPHS = {
    "ImageTextEncoder": "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
    "Segmenter": "mobile-sam",
}
_TASKS = {
    "ImageTextEncoder": ("compares images and words", "what is alike and whose an object is"),
    "Segmenter": ("cuts out objects", "which objects there are"),
}

M = TypeVar("M", ImageTextEncoder, Segmenter)


def companion(model: ModelCard, given: M | str | None, contract: str) -> tuple[M, tuple[str, ...]]:
    """The encoder or segmenter (by ``contract``) for pictures of ``model``, and what a reader must
    know of it.

    Args:
        model: the text-to-image model's card.
        given: what the caller chose; None for the one that matches. Where that cannot be
            downloaded, the shipped one is taken, and the notes say so.
        contract: "ImageTextEncoder" or "Segmenter".

    Raises:
        ModelError, DownloadError: what was chosen cannot be loaded.
    """
    if given is not None and not isinstance(given, str):
        return given, warnings_of(model, given.card, contract)
    notes: tuple[str, ...] = ()
    name = given or _matching(model, contract)
    try:
        chosen: M = load(name, contract=contract)
    except DownloadError as error:
        if given is not None:
            raise
        notes = (f"{name} could not be loaded: {error}",)
        chosen = load(OF_THE_WORLD[contract], contract=contract)
    return chosen, (*warnings_of(model, chosen.card, contract), *notes)


def warnings_of(model: ModelCard, other: ModelCard, contract: str) -> tuple[str, ...]:
    """A warning where ``other`` knows only the emoji world and ``model`` draws something else."""
    if _of_the_world(model) or other.id != OF_THE_WORLD[contract] or other.source != "embedded":
        return ()
    does, so = _TASKS[contract]
    option = "encoder" if contract == "ImageTextEncoder" else "segmenter"
    return (
        f"{other.id}, which {does} here, knows only drawings of the emoji world, and {model.id} "
        f"draws other images: do not trust what it says about {so}. Choose another {option}, such "
        f"as {OF_PHOTOGRAPHS[contract]}.",
    )


def _matching(model: ModelCard, contract: str) -> str:
    return (OF_THE_WORLD if _of_the_world(model) else OF_PHOTOGRAPHS)[contract]


def _of_the_world(model: ModelCard) -> bool:
    """Whether it ships with genlens: only those are known to draw the emoji world."""
    return model.source == "embedded"

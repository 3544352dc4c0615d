"""What is known of one payoff: pages, notes, tables and commands read it from here.

A payoff is a recipe: given a prompt and its models it makes the ``Similarity`` that a game uses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from genlens.models.contracts import ImageTextEncoder, TextToImage
from genlens.prompts.payoffs.similarity import Similarity

if TYPE_CHECKING:
    from genlens.models.contracts import ModelCard

Need = Literal["images", "latents", "encoder", "model"]
NEEDS: dict[Need, str] = {
    "images": "the pictures alone",
    "latents": "the latents that the pictures were decoded from, so every picture is drawn anew",
    "encoder": "a model that compares pictures and texts",
    "model": "the generator's own autoencoder",
}
"""What a payoff needs, in words."""


@dataclass(frozen=True)
class Ingredients:
    """What a payoff may be made of: the prompt, the model that draws, the encoder that compares.

    Names are loaded when a payoff first asks for them, so that a payoff of pixels loads nothing.
    ``encoder`` None is the one that matches the model.
    """

    prompt: str
    model: TextToImage | str
    encoder: ImageTextEncoder | str | None = None

    @cached_property
    def painter(self) -> TextToImage:
        """The model that draws."""
        if not isinstance(self.model, str):
            return self.model
        from genlens.models.catalog import load

        return load(self.model, contract="TextToImage")

    @cached_property
    def eyes(self) -> ImageTextEncoder:
        """The encoder that compares."""
        if self.encoder is not None and not isinstance(self.encoder, str):
            return self.encoder
        from genlens.prompts.companions import companion

        found, _ = companion(self.card, self.encoder, "ImageTextEncoder")
        chosen: ImageTextEncoder = found
        return chosen

    @property
    def card(self) -> ModelCard:
        """Of the model that draws."""
        return self.painter.card


def nothing_missing() -> str:
    """ "": of a payoff that needs nothing to be fetched."""
    return ""


def fits_all(ingredients: Ingredients) -> str:
    """ "": of a payoff that works for every model."""
    return ""


@dataclass(frozen=True)
class Payoff:
    """One payoff.

    Attributes:
        name, title: for programs, and for readers.
        unit: what its numbers count, in words.
        range: least and greatest number it can give.
        equation: of v(S), with x_S the picture of the sub-prompt S and D the whole prompt.
        paper: where it comes from.
        help: what it says, in one sentence.
        misleads: when not to believe it.
        needs: what it looks at, of ``NEEDS``.
        make: gives the similarity for one prompt and its models.
        missing: () -> the command that brings a network it needs, "" where nothing is missing.
        unfit: why it cannot be worked out for these models, as half a sentence; "" where it can.
    """

    name: str
    title: str
    unit: str
    range: tuple[float, float]
    equation: str
    paper: str
    help: str
    misleads: str
    needs: tuple[Need, ...]
    make: Callable[[Ingredients], Similarity]
    missing: Callable[[], str] = nothing_missing
    unfit: Callable[[Ingredients], str] = fits_all

    def reason_against(self, ingredients: Ingredients) -> str:
        """Why it cannot be worked out here, as half a sentence; "" where it can."""
        command = self.missing()
        if command:
            return f"its network is not on this machine: run `{command}`"
        return self.unfit(ingredients)

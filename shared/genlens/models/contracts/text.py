"""Models of texts and images."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from genlens.common.progress import Cancel
from genlens.models.contracts.values import Attended, Generation, ModelCard, Word

if TYPE_CHECKING:
    import torch

    from genlens.models.contracts.autoencoders import Autoencoder


@runtime_checkable
class TextToImage(Protocol):
    """A prompt in, an image out; coalitions of one call share one starting noise."""

    card: ModelCard

    @property
    def device(self) -> torch.device | str:
        """Where it runs."""
        ...

    def generate(
        self,
        prompts: Sequence[str],
        seed: int,
        *,
        steps: int | None = None,
        guidance: float | None = None,
        record: Collection[str] | None = None,
        cancel: Cancel | None = None,
    ) -> Generation:
        """Images for ``prompts``, all from the same starting noise drawn from ``seed``.

        ``None`` for ``steps`` or ``guidance`` means the card's default. ``record`` may hold
        "attention". The empty string is a legal prompt. Results do not depend on how prompts
        are grouped into calls, beyond floating-point noise. ``cancel()`` is asked between
        steps; True ends in ``errors.Cancelled``.
        """
        ...

    def tokenize(self, prompt: str) -> list[Word]:
        """The prompt's words in order, each with its sub-word tokens."""
        ...


@runtime_checkable
class Autoencoding(TextToImage, Protocol):
    """A text-to-image model that paints in the latent space of an autoencoder of its own."""

    def autoencoder(self) -> Autoencoder:
        """That autoencoder; its latents are not scaled as the diffusion's are."""
        ...


@runtime_checkable
class Blankable(TextToImage, Protocol):
    """A text-to-image model whose prompts can hold padding in the place of a word."""

    def blank(self, word: Word) -> str | None:
        """What is read as padding, one token for each of ``word``'s, so that all others keep their
        positions; None where no text is."""
        ...


@runtime_checkable
class Attending(TextToImage, Protocol):
    """A text-to-image model that reads the prompt by cross-attention, and shows it."""

    def attend(
        self,
        prompts: Sequence[str],
        seed: int,
        *,
        steps: int | None = None,
        guidance: float | None = None,
        pictures: torch.Tensor | None = None,
        cancel: Cancel | None = None,
    ) -> list[Attended]:
        """Where the words of each of ``prompts`` are looked for, one result a prompt.

        Without ``pictures`` the pictures of ``generate`` are drawn, with the same arguments. With
        ``pictures`` (n, 3, h, w) in [0, 1], one a prompt and of the model's own size, each step
        sees its picture with as much noise as belongs to the step (the noise of ``seed``), so that
        what is where in them is known. A prompt that is too long is cut, not refused.
        """
        ...


@runtime_checkable
class ImageTextEncoder(Protocol):
    """One space for images and texts."""

    card: ModelCard

    @property
    def device(self) -> torch.device | str:
        """Where it runs."""
        ...

    def embed_images(self, images: torch.Tensor) -> torch.Tensor:
        """(n, d) unit vectors, float32 on the CPU."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> torch.Tensor:
        """(n, d) unit vectors, float32 on the CPU."""
        ...

"""Models of texts and images."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from genlens.common.progress import Cancel
from genlens.models.contracts.values import Attended, CrossLayer, Generation, ModelCard, Word

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


class Opened(Protocol):
    """The inside of a text-to-image model that reads the prompt by cross-attention.

    Everything here changes what is computed while a ``with`` block lasts, and never a weight.
    """

    @property
    def card(self) -> ModelCard:
        """The model's."""
        ...

    @property
    def layers(self) -> tuple[CrossLayer, ...]:
        """The layers that read the prompt, in the order in which they run."""
        ...

    def encode(self, texts: Sequence[str]) -> torch.Tensor:
        """(n, tokens, d): what the layers read of ``texts``."""
        ...

    def projections(self) -> dict[str, torch.Tensor]:
        """Copies, in float64, of the linear maps (out, d) that make each layer's keys
        ("<layer>.to_k") and values ("<layer>.to_v") of the encoded text."""
        ...

    def reading(self, texts: Mapping[str, Sequence[str | None]]) -> AbstractContextManager[None]:
        """Inside the block, row i of what is drawn reads ``texts[layer][i]`` in ``layer``; None
        (and layers that are not named) read the row's own prompt."""
        ...

    def rewritten(self, weights: Mapping[str, torch.Tensor]) -> AbstractContextManager[None]:
        """Inside the block, ``projections`` are computed with ``weights`` where they name them."""
        ...

    def tapped(
        self, layer: str, tap: Callable[[int, torch.Tensor], torch.Tensor | None]
    ) -> AbstractContextManager[None]:
        """Inside the block, ``tap(number of the pass, update)`` sees what the block around
        ``layer`` adds to the picture's activations, (n, c, h, w) of the rows that have a prompt,
        and may give something else to add instead."""
        ...

    def draw(
        self,
        prompts: Sequence[str],
        seed: int,
        *,
        steps: int | None = None,
        guidance: float | None = None,
        pictures: torch.Tensor | None = None,
        cancel: Cancel | None = None,
    ) -> Generation:
        """As ``TextToImage.generate``, but in one batch whose rows are ``prompts`` as they are:
        equal ones too. With ``pictures``, as in ``Attending.attend``, they are looked at and not
        drawn."""
        ...


@runtime_checkable
class Openable(TextToImage, Protocol):
    """A text-to-image model whose inside can be asked."""

    def opened(self) -> AbstractContextManager[Opened]:
        """Its inside, for as long as the block lasts; nobody else draws with the model then."""
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

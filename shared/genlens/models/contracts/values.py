"""What a model's methods take and give, and the card that names a model."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from genlens.common.records import UNWRITTEN, MadeBy, Record

if TYPE_CHECKING:
    import torch

ACTIVE = 0.01
"""Variance of a latent's mean over pictures from which it counts as used (Burda et al. 2016,
arXiv:1509.00519, section 5.2)."""


@dataclass(frozen=True)
class ModelCard(Record):
    """What is known about a loaded model, so that any result can name what made it.

    ``source`` is "embedded", "hub", "archive" or "folder"; ``revision`` a commit, a version or a
    content hash; ``bytes`` the size of its weights; ``settings`` the defaults it runs with;
    ``notes`` what was changed to load it, in sentences: () for most models.
    """

    id: str
    contract: str
    source: str = "embedded"
    revision: str = ""
    licence: str = ""
    bytes: int = 0
    title: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """What tells this model from every other, to keep results by: another class of it or
        another truncation is another one."""
        return self.id, self.source, self.revision, json.dumps(self.settings, sort_keys=True)

    def made_by(self, device: object = "", **more: Any) -> MadeBy:
        """What a result of this model on ``device`` carries; ``more`` are ``MadeBy``'s other
        fields."""
        return MadeBy(
            model=self.id,
            revision=self.revision,
            source=self.source,
            licence=self.licence,
            device=str(device),
            **more,
        )


@dataclass(frozen=True)
class Word:
    """One word of a prompt: one player of the game.

    ``text`` is as the user typed it (case and punctuation kept); ``token_ids`` are the sub-word
    tokens it became; ``known`` is False when the model's vocabulary does not hold it;
    ``suggestions`` are the nearest words it does know, best first. ``read`` is False for a word
    that does not fit, as a whole, into the number of tokens that the model reads.
    """

    text: str
    token_ids: tuple[int, ...] = ()
    known: bool = True
    suggestions: tuple[str, ...] = ()
    read: bool = True


@dataclass(frozen=True)
class Generation:
    """Images of one ``generate`` call.

    ``images`` (n, 3, h, w) float32 in [0, 1] on the CPU; ``latents`` (n, c, h', w') final latents
    on the CPU; ``attention`` maps a layer name to (n, heads, h'*w', tokens) averaged over steps
    when ``record`` asked for it.
    """

    images: torch.Tensor
    latents: torch.Tensor
    attention: dict[str, torch.Tensor] | None = None


@dataclass(frozen=True)
class Attended:
    """Where one prompt's words were looked for while its picture was denoised.

    ``image`` (3, h, w) float32 in [0, 1] and ``latents`` (c, h', w'), both on the CPU. ``maps``
    name the cross-attention layers in the order in which they run; each is (steps, heads, words,
    h'', w'') float16 on the CPU: the part of its attention, 0 to 1, that a position of the layer
    gives the tokens of a word. What is missing from 1 over the words goes to the start, end and
    padding tokens. ``read`` (words,) is False for a word that the model did not read (the prompt
    was too long): its maps are zeros. ``timesteps`` (steps,) are the noise levels, high to low.
    """

    image: torch.Tensor
    latents: torch.Tensor
    maps: dict[str, torch.Tensor]
    read: tuple[bool, ...]
    timesteps: tuple[int, ...]


@dataclass(frozen=True)
class CrossLayer(Record):
    """A layer that reads the prompt: its ``name`` in the network, the ``part`` of the network it
    lies in ("down", "middle", "up", "" where a network has no such parts) and the ``grid`` (h, w)
    of places that read."""

    also_written = ("title",)

    name: str
    part: str
    grid: tuple[int, int]

    @property
    def title(self) -> str:
        """ "up 1.0 · 8 × 8", from the numbers in its name and its grid."""
        numbers = [piece for piece in self.name.split(".") if piece.isdigit()]
        deep = numbers if len(numbers) > 3 or numbers[-1:] != ["0"] else numbers[:-1]
        place = f"{self.part or 'block'} {'.'.join(deep)}".strip()
        return f"{place} · {self.grid[0]} × {self.grid[1]}"


@dataclass(frozen=True)
class Posterior:
    """A diagonal Gaussian over latents: ``mean`` and ``logvar``, each (n, c, h', w') or (n, d)."""

    mean: torch.Tensor
    logvar: torch.Tensor

    def kl(self) -> torch.Tensor:
        """KL divergence of each latent's posterior from N(0, 1) in nats, shaped like ``mean``:
        (mean² + exp(logvar) - 1 - logvar) / 2 (Kingma and Welling 2014, appendix B)."""
        return 0.5 * (self.mean.square() + self.logvar.exp() - 1 - self.logvar)


@dataclass(frozen=True)
class ObjectMask(Record):
    """One segmented object: ``mask`` (h, w) bool, ``box`` in pixels, ``score`` the model's own
    estimate of mask quality in [0, 1], ``area`` the number of pixels."""

    mask: np.ndarray = field(metadata=UNWRITTEN)
    box: tuple[int, int, int, int]
    score: float
    area: int


@runtime_checkable
class Model(Protocol):
    """What every adapter has: a card that names it, and the device it runs on."""

    card: ModelCard

    @property
    def device(self) -> torch.device | str:
        """Where it runs."""
        ...

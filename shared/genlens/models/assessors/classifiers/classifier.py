"""A classifier behind the ``Assessor`` contract.

::

    attributes = genlens.load("avatars-attributes", contract="Assessor")
    attributes.score(pictures)                                  # how much they smile, -1 to 1
    bald = attributes.asked("hair", "none")                     # another question, same network
    attributes.probabilities(pictures)["skin"]                  # (n, 5)
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Self

import torch

from genlens.errors import InputError
from genlens.models.assessors.checks import checked_scores, colour_pictures, squared
from genlens.models.assessors.classifiers.files import ClassifierNet, read
from genlens.models.assessors.classifiers.heads import Ask, Heads
from genlens.models.cards import card_of
from genlens.models.contracts import ModelCard
from genlens.models.devices import pick_device

_BATCH = 256


class PictureClassifier:
    """``net`` with one question, ``ask``; :meth:`asked` gives the same network another one.

    Pictures of any size and of 1 or 3 colours are brought to the size that the network reads.
    """

    def __init__(
        self,
        net: ClassifierNet,
        ask: Ask,
        *,
        card: ModelCard | None = None,
        device: str | None = None,
        name: str = "",
    ) -> None:
        self.card = card or ModelCard(id="classifier", contract="Assessor")
        self._device = torch.device(pick_device(device))
        self._net = net.to(self._device).float().eval().requires_grad_(False)
        self.ask = ask.checked(net.heads)
        self._name = name or self.card.id

    @classmethod
    def from_folder(
        cls, folder: Path, card: ModelCard | None = None, *, device: str | None = None
    ) -> Self:
        """The model of a folder (see ``files``); ``card.settings`` gets what its config says.

        Raises:
            ModelError: a file is missing, damaged or pickled, or weights and config do not fit.
        """
        found = read(folder)
        card = card_of(folder, card, contract="Assessor", defaults=found.about, notes=found.notes)
        return cls(found.net, found.ask, card=card, device=device)

    @property
    def device(self) -> torch.device:
        """Where it runs."""
        return self._device

    @property
    def module(self) -> ClassifierNet:
        """The network, for hooks: pictures (n, 3, side, side) -> logits of all heads."""
        return self._net

    @property
    def side(self) -> int:
        """Pixels along each side of what the network reads."""
        return self._net.body.side

    @property
    def heads(self) -> Heads:
        """What it tells apart: name -> values."""
        return self._net.heads

    @property
    def name(self) -> str:
        """ "avatars-attributes", or "avatars-attributes:hair=none" of another question."""
        return self._name

    @property
    def title(self) -> str:
        """For readers."""
        return self.ask.title or self.card.title or self._name

    @property
    def unit(self) -> str:
        """What its numbers count."""
        return self.ask.counts

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest number."""
        return self.ask.range

    @property
    def differentiable(self) -> bool:
        """True."""
        return True

    @property
    def help(self) -> str:
        """What it answers, and how sure it was of pictures it had not seen, where that is known."""
        if self.ask.centres:
            text = f"The value of {self.ask.head} that this classifier expects."
        else:
            values = " or ".join(self.ask.values).replace("_", " ")
            text = (
                f"Is its {self.ask.head} {values}? Above 0, yes is likelier than no; 0.5 is 90 % "
                "sure (tanh of a quarter of the log-odds)."
            )
        measured = self.card.settings.get("measured")
        accuracy = measured.get(f"accuracy {self.ask.head}") if isinstance(measured, dict) else None
        if isinstance(accuracy, float):
            text += f" Right for {100 * accuracy:.1f} % of pictures kept from its training."
        return text

    def missing(self) -> str:
        """ "": its weights are here."""
        return ""

    def asked(self, head: str, *values: str, centres: tuple[float, ...] = ()) -> PictureClassifier:
        """The same network, asked whether ``head`` is one of ``values``, or (with ``centres``, a
        number for each value) for its expected value.

        Raises:
            InputError: it does not tell that apart.
        """
        named = f"{head}={'|'.join(values)}" if values else head
        what = " or ".join(values).replace("_", " ")
        title = f"{head.replace('_', ' ').capitalize()}: {what}" if values else head
        other = copy.copy(self)
        other.ask = Ask(head, values, centres, title).checked(self.heads)
        other._name = f"{self.card.id}:{named}"
        return other

    def logits(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """Head -> (n, values) of ``images`` (n, 1 or 3, h, w) in [0, 1]; differentiable."""
        pictures = squared(colour_pictures(images).to(self._device), self.side)
        parts = [self._net(batch) for batch in pictures.split(_BATCH)]
        return self._net.split(torch.cat(parts))

    @torch.no_grad()
    def probabilities(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """Head -> (n, values) probabilities of ``images``."""
        return {name: rows.softmax(1) for name, rows in self.logits(images).items()}

    def score(self, images: torch.Tensor) -> torch.Tensor:
        """(n,): see ``Ask``; differentiable.

        Raises:
            InputError: no pictures, or the network gives NaN for some.
        """
        logits = self.logits(images)[self.ask.head]
        scores = self.ask.score(logits, self.heads[self.ask.head])
        return checked_scores(scores, len(images), self.name).to(images.device)

    def logit(self, images: torch.Tensor) -> torch.Tensor:
        """(n,) log-odds that the answer is yes: the score before its tanh, without bounds.

        Raises:
            InputError: an expected value has none.
        """
        if self.ask.centres:
            raise InputError(f"{self.name} is an expected value: it has no log-odds")
        logits = self.logits(images)[self.ask.head]
        return self.ask.log_odds(logits, self.heads[self.ask.head]).to(images.device)

"""Any text as an assessor, by a model that embeds pictures and texts in one space."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from genlens.errors import InputError
from genlens.models.assessors.checks import checked_scores, colour_pictures
from genlens.models.catalog import load
from genlens.models.contracts import ImageTextEncoder
from genlens.models.memory import MEMORY

PREFIX = "text:"
EMBEDDED = "emoji-clip"
MAX_CHARS = 200
_BATCH = 128


@dataclass(frozen=True)
class TextAssessor:
    """How much more a picture is like ``text`` than like ``against``: the difference of its
    cosines with both (Radford et al. 2021, arXiv:2103.00020).

    ``encoder`` is a model, or the name that ``genlens.load`` knows it by: "emoji-clip" ships and
    knows emoji scenes and their words only; a CLIP from the hub
    ("laion/CLIP-ViT-B-32-laion2B-s34B-b79K") knows photographs and is fetched when it is first
    asked. What the contract embeds has no gradient, so methods that follow slopes cannot use it.

    Raises:
        InputError: an empty text, one that is too long, or the same text twice.
    """

    text: str
    against: str
    encoder: ImageTextEncoder | str = EMBEDDED
    unit: str = "difference of cosines"
    range: tuple[float, float] = (-2.0, 2.0)
    differentiable: bool = False

    def __post_init__(self) -> None:
        for what, text in (("the text", self.text), ("what it is held against", self.against)):
            if not text.strip() or len(text) > MAX_CHARS:
                raise InputError(
                    f"{what} has {len(text.strip())} characters: write 1 to {MAX_CHARS}"
                )
        if self.text.strip() == self.against.strip():
            raise InputError(
                f"{self.text!r} is held against itself, which is 0 for any picture: hold it "
                'against a plainer text, such as "a smiling face" against "a face"'
            )

    @property
    def name(self) -> str:
        """ "text:a smiling face|a face"."""
        return f"{PREFIX}{self.text}|{self.against}"

    @property
    def title(self) -> str:
        """For readers."""
        return f"“{self.text}” rather than “{self.against}”"

    @property
    def help(self) -> str:
        """What it says, and by which model."""
        model = self.encoder if isinstance(self.encoder, str) else self.encoder.card.id
        return (
            f"How much more the picture is like “{self.text}” than like “{self.against}”, to "
            f"{model}: above 0 where it is. It has no gradient. Texts that the model never saw "
            "beside pictures give numbers without a meaning."
        )

    def missing(self) -> str:
        """ "": an embedded encoder ships, others are fetched from the hub when first asked."""
        return ""

    @torch.no_grad()
    def score(self, images: torch.Tensor) -> torch.Tensor:
        """(n,): see ``contracts.Assessor``.

        Raises:
            InputError: no pictures, or NaN for some.
            ModelError, DownloadError: the encoder cannot be had.
        """
        pictures, encoder = colour_pictures(images), self._loaded()
        key = ("text", encoder.card.id, encoder.card.revision, self.text, self.against)
        texts = MEMORY.get(key, lambda: encoder.embed_texts([self.text, self.against]))
        seen = torch.cat([encoder.embed_images(part) for part in pictures.split(_BATCH)])
        cosines = seen @ texts.T  # (n, 2)
        scores = cosines[:, 0] - cosines[:, 1]
        return checked_scores(scores, len(images), self.name).to(images.device)

    def _loaded(self) -> ImageTextEncoder:
        if isinstance(self.encoder, str):
            return load(self.encoder, contract="ImageTextEncoder")
        return self.encoder


def text_by_name(name: str) -> TextAssessor | None:
    """The assessor that "text:TEXT|AGAINST" names; None for another kind of name.

    Raises:
        InputError: it lacks a text.
    """
    if not name.startswith(PREFIX):
        return None
    text, bar, against = name.removeprefix(PREFIX).partition("|")
    if not bar:
        raise InputError(f'{name!r} lacks what it is held against: write "{PREFIX}TEXT|AGAINST"')
    return TextAssessor(text, against)

"""What a kind of target is, and what it is made of: a question put to one picture of a study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch

from genlens.attribution.target import Kind, Target
from genlens.models.contracts import Autoencoder

if TYPE_CHECKING:
    from genlens.study.study import Study

Box = tuple[int, int, int, int]
Need = Literal["", "latent", "label", "region"]


@dataclass(frozen=True)
class Question:
    """``target`` is one of ``CHOICES``; of the other fields those count that it needs.

    ``latent``: index in flat order. ``label``: "question/class" as ``labels_of`` lists them.
    ``region``: one of ``regions_of``; ``box`` (left, top, right, bottom) in pixels, right and
    bottom exclusive, for the region "box".
    """

    target: str = "latent"
    latent: int = 0
    label: str = ""
    region: str = "middle"
    box: Box | None = None


@dataclass(frozen=True)
class Put:
    """``question`` put to picture ``index`` of ``study``: ``picture`` (c, h, w) on the device of
    ``model``, which is the study's, at the picture's own label where it is conditional."""

    study: Study
    index: int
    model: Autoencoder
    picture: torch.Tensor
    question: Question


@dataclass(frozen=True)
class Built:
    """``make`` gives the target of a model: of the study's, or of one with other weights.

    ``notes`` are caveats about the target, ``mask`` (h, w) bool the region asked about.
    """

    make: Callable[[Autoencoder], Target]
    notes: tuple[str, ...] = ()
    mask: np.ndarray | None = None


@dataclass(frozen=True)
class TargetKind:
    """A kind of number that can be explained.

    ``kind`` is what it is explained by, ``needs`` the field of ``Question`` it reads ("" for none).
    On the command line it is called ``word``, which kinds by pixels and by latents may share;
    ``example`` shows how, with what follows the word.
    """

    name: str
    title: str
    kind: Kind
    help: str
    word: str
    example: str
    build: Callable[[Put], Built]
    needs: Need = ""

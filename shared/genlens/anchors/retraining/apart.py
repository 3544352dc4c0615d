"""How far what two models draw is apart: in a digits classifier's features, and in Inception's."""

from __future__ import annotations

from typing import TypedDict

import torch

from genlens.anchors.retraining.classifier import DigitClassifier
from genlens.models.distances.inception import inception_features
from genlens.models.distances.sets import frechet_distance, kernel_distance

NOT_ASKED = float("nan")


class Apart(TypedDict):
    """Fréchet and kernel distance, in both features; Inception's NaN where not asked for."""

    fid: float
    kid: float
    inception_fid: float
    inception_kid: float


def apart(
    drawn: torch.Tensor, original: torch.Tensor, classifier: DigitClassifier, inception: int = 0
) -> Apart:
    """Of ``drawn`` and ``original``, both (n, 1, 28, 28) in [0, 1]; in Inception's features of the
    first ``inception`` pictures of each, which takes half a second each on one core (0: not).

    Raises:
        InputError: fewer than 300 pictures.
        ModelError: Inception is not on this machine.
    """
    a, b = classifier.features(drawn), classifier.features(original)
    found = Apart(
        fid=frechet_distance(a, b), kid=kernel_distance(a, b).value,
        inception_fid=NOT_ASKED, inception_kid=NOT_ASKED,
    )  # fmt: skip
    if inception:
        a, b = (inception_features(x[:inception]).double().numpy() for x in (drawn, original))
        found["inception_fid"] = frechet_distance(a, b)
        found["inception_kid"] = kernel_distance(a, b).value
    return found

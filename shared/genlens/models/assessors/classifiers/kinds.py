"""Every backbone by name. A new one is a class in a module and one line here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from genlens.errors import InputError, ModelError
from genlens.models.assessors.classifiers.backbones import Backbone, SmallBackbone
from genlens.models.assessors.classifiers.imagenet import (
    EfficientNetLite0,
    ImageNetBackbone,
    ResNet18,
)

KINDS: dict[str, type[Backbone]] = {
    kind.kind: kind for kind in (SmallBackbone, EfficientNetLite0, ResNet18)
}


def backbone(kind: object, config: Mapping[str, Any]) -> Backbone:
    """The backbone that a config describes, with fresh weights.

    Raises:
        InputError: none of that name, or sizes out of bounds.
    """
    if kind not in KINDS:
        raise InputError(f"backbone is {kind!r}: take {', '.join(KINDS)}")
    kept = {key: config[key] for key in ("side", "widths") if key in config}
    try:
        return KINDS[str(kind)](**kept)
    except TypeError as error:
        raise InputError(f"backbone {kind}: {error}") from error


def pretrained(kind: str, side: int, widths: Sequence[int]) -> Backbone:
    """The backbone that a training begins with; ``side`` and ``widths`` are of "small".

    Raises:
        InputError: sizes out of bounds.
        ModelError: its weights are not on this machine; the message has the command.
    """
    chosen = KINDS[kind]
    if not issubclass(chosen, ImageNetBackbone):
        return SmallBackbone(side, widths)
    if chosen.missing():
        raise ModelError(f"the weights of {kind} are not on this machine: {chosen.missing()}")
    return chosen.pretrained()

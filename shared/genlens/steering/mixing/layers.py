"""Layers taken together, so that there are few knobs: coarse, middle, fine, or any groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from genlens.common.checks import whole
from genlens.errors import InputError
from genlens.models.contracts import Generator

_NAMES = {
    1: ("all layers",),
    2: ("coarse", "fine"),
    3: ("coarse", "middle", "fine"),
    4: ("coarse", "middle", "fine", "finest"),
}


@dataclass(frozen=True)
class LayerGroup:
    """Neighbouring layers that take one style: those from ``start`` to before ``stop``."""

    name: str
    start: int
    stop: int

    @property
    def rows(self) -> range:
        """Indices of its layers."""
        return range(self.start, self.stop)


def layer_groups(generator: Generator, groups: int | Sequence[int] = 3) -> tuple[LayerGroup, ...]:
    """The layers of ``generator`` in groups, coarse to fine.

    Args:
        groups: how many, of equal size (the first take what is left over, as in the paper's
            explorer); or the size of each, which sum to the number of layers.

    Raises:
        InputError: a generator with one layer, more groups than layers, or sizes that do not sum
            to the number of layers.
    """
    require_layers(generator)
    layers = len(generator.layers)
    if isinstance(groups, Sequence):
        sizes = [whole("a group's size", size, 1, layers) for size in groups]
        if sum(sizes) != layers:
            raise InputError(
                f"groups of {', '.join(map(str, sizes))} layers are {sum(sizes)} in all: "
                f"{generator.card.id} has {layers}"
            )
    else:
        count = whole("groups", groups, 1, layers)
        sizes = [layers // count + (i < layers % count) for i in range(count)]
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    spans = [(end - size, end) for end, size in zip(ends, sizes, strict=True)]
    names = _NAMES.get(len(spans)) or tuple(_span(generator.layers, *span) for span in spans)
    return tuple(LayerGroup(name, *span) for name, span in zip(names, spans, strict=True))


def require_layers(generator: Generator) -> None:
    """InputError for a generator with one layer, which cannot take two styles."""
    if len(generator.layers) < 2:
        raise InputError(
            f"{generator.card.id} has one layer, so there is nothing to mix: choose a generator "
            "with a style for each layer, such as avatars-gan. All other tabs work with this one"
        )


def _span(layers: Sequence[str], start: int, stop: int) -> str:
    first, last = layers[start], layers[stop - 1]
    return first if first == last else f"{first} to {last}"

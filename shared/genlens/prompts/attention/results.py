"""What was recorded of one generation: attention by step, layer, head, word and place."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from genlens.common.records import UNWRITTEN, MadeBy, Record
from genlens.errors import InputError
from genlens.models.contracts import Word
from genlens.prompts.attention.guided import guided_filter
from genlens.prompts.attention.ways import DAAM, FINE, WAYS, Way, enlarged


@dataclass(frozen=True)
class AttentionMaps(Record):
    """The cross-attention of one generation.

    ``image`` (h, w, 3) uint8 is its picture. ``maps`` has an array for each of ``layers``, in the
    order in which they run: (steps, heads, d, h', w') float16, the part of its attention (0 to 1)
    that a place of the layer gives the tokens of word j at a step. What the d words leave of 1 goes
    to the start, end and padding tokens. ``timesteps`` (steps,) are the noise levels of the steps,
    high to low. ``read`` (d,) is False for words that the model did not read, because the prompt
    was too long: their maps are zeros. ``notes`` are warnings for the reader.
    """

    also_written = ("tokens", "shares", "shares_by_step")

    prompt: str
    words: tuple[Word, ...] = field(metadata=UNWRITTEN)
    image: np.ndarray = field(metadata=UNWRITTEN)
    layers: tuple[str, ...]
    maps: tuple[np.ndarray, ...] = field(metadata=UNWRITTEN)
    read: tuple[bool, ...]
    timesteps: tuple[int, ...]
    made_by: MadeBy = field(default_factory=MadeBy)
    notes: tuple[str, ...] = ()

    @property
    def tokens(self) -> list[str]:
        """The words as they were typed."""
        return [word.text for word in self.words]

    @property
    def heads(self) -> int:
        """The largest number of heads that a layer has."""
        return max(maps.shape[1] for maps in self.maps)

    def heads_in(self, way: str | Way = DAAM, layer: int | None = None) -> int:
        """The largest number of heads of the layers that ``way`` takes, or of ``layer``."""
        layers = _named(way).layers(self.maps) if layer is None else [layer]
        return max(self.maps[i].shape[1] for i in layers)

    @cached_property
    def shares_by_step(self) -> np.ndarray:
        """(steps, d): the part of all attention that a word gets at a step, the mean over layers,
        heads and places; a row and what goes to no word sum to 1."""
        each = [maps.astype(np.float64).mean(axis=(1, 3, 4)) for maps in self.maps]
        found: np.ndarray = np.mean(each, axis=0)
        return found

    @property
    def shares(self) -> np.ndarray:
        """(d,): the mean of ``shares_by_step`` over the steps."""
        found: np.ndarray = self.shares_by_step.mean(axis=0)
        return found

    @property
    def usual_way(self) -> str:
        """The way to begin with: the last fine layer for the models that ship, on which ``genlens
        evaluate attention`` measures it, DAAM for any other."""
        return FINE if self.made_by.source == "embedded" else DAAM

    def heat(
        self,
        way: str | Way = DAAM,
        *,
        step: int | None = None,
        layer: int | None = None,
        head: int | None = None,
    ) -> np.ndarray:
        """One heat map for each word.

        Args:
            way: how maps of different sizes become one, of ``ways.WAYS``.
            step: number of one step, from 0; None for the mean over all.
            layer: number of one layer; None for those that ``way`` takes.
            head: number of one head (layers with fewer are left out); None for the mean over all.

        Returns:
            (d, h, w) float64, at least 0: the part of its attention that a place gives the word,
            the mean over what was chosen. (A sum, as the paper has it, is this times a number.)

        Raises:
            InputError: no such way, step, layer or head.
        """
        chosen = _named(way)
        layers = chosen.layers(self.maps) if layer is None else [layer]
        for name, number, count in (
            ("step", step, len(self.timesteps)),
            ("layer", layer, len(self.maps)),
            ("head", head, self.heads),
        ):
            if number is not None and not 0 <= number < count:
                raise InputError(f"{name} {number} is not there: take 0 to {count - 1}, or None")
        picked = [self.maps[i] for i in layers if head is None or head < self.maps[i].shape[1]]
        if not picked:
            there = self.heads_in(chosen, layer)
            raise InputError(
                f"what is shown has no head {head}: take a lower one, 0 to {there - 1}"
            )
        steps = slice(None) if step is None else slice(step, step + 1)
        heads = slice(None) if head is None else slice(head, head + 1)
        size = (self.image.shape[0], self.image.shape[1])
        large = [
            enlarged(maps[steps, heads].astype(np.float64).mean(axis=(0, 1)), size, chosen.smooth)
            for maps in picked
        ]
        heat: np.ndarray = np.mean(large, axis=0)  # (d, h, w)
        if chosen.guided:
            heat = guided_filter(heat, self.image)
        return np.clip(heat, 0.0, None)


def _named(way: str | Way) -> Way:
    if isinstance(way, Way):
        return way
    if way not in WAYS:
        raise InputError(f"there is no way {way!r} to join attention maps: take {', '.join(WAYS)}")
    return WAYS[way]

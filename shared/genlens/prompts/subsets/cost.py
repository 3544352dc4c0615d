"""What comparing all subsets of objects with all sub-prompts costs, told before it is begun."""

from __future__ import annotations

from dataclasses import dataclass

from genlens.common.checks import whole
from genlens.common.limits import MAX_WORDS
from genlens.common.records import Record
from genlens.prompts.objects import MAX_OBJECTS


@dataclass(frozen=True)
class SubsetCost(Record):
    """``pictures`` (2**objects) and ``texts`` (2**words) are embedded, one pass of the encoder
    each; ``comparisons`` is their product, of which each is only a dot product."""

    objects: int
    words: int

    also_written = ("pictures", "texts", "comparisons")

    @property
    def pictures(self) -> int:
        """Pictures with a subset of the objects."""
        return int(2**self.objects)

    @property
    def texts(self) -> int:
        """Sub-prompts."""
        return int(2**self.words)

    @property
    def comparisons(self) -> int:
        """Pairs of both."""
        return self.pictures * self.texts

    def sentence(self, seconds_each: float | None = None) -> str:
        """In words; ``seconds_each`` is what one pass of the encoder takes, where it is known."""
        about = ""
        if seconds_each is not None:
            seconds = (self.pictures + self.texts) * seconds_each
            about = f", about {max(1, round(seconds)):,} s on this machine"
        passes = self.pictures + self.texts
        return (
            f"{self.objects} objects have 2^{self.objects} = {self.pictures:,} subsets, "
            f"{self.words} words 2^{self.words} = {self.texts:,} sub-prompts: {passes:,} passes of "
            f"the encoder{about}, and {self.comparisons:,} comparisons, which cost next to "
            "nothing. Nothing is drawn."
        )


def cost_of(objects: int, words: int) -> SubsetCost:
    """The cost for so many objects and words.

    Raises:
        InputError: more than 10 objects (the source paper's limit) or 8 words.
    """
    return SubsetCost(
        whole("the number of objects", objects, 0, MAX_OBJECTS),
        whole("the number of words", words, 1, MAX_WORDS),
    )

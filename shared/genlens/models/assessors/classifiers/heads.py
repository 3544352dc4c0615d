"""What a classifier can tell apart, and the one number that is asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from genlens.common.records import Record
from genlens.errors import InputError

Heads = Mapping[str, tuple[str, ...]]
"""Question -> its possible answers: "mouth" -> ("smile", "sad", ...)."""
MAX_HEADS, MAX_VALUES = 50, 100
SLOPE = 0.25
"""Of a score, over log-odds: S2's own code takes tanh(0.25 x logit) for its automated figures,
which stays sensitive where a plain tanh is flat."""


def checked_heads(given: object) -> dict[str, tuple[str, ...]]:
    """The heads of a config.

    Raises:
        InputError: no mapping of names to two or more different values each.
    """
    if not isinstance(given, Mapping) or not 1 <= len(given) <= MAX_HEADS:
        raise InputError(f"heads is {given!r:.80}: give 1 to {MAX_HEADS} names with their values")
    heads = {}
    for name, values in given.items():
        many = isinstance(values, (list, tuple)) and 2 <= len(values) <= MAX_VALUES
        if not many or len(set(map(str, values))) < len(values):
            raise InputError(
                f"head {name} is {values!r:.80}: give 2 to {MAX_VALUES} values, each once"
            )
        heads[str(name)] = tuple(map(str, values))
    return heads


@dataclass(frozen=True)
class Ask(Record):
    """What is asked of a classifier, as one number a picture.

    Either whether ``head`` is one of ``values``: tanh(SLOPE x log-odds), above 0 where that is
    likelier than not. Or, where ``centres`` has a number for each value of the head, the expected
    value: the sum of each value's probability times its number, which is how ages are read from
    brackets (Kirchler et al. 2021, arXiv:2109.07869, section 4.2).
    """

    head: str
    values: tuple[str, ...] = ()
    centres: tuple[float, ...] = ()
    title: str = ""
    unit: str = ""

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest number."""
        return (min(self.centres), max(self.centres)) if self.centres else (-1.0, 1.0)

    @property
    def counts(self) -> str:
        """What the number counts, in words."""
        if self.centres:
            return self.unit or "expected value"
        return self.unit or "-1 no to 1 yes"

    def score(self, logits: torch.Tensor, names: Sequence[str]) -> torch.Tensor:
        """(n,) of the head's ``logits`` (n, values), whose values are called ``names``."""
        if self.centres:
            centres = torch.tensor(self.centres, dtype=logits.dtype, device=logits.device)
            return logits.softmax(1) @ centres
        return torch.tanh(SLOPE * self.log_odds(logits, names))

    def log_odds(self, logits: torch.Tensor, names: Sequence[str]) -> torch.Tensor:
        """(n,): the logarithm of how much likelier ``values`` are than all others."""
        inside = [name in self.values for name in names]
        mask = torch.tensor(inside, device=logits.device)
        return logits[:, mask].logsumexp(1) - logits[:, ~mask].logsumexp(1)

    @classmethod
    def read(cls, given: object, heads: Heads) -> Ask:
        """What a config asks; the first head's last value where it says nothing.

        Raises:
            InputError: no such head or values.
        """
        first = next(iter(heads))
        usual = {"head": first, "values": heads[first][-1:]}
        asked = given if isinstance(given, Mapping) else usual
        try:
            ask = cls(
                str(asked.get("head", first)),
                tuple(map(str, asked.get("values") or ())),
                tuple(map(float, asked.get("centres") or ())),
                str(asked.get("title") or ""),
                str(asked.get("unit") or ""),
            )
        except (TypeError, ValueError) as error:
            raise InputError(f"asks is {given!r:.80}: {error}") from error
        return ask.checked(heads)

    def checked(self, heads: Heads) -> Ask:
        """This, once ``heads`` can answer it.

        Raises:
            InputError: they cannot; the message says what they tell apart.
        """
        if self.head not in heads:
            raise InputError(f"{self.head!r} is nothing it tells apart: take {', '.join(heads)}")
        values = heads[self.head]
        unknown = [value for value in self.values if value not in values]
        if unknown:
            raise InputError(f"no {self.head} is {unknown[0]!r}: take of {', '.join(values)}")
        if self.centres and len(self.centres) != len(values):
            raise InputError(
                f"{len(self.centres)} centres for the {len(values)} values of {self.head}: give "
                "a number for each"
            )
        if not self.centres and not 1 <= len(set(self.values)) < len(values):
            raise InputError(
                f"{len(set(self.values))} of {len(values)} values of {self.head}: ask for at least "
                "one, and not for all"
            )
        return self

"""What is known of one attribution method: every page, note, table and command reads it from here.

Each method is one :class:`Method`, defined beside its function; ``methods.METHODS`` lists them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from genlens.attribution.results import Attribution
from genlens.attribution.target import Kind, Target
from genlens.common.checks import number, whole
from genlens.common.coalitions import place_blocks
from genlens.errors import InputError

Explain = Callable[..., Attribution]
Against = Literal["blank", "mean", "others", "own colour"]
Unit = Literal["the number's", "slope", "none"]


@dataclass(frozen=True)
class Option:
    """A setting that a visitor may change, as a page shows it: ``label`` and ``help``.

    A number has limits ``low`` and ``high`` that keep one request short; ``whole`` for counts;
    ``step`` is that of its slider (None: it is typed in); ``automatic`` where the method chooses a
    value if it is given none. ``choices`` are (value, words).
    """

    name: str
    label: str
    help: str
    low: float | None = None
    high: float | None = None
    whole: bool = False
    step: float | None = None
    automatic: bool = False
    choices: tuple[tuple[str, str], ...] = ()

    def checked(self, value: Any) -> Any:
        """``value`` where it may have this value; only numbers with limits are looked at.

        Raises:
            InputError: a number out of range, or none.
        """
        if self.low is None or self.high is None:
            return value
        if not self.whole:
            return number(self.name, value, self.low, self.high)
        given = int(value) if isinstance(value, float) and value.is_integer() else value
        return whole(self.name, given, int(self.low), int(self.high))


SAMPLES = Option(
    "samples", "Samples", "Noisy copies or neighbours; more are steadier and slower.",
    low=10, high=5000, whole=True, step=10,
)  # fmt: skip
"""Of every method that draws."""


def explains_all(target: Target, x: Any) -> str:
    """ "": no target of the method's kinds is refused."""
    return ""


@dataclass(frozen=True)
class Method:
    """One attribution method.

    Attributes:
        name, title: for programs, and for readers.
        function: (target, x, *, seed, settings...) -> Attribution; its docstring says it in full.
        kinds: the targets it explains, "image" and "latent".
        help: what its values mean, in one sentence.
        equation, misleads, paper: for its note.
        sums: what its values add up to, in one sentence. Of a ``complete`` method, whose values add
            up to the number (or its distance from a baseline), only the claim: the gap that was
            measured is put behind it.
        unit: of the values: that of the explained number, the number's per unit of input ("slope"),
            or none.
        gradients: it needs a differentiable model.
        random: another seed gives another map.
        needs: parameters that have no default. "codes" are the codes of ordinary pictures.
        options: the settings that a visitor may change.
        compared: the parameter that says what an input is compared with, or "".
        against: words for what that may be, the first one being the usual: "blank" (0: black, or
            the prior's mean code), the "mean" picture or code, a sample of "others", its "own
            colour" (None to the function).
        many: ``compared`` takes a stack of inputs, and not one.
        blocks: latents that are maps are put into ``blocks`` x ``blocks`` groups of places, the
            players of a game; 0 where the method takes them one by one.
        quick: settings with which it takes less time, for tables and comparisons.
        slow: why it takes too long to be repeated on hundreds of latents, "" where it does not.
        refuses: (target, x) -> why this target of the right kind cannot be explained, or "".
    """

    name: str
    title: str
    function: Explain
    kinds: tuple[Kind, ...]
    help: str
    equation: str
    misleads: str
    paper: str
    sums: str
    unit: Unit = "the number's"
    gradients: bool = True
    random: bool = False
    complete: bool = False
    needs: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    compared: str = ""
    against: tuple[Against, ...] = ()
    many: bool = False
    blocks: int = 0
    quick: Mapping[str, Any] = field(default_factory=dict)
    slow: str = ""
    refuses: Callable[[Target, Any], str] = explains_all

    @property
    def settings(self) -> tuple[str, ...]:
        """Names of all settings of the function, seed included."""
        parameters = inspect.signature(self.function).parameters.values()
        return tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)

    def defaults(self) -> dict[str, Any]:
        """What a visitor may change, with its first values; "against" and "seed" included where
        the method compares, and draws."""
        parameters = inspect.signature(self.function).parameters
        first = {option.name: parameters[option.name].default for option in self.options}
        if self.against:
            first["against"] = self.against[0]
        if self.random:
            first["seed"] = 0
        return first

    def checked(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """``chosen`` options, each in its range; "against" and "seed" are left to the caller.

        Raises:
            InputError: a setting that the method does not offer, or out of range.
        """
        known = self.defaults()
        for name in chosen:
            if name not in known and name != "seed":
                takes = ", ".join(known) or "none"
                raise InputError(f"{self.title} takes no setting {name!r}: it takes {takes}")
            if isinstance(known.get(name), bool) and not isinstance(chosen[name], bool):
                raise InputError(f"{name} is {chosen[name]!r}: pass true or false")
        options = {option.name: option for option in self.options}
        return {n: options[n].checked(value) for n, value in chosen.items() if n in options}

    def suited(self, target: Target) -> dict[str, Any]:
        """Settings that follow from the target: the groups of latents that are maps."""
        if not self.blocks or len(target.latent_shape) < 2:
            return {}
        return {"groups": place_blocks(target.latent_shape, self.blocks)}

    def players(self, target: Target, x: Any) -> int:
        """How many parts of ``x`` the method tells apart, with the settings of ``suited``."""
        groups = self.suited(target).get("groups")
        return int(np.prod(np.shape(x))) if groups is None else len(np.unique(groups))

    def reason_against(self, target: Target, x: Any) -> str:
        """Why the method cannot explain ``target`` at ``x``, as half a sentence; "" where it can
        (with the settings of ``suited``, and what it ``needs``)."""
        if target.kind not in self.kinds:
            return (
                f"it explains {' and '.join(self.kinds)} targets, and this is a {target.kind} one"
            )
        return self.refuses(target, x)

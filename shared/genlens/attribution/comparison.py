"""Every method on one picture, each with what its explanation is worth.

One input, one target, all methods that explain it; for each the seconds it took, what deleting in
its order does (``faithfulness.deletion``), and whether its map follows the weights
(``randomisation.randomisation_test``). Beside them stand the ``controls``, which are no
explanations and have to fail one of the two.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from genlens.attribution.controls import CONTROLS, Control
from genlens.attribution.faithfulness import Deletion, RandomOrders, deletion, random_orders
from genlens.attribution.methods import METHODS, attribute, method_named, methods_for
from genlens.attribution.randomisation import RandomisationTest, randomisation_test
from genlens.attribution.results import Attribution
from genlens.attribution.run import watched
from genlens.attribution.target import Target
from genlens.attribution.verdict import Verdict
from genlens.common.progress import Cancel, Progress
from genlens.common.records import UNWRITTEN, MadeBy, Record, plain, seconds_since
from genlens.errors import Cancelled, InputError, ModelError
from genlens.models.contracts import Autoencoder

ORDERS = 39
"""Random orders: to beat all but one of them by chance happens in 1 of 20 tries."""
INK = 0.02
"""Pixels at or below this brightness count as blank: multiplied by the input, they stay zero."""


@dataclass(frozen=True)
class Trial(Record):
    """One method, or one of ``controls.CONTROLS``: its ``attribution``, and the two tests of it.

    ``refused`` says why there is no attribution; ``untested`` why a test could not be made.
    """

    also_written = (
        "seconds",
        "model_calls",
        "deletion_gain",
        "beats_random",
        "shuffled_correlation",
        "unreliable",
        "verdict",
    )

    method: str
    attribution: Attribution | None = None
    deletion: Deletion | None = field(default=None, metadata=UNWRITTEN)
    shuffled: RandomisationTest | None = field(default=None, metadata=UNWRITTEN)
    refused: str = ""
    untested: str = ""
    title: str = ""

    @property
    def unreliable(self) -> bool | None:
        """Whether the map stays as it is when weights are shuffled; None where not tested."""
        return None if self.shuffled is None else self.shuffled.unreliable

    def parts(self) -> Iterator[MadeBy]:
        """What made the attribution and each test that there is."""
        for part in (self.attribution, self.deletion, self.shuffled):
            if part:
                yield part.made_by

    @property
    def found(self) -> Verdict | None:
        """What one input can show: that a method fails. None where it was not tested."""
        if self.deletion is None or self.shuffled is None:
            return None
        return Verdict.of_one(self.shuffled.final, self.deletion.beats, len(self.deletion.random))

    @property
    def verdict(self) -> str | None:
        """``found`` as it is written down."""
        return self.found.key if self.found else None

    @property
    def seconds(self) -> float | None:
        """Wall time of the explanation; None where it was refused."""
        return self.attribution.made_by.seconds if self.attribution else None

    @property
    def model_calls(self) -> int | None:
        """Inputs put through the model for it; None where it was refused."""
        return self.attribution.made_by.model_calls if self.attribution else None

    @property
    def deletion_gain(self) -> float | None:
        """``Deletion.gain``; None where it was not tested."""
        return self.deletion.gain if self.deletion else None

    @property
    def beats_random(self) -> float | None:
        """The share of random orders beaten, ``Deletion.beats``; None where it was not tested."""
        return self.deletion.beats if self.deletion else None

    @property
    def shuffled_correlation(self) -> float | None:
        """How alike the map stays when weights are shuffled; None where it was not tested."""
        return self.shuffled.final if self.shuffled else None

    def row(self) -> dict[str, Any]:
        """The numbers of a table: ``to_dict`` without the map."""
        names = ("method", "title", *self.also_written, "refused", "untested")
        return {name: plain(getattr(self, name)) for name in names}


@dataclass(frozen=True)
class Comparison(Record):
    """``trials`` of all methods that explain ``target``, in the order of ``METHODS``; ``controls``
    are trials of maps that explain nothing."""

    trials: tuple[Trial, ...]
    target: str
    kind: str
    controls: tuple[Trial, ...] = ()
    made_by: MadeBy = field(default_factory=MadeBy)


def compare_methods(
    make: Callable[[Autoencoder], Target],
    model: Autoencoder,
    x: Any,
    *,
    methods: Sequence[str] | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    baseline: Any = 0.0,
    repeats: int = 2,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Comparison:
    """All methods on one input.

    Args:
        make: model -> target, so that it can be made again of a model with shuffled weights.
        model: an autoencoder that ``copy.deepcopy`` can copy.
        x: the input, as ``attribute`` takes it.
        methods: names; None for all that explain this kind of target.
        settings: method -> its settings.
        baseline: what deleted parts become.
        repeats: shuffles to average over; 0 leaves that test out, which costs as much as the
            explanation itself each time.
        seed: of methods, deletion and shuffles.
        progress, cancel: before each method; ``cancel`` is also asked at every batch.

    Raises:
        InputError: no such method.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    target = make(model)
    names = [m.name for m in methods_for(target.kind)] if methods is None else list(methods)
    for name in names:
        method_named(name)

    def made(other: Autoencoder) -> Target:
        return watched(make(other), cancel=cancel)

    tests = _Tests(made, model, x, baseline, repeats, seed)
    trials = []
    for name in _reported(names, progress, cancel):
        own = dict((settings or {}).get(name, {}))
        if "seed" in METHODS[name].settings:
            own.setdefault("seed", seed)

        def explain(target: Target, name: str = name, own: Any = own) -> Attribution:
            return attribute(name, target, x, **own)

        trials.append(tests.trial(name, METHODS[name].title, explain))

    def blind(control: Control) -> Trial:
        title = control.titles[target.kind]
        return tests.trial(control.name, title, lambda made: control.explain(made, x, seed))

    controls = tuple(blind(control) for control in CONTROLS.values())
    parts = [part for trial in (*trials, *controls) for part in trial.parts()]
    return Comparison(
        trials=tuple(trials),
        controls=controls,
        target=target.name,
        kind=target.kind,
        made_by=MadeBy(
            model=target.model,
            revision=target.revision,
            device=str(target.device),
            seed=seed,
            settings={"repeats": repeats, "orders": ORDERS},
            model_calls=tests.calls + sum(part.model_calls for part in parts),
            seconds=seconds_since(started),
        ),
    )


class _Tests:
    """The two tests of one input; random orders are deleted once, and serve all methods."""

    def __init__(
        self,
        made: Callable[[Autoencoder], Target],
        model: Autoencoder,
        x: Any,
        baseline: Any,
        repeats: int,
        seed: int,
    ) -> None:
        self.made, self.model, self.x = made, model, x
        self.baseline, self.repeats, self.seed = baseline, repeats, seed
        self.calls = 0
        self._against: RandomOrders | None = None

    def trial(self, name: str, title: str, explain: Callable[[Target], Attribution]) -> Trial:
        """One method; what it refuses is written down, so that the others are still shown."""
        try:
            attribution = explain(self.made(self.model))
        except (InputError, ModelError) as error:
            return Trial(name, refused=str(error), title=title)
        gone: Deletion | None = None
        test: RandomisationTest | None = None
        untested = ""
        try:
            gone = deletion(
                self.made(self.model),
                self.x,
                attribution,
                baseline=self.baseline,
                seed=self.seed,
                against=self._orders(),
            )
            if self.repeats:
                test = randomisation_test(
                    lambda other: explain(self.made(other)),
                    self.model,
                    repeats=self.repeats,
                    within=_inked(attribution, self.x),
                    seed=self.seed,
                )
        except (InputError, ModelError) as error:  # shuffled weights may well give NaN
            untested = str(error)
        return Trial(name, attribution, gone, test, untested=untested, title=title)

    def _orders(self) -> RandomOrders:
        if self._against is None:
            self._against = random_orders(
                self.made(self.model),
                self.x,
                baseline=self.baseline,
                orders=ORDERS,
                seed=self.seed,
            )
            self.calls += self._against.calls
        return self._against


def _inked(attribution: Attribution, x: Any) -> np.ndarray | None:
    """Where maps are compared: the pixels that are not blank, for pictures that have both."""
    if attribution.kind != "image":
        return None
    pixels = np.asarray(x.detach().cpu() if hasattr(x, "detach") else x)
    pixels = pixels[0] if pixels.ndim == 4 else pixels  # (c, h, w)
    inside: np.ndarray = pixels.max(axis=0) > INK
    return inside if 3 <= inside.sum() < inside.size else None


def _reported(
    names: Sequence[str], progress: Progress | None, cancel: Cancel | None
) -> Iterator[str]:
    for done, name in enumerate(names):
        if cancel is not None and cancel():
            raise Cancelled(f"stopped after {done} of {len(names)} methods")
        if progress is not None:
            progress(done, len(names), METHODS[name].title)
        yield name
    if progress is not None:
        progress(len(names), len(names), "Drawing")

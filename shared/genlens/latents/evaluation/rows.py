"""The lines of the truth table: what each number is called, its unit, what it says, which way is
better. Numbers are read from ``LatentEvaluation.to_dict()``, so that a stored table can be shown
without measuring anything again; what is missing from it, or damaged, is shown as not measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from genlens.common.estimates import exact
from genlens.common.measures import Measure

Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One measure. ``value`` reads it from a dictionary; ``form`` shows it, a format ("{:.2f}") or
    "%". ``better`` is 1 where more is better, -1 where less is, 0 where neither; rows of one
    ``group`` are rivals, the best of which may be marked. ``interval``: it is worth showing."""

    title: str
    unit: str
    says: str
    value: Callable[[Numbers], Measure]
    form: str = "{:.2f}"
    better: int = 0
    group: str = ""
    interval: bool = True

    def shown(self, numbers: Numbers) -> str:
        """The number with its interval; "-" where it was not measured."""
        measure = self.value(numbers)
        between = interval(measure, self.form) if self.interval else ""
        return show(measure.value, self.form) + (f" ({between})" if between else "")


def show(value: object, form: str) -> str:
    """``value`` in ``form``, "-" for what is no number."""
    if not isinstance(value, (int, float)) or not np.isfinite(value):
        return "-"
    shown = f"{100 * value:.0f} %" if form == "%" else form.format(value)
    return shown.lstrip("+-") if float(shown.rstrip(" %").replace(",", "")) == 0 else shown


def interval(measure: Measure, form: str) -> str:
    """ "0.54 to 0.72"; "" for what was counted exactly or not measured, and words where so few
    cases are behind it that it might be anything."""
    if not np.isfinite(measure.value) or measure.low == measure.high:
        return ""
    if not (np.isfinite(measure.low) and np.isfinite(measure.high)):
        return f"n = {measure.n}: no interval"
    ends = [show(end, form) for end in (measure.low, measure.high)]
    if ends[0] == ends[1] == show(measure.value, form):
        return ""
    return " to ".join(ends).replace(" % to", " to")


def part(numbers: object, *names: str) -> Any:
    """What ``numbers`` has under ``names``, one inside the other; None where it has not."""
    for name in names:
        numbers = numbers.get(name) if isinstance(numbers, Mapping) else None
    return numbers


def word(numbers: object, name: str) -> str:
    """The text under ``name``, whatever stands there."""
    return str(part(numbers, name))


def branch(numbers: object, *names: str) -> Numbers:
    """The dictionary under ``names``; an empty one where there is none."""
    found = part(numbers, *names)
    return found if isinstance(found, Mapping) else {}


def entries(numbers: object, *names: str) -> list[Numbers]:
    """The list of dictionaries under ``names``; what is no dictionary in it is dropped."""
    found = part(numbers, *names)
    return [e for e in found if isinstance(e, Mapping)] if isinstance(found, list) else []


def measured(*names: str) -> Callable[[Numbers], Measure]:
    """A reader of the measure under ``names``."""
    return lambda numbers: Measure.read(part(numbers, *names))


def reasons(measure: Measure) -> Iterator[str]:
    """ "3 left out: the map is flat", for every reason."""
    for reason, count in measure.left_out.items():
        yield f"{count} left out: {reason}"


def _map(method: str, name: str) -> Callable[[Numbers], Measure]:
    def read(space: Numbers) -> Measure:
        found = (m for m in entries(space, "maps") if m.get("method") == method)
        return Measure.read(part(next(found, None), name))

    return read


def _cosine(side: str) -> Callable[[Numbers], Measure]:
    """Of the last layer before the code."""

    def read(space: Numbers) -> Measure:
        cosines = part(space, "activations", side)
        last = cosines[max(0, len(cosines) - 2)] if isinstance(cosines, list) and cosines else None
        return Measure.read(last)

    return read


CONCLUSIONS: tuple[Row, ...] = (
    Row(
        "k-NN purity, codes", "% of 10 neighbours",
        "Of a picture’s ten nearest in latent space, how many have its class.",
        measured("latent_space", "purity"), "%", 1, "purity",
    ),
    Row(
        "k-NN purity, raw pixels", "% of 10 neighbours",
        "The same by pixels: a code that groups no better has learned little about classes.",
        measured("pixel_space", "purity"), "%", 1, "purity",
    ),
    Row(
        "k-NN purity, chance", "% of 10 neighbours",
        "The same if classes were dealt out at random.", measured("latent_space", "chance"), "%",
    ),
    Row(
        "silhouette, codes", "−1 to 1",
        "How much nearer a picture’s own class is than the next one; about 0: they overlap.",
        measured("latent_space", "silhouette"), "{:.2f}", 1, "silhouette",
    ),
    Row(
        "silhouette, raw pixels", "−1 to 1", "The same by pixels.",
        measured("pixel_space", "silhouette"), "{:.2f}", 1, "silhouette",
    ),
    Row(
        "activations alike within classes", "cosine, −1 to 1",
        "How alike two pictures of one class are to the last hidden layer, its mean taken off.",
        _cosine("within"), "{:.2f}", 1, "cosine",
    ),
    Row(
        "activations alike between classes", "cosine, −1 to 1",
        "The same for two classes; “similar digits activate consistently” if this is lower.",
        _cosine("between"), "{:.2f}", 1, "cosine",
    ),
    Row(
        "variance on two PCA axes", "% of all variance",
        "How much of what distinguishes codes a flat map can show.", measured("two_axes"), "%",
    ),
    Row(
        "PCA axes for 90 % of it", "axes",
        "As many directions really vary.",
        measured("axes_for_90"), "{:.0f}",
    ),
    *(
        Row(
            f"{name}, {title}", "0.5 random, 1 best", says, _map(method, name), "{:.2f}", 1, name
        )
        for name, says in (
            ("trustworthiness", "Neighbours on this map are neighbours among codes."),
            ("continuity", "Neighbours among codes stay neighbours on this map."),
        )
        for method, title in (("pca", "PCA"), ("tsne", "t-SNE"), ("umap", "UMAP"))
    ),
    Row(
        "reconstruction PSNR", "dB, 20 rough, 30 close",
        "How near pictures rebuilt from their codes are to the originals.",
        measured("psnr_db"), "{:.1f}",
    ),
    Row(
        "information in a code", "nats",
        "Divergence of the posterior from the prior: how much a code says of its picture.",
        measured("kl"), "{:.1f}",
    ),
    Row(
        "latents in use", "latents",
        "Those whose value depends on the picture at all.",
        measured("active"), "{:.0f}",
    ),
)  # fmt: skip

CASES = Row(
    "cases", "inputs", "Inputs that the method was tested on; a table says what was left out.",
    lambda m: _cases(m), "{:.0f}", interval=False,
)  # fmt: skip
TESTS: tuple[Row, ...] = (
    Row(
        "alike after shuffling", "0 as unrelated maps, 1 unchanged",
        "How alike the map stays when the model’s weights are shuffled, in the order of its values "
        "or in its structure, whichever is more. To be reliable the interval has to end below 0.5.",
        measured("alike"), "{:.2f}",
    ),
    Row(
        "gain over random", "area, 0 is random",
        "How much sooner the number falls when what the method names is deleted first. Maps with "
        "signs delete what holds it up first, so they can push it below that of a blank input. To "
        "be reliable the interval has to begin above 0.",
        measured("gain"), "{:+.2f}", 1,
    ),
)  # fmt: skip
"""What the verdict rests on."""
_COSTS: tuple[Row, ...] = (
    Row(
        "seconds", "s, median", "For one explanation, on the machine that measured.",
        measured("seconds"), "{:.3f}", -1, interval=False,
    ),
    Row(
        "model calls", "inputs", "Inputs put through the model for one explanation, median.",
        measured("model_calls"), "{:,.0f}", -1, interval=False,
    ),
    Row(
        "agreement of seeds", "rank corr., 1 best",
        "How alike two runs with different seeds are; 1 where nothing is random.",
        measured("seed_agreement"), "{:.2f}", 1,
    ),
    Row(
        "agreement under noise", "rank corr., 1 best",
        "How alike the map is when the input is shaken by noise one does not see.",
        measured("noise_agreement"), "{:.2f}", 1,
    ),
)  # fmt: skip
DETAILS: tuple[Row, ...] = (
    Row(
        "random orders beaten", "%", "Part of random orders that make it fall more slowly.",
        measured("beats"), "%", 1,
    ),
    Row(
        "sizes alike after shuffling", "0 as unrelated maps, 1 unchanged",
        "The same of the values without their signs: of methods that multiply by the input, how "
        "much of the map is the input’s. It does not count for the verdict.",
        measured("sizes"), "{:.2f}",
    ),
    *_COSTS,
)  # fmt: skip
COMPARISON_COLUMNS: tuple[Row, ...] = (
    *_COSTS,
    Row(
        "deletion AUC", "area, less is better",
        "Area under the number while what matters most is deleted first.",
        measured("deletion"), "{:.2f}", -1,
    ),
    Row(
        "deletion AUC of random orders", "area", "What deleting in any order gets.",
        measured("random"), "{:.2f}",
    ),
)  # fmt: skip
REBUILD_COLUMNS: tuple[Row, ...] = (
    Row("won", "% of games", "Games in which the picture was rebuilt.", measured("won"), "%", 1),
    Row("moves", "median a game", "Sliders moved.", measured("moves"), "{:.0f}", -1),
    Row(
        "slider lengths", "median a game", "How far sliders were moved, in lengths of a slider.",
        measured("distance"), "{:.1f}", -1,
    ),
    Row(
        "agreement", "median at the end", "How near the rebuilt picture came.",
        measured("agreement"), "%", 1,
    ),
    Row(
        "MIG", "0 to 1", "Whether one latent, and no second one, knows each factor behind the "
        "pictures.", measured("mig"), "{:.3f}", 1,
    ),
)  # fmt: skip


def _cases(m: Numbers) -> Measure:
    """The smaller number of cases of the two tests."""
    return exact(min(Measure.read(part(m, name)).n for name in ("alike", "gain")))


def best(measures: Sequence[Measure], better: int) -> set[int]:
    """Places of the best of ``measures``: one, or up to three that share the first place. None
    where ``better`` is 0, where fewer than two are known, or where the interval of the first still
    holds the value of the next, so that other cases might have another first."""
    known = {i: m for i, m in enumerate(measures) if np.isfinite(m.value)}
    if not better or len(known) < 2:
        return set()
    top = max(better * m.value for m in known.values())
    first = {i for i, m in known.items() if better * m.value >= top - 1e-12}
    rest = [m.value for i, m in known.items() if i not in first]
    if len(first) > 3 or not rest:
        return set()
    follower = better * max(better * value for value in rest)
    clear = all(not known[i].low <= follower <= known[i].high for i in first)
    return first if clear else set()

"""Where "the model knows it" ends: thresholds from the model's own pictures alone.

PXGen (arXiv:2501.11827, section 4.2) draws pictures from the model, takes the maximum of each
criterion over them, and the mean of that maximum over repeats: an anchor below it is as near to the
model as everything that the model makes itself. No anchor takes part. The released code draws
60,000 pictures 100 times. That number is the expected maximum of 60,000 pictures, which the tail of
one set of them tells as well: form "quantile".

A threshold grows with ``samples``: the maximum of more pictures is larger. Compare only equal ones.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch

from genlens.anchors.criteria.criteria import CRITERIA, chosen_criteria
from genlens.anchors.criteria.criterion import Criterion
from genlens.anchors.criteria.readers import AnyModel, Reader, own_seed, reader_of
from genlens.anchors.results import AnchorScores, Form, Threshold
from genlens.anchors.scoring import batch_of
from genlens.anchors.tails import expected_maximum
from genlens.common.checks import whole
from genlens.common.measures import mean
from genlens.common.progress import Cancel, Progress, batches
from genlens.common.records import seconds_since
from genlens.errors import Cancelled, InputError

FEWER = 100
"""How many times fewer pictures the quantile form draws than the paper's."""
LEAST, LEAST_INVERTED = 500, 100
"""Pictures that a tail is read off at least; fewer of a model that is asked by inversion, where
each costs some hundred passes: the interval is wider then."""
_BLOCK = 500


def thresholds_of(
    model: AnyModel,
    criteria: Sequence[str | Criterion] = ("kld", "mse"),
    *,
    form: Form = "quantile",
    samples: int = 60_000,
    iterations: int = 100,
    steps: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> dict[str, Threshold]:
    """A threshold for each of ``criteria``, by name: the expected maximum over ``samples`` pictures
    that the model draws.

    Args:
        model, criteria: as for ``score_anchors``.
        form: "mean of maxima" draws ``samples`` pictures ``iterations`` times, as the paper, and
            takes the mean of the maxima, with Student's interval. "quantile" draws 100 times fewer,
            at least 500 (100 of a model that is asked by inversion), and reads the same number off
            their tail (``tails.expected_maximum``).
        samples: a model that is asked by inversion (a ``Generator``; a ``Denoiser``'s rebuilt
            pictures) needs some hundred passes for each: take a thousand or two.
        steps: of inversions, as for ``score_anchors``: take the same number for both.
        seed: of the pictures. The same pictures serve all criteria.

    Raises:
        InputError: numbers out of range, another form, or a criterion as for ``score_anchors``.
        ModelError: the model's pictures are NaN or infinite.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    if form not in ("quantile", "mean of maxima"):
        raise InputError(f'form is {form!r}: pass "quantile" or "mean of maxima"')
    samples = whole("samples", samples, 2, 10_000_000)
    iterations = whole("iterations", iterations, 1, 100_000)
    reader = reader_of(model, seed=seed, cancel=cancel, steps=steps)
    chosen = chosen_criteria(criteria, reader.contract)
    if form == "quantile":
        least = LEAST if reader.coded else LEAST_INVERTED
        drawn = max(least, -(-samples * iterations // FEWER))
        values = own_values(reader, chosen, drawn, drawn, seed, progress, cancel)
        found = [expected_maximum(column, samples) for column in np.concatenate(list(values)).T]
    else:
        drawn = samples * iterations
        values = own_values(reader, chosen, drawn, samples, seed, progress, cancel)
        maxima = np.stack([rows.max(0) for rows in values])  # (iterations, criteria)
        means = [mean(list(column)) for column in maxima.T]
        found = [(m.value, m.low, m.high) for m in means]
    made_by = model.card.made_by(
        model.device,
        seed=seed,
        settings={"samples": samples, "iterations": iterations},
        model_calls=reader.calls,
        seconds=seconds_since(started),
    )
    return {
        criterion.name: Threshold(
            criterion.name, *_within(criterion.range, numbers), form, drawn, made_by
        )
        for criterion, numbers in zip(chosen, found, strict=True)
    }


def thresholds_from(own: AnchorScores, samples: int) -> dict[str, Threshold]:
    """The same, form "quantile", from pictures that the model drew and that were scored already.

    Args:
        own: of at least 100 of them.
        samples: the expected maximum is over so many.

    Raises:
        InputError: fewer pictures, or samples out of range.
    """
    samples = whole("samples", samples, 2, 10_000_000)
    if len(own) < LEAST_INVERTED:
        raise InputError(f"{len(own)} pictures tell no maximum: draw {LEAST_INVERTED} or more")
    return {
        name: Threshold(
            name,
            *_within(CRITERIA[name].range, expected_maximum(column, samples)),
            "quantile",
            len(own),
            replace(own.made_by, settings={**own.made_by.settings, "samples": samples}),
        )
        for name, column in zip(own.criteria, own.values.T, strict=True)
    }


def _within(
    range_: tuple[float, float], numbers: tuple[float, float, float]
) -> tuple[float, float, float]:
    """``numbers`` that the criterion can reach: a tail that is fitted, and Student's interval, know
    nothing of its range."""
    least, greatest = range_
    value, low, high = (min(max(number, least), greatest) for number in numbers)
    return value, low, high


def own_values(
    reader: Reader,
    chosen: Sequence[Criterion],
    drawn: int,
    together: int,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Iterator[np.ndarray]:
    """Values (together, criteria) float32 of the model's own pictures, ``drawn`` in all."""
    kept, held = [], 0
    text = "Drawing the model's own pictures"
    for start in batches(drawn, _BLOCK, text, progress, cancel):
        with torch.no_grad():
            block = reader.draw(min(_BLOCK, drawn - start), own_seed(seed, start))
            rows = _values(reader, chosen, block, cancel)
        while len(rows):
            kept.append(rows[: together - held])
            held += len(kept[-1])
            rows = rows[len(kept[-1]) :]
            if held == together:
                yield np.concatenate(kept)
                kept, held = [], 0


def _values(
    reader: Reader, chosen: Sequence[Criterion], images: torch.Tensor, cancel: Cancel | None
) -> np.ndarray:
    """(n, criteria) of ``images`` (n, c, h, w), as many at a time as the criteria take."""
    found = []
    for part in images.split(batch_of(chosen, reader)):
        if cancel is not None and cancel():
            raise Cancelled("stopped while thresholds were worked out")
        view = reader.view(part)
        found.append(np.stack([criterion.values(view) for criterion in chosen], axis=1))
    return np.concatenate(found)

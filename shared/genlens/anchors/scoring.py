"""What a model makes of many pictures, by several criteria, in one pass over them.

::

    scores = score_anchors(genlens.load("digits-vae"), anchors, ["kld", "mse", "ssim"])

Each batch is encoded and decoded once, whatever the number of criteria, and forgotten: what is kept
of an anchor is its values and its code (PXGen, arXiv:2501.11827, section 3.2).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch

from genlens.anchors.criteria.criteria import chosen_criteria
from genlens.anchors.criteria.criterion import Criterion
from genlens.anchors.criteria.readers import AnyModel, Reader, reader_of
from genlens.anchors.results import AnchorScores
from genlens.anchors.rows import Rows
from genlens.anchors.sets.anchor_set import AnchorSet
from genlens.common.checks import whole
from genlens.common.progress import Cancel, Progress
from genlens.common.records import seconds_since
from genlens.errors import Cancelled, InputError

_CODED = {"codes", "rebuilt", "inverted"}


def score_anchors(
    model: AnyModel,
    anchors: AnchorSet,
    criteria: Sequence[str | Criterion] = ("kld", "mse"),
    *,
    batch_size: int | None = None,
    steps: int | None = None,
    keep_rebuilt: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> AnchorScores:
    """The values of ``criteria`` for every anchor.

    Args:
        model: an ``Autoencoder``, a ``Generator`` (asked by latent inversion: about a hundred
            passes a picture) or a ``Denoiser`` (asked by DDIM inversion).
        anchors: any number of pictures of the model's size. Memory holds one batch, values and
            classes; codes of more than 256 MB go to a temporary file.
        criteria: names of ``criteria.CRITERIA`` or ``Criterion`` objects.
        batch_size: pictures at a time; None for as many as the slowest criterion and the model
            take. It changes no value beyond floating-point noise.
        steps: of inversions, see ``readers.reader_of``; nothing for an ``Autoencoder``.
        keep_rebuilt: keep the model's version of each anchor too, a byte a number.
        seed: of what criteria draw: the model's own pictures, and starts of inversions.

    Returns:
        Values (n, m), lower is nearer to the model. Of a generator or denoiser whose criteria ask
        for no code, ``codes`` is (n, 0): nothing was inverted.

    Raises:
        InputError: no anchors, pictures of another size or with NaN, a criterion that does not
            exist, does not work for such a model or lacks its network, or whose values are NaN.
        ModelError: the model's pictures are NaN or infinite.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    reader = reader_of(model, seed=seed, cancel=cancel, steps=steps)
    chosen = chosen_criteria(criteria, reader.contract)
    size = (
        batch_of(chosen, reader)
        if batch_size is None
        else whole("batch_size", batch_size, 1, 100_000)
    )
    n = _require_fitting(anchors, reader)
    coded = reader.coded or any(_CODED & set(criterion.needs) for criterion in chosen)
    values, codes, done = np.empty((n, len(chosen)), np.float32), Rows(n), 0
    rebuilt: list[np.ndarray] = []
    for images in anchors.batches(size):
        if cancel is not None and cancel():
            raise Cancelled(f"stopped after {done} of {n} anchors")
        batch = _checked(images, reader, done, n)
        with torch.no_grad():
            view = reader.view(batch)
            rows = slice(done, done + len(batch))
            for column, criterion in enumerate(chosen):
                values[rows, column] = criterion.values(view)
            if keep_rebuilt:
                rebuilt.append((view.rebuilt.clamp(0, 1) * 255).round().byte().cpu().numpy())
            codes.add(view.codes.float().cpu().numpy() if coded else np.empty((len(batch), 0)))
        done += len(batch)
        if progress is not None:
            progress(done, n, f"Asking the model about the anchors: {done} of {n}")
    if done < n:
        raise InputError(f"the anchor set gave {done} pictures and says it has {n}")
    return AnchorScores(
        criteria=tuple(criterion.name for criterion in chosen),
        sides=tuple(criterion.side for criterion in chosen),
        units=tuple(criterion.unit for criterion in chosen),
        values=values,
        codes=codes.array(),
        labels=np.asarray(anchors.labels, np.int64),
        ids=np.asarray(anchors.ids, np.int64),
        names=tuple(anchors.names),
        data=anchors.title,
        made_by=model.card.made_by(
            model.device,
            seed=seed,
            settings={
                "criteria": [criterion.name for criterion in chosen],
                **({} if reader.coded or steps is None else {"steps": steps}),
            },
            model_calls=reader.calls,
            seconds=seconds_since(started),
        ),
        rebuilt=np.concatenate(rebuilt) if rebuilt else None,
    )


def batch_of(chosen: Sequence[Criterion], reader: Reader) -> int:
    """Pictures that all of ``chosen``, and the model, take at a time."""
    return min(reader.batch, *(criterion.batch for criterion in chosen))


def notes_on(scores: AnchorScores) -> tuple[str, ...]:
    """What a reader has to know before grouping: a criterion that tells no anchors apart, classes
    that are not known."""
    notes = []
    for name, column in zip(scores.criteria, scores.values.T, strict=True):
        if len(column) > 1 and column.min() == column.max():
            notes.append(
                f"{name} is {column[0]:.4g} for all {len(column)} anchors: it tells none apart, so "
                "groups and slices by it say nothing. Take another criterion"
            )
    without = int((scores.labels < 0).sum())
    if scores.names and without:
        notes.append(f"{without} of {len(scores)} anchors have no class")
    return tuple(notes)


def _require_fitting(anchors: AnchorSet, reader: Reader) -> int:
    """How many anchors there are, once they fit the model."""
    n, wanted = len(anchors), reader.model.image_shape
    if n < 1:
        raise InputError("the anchor set is empty: there is nothing to ask the model about")
    if tuple(anchors.image_shape) != tuple(wanted):
        raise InputError(
            f"the anchors are {_size(anchors.image_shape)}, {reader.model.card.id} is for "
            f"{_size(wanted)}: read them at that size, in those colours"
        )
    for what, rows in (("labels", anchors.labels), ("ids", anchors.ids)):
        if len(rows) != n:
            raise InputError(f"the anchor set has {n} pictures and {len(rows)} {what}")
    return n


def _size(shape: Sequence[int]) -> str:
    colours = "grey" if shape[0] == 1 else "colour" if shape[0] == 3 else f"{shape[0]}-channel"
    return f"{colours} pictures of {shape[2]} x {shape[1]} pixels"


def _checked(images: np.ndarray, reader: Reader, done: int, n: int) -> torch.Tensor:
    """One batch as a tensor, once it can be trusted."""
    wanted = tuple(reader.model.image_shape)
    if images.ndim != 4 or tuple(images.shape[1:]) != wanted:
        raise InputError(
            f"anchors from {done} on have shape {images.shape}, and not (n, "
            f"{', '.join(map(str, wanted))}): all have to have one size and number of colours"
        )
    if done + len(images) > n:
        raise InputError(f"the anchor set gave more than the {n} pictures it says it has")
    if not np.issubdtype(images.dtype, np.floating):
        raise InputError(f"anchors are {images.dtype}: pass floats in [0, 1] (bytes / 255)")
    low, high = images.min(axis=(1, 2, 3)), images.max(axis=(1, 2, 3))
    fine = (low >= -1e-4) & (high <= 1 + 1e-4)  # also False where there is NaN
    if not fine.all():
        row = int(np.flatnonzero(~fine)[0])
        held = f"pixels from {low[row]:.3g} to {high[row]:.3g}"
        if not np.isfinite(images[row]).all():
            held = "NaN or infinity"
        raise InputError(f"anchor {done + row} holds {held}: pass values in [0, 1]")
    return torch.from_numpy(np.ascontiguousarray(images, np.float32))

"""Whether a model does on its pictures what an autoencoder should: give them back.

A foreign model that was read wrongly (logits taken for pixels, log-variances for means), was never
trained, or was trained on other pictures still encodes and decodes. Two measures on the pictures it
is studied on tell it from a model that is worth explaining:

- ``error``, the mean squared pixel error of decoding the mean code, against ``mean_picture``, that
  of answering with the mean of the *other* pictures, whichever is shown. An untrained decoder or a
  collapsed one is no better than that.
- ``outside``, the share of numbers it draws that are more than 0.1 outside [0, 1].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from genlens.common.records import Record
from genlens.errors import ModelError
from genlens.models.autoencoders.module import ModuleAutoencoder
from genlens.models.contracts import Autoencoder, Conditional

JUDGED = 64
"""Pictures of a study, about, that its model is judged on."""
LEAST = 8
"""Pictures from which a model is judged."""
SLACK = 0.1
"""How far a drawn pixel may be outside [0, 1]: decoders that end in a Linear overshoot a little."""
MOST_OUTSIDE = 0.01
NO_BETTER = 0.95
"""An error of this part of the mean picture's, or more, is "no better"."""
_TRIED = 16


@dataclass(frozen=True)
class Fitness(Record):
    """``error`` and ``mean_picture`` are mean squared pixel errors; ``low`` and ``high`` the range
    of what it draws, ``outside`` a share in [0, 1]; all over ``n`` pictures."""

    error: float
    mean_picture: float
    low: float
    high: float
    outside: float
    n: int

    @property
    def rebuilds(self) -> bool:
        """Whether it rebuilds the pictures better than their mean would. Fewer than 8 pictures, or
        pictures that hardly differ, judge nothing: then it counts as yes."""
        judged = self.n >= LEAST and self.mean_picture > 1e-4
        return not judged or self.error < NO_BETTER * self.mean_picture

    @property
    def in_range(self) -> bool:
        """Whether what it draws are pixels."""
        return self.outside <= MOST_OUTSIDE


def fitness(images: np.ndarray, rebuilt: np.ndarray) -> Fitness:
    """How well ``rebuilt`` are ``images``, both (n, c, h, w)."""
    n = len(images)
    errors = np.square(rebuilt.astype(np.float64) - images).mean()
    # each against the mean of the others: n / (n - 1) times as far as the mean of all
    apart = float(images.var(axis=0).mean()) * (n / (n - 1)) ** 2 if n > 1 else 0.0
    beyond = (rebuilt < -SLACK) | (rebuilt > 1 + SLACK)
    return Fitness(
        error=float(errors),
        mean_picture=apart,
        low=float(rebuilt.min()),
        high=float(rebuilt.max()),
        outside=float(beyond.mean()),
        n=n,
    )


def fitness_notes(
    model: Autoencoder, images: np.ndarray, rebuilt: np.ndarray, labels: np.ndarray, data: str
) -> tuple[str, ...]:
    """What is wrong with ``model`` on ``images``, called ``data``, and what to do about it, in
    sentences; () for a model that does what it should.

    ``rebuilt`` are the decoded mean codes; a conditional model draws each picture anew under its
    own label (n,), where they are known (from 0 on).
    """
    if isinstance(model, Conditional) and labels.min() >= 0:
        rebuilt = np.empty_like(images)
        for label in np.unique(labels).tolist():
            rebuilt[labels == label] = _rebuilt(model.given(label), images[labels == label])
    found = fitness(images, rebuilt)
    notes = []
    if not found.rebuilds:
        notes.append(
            f"this model rebuilds these pictures ({data}) no better than their mean picture would "
            f"(mean squared error {found.error:.3g}, the mean picture's {found.mean_picture:.3g}). "
            "It is untrained, was trained on other pictures, or is read wrongly: what is explained "
            "here may mean nothing"
        )
    if not found.in_range:
        notes.append(
            f"this model draws numbers from {found.low:.3g} to {found.high:.3g}, "
            f"{100 * found.outside:.0f} % of them outside [0, 1], where pixels are"
        )
    if notes and isinstance(model, ModuleAutoencoder):
        notes += _advice(model, images, found)
    return tuple(notes)


def _advice(model: ModuleAutoencoder, images: np.ndarray, found: Fitness) -> list[str]:
    """The reading of the model under which it rebuilds the pictures, where there is one."""
    few = images[:: max(1, len(images) // _TRIED)][:_TRIED]
    now = fitness(few, _rebuilt(model, few))
    best, best_reading = now, model.reading
    for reading in model.reading.others():
        try:
            tried = fitness(few, _rebuilt(model.read_as(reading), few))
        except ModelError:  # its sizes do not fit that way
            continue
        if tried.in_range and tried.error < best.error:
            best, best_reading = tried, reading
    if best_reading == model.reading or best.error > min(now.error / 2, found.mean_picture):
        return []
    return [
        f"with {model.reading.changes(best_reading)} its error is {best.error:.3g} instead of "
        f"{now.error:.3g}: ModuleAutoencoder(encoder, decoder, ..., "
        f"{model.reading.changes(best_reading)})"
    ]


@torch.no_grad()
def _rebuilt(model: Autoencoder, images: np.ndarray) -> np.ndarray:
    codes = model.encode(torch.from_numpy(images).to(model.device)).mean
    drawn: np.ndarray = model.decode(codes).float().cpu().numpy()
    return drawn

"""What LIME's two explainers share: the target as the lime package calls it, and the fit's worth.

lime draws the neighbours and fits the ridge regression. What it answers where there was nothing to
fit (coefficients of rounding noise, an R^2 of 1) is put right here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from genlens.attribution.run import Run

_SAME_COLOUR = 1 / 255
"""A superpixel that is switched off and differs by less than this was not switched off."""


class Answers:
    """The target as lime calls it, numpy rows -> (n,) float64, remembering what it answered."""

    def __init__(self, run: Run, to_input: Callable[[torch.Tensor], torch.Tensor]) -> None:
        self.run, self.to_input = run, to_input
        self.low, self.high = float("inf"), float("-inf")

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """f of every row."""
        inputs = torch.from_numpy(np.asarray(rows, dtype=np.float32))
        values = self.run.values(self.to_input(inputs))
        self.low, self.high = min(self.low, values.min()), max(self.high, values.max())
        return values

    @property
    def constant(self) -> bool:
        """Whether all answers were the same, but for rounding."""
        return self.high - self.low <= self.run.resolution


def judged(
    constant: bool, weights: np.ndarray, intercept: float, r2: float
) -> tuple[np.ndarray, dict[str, Any], tuple[str, ...]]:
    """(weights, details, notes) of one fit: where f stayed the same (it is ``constant``) there was
    nothing to fit, so the weights are 0 and R^2, a share of no variance, is NaN."""
    intercept, r2 = float(intercept), float(r2)
    if not constant:
        return weights, {"intercept": intercept, "r2": r2}, ()
    note = (
        "the number stayed the same in all neighbours that LIME drew: there was nothing to fit, so "
        "every weight is 0 and R² is not defined"
    )
    return np.zeros_like(weights), {"intercept": intercept, "r2": float("nan")}, (note,)


def mean_colours(image: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """``image`` (h, w, c) with each superpixel in its mean colour."""
    sums = np.stack(
        [np.bincount(labels.ravel(), image[..., c].ravel()) for c in range(image.shape[2])]
    )
    return np.asarray((sums / np.bincount(labels.ravel())).T[labels])


def switched_off(image: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, str, tuple[str, ...]]:
    """``image`` (h, w, c) with every superpixel off, the colour it has then in words, and notes.

    lime's way is a superpixel's own mean colour. Where that changes none of them (a black and white
    picture cut along its edges, a picture of one colour) LIME would see nothing, so the picture's
    mean colour is taken, or where the picture has only that one, grey or black.
    """
    off = mean_colours(image, labels)
    if unlike(image, off).any():
        return off, "mean colour", ()
    whole = np.broadcast_to(image.mean(axis=(0, 1)), image.shape)
    if unlike(image, whole).any():
        word = "the picture's mean colour"
    else:
        level, word = (0.5, "grey") if abs(image.mean() - 0.5) > 0.25 else (0.0, "black")
        whole = np.full_like(image, level)
    note = (
        "every superpixel has one colour, which is what switching it off usually gives it: here it "
        f"becomes {word} instead"
    )
    return whole, word, (note,)


def unseen(image: np.ndarray, off: np.ndarray, labels: np.ndarray) -> tuple[str, ...]:
    """A note where switching off changes at most half of the superpixels; else none."""
    count = int(labels.max()) + 1
    same = count - len(np.unique(labels[unlike(image, off)]))
    if same < count / 2:
        return ()
    return (
        f"{same} of {count} superpixels look the same when they are switched off, so their weight "
        'of 0 says nothing about them: another "baseline" asks about them',
    )


def unlike(image: np.ndarray, off: np.ndarray) -> np.ndarray:
    """(h, w) bool: the pixels of ``image`` (h, w, c) that ``off`` changes."""
    return np.asarray((np.abs(image - off) > _SAME_COLOUR).any(axis=2))


def lime_image(
    answers: Answers,
    image: np.ndarray,
    off: np.ndarray,
    labels: np.ndarray,
    samples: int,
    kernel_width: float,
) -> Any:
    """lime's image explainer, with neighbours made in batches and without its progress bar."""
    from lime.lime_image import LimeImageExplainer

    run = answers.run

    class _Explainer(LimeImageExplainer):
        def data_labels(
            self, image: np.ndarray, fudged_image: np.ndarray, segments: np.ndarray,
            classifier_fn: Any, num_samples: int, batch_size: int = 10,
        ) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
            data = self.random_state.randint(0, 2, (num_samples, int(segments.max()) + 1))
            data[0] = 1
            outputs = []
            for start in range(0, num_samples, run.batch):
                on = data[start : start + run.batch][:, segments][..., None]  # (b, h, w, 1)
                outputs.append(answers(np.where(on == 1, image, off)))
            return data, np.concatenate(outputs)[:, None]

    explainer = _Explainer(
        kernel_width=kernel_width, feature_selection="none", random_state=run.seed
    )
    return explainer.explain_instance(
        image,
        None,
        labels=(0,),
        top_labels=None,
        hide_color=0,  # unused: neighbours are made above
        num_samples=samples,
        segmentation_fn=lambda _: labels,
        random_seed=run.seed,
    )

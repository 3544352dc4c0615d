"""Contrastive explanation in latent space: what must change, and what is already enough.

Dhurandhar et al. 2018, "Explanations based on the missing: towards contrastive explanations with
pertinent negatives" (NeurIPS; arXiv:1802.07623), moved from pixels to an autoencoder's latents: the
picture of latent z is decode(z), its class is any differentiable classifier's opinion of it.

Pertinent negative (equation 1): the smallest change delta of z0 that changes the class,

    min  c · max(s_t(z0 + delta) - max over i != t of s_i(z0 + delta), -kappa)
         + beta |delta|_1 + |delta|_2² + gamma · |x - AE(x)|²,          x = decode(z0 + delta),

or that reaches one given class. Pertinent positive (equation 2): how little of z0 is enough to keep
the class; delta lies between 0 and z0 - base in each latent, and base + delta must still be of
class t. delta is measured in units of ``scale`` (each latent's spread), so that the elastic net
weighs all latents alike. Both are solved by FISTA with shrinkage (their algorithm 1).

Two changes to their search. Its bisection for c becomes two rounds of eight values solved side by
side in one batch, with a step that shrinks as c grows; and the delta that wins is finally
shortened as far as the class allows. A tested closed form: for a linear score and beta = 0 the
pertinent negative is the foot of the perpendicular on the decision plane.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from genlens.common.checks import number, whole
from genlens.common.progress import Cancel, Progress
from genlens.common.records import UNWRITTEN, MadeBy, Record
from genlens.errors import InputError
from genlens.latents.examples.contrast_search import Search, search
from genlens.study.coder import Coder, as_vector

if TYPE_CHECKING:
    from genlens.models.contracts import Autoencoder

Scores = Callable[["torch.Tensor"], "torch.Tensor"]
"""Images (n, c, h, w) -> (n, classes) scores, differentiable; logits serve better than softmax,
whose gradient vanishes where the classifier is sure."""


@dataclass(frozen=True)
class Contrast(Record):
    """One contrast of one latent.

    ``found`` tells whether the class condition holds for ``after``. ``delta`` (d,) is in latent
    units and ``order`` lists the latents that moved, largest move in units of ``scale`` first.
    Negative: ``after`` = ``before`` + delta is the nearest picture of another class. Positive:
    ``after`` = ``base`` + delta is the least of ``before`` that is enough. ``class_before`` and
    ``class_after`` index ``scores_before`` and ``scores_after`` (k,); ``image_before`` and
    ``image_after`` (c, h, w) are decoded, in [0, 1]. ``l1`` and ``l2`` are delta's norms in units
    of ``scale``; ``strength`` is the c that won.
    """

    kind: str
    found: bool
    before: np.ndarray
    after: np.ndarray
    delta: np.ndarray
    order: np.ndarray
    class_before: int
    class_after: int
    scores_before: np.ndarray
    scores_after: np.ndarray
    image_before: np.ndarray = field(metadata=UNWRITTEN)
    image_after: np.ndarray = field(metadata=UNWRITTEN)
    l1: float
    l2: float
    strength: float
    made_by: MadeBy = field(default_factory=MadeBy)


def contrast(
    model: Autoencoder,
    latent: np.ndarray,
    scores: Scores,
    *,
    kind: str = "negative",
    to: int | None = None,
    scale: np.ndarray | float = 1.0,
    base: np.ndarray | float = 0.0,
    beta: float = 0.1,
    gamma: float = 0.0,
    kappa: float = 0.0,
    steps: int = 100,
    rounds: int = 2,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Contrast:
    """The pertinent "negative" or "positive" of ``latent`` (d,).

    Args:
        scores: of the decoded picture; at least two classes.
        to: for a negative, the class to reach (4 to 9); None for any other class.
        scale: (d,) or one number, > 0: what counts as a unit of each latent; its standard deviation
            over the data is the natural choice.
        base: (d,) or one number: where a positive starts from; 0 is the prior's middle.
        beta: weight of |delta|_1: larger moves fewer latents.
        gamma: weight of the squared error of the picture's own reconstruction: larger stays closer
            to what the autoencoder knows. Costs an encoding and a decoding a step.
        kappa: by how much, in units of the scores, the class has to win.
        steps, rounds: FISTA steps for each of eight strengths, and rounds of such eights.
        progress, cancel: per ten steps.

    Returns:
        ``Contrast``; where nothing was found, the attempt that came nearest, ``found`` False.

    Raises:
        InputError: a setting out of range, or ``to`` is the class it already has.
        ModelError: pictures or scores that are not finite.
    """
    if kind not in ("negative", "positive"):
        raise InputError(f'kind is {kind!r}: pass "negative" or "positive"')
    coder = Coder(model)
    z0 = as_vector(latent, coder.d)
    unit, ground = _units(scale, coder.d), _spread(base, coder.d)
    first = _scores_of(coder, scores, z0)
    here = int(np.argmax(first))
    goal = _goal(kind, to, here, len(first))
    task = Search(
        coder=coder,
        scores=scores,
        origin=z0 if kind == "negative" else ground,
        unit=unit,
        start=np.zeros(coder.d) if kind == "negative" else (z0 - ground) / unit,
        shrink_only=kind == "positive",
        focus=here if goal is None else goal,
        leave=kind == "negative" and goal is None,
        beta=number("the weight of few latents (beta)", beta, 0.0, 1e6),
        gamma=number("the weight of plausible codes (gamma)", gamma, 0.0, 1e6),
        kappa=number("the margin (kappa)", kappa, 0.0, 1e6),
        steps=whole("steps", steps, 2, 10_000),
        progress=progress,
        cancel=cancel,
    )
    best = search(task, whole("rounds", rounds, 1, 10))
    delta = best.u * unit
    after = task.origin + delta
    last = _scores_of(coder, scores, after)
    pictures = coder.decode(np.stack([z0, after]))
    settings: dict[str, Any] = {"to": to, "beta": beta, "gamma": gamma, "kappa": kappa}
    return Contrast(
        kind=kind,
        found=best.found,
        before=z0,
        after=after,
        delta=delta,
        order=_moved(best.u),
        class_before=here,
        class_after=int(np.argmax(last)),
        scores_before=first,
        scores_after=last,
        image_before=pictures[0],
        image_after=pictures[1],
        l1=float(np.abs(best.u).sum()),
        l2=float(np.linalg.norm(best.u)),
        strength=best.strength,
        made_by=coder.made_by(kind=kind, steps=steps, rounds=rounds, **settings),
    )


def _moved(u: np.ndarray) -> np.ndarray:
    order = np.argsort(-np.abs(u), kind="stable")
    return order[np.abs(u[order]) > 1e-9]


def _goal(kind: str, to: int | None, here: int, classes: int) -> int | None:
    if classes < 2:
        raise InputError(f"scores have {classes} classes: a contrast needs at least 2")
    if to is None:
        return None
    if kind == "positive":
        raise InputError("a pertinent positive keeps its class: leave out to")
    to = whole("the class to reach (to)", to, 0, classes - 1)
    if to == here:
        raise InputError(f"the picture already is of class {to}: pass another class as to")
    return to


def _units(scale: np.ndarray | float, d: int) -> np.ndarray:
    unit = _spread(scale, d)
    if (unit <= 0).any():
        raise InputError("scale holds values that are not above 0: pass each latent's spread")
    return unit


def _spread(values: np.ndarray | float, d: int) -> np.ndarray:
    return as_vector(np.broadcast_to(np.asarray(values, dtype=np.float64).ravel(), (d,)), d)


def _scores_of(coder: Coder, scores: Scores, z: np.ndarray) -> np.ndarray:
    from genlens.latents.examples.contrast_search import checked

    with torch.no_grad():
        picture = coder.decode_tensor(torch.from_numpy(z[None]).float())
        return checked(scores(picture), 1).double().cpu().numpy()[0]

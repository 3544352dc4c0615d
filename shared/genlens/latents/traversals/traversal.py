"""What each latent does to the picture: traversals, grids and ways between two latents.

Latents are sorted by how much the encoder uses them: by the variance of their posterior mean over
the images, or by their mean KL divergence from the prior,

    KL_j = mean over images of (mu_j² + exp(logvar_j) - 1 - logvar_j) / 2   (nats).

A latent with variance at most 0.01 counts as unused (Burda, Grosse & Salakhutdinov 2016,
"Importance weighted autoencoders", section 5.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from genlens.common.checks import whole
from genlens.common.progress import Cancel, Progress
from genlens.common.records import UNWRITTEN, MadeBy, Record
from genlens.errors import InputError
from genlens.models.contracts import ACTIVE
from genlens.study.coder import Coder, Codes, as_vector, as_vectors

if TYPE_CHECKING:
    from genlens.models.contracts import Autoencoder


MAX_STEPS = 101


@dataclass(frozen=True)
class LatentUse(Record):
    """How much each of d latents is used; all arrays (d,).

    ``mean``, ``variance``, ``low`` and ``high`` (1st and 99th percentile: a slider's ends) of the
    posterior means over the images; ``kl`` in nats; ``active`` by the rule above; ``order`` lists
    latents, most used first.
    """

    mean: np.ndarray
    variance: np.ndarray
    low: np.ndarray
    high: np.ndarray
    kl: np.ndarray
    active: np.ndarray
    order: np.ndarray
    by: str
    made_by: MadeBy = field(default_factory=MadeBy)


@dataclass(frozen=True)
class Traversal(Record):
    """One row of pictures per latent: ``images`` (k, steps, c, h, w) in [0, 1] float32.

    Row r moves latent ``latents[r]`` to ``values[r]`` (steps,) and leaves the others at ``origin``
    (d,). ``change`` (k,) is the root mean square pixel difference between neighbouring pictures of
    a row, summed along it: how far the picture travels.
    """

    images: np.ndarray = field(metadata=UNWRITTEN)
    latents: tuple[int, ...]
    values: np.ndarray
    origin: np.ndarray
    change: np.ndarray
    made_by: MadeBy = field(default_factory=MadeBy)


@dataclass(frozen=True)
class LatentGrid(Record):
    """Pictures (rows, columns, c, h, w) over two latents: columns move ``latents[0]`` through ``x``
    from left to right, rows move ``latents[1]`` through ``y`` from top to bottom."""

    images: np.ndarray = field(metadata=UNWRITTEN)
    latents: tuple[int, int]
    x: np.ndarray
    y: np.ndarray
    origin: np.ndarray
    made_by: MadeBy = field(default_factory=MadeBy)


@dataclass(frozen=True)
class Interpolation(Record):
    """The way between two latents: ``images`` (steps, c, h, w), ``vectors`` (steps, d), ``t``
    (steps,) from 0 to 1; ``change`` (steps - 1,) is the root mean square pixel difference of each
    step: a jump in it is where the picture breaks."""

    images: np.ndarray = field(metadata=UNWRITTEN)
    vectors: np.ndarray
    t: np.ndarray
    change: np.ndarray
    mode: str
    made_by: MadeBy = field(default_factory=MadeBy)


def latent_use(codes: Codes, *, by: str = "variance") -> LatentUse:
    """How much each latent is used, sorted ``by`` "variance" or "kl"; InputError for another ``by``
    or a single image."""
    if by not in ("variance", "kl"):
        raise InputError(f'by is {by!r}: pass "variance" or "kl"')
    mean = as_vectors(codes.mean)
    if len(mean) < 2:
        raise InputError("one image has no variance: pass the codes of at least 2")
    variance, kl = mean.var(axis=0), codes.kl().mean(axis=0)
    low, high = np.percentile(mean, [1, 99], axis=0)
    return LatentUse(
        mean=mean.mean(axis=0),
        variance=variance,
        low=low,
        high=high,
        kl=kl,
        active=variance > ACTIVE,
        order=np.argsort(-(variance if by == "variance" else kl), kind="stable"),
        by=by,
        made_by=codes.made_by,
    )


def traverse(
    model: Autoencoder,
    origin: np.ndarray,
    *,
    use: LatentUse | None = None,
    latents: tuple[int, ...] | None = None,
    steps: int = 9,
    span: float = 3.0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Traversal:
    """Pictures with one latent moved at a time.

    Args:
        origin: (d,), or any shape with d numbers.
        use: moves each latent from its 1st to its 99th percentile, most used latent first; without
            it, from -``span`` to ``span`` (the prior's standard deviations), in order.
        latents: only these, in this order.
        steps: pictures per latent, 2 to 101.

    Raises:
        InputError: a latent or a number of steps out of range.
    """
    coder = Coder(model, progress=progress, cancel=cancel)
    start = as_vector(origin, coder.d)
    steps = whole("steps", steps, 2, MAX_STEPS)
    order = latents if latents is not None else (range(coder.d) if use is None else use.order)
    chosen = tuple(whole("latent", int(j), 0, coder.d - 1) for j in order)
    if not chosen:
        raise InputError("no latents given: pass at least one")
    values = np.array([_range(j, use, steps, span) for j in chosen])  # (k, steps)
    vectors = np.tile(start, (len(chosen), steps, 1))  # (k, steps, d)
    for row, j in enumerate(chosen):
        vectors[row, :, j] = values[row]
    images = coder.decode(vectors.reshape(-1, coder.d))
    images = images.reshape(len(chosen), steps, *images.shape[1:])
    return Traversal(
        images=images,
        latents=chosen,
        values=values,
        origin=start,
        change=np.array([_steps(row).sum() for row in images]),
        made_by=coder.made_by(steps=steps, span="1st to 99th percentile" if use else span),
    )


def grid(
    model: Autoencoder,
    origin: np.ndarray,
    latents: tuple[int, int],
    *,
    use: LatentUse | None = None,
    steps: int = 9,
    span: float = 3.0,
) -> LatentGrid:
    """``steps`` × ``steps`` pictures over two different latents; arguments as for ``traverse``."""
    coder = Coder(model)
    start = as_vector(origin, coder.d)
    steps = whole("steps", steps, 2, 31)
    j, k = (whole("latent", int(i), 0, coder.d - 1) for i in latents)
    if j == k:
        raise InputError(f"both latents are {j}: pass two different ones")
    x, y = _range(j, use, steps, span), _range(k, use, steps, span)
    vectors = np.tile(start, (steps, steps, 1))  # (rows, columns, d)
    vectors[:, :, j] = x[None, :]
    vectors[:, :, k] = y[:, None]
    images = coder.decode(vectors.reshape(-1, coder.d))
    return LatentGrid(
        images=images.reshape(steps, steps, *images.shape[1:]),
        latents=(j, k),
        x=x,
        y=y,
        origin=start,
        made_by=coder.made_by(steps=steps, span="1st to 99th percentile" if use else span),
    )


def interpolate(
    model: Autoencoder,
    start: np.ndarray,
    end: np.ndarray,
    *,
    steps: int = 9,
    mode: str = "linear",
) -> Interpolation:
    """Pictures on the way from ``start`` to ``end`` (d,), both included.

    "linear" walks the straight line, which passes through a region near the origin where many
    latents have few samples; "spherical" turns the direction at constant speed (Shoemake 1985) and
    changes the length linearly, and so stays as far out as its ends are.

    Raises:
        InputError: another mode; "spherical" with a zero latent or two opposite ones, between which
            there is no single shortest turn.
    """
    coder = Coder(model)
    a, b = as_vector(start, coder.d), as_vector(end, coder.d)
    t = np.linspace(0.0, 1.0, whole("steps", steps, 2, MAX_STEPS))
    if mode not in ("linear", "spherical"):
        raise InputError(f'mode is {mode!r}: pass "linear" or "spherical"')
    vectors = (a + t[:, None] * (b - a)) if mode == "linear" else slerp(a, b, t)
    images = coder.decode(vectors)
    return Interpolation(
        images=images,
        vectors=vectors,
        t=t,
        change=_steps(images),
        mode=mode,
        made_by=coder.made_by(steps=len(t), mode=mode),
    )


def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """(len(t), d) from ``a`` to ``b`` (d,): the angle to ``a`` and the length grow linearly in t.

    Raises:
        InputError: a zero vector, or opposite ones.
    """
    size_a, size_b = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if min(size_a, size_b) < 1e-12:
        raise InputError('a zero latent has no direction: use mode "linear"')
    unit_a, unit_b = a / size_a, b / size_b
    # The angle from a difference and a sum is exact near 0 and pi, where arccos is not.
    angle = 2 * np.arctan2(np.linalg.norm(unit_a - unit_b), np.linalg.norm(unit_a + unit_b))
    if np.pi - angle < 1e-6:
        raise InputError('opposite latents have no shortest turn: use mode "linear"')
    along = t[:, None]
    if angle < 1e-6:
        turned = unit_a + along * (unit_b - unit_a)
    else:
        turned = np.sin((1 - along) * angle) * unit_a + np.sin(along * angle) * unit_b
        turned /= np.sin(angle)
    return ((1 - along) * size_a + along * size_b) * turned


def _range(latent: int, use: LatentUse | None, steps: int, span: float) -> np.ndarray:
    if use is None:
        return np.linspace(-span, span, steps)
    return np.linspace(use.low[latent], use.high[latent], steps)


def _steps(images: np.ndarray) -> np.ndarray:
    """Root mean square pixel difference between neighbours of (n, c, h, w): (n - 1,)."""
    moved = np.diff(images.astype(np.float64), axis=0).reshape(len(images) - 1, -1)
    return np.sqrt(np.mean(moved**2, axis=1))

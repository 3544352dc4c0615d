"""The parameter randomisation test: an explanation of a model has to change with the model.

Adebayo et al. 2018, "Sanity checks for saliency maps" (arXiv:1810.03292), section 3. An edge
detector draws convincing maps and knows nothing of the weights; so do some attribution methods.

How alike two maps are is asked twice, and the larger answer counts (``likeness``): by Spearman's
rank correlation and by structural similarity (SSIM), two of the three measures of that paper. Both
are taken so that a map and its negative are the same map. A mean of signed correlations is not: of
the edges of a picture, turned over wherever the answer of a shuffled model has the other sign, it
is about 0, though the map shows the same edges every time.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import permutations
from typing import Any

import numpy as np
import torch
from torch import nn

from genlens.attribution.faithfulness import spearman
from genlens.attribution.results import Attribution
from genlens.attribution.run import MAX_SEED
from genlens.attribution.verdict import LIMIT
from genlens.common.checks import whole
from genlens.common.hooks import hooked
from genlens.common.records import MadeBy, Record, seconds_since
from genlens.errors import InputError
from genlens.models.contracts import Autoencoder, Conditional

_FLAT = 1e-6
"""A map whose values differ by less than this part of the largest one is flat: the rest is rounding
error of float32."""
_WINDOW = 7
"""Side of the squares that SSIM compares (scikit-image's own), less where a picture is smaller."""


@dataclass(frozen=True)
class Likeness(Record):
    """How alike two maps of one input are, in three ways; 1: the same map, or its negative; 0: as
    two unrelated maps, so a value may be a little below 0.

    ``ranks``: rank correlation of the values with their signs. ``structure``: SSIM of the ranks,
    NaN for latents and tiny pictures. ``sizes``: rank correlation of the absolute values; it does
    not count, see ``likeness``.
    """

    also_written = ("value",)

    ranks: float
    structure: float
    sizes: float

    @property
    def value(self) -> float:
        """The larger of ``ranks`` and ``structure``; NaN where neither can be told."""
        known = [v for v in (self.ranks, self.structure) if np.isfinite(v)]
        return max(known, default=float("nan"))


def likeness(p: np.ndarray, q: np.ndarray, within: np.ndarray | None = None) -> Likeness:
    """How alike maps ``p`` and ``q`` are, (h, w) or (d,), whatever their signs.

    A flat map ranks nothing: two flat maps are the same map (1), a flat one and another are not
    (0). Chance is taken off, because the order of few values is easily met: |rho| of two unrelated
    orders of 10 is 0.27 on average, and of 2 it is always 1, so that nothing can be told. Equal
    values count once: a map of superpixels has as many values as superpixels.

    SSIM is taken of ranks from 0 to 1, and not of values: most maps are near zero almost
    everywhere, and any two such maps would look alike. Of ``q`` and its reverse, the better counts.

    The sizes |p| and |q| are compared too, as in the paper, but do not count: a method that
    multiplies by the input (Integrated Gradients, LRP, SHAP) keeps the input's share of the sizes
    whatever the weights. That share is worth knowing, and no sign that the rest does not change.

    Args:
        within: (h, w) mask; only these pixels are compared.

    Raises:
        InputError: maps or a mask that do not fit each other.
    """
    if p.shape != q.shape:
        raise InputError("the explanation changes its shape with the model: nothing to compare")
    inside = np.ones(p.shape, dtype=bool) if within is None else np.asarray(within).astype(bool)
    if inside.shape != p.shape or (within is not None and inside.sum() < 3):
        raise InputError(f"the mask {inside.shape} does not fit the map {p.shape}")
    one, two = p[inside], q[inside]
    unknown = float("nan")
    if one.size < 2 or not (np.isfinite(one).all() and np.isfinite(two).all()):
        return Likeness(unknown, unknown, unknown)
    flat = [_flat(one), _flat(two)]
    if any(flat):
        same = float(all(flat))
        return Likeness(same, same if p.ndim == 2 else unknown, same)
    values = min(len(np.unique(one)), len(np.unique(two)))
    return Likeness(
        ranks=_beyond_chance(abs(spearman(one, two)), values),
        structure=_beyond_chance(_structure(p, q, inside), values) if p.ndim == 2 else unknown,
        sizes=_beyond_chance(abs(spearman(np.abs(one), np.abs(two))), values),
    )


def _flat(values: np.ndarray) -> bool:
    return bool(np.ptp(values) <= _FLAT * np.abs(values).max())


def _beyond_chance(alike: float, values: int) -> float:
    """``alike``, 0 at what unrelated orders of so many values have; NaN where that is 1."""
    chance = _chance(values)
    return (alike - chance) / (1 - chance) if chance < 1 else float("nan")


@lru_cache(maxsize=64)
def _chance(n: int) -> float:
    """Mean |rho| of two unrelated orders of ``n`` values: of few, over all orders; of many, of the
    normal distribution with standard deviation 1 / sqrt(n - 1) that rho then has."""
    if n < 3:
        return 1.0
    if n > 7:
        return float(np.sqrt(2 / (np.pi * (n - 1))))
    first = np.arange(n)
    return float(np.mean([abs(spearman(first, np.array(order))) for order in permutations(first)]))


def _structure(p: np.ndarray, q: np.ndarray, inside: np.ndarray) -> float:
    """Mean SSIM (Wang et al. 2004) of the ranks of ``p`` and of ``q`` or its reverse, whichever is
    more alike, over the pixels ``inside``; NaN where the picture is smaller than 3 pixels."""
    from skimage.metrics import structural_similarity

    side = min(_WINDOW, *(s - 1 + s % 2 for s in p.shape))  # odd
    if side < 3:
        return float("nan")
    one, two = _ranked(p, inside), _ranked(q, inside)
    found = [
        structural_similarity(one, other, win_size=side, data_range=1.0, full=True)[1][inside]
        for other in (two, 1 - two)
    ]
    return float(max(values.mean() for values in found))


def _ranked(values: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Ranks from 0 to 1 of the pixels ``inside``; 0.5, which is none, elsewhere."""
    from scipy.stats import rankdata

    ranks = np.full(values.shape, 0.5)
    ranks[inside] = (rankdata(values[inside]) - 0.5) / inside.sum()
    return ranks


@dataclass(frozen=True)
class RandomisationTest(Record):
    """How alike maps are to the original once weights are shuffled.

    ``stages`` name what is shuffled: each layer and all those nearer the output, or just "all".
    ``similarity`` (stages, seeds): ``Likeness.value`` of the two maps, about 0 for unrelated ones
    and 1 for the same or its negative, NaN where it cannot be told (one or two latents). ``final``
    is the mean of the last stage, all weights shuffled. ``unreliable``: final is ``limit`` or more,
    so the map says little of the model; None where it cannot be told.
    """

    stages: tuple[str, ...]
    similarity: np.ndarray
    final: float
    unreliable: bool | None
    limit: float
    method: str
    target: str
    made_by: MadeBy = field(default_factory=MadeBy)


def randomisation_test(
    explain: Callable[[Autoencoder], Attribution],
    model: Autoencoder,
    *,
    cascade: bool = False,
    repeats: int = 3,
    limit: float = LIMIT,
    within: Any = None,
    seed: int = 0,
) -> RandomisationTest:
    """Explain the model again with its weights shuffled, and compare the maps.

    ``explain`` makes the attribution of a model, building its target anew, because shuffling is
    done on copies and the model itself is left alone::

        randomisation_test(lambda m: saliency(latent_mean(m, 3), image), model)

    Every weight tensor is permuted at random (so that its values keep their distribution). How
    alike maps are says ``likeness``.

    Args:
        explain: model -> attribution.
        model: an autoencoder that ``copy.deepcopy`` can copy.
        cascade: shuffle layer by layer from the output back, as the paper does, and not only all at
            once.
        repeats: how many shuffles to average over.
        limit: likeness from which on the method is called unreliable here.
        within: (h, w) mask; only these pixels are compared. For digits, pass the pixels that are
            not black, for a stricter test of maps that are zero elsewhere.
        seed: of the first shuffle.

    Raises:
        InputError: a mask that does not fit, or an explanation that runs through no layer.
    """
    whole("repeats", repeats, 1, 1000)
    if not 0 <= seed <= MAX_SEED - repeats:
        raise InputError(f"the seed {seed} is out of range: take 0 to {MAX_SEED - repeats}")
    start = time.perf_counter()
    layers, original = _layers_used(explain, copy.deepcopy(model))
    if not layers:
        raise InputError("the explanation runs through no layer with weights: nothing to shuffle")
    stages = [layers[-k:] for k in range(1, len(layers) + 1)] if cascade else [layers]
    similarity, calls = np.empty((len(stages), repeats)), original.made_by.model_calls
    for r in range(repeats):
        for s, names in enumerate(stages):
            # The first one to be shuffled in any stage is the last layer: one seed, one cascade.
            shuffled = shuffle_weights(model, seed + r, names)
            attribution = explain(shuffled)
            similarity[s, r] = likeness(original.map(), attribution.map(), within).value
            calls += attribution.made_by.model_calls
    told = similarity[-1][np.isfinite(similarity[-1])]
    final = float(told.mean()) if len(told) else float("nan")
    return RandomisationTest(
        stages=tuple(names[0] for names in stages) if cascade else ("all",),
        similarity=similarity,
        final=final,
        unreliable=bool(final >= limit) if len(told) else None,
        limit=limit,
        method=original.method,
        target=original.target,
        made_by=replace(
            original.made_by,
            seed=seed,
            settings={"cascade": cascade, "repeats": repeats, "within": within is not None},
            model_calls=calls,
            seconds=seconds_since(start),
        ),
    )


def shuffle_weights(model: Autoencoder, seed: int, layers: list[str] | None = None) -> Autoencoder:
    """A copy of ``model`` whose weight tensors are permuted, those of ``layers`` or all."""
    twin = copy.deepcopy(model)
    named = _named(twin)
    generator = torch.Generator().manual_seed(seed)
    done: set[int] = set()
    for name in reversed(list(named) if layers is None else layers):
        for weight in named[name].parameters(recurse=False):
            if id(weight) in done:
                continue
            done.add(id(weight))
            order = torch.randperm(weight.numel(), generator=generator).to(weight.device)
            with torch.no_grad():
                weight.copy_(weight.flatten()[order].reshape(weight.shape))
    return twin


def _named(model: Autoencoder) -> dict[str, nn.Module]:
    """Every layer of the model with weights of its own, those of its classifier included."""
    roots: dict[str, nn.Module] = {"module": model.module}
    if isinstance(model, Conditional):
        roots["class_module"] = model.class_module
    named: dict[str, nn.Module] = {}
    for key, root in roots.items():
        for name, layer in root.named_modules():
            own = any(True for _ in layer.parameters(recurse=False))
            if own and all(layer is not other for other in named.values()):
                named[name if key == "module" else f"{key}.{name}"] = layer
    return named


def _layers_used(
    explain: Callable[[Autoencoder], Attribution], twin: Autoencoder
) -> tuple[list[str], Attribution]:
    """Names of the layers that run while ``twin`` is explained, in that order, and the result."""
    named = _named(twin)
    names = {layer: name for name, layer in named.items()}
    used: list[str] = []

    def note(layer: nn.Module, _: Any, __: Any) -> None:
        if names[layer] not in used:
            used.append(names[layer])

    with hooked(names, note):
        original = explain(twin)
    return used, original

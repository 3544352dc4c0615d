"""The parameter randomisation test: an explanation of a model has to change with the model.

Adebayo et al. 2018, "Sanity checks for saliency maps" (arXiv:1810.03292), section 3. An edge
detector draws convincing maps and knows nothing of the weights; so do some attribution methods.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from genlens.attribution.faithfulness import spearman
from genlens.attribution.results import Attribution
from genlens.attribution.run import MAX_SEED
from genlens.common.checks import whole
from genlens.common.hooks import hooked
from genlens.common.records import MadeBy, Record, seconds_since
from genlens.errors import InputError
from genlens.models.contracts import Autoencoder, Conditional

LIMIT = 0.5
"""Rank correlation from which on a map counts as unchanged."""


@dataclass(frozen=True)
class RandomisationTest(Record):
    """How alike maps are to the original once weights are shuffled.

    ``stages`` name what is shuffled: each layer and all those nearer the output, or just "all".
    ``similarity`` (stages, seeds): Spearman's rank correlation with the original map, NaN where the
    map has become flat. ``final`` is the mean of the last stage, all weights shuffled, a flat map
    counting as 0. ``unreliable``: final is ``limit`` or more, so the map says little of the model.
    """

    stages: tuple[str, ...]
    similarity: np.ndarray
    final: float
    unreliable: bool
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

    Every weight tensor is permuted at random (so that its values keep their distribution). Maps are
    compared with their signs where they have any: of a map that multiplies by the input (Integrated
    Gradients, LRP), the sizes alone would look alike whatever the weights, because black pixels
    stay zero in both.

    Args:
        explain: model -> attribution.
        model: an autoencoder that ``copy.deepcopy`` can copy.
        cascade: shuffle layer by layer from the output back, as the paper does, and not only all at
            once.
        repeats: how many shuffles to average over.
        limit: rank correlation from which on the method is called unreliable here.
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
            similarity[s, r] = _alike(original, attribution, within)
            calls += attribution.made_by.model_calls
    final = float(np.nan_to_num(similarity[-1], nan=0.0).mean())
    return RandomisationTest(
        stages=tuple(names[0] for names in stages) if cascade else ("all",),
        similarity=similarity,
        final=final,
        unreliable=final >= limit,
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


def _alike(original: Attribution, other: Attribution, within: Any) -> float:
    p, q = original.map(), other.map()
    if p.shape != q.shape:
        raise InputError("the explanation changes its shape with the model: nothing to compare")
    if within is not None:
        inside = np.asarray(within).astype(bool)
        if inside.shape != p.shape or inside.sum() < 3:
            raise InputError(f"the mask {inside.shape} does not fit the map {p.shape}")
        p, q = p[inside], q[inside]
    return spearman(p.reshape(-1), q.reshape(-1))

"""Which unit stands for what: each unit's strongest places against each concept's pixels.

Bau et al. 2019, *GAN Dissection* (arXiv:1811.10597, equation 2)::

    IoU(u, c) = E |(r_u up > t) and s_c(x)|  /  E |(r_u up > t) or s_c(x)|

with the unit's map r_u drawn up to the picture's size. The threshold t is the one at which "the
unit is on" tells most about the concept, the largest share of mutual information in joint entropy,
sought on one half of the pictures (equation 3); the IoU is measured on the other half. A fixed
quantile (1 % in *Network Dissection*, Bau et al. 2017) can be asked for: it favours small things.
"""

from __future__ import annotations

import time

import numpy as np
import torch
import torch.nn.functional as F

from genlens.common.checks import number, whole
from genlens.common.progress import Cancel, Progress, batches
from genlens.common.records import seconds_since
from genlens.models.contracts import Generator
from genlens.steering.drawn import random_styles, require_drawn
from genlens.steering.results import Units
from genlens.steering.units.concepts import Concepts
from genlens.steering.units.layers import recorded, resized, unit_module

GRID = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5)
"""Shares of places from which a threshold is chosen."""
STRONG = 0.01
MAX_SIDE, PLACES, BATCH = 64, 1000, 8


def dissect(
    generator: Generator,
    layer: str,
    concepts: Concepts,
    *,
    n: int = 100,
    quantile: float | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Units:
    """Compare every unit of ``layer`` with every concept, on ``n`` pictures (half to choose
    thresholds, half to measure).

    Args:
        quantile: the share of places in which a unit counts as on, 0 to 1 (0.01 in the earlier
            paper); None chooses it for each unit and concept.

    Raises:
        InputError: no such layer, or numbers out of range.
        ModelError: the generator drew NaN.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    module = unit_module(generator, layer)
    whole("the number of pictures", n, 4, 10_000)
    shares = GRID if quantile is None else (number("quantile", quantile, 1e-4, 0.9),)
    first, second = random_styles(generator, n, seed).split([n // 2, n - n // 2])
    rng = torch.Generator().manual_seed(seed)
    samples = []
    for i in batches(len(first), BATCH, "Choosing thresholds", progress, cancel):
        maps, masks = maps_and_masks(generator, module, first[i : i + BATCH], concepts)
        places = torch.randint(maps.shape[1], (min(PLACES, maps.shape[1]),), generator=rng)
        samples.append((maps[:, places].flatten(0, 1), masks[:, places].flatten(0, 1)))
    values, seen = (torch.cat(parts) for parts in zip(*samples, strict=True))
    at = thresholds(values, (*shares, STRONG))  # (shares + 1, units)
    pick = best_shares(values, seen, at[:-1])  # (units, concepts)
    counts = _Counts(torch.from_numpy(at[:-1]), *pick.shape)
    for i in batches(len(second), BATCH, "Comparing units with concepts", progress, cancel):
        counts.add(*maps_and_masks(generator, module, second[i : i + BATCH], concepts))
    units = np.arange(len(pick))[:, None]
    return Units(
        layer=layer,
        concepts=tuple(concepts.names),
        iou=_at(counts.iou(counts.both), pick),
        control=_at(counts.iou(counts.other), pick),
        threshold=at[pick, units],
        quantile=np.asarray(shares)[pick],
        level=counts.level(),
        strong=at[-1],
        seen=counts.seen(),
        samples=n,
        made_by=generator.card.made_by(
            generator.device,
            seed=seed,
            settings={"layer": layer, "concepts": concepts.title, "quantile": quantile},
            model_calls=n,
            seconds=seconds_since(started),
        ),
    )


@torch.no_grad()
def maps_and_masks(
    generator: Generator, module: torch.nn.Module, styles: torch.Tensor, concepts: Concepts
) -> tuple[torch.Tensor, torch.Tensor]:
    """Units' maps (n, places, units) and concepts' masks (n, places, concepts), float32, at one
    size of at most 64 pixels."""
    with recorded(module) as kept:
        images = generator.synthesize(styles).float().cpu()
    require_drawn(generator, images)
    maps = kept[-1].float().cpu()
    size = (min(MAX_SIDE, images.shape[2]), min(MAX_SIDE, images.shape[3]))
    if maps.shape[2:] != size:
        maps = F.interpolate(maps, size, mode="bilinear")
    masks = concepts.masks(images).float()
    n, c = masks.shape[:2]
    masks = (resized(masks.flatten(0, 1), size) > 0.5).float().view(n, c, -1)
    return maps.flatten(2).transpose(1, 2), masks.transpose(1, 2)


def thresholds(values: torch.Tensor, shares: tuple[float, ...]) -> np.ndarray:
    """(shares, units): what each unit passes in these shares of ``values`` (places, units)."""
    return np.quantile(values.numpy(), 1 - np.asarray(shares), axis=0)


def best_shares(values: torch.Tensor, seen: torch.Tensor, at: np.ndarray) -> np.ndarray:
    """(units, concepts) int64: the row of ``at`` (shares, units) whose threshold tells most about
    each concept: mutual information over joint entropy of "the unit is on" and "the concept is
    seen", of ``values`` (places, units) and ``seen`` (places, concepts)."""
    places, q = len(values), seen.mean(0)[None].double()  # (1, concepts)
    told = []
    for level in torch.from_numpy(at):
        on = (values > level).float()
        both = (on.T @ seen).double() / places  # (units, concepts)
        p = on.mean(0)[:, None].double()
        cells = torch.stack([both, p - both, q - both, 1 - p - q + both]).clamp_min(0)
        joint = _entropy(cells)
        mutual = _entropy(torch.stack([p, 1 - p])) + _entropy(torch.stack([q, 1 - q])) - joint
        lifts = both > p * q  # off where the concept is: the unit does not stand for it
        told.append(torch.where(lifts, mutual / joint.clamp_min(1e-12), -1.0))
    return torch.stack(told).argmax(0).numpy()


def _entropy(chances: torch.Tensor) -> torch.Tensor:
    """In nats, over the first dimension."""
    return -torch.xlogy(chances, chances).sum(0)


class _Counts:
    """Places counted over pictures, for each threshold (shares, units)."""

    def __init__(self, at: torch.Tensor, units: int, concepts: int) -> None:
        self.at = at.float()
        self.both = torch.zeros(len(at), units, concepts, dtype=torch.float64)
        self.other = torch.zeros_like(self.both)
        self.on = torch.zeros(len(at), units, dtype=torch.float64)
        self.area = torch.zeros(concepts, dtype=torch.float64)
        self.sums = torch.zeros(units, concepts, dtype=torch.float64)
        self.places = 0
        self._before: torch.Tensor | None = None

    def add(self, maps: torch.Tensor, masks: torch.Tensor) -> None:
        """``maps`` (n, places, units), ``masks`` (n, places, concepts)."""
        before = masks[-1:] if self._before is None else self._before
        others = torch.cat([before, masks[:-1]])  # each picture gets those of the one before
        self._before = masks[-1:]
        flat, own, shifted = maps.flatten(0, 1), masks.flatten(0, 1), others.flatten(0, 1)
        for i, level in enumerate(self.at):
            on = (flat > level).float()
            self.both[i] += (on.T @ own).double()
            self.other[i] += (on.T @ shifted).double()
            self.on[i] += on.sum(0).double()
        self.area += own.sum(0).double()
        self.sums += (flat.T @ own).double()
        self.places += len(flat)

    def iou(self, both: torch.Tensor) -> np.ndarray:
        """(shares, units, concepts); 0 where neither is ever seen."""
        union = self.on[:, :, None] + self.area - both
        return (both / union.clamp_min(1)).numpy()

    def level(self) -> np.ndarray:
        """(units, concepts): means where a concept is seen, NaN where it never is."""
        mean = self.sums / self.area.clamp_min(1)
        return torch.where(self.area > 0, mean, torch.nan).numpy()

    def seen(self) -> np.ndarray:
        """(concepts,) shares of pixels."""
        return (self.area / max(self.places, 1)).numpy()


def _at(values: np.ndarray, pick: np.ndarray) -> np.ndarray:
    """(units, concepts) of ``values`` (shares, units, concepts) at each one's share."""
    return np.take_along_axis(values, pick[None], 0)[0]

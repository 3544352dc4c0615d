"""Paint a feature into a region, or take it out: its direction is added to the activations there,
or what it adds by itself is taken away, at every step.

The brush of Surkov et al. 2024 (arXiv:2410.22366, section 4, and their demo SAEPaint), with a
control beside it: a direction by chance of the same size, painted in the same place.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from genlens.common.checks import number, whole
from genlens.common.limits import MAX_SEED, MOST_WORDS
from genlens.common.progress import Cancel
from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.errors import InputError
from genlens.models.contracts import TextToImage
from genlens.prompts.checks import clean_prompt
from genlens.prompts.inside.features.learn import FeatureSet
from genlens.prompts.inside.openable import openable, pixels

STRENGTH, MOST = 4.0, 100.0
REGIONS: dict[str, tuple[float, float, float, float]] = {
    "left": (0.0, 0.0, 0.5, 1.0),
    "right": (0.5, 0.0, 1.0, 1.0),
    "top": (0.0, 0.0, 1.0, 0.5),
    "bottom": (0.0, 0.5, 1.0, 1.0),
    "middle": (0.25, 0.25, 0.75, 0.75),
    "everywhere": (0.0, 0.0, 1.0, 1.0),
}
"""Name -> (x0, y0, x1, y1), as parts of the picture's sides."""


@dataclass(frozen=True)
class PaintedFeature(Record):
    """``prompt`` drawn as it is (``before``), with the feature painted (``after``) and with a
    direction by chance of the same size (``chance``), each (h, w, 3) uint8. ``region`` (h, w) bool
    is where. ``changed`` and ``changed_outside`` are mean absolute differences of pixels, 0 to 1,
    inside and outside the region; ``by_chance`` is that of the control, inside."""

    prompt: str
    feature: int
    noun: str
    strength: float
    region: np.ndarray = field(metadata=UNWRITTEN)
    before: np.ndarray = field(metadata=UNWRITTEN)
    after: np.ndarray = field(metadata=UNWRITTEN)
    chance: np.ndarray = field(metadata=UNWRITTEN)
    changed: float
    changed_outside: float
    by_chance: float
    made_by: MadeBy = field(default_factory=MadeBy)


def region_of(region: str | np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """(h, w) bool of a named region, or of a mask of another size.

    Raises:
        InputError: no such region, or a mask that is empty or no picture.
    """
    if isinstance(region, str):
        if region not in REGIONS:
            raise InputError(f"region is {region!r}: take {', '.join(REGIONS)}, or a mask")
        x0, y0, x1, y1 = REGIONS[region]
        mask = np.zeros(shape, bool)
        mask[round(y0 * shape[0]) : round(y1 * shape[0]),
             round(x0 * shape[1]) : round(x1 * shape[1])] = True  # fmt: skip
        return mask
    given = np.asarray(region)
    if given.ndim != 2 or not given.any():
        raise InputError("the region is empty: paint at least one place of the picture")
    return _resized(given.astype(bool), shape) >= 0.5


def paint_feature(
    model: TextToImage | str,
    features: FeatureSet,
    feature: int,
    prompt: str,
    *,
    region: str | np.ndarray = "right",
    strength: float = STRENGTH,
    seed: int = 0,
    steps: int | None = None,
    guidance: float | None = None,
    cancel: Cancel | None = None,
) -> PaintedFeature:
    """Draw ``prompt`` with ``feature`` painted into ``region``.

    Args:
        model: the one that ``features`` were learned of.
        feature: its number.
        region: a name of ``REGIONS``, or a mask (h, w) of any size.
        strength: how many times the feature's usual value is added, 0 to 100; below 0, how many
            times its own value is taken away where it fires: -1 is without the feature.
        seed, steps, guidance: as of ``generate``.

    Raises:
        InputError: no such feature or region, or the features are another model's.
        Cancelled: ``cancel()`` said so.
    """
    started = time.perf_counter()
    text = clean_prompt(prompt, max_words=MOST_WORDS)
    at = whole("feature", feature, 0, len(features.code.decoder) - 1)
    times = number("strength", strength, -MOST, MOST)
    start = whole("seed", seed, 0, MAX_SEED)
    painter = openable(model)
    if painter.card.id != features.made_by.model:
        raise InputError(
            f"these are features of {features.made_by.model}, not of {painter.card.id}: learn "
            "them again"
        )
    strokes = [Stroke(region), *strokes_of(features, at, times, region)]
    images, region_mask = painted(
        painter, features, [text] * 3, strokes, start, steps, guidance, cancel
    )
    mask = region_mask[1]
    apart = np.abs(images.astype(np.float64) - images[0]).mean(-1) / 255  # (3, h, w)
    outside = apart[1][~mask]
    settings = {"strength": times, "layer": features.layer.name, "feature": at}
    return PaintedFeature(
        text, at, features.nouns[int(features.named.noun[at])], times, mask,
        before=images[0],
        after=images[1],
        chance=images[2],
        changed=float(apart[1][mask].mean()),
        changed_outside=float(outside.mean()) if outside.size else 0.0,
        by_chance=float(apart[2][mask].mean()),
        made_by=painter.card.made_by(
            painter.device, seed=start, settings=settings, model_calls=3,
            seconds=seconds_since(started),
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class Stroke:
    """What happens in ``region``: ``add`` (d,) is added everywhere in it; ``take`` (d,), times the
    value that feature number ``of`` has there at this moment, is taken away."""

    region: str | np.ndarray
    add: np.ndarray | None = None
    take: np.ndarray | None = None
    of: int = 0


def strokes_of(
    features: FeatureSet, feature: int, strength: float, region: str | np.ndarray
) -> tuple[Stroke, Stroke]:
    """The brush, and its control by chance: above 0 the feature's usual value is added, below 0 its
    own is taken away where it fires."""
    if strength >= 0:
        direction = features.direction(feature) * strength
        return Stroke(region, direction), Stroke(region, by_chance(direction, feature))
    unit = features.code.decoder[feature] * -strength
    return (
        Stroke(region, take=unit, of=feature),
        Stroke(region, take=by_chance(unit, feature), of=feature),
    )


def by_chance(direction: np.ndarray, seed: int) -> np.ndarray:
    """A direction by chance, as long as ``direction``."""
    drawn = np.random.default_rng([seed, 5]).standard_normal(direction.shape)
    found: np.ndarray = drawn / np.linalg.norm(drawn) * np.linalg.norm(direction)
    return found


def painted(
    painter: TextToImage,
    features: FeatureSet,
    prompts: Sequence[str],
    strokes: Sequence[Stroke],
    seed: int,
    steps: int | None = None,
    guidance: float | None = None,
    cancel: Cancel | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Row i: ``prompts[i]`` with ``strokes[i]``. Pictures (n, h, w, 3) uint8 and regions (n, h, w)
    bool."""
    masks = [_resized(region_of(s.region, (64, 64)), features.layer.grid) for s in strokes]

    def tap(step: int, update: torch.Tensor) -> torch.Tensor:
        changed = update.clone()
        for i, (stroke, mask) in enumerate(zip(strokes, masks, strict=True)):
            change = _change(features, stroke, update[i])
            if change is not None:
                changed[i] += torch.from_numpy(change * mask).to(update)
        return changed

    with openable(painter).opened() as inside, inside.tapped(features.layer.name, tap):
        drawn = inside.draw(prompts, seed, steps=steps, guidance=guidance, cancel=cancel)
    images = pixels(drawn.images)
    size = (images.shape[1], images.shape[2])
    return images, np.stack([region_of(stroke.region, size) for stroke in strokes])


def _change(features: FeatureSet, stroke: Stroke, update: torch.Tensor) -> np.ndarray | None:
    """(d, h, w) or (d, 1, 1): what a stroke does to ``update`` (d, h, w); None for nothing."""
    if stroke.add is not None:
        return np.asarray(stroke.add[:, None, None], np.float32)
    if stroke.take is None:
        return None
    rows = update.float().cpu().flatten(1).T.numpy()  # (h*w, d)
    values = features.code.encode(rows)[:, stroke.of]
    taken: np.ndarray = -np.multiply.outer(stroke.take, values.reshape(update.shape[1:]))
    return taken.astype(np.float32)


def _resized(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The part of each cell of ``size`` that ``mask`` covers, 0 to 1."""
    given = torch.from_numpy(mask.astype(np.float32))[None, None]
    found: np.ndarray = torch.nn.functional.adaptive_avg_pool2d(given, size)[0, 0].numpy()
    return found

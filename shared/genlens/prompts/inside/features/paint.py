"""Paint a feature into a region, or take it out: its direction is added to the activations there,
or what it adds by itself is taken away, at every step; by itself, or with all of its noun's;
evenly, or in the shape that its noun has in a true scene (``strokes``).

The brush of Surkov et al. 2024 (arXiv:2410.22366, section 4, and their demo SAEPaint), with a
control beside it: a direction by chance of the same size, painted in the same place.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
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
from genlens.prompts.inside.features.strokes import (
    MOST,
    STRENGTH,
    Stroke,
    covered,
    region_of,
    shapes_of,
    strokes_of,
)
from genlens.prompts.inside.openable import openable, pixels


@dataclass(frozen=True)
class PaintedFeature(Record):
    """``prompt`` drawn as it is (``before``), with the feature painted (``after``) and with a
    direction by chance of the same size (``chance``), each (h, w, 3) uint8. ``region`` (h, w) bool
    is where. ``features`` are the numbers of all that were painted. ``changed`` and
    ``changed_outside`` are mean absolute differences of pixels, 0 to 1, inside and outside the
    region; ``by_chance`` is that of the control, inside."""

    prompt: str
    feature: int
    noun: str
    features: tuple[int, ...]
    strength: float
    region: np.ndarray = field(metadata=UNWRITTEN)
    before: np.ndarray = field(metadata=UNWRITTEN)
    after: np.ndarray = field(metadata=UNWRITTEN)
    chance: np.ndarray = field(metadata=UNWRITTEN)
    changed: float
    changed_outside: float
    by_chance: float
    made_by: MadeBy = field(default_factory=MadeBy)


def paint_feature(
    model: TextToImage | str,
    features: FeatureSet,
    feature: int,
    prompt: str,
    *,
    region: str | np.ndarray = "right",
    strength: float = STRENGTH,
    together: bool = False,
    shaped: bool = False,
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
        together: with it, all features that stand for its noun (``FeatureSet.kin``).
        shaped: not evenly, but as they fire in a true scene of its noun (``stamps``), which is put
            into the middle of the region in the place of what the network adds there by itself;
            ``strength`` times as strong.
        seed, steps, guidance: as of ``generate``.

    Raises:
        InputError: no such feature or region, a shape to be taken out or that no scene has, or the
            features are another model's.
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
    used = features.kin(at) if together else (at,)
    if shaped:
        strokes = [Stroke(region), *shapes_of(features, used, times, region)]
    else:
        strokes = [Stroke(region), *strokes_of(features, used, times, region)]
    images, region_mask = painted(
        painter, features, [text] * 3, strokes, start, steps, guidance, cancel
    )
    mask = region_mask[1]
    apart = np.abs(images.astype(np.float64) - images[0]).mean(-1) / 255  # (3, h, w)
    outside = apart[1][~mask]
    layers = [layer.name for layer in features.blocks.layers]
    settings = {"strength": times, "layers": layers, "feature": at, "together": bool(together),
                "shaped": bool(shaped)}  # fmt: skip
    return PaintedFeature(
        text, at, features.nouns[int(features.named.noun[at])], used, times, mask,
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
    brush = Brush(features, strokes, steps)
    with openable(painter).opened() as inside, ExitStack() as taps:
        for j, layer in enumerate(features.blocks.layers):
            taps.enter_context(inside.tapped(layer.name, brush.tap(j)))
        drawn = inside.draw(prompts, seed, steps=steps, guidance=guidance, cancel=cancel)
    images = pixels(drawn.images)
    size = (images.shape[1], images.shape[2])
    return images, np.stack([region_of(stroke.region, size) for stroke in strokes])


class Brush:
    """Changes what the layers add, over ``steps`` steps (None: as many as were learned from). They
    run one after the other: of a row, what later ones will add is not known yet when an earlier one
    is changed, and taken for its mean."""

    def __init__(
        self, features: FeatureSet, strokes: Sequence[Stroke], steps: int | None = None
    ) -> None:
        self.features, self.strokes, self.steps = features, strokes, steps
        grid = features.blocks.grid
        self.masks = [covered(region_of(s.region, (64, 64)), grid) for s in strokes]
        self.rows: dict[int, np.ndarray] = {}

    def tap(self, layer: int) -> Callable[[int, torch.Tensor], torch.Tensor]:
        """What to do with the updates (n, width, h, w) of one layer."""

        def change(step: int, update: torch.Tensor) -> torch.Tensor:
            changed = update.clone()
            for i, (stroke, mask) in enumerate(zip(self.strokes, self.masks, strict=True)):
                if stroke.put is not None and stroke.where is not None:
                    new = self._row_at(stroke.put, step, layer)
                    here = torch.from_numpy(stroke.where).to(update.device)
                    changed[i] = torch.where(here, new.to(update), changed[i])
                    continue
                more = self._more(i, stroke, layer, update[i])
                if more is not None:
                    changed[i] += torch.from_numpy(np.float32(more * mask)).to(update)
            return changed

        return change

    def _row_at(self, put: np.ndarray, step: int, layer: int) -> torch.Tensor:
        """(width, h, w): what is put in at ``step``, of as many steps as there are now."""
        kept = len(put)
        at = min(kept - 1, step * kept // (self.steps or kept))
        row = self.features.blocks.of_row(layer, put[at])
        return torch.from_numpy(np.float32(np.moveaxis(row, -1, 0)))

    def _more(self, i: int, stroke: Stroke, layer: int, update: torch.Tensor) -> np.ndarray | None:
        """(width, h, w) or (width, 1, 1): what stroke ``i`` adds; None for nothing."""
        blocks, code = self.features.blocks, self.features.code
        if stroke.add is not None:
            return blocks.of_row(layer, stroke.add)[:, None, None]
        if stroke.take is None:
            return None
        own = update.float().cpu().flatten(1).T.numpy()  # (h * w, width)
        if layer == 0:
            self.rows[i] = np.tile(code.centre, (len(own), 1))
        self.rows[i][:, blocks.part(layer)] = blocks.in_row(layer, own)
        taken = code.encode(self.rows[i])[:, list(stroke.of)] @ stroke.take  # (h * w, d)
        found: np.ndarray = -blocks.of_row(layer, taken).T.reshape(update.shape)
        return found

"""Pictures that the model drew itself, asked about like anchors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from genlens.anchors.scoring import score_anchors
from genlens.anchors.sets import own
from genlens.models.generators.decoder import DecoderGenerator
from genlens.models.memory import MEMORY
from genlens.study.coder import Coder
from genlens.ui.anchors.seen import Seen

DRAWN = 400


@dataclass(frozen=True)
class OwnSamples:
    """n pictures that a model drew: ``images`` (n, c, h, w), what it makes of them in turn
    (``rebuilt``), and their ``values`` (n, 2) by the page's two criteria."""

    images: np.ndarray
    rebuilt: np.ndarray
    values: np.ndarray


def own_samples(seen: Seen, n: int = DRAWN, seed: int = 0) -> OwnSamples:
    """The first ``n`` samples of a seed, from the prior N(0, 1)."""
    card = seen.here.model.card
    axes = (seen.axes.across, seen.axes.up)
    key = ("own-samples", seen.here.model_id, card.id, card.source, card.revision, axes, n, seed)
    return MEMORY.get(key, partial(_drawn, seen, axes, n, seed))


def _drawn(seen: Seen, axes: tuple[str, str], n: int, seed: int) -> OwnSamples:
    generator = DecoderGenerator(seen.here.model)
    with torch.no_grad():
        styles = generator.to_styles(generator.sample_latents(n, seed))
        batches = [generator.synthesize(part) for part in styles.split(256)]
    images = torch.cat(batches).float().clamp(0, 1).cpu().numpy()
    scores = score_anchors(seen.here.model, own.array(images, title="own samples"), axes, seed=seed)
    rebuilt = Coder(seen.here.model).decode(np.asarray(scores.codes, np.float64)).clip(0, 1)
    return OwnSamples(images, rebuilt, scores.values)

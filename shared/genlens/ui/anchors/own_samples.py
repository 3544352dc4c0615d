"""Pictures that the model drew itself, asked about like anchors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from genlens.anchors.scoring import score_anchors
from genlens.anchors.sets import own
from genlens.errors import InputError
from genlens.models.contracts import Autoencoder
from genlens.models.generators.decoder import DecoderGenerator
from genlens.models.memory import MEMORY
from genlens.study.coder import Coder
from genlens.ui.anchors import sources
from genlens.ui.anchors.inverted import inverted
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
    """The first ``n`` samples of a seed, from the prior N(0, 1); of a model that is asked by
    inversion, those that its thresholds come from.

    Raises:
        InputError: more of these, or another seed, than were drawn for the thresholds.
    """
    if not isinstance(seen.here.model, Autoencoder):
        return _known(seen, n, seed)
    card = seen.here.model.card
    axes = (seen.axes.across, seen.axes.up)
    key = ("own-samples", seen.here.model_id, card.id, card.source, card.revision, axes, n, seed)
    return MEMORY.get(key, partial(_drawn, seen, axes, n, seed))


def _known(seen: Seen, n: int, seed: int) -> OwnSamples:
    found = inverted(sources.source(seen.here.model_id, seen.here.set_name))
    if seed != 0 or n > max(DRAWN, len(found.drawn)):
        raise InputError(
            f"{seen.here.model.card.id} is asked by inversion: only the {len(found.drawn)} samples "
            "of its thresholds are shown, those of seed 0"
        )
    columns = [found.own.criteria.index(name) for name in (seen.axes.across, seen.axes.up)]
    rebuilt = np.asarray(found.own.rebuilt, np.float32) / 255
    return OwnSamples(found.drawn[:n], rebuilt[:n], found.own.values[:n][:, columns])


def _drawn(seen: Seen, axes: tuple[str, str], n: int, seed: int) -> OwnSamples:
    model = seen.here.model
    assert isinstance(model, Autoencoder), "others are looked up"
    generator = DecoderGenerator(model)
    with torch.no_grad():
        styles = generator.to_styles(generator.sample_latents(n, seed))
        batches = [generator.synthesize(part) for part in styles.split(256)]
    images = torch.cat(batches).float().clamp(0, 1).cpu().numpy()
    scores = score_anchors(model, own.array(images, title="own samples"), axes, seed=seed)
    rebuilt = Coder(model).decode(np.asarray(scores.codes, np.float64)).clip(0, 1)
    return OwnSamples(images, rebuilt, scores.values)

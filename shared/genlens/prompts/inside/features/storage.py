"""What the section on features opens with: the purest features and one painted picture, no
weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genlens.common.measures import Measure
from genlens.common.records import MadeBy
from genlens.errors import InputError
from genlens.prompts.inside.features.learn import Feature, FeatureSet
from genlens.prompts.inside.features.paint import PaintedFeature
from genlens.prompts.inside.storage import read, write

KEPT, PICTURES = 12, 3


@dataclass(frozen=True)
class StoredFeatures:
    """A part of a ``FeatureSet`` and a picture painted with the first of its features."""

    layer: str
    explained: float
    features: tuple[Feature, ...]
    painted: PaintedFeature
    made_by: MadeBy


def save_features(found: FeatureSet, painted: PaintedFeature, path: Path) -> Path:
    """Write them; the path."""
    kept = [each for each in found.features if len(each.tops) >= PICTURES][:KEPT]
    facts = {
        "layer": found.blocks.title,
        "explained": found.explained,
        "features": [each.to_dict() for each in kept],
        "painted": painted.to_dict(),
        "made_by": found.made_by.to_dict(),
    }
    return write(
        path, facts,
        pictures=np.stack([each.pictures[:PICTURES] for each in kept]),
        heat=np.stack([each.heat[:PICTURES] for each in kept]),
        region=painted.region, before=painted.before, after=painted.after, chance=painted.chance,
    )  # fmt: skip


def load_features(path: Path) -> StoredFeatures:
    """What ``save_features`` wrote.

    Raises:
        InputError: another file.
    """
    facts, arrays = read(path)
    try:
        pictures, heat = arrays.pop("pictures"), arrays.pop("heat")
        features = tuple(
            Feature(
                number=one["number"], noun=one["noun"], precision=Measure.read(one["precision"]),
                recall=float("nan") if one["recall"] is None else one["recall"],
                fires=one["fires"], strength=one["strength"],
                tops=tuple(one["tops"][:PICTURES]), pictures=pictures[i], heat=heat[i],
            )
            for i, one in enumerate(facts["features"])
        )  # fmt: skip
        told = facts["painted"]
        painted = PaintedFeature(
            prompt=told["prompt"],
            feature=told["feature"],
            noun=told["noun"],
            features=tuple(told["features"]),
            strength=told["strength"],
            region=arrays["region"],
            before=arrays["before"],
            after=arrays["after"],
            chance=arrays["chance"],
            changed=told["changed"],
            changed_outside=told["changed_outside"],
            by_chance=told["by_chance"],
            made_by=MadeBy(**told["made_by"]),
        )
        return StoredFeatures(
            facts["layer"], facts["explained"], features, painted, MadeBy(**facts["made_by"])
        )
    except (KeyError, TypeError, IndexError) as error:
        raise InputError(f"{path.name} holds no features: {error}") from error

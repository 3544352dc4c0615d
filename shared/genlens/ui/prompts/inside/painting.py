"""The section "Features, and a brush": its work and endpoints."""

from __future__ import annotations

from typing import Any

from genlens.common.checks import number, whole, yes_or_no
from genlens.common.limits import MAX_SEED, MOST_WORDS
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.prompts.checks import clean_prompt
from genlens.prompts.inside.features.learn import SCENES, FeatureSet, learn_features
from genlens.prompts.inside.features.paint import PaintedFeature, paint_feature
from genlens.prompts.inside.features.strokes import MOST, REGIONS, STRENGTH
from genlens.ui.jobs import lent, on_gpu, stopped
from genlens.ui.kit import whole_number
from genlens.ui.prompts import endpoints
from genlens.ui.serving.access import access
from genlens.ui.serving.cost import Meter

REGION = "right"
MOST_FEATURES = 100_000


def _learned(
    model: str, progress: Progress | None = None, cancel: Cancel | None = None
) -> FeatureSet:
    meter = Meter(model, SCENES, endpoints.own_steps(model), progress)

    def tell(done: int, total: int, text: str) -> None:
        if text.startswith("scenes"):
            meter(done, total, text)
        elif progress is not None:
            progress(done, total, text)

    return learn_features(model, progress=tell, cancel=cancel)


_learned_lent = on_gpu(_learned, duration=180)


def learned(model: str, **hooks: Any) -> FeatureSet:
    """The features of ``model``, learned at the first call.

    Raises:
        GenlensError: with a message for the reader.
    """
    return lent(_learned_lent, access().admit(str(model), "TextToImage"), **hooks)


def _paint(
    feature: int,
    prompt: str,
    region: str,
    strength: float,
    seed: int,
    model: str,
    together: bool,
    shaped: bool,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PaintedFeature:
    found = _learned(model, progress, cancel)
    return paint_feature(
        model, found, feature, prompt, region=region, strength=strength,
        together=together, shaped=shaped, seed=seed, cancel=cancel,
    )  # fmt: skip


_paint_lent = on_gpu(_paint, duration=180)


def painted(
    feature: Any,
    prompt: Any,
    region: Any,
    strength: Any,
    seed: Any,
    model: Any,
    together: Any = False,
    shaped: Any = False,
    **hooks: Any,
) -> PaintedFeature:
    """What was asked to be painted, checked before anything is learned.

    Raises:
        GenlensError: with a message for the reader.
    """
    text = clean_prompt(prompt, max_words=MOST_WORDS)
    at = whole("the feature", whole_number("the feature", feature), 0, MOST_FEATURES)
    if region not in REGIONS:
        raise InputError(f"the region is {region!r}: take {', '.join(REGIONS)}")
    times = number("the strength", strength, -MOST, MOST)
    start = whole("the seed", whole_number("the seed", seed), 0, MAX_SEED)
    both = yes_or_no("together", together), yes_or_no("shaped", shaped)
    admitted = access().admit(str(model), "TextToImage")
    return lent(_paint_lent, at, text, region, times, start, admitted, *both, **hooks)


def api_features_inside(model: str) -> dict[str, Any]:
    """Sparse features of a text-to-image model's activations and the noun each stands for; the
    first call learns them, in a minute or two.

    Args:
        model: id of the text-to-image model.

    Returns:
        blocks, explained (part of the variance), dead, pure (share of features with precision 0.5
        or more), features (number, noun, precision with its 95 % interval, recall, fires,
        strength, tops: numbers of scenes), made_by.
    """
    return learned(model, cancel=stopped).to_dict()


def api_paint_a_feature(
    feature: float,
    prompt: str,
    model: str,
    region: str = REGION,
    strength: float = STRENGTH,
    seed: float = 0,
    together: bool = False,
    shaped: bool = False,
) -> dict[str, Any]:
    """Paint one of the model's sparse features into a region of a picture while it is drawn.

    Args:
        feature: its number, as /features_inside tells.
        prompt: up to twenty English words, to paint on.
        model: id of the text-to-image model.
        region: left, right, top, bottom, middle or everywhere.
        strength: how many times its usual value is added, -100 to 100; below 0 it is taken out.
        seed: whole number from 0, of the starting noise.
        together: with it, all features that stand for its noun.
        shaped: in the shape that its noun has in a true scene, not evenly.

    Returns:
        noun, features (numbers of all that were painted), changed and changed_outside (mean
        difference of pixels inside and outside of the region, 0 to 1), by_chance (that of a
        direction by chance, inside), made_by, and before, after and chance: PNG data addresses.
    """
    from genlens.figures.pixels import data_uri

    found = painted(
        feature, prompt, region, strength, seed, model, together, shaped, cancel=stopped
    )
    shown = {"before": found.before, "after": found.after, "chance": found.chance}
    return {**found.to_dict(), **{name: data_uri(image) for name, image in shown.items()}}

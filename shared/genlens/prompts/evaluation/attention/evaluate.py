"""How well word heat maps find the pixels that the word drew."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from genlens.common.checks import whole
from genlens.common.limits import MAX_SEED
from genlens.common.measures import Measure, mean, share
from genlens.common.progress import Cancel, Progress
from genlens.common.records import MadeBy, Record, seconds_since
from genlens.models.contracts import TextToImage
from genlens.models.pictures.masks import iou
from genlens.prompts.attention.alike import ALIKE, correlations
from genlens.prompts.attention.record import attending
from genlens.prompts.attention.ways import DAAM, PLAIN, WAYS, enlarged
from genlens.prompts.evaluation.attention.controls import controls_of, here, mean_iou
from genlens.prompts.evaluation.attention.scenes import Seen, captions_apart, look
from genlens.prompts.explain import loaded

FULL, FULL_OTHERS = 200, 60
"""Scenes measured, and other scenes that thresholds are chosen on."""
QUICK, QUICK_OTHERS = 12, 8
SIDES = frozenset(("left", "right"))
TAUS = tuple(round(0.1 + 0.05 * i, 2) for i in range(18))
"""Thresholds tried, as parts of a map's maximum (Tang et al. 2023, equation 6)."""


@dataclass(frozen=True)
class AttentionEvaluation(Record):
    """Every figure with its 95 % interval over scenes; IoU is intersection over union of a word's
    thresholded map and the pixels that it drew, 0 to 1.

    * ``thresholds``: way -> the part of a map's maximum that counts as "here", chosen on
      ``others`` other scenes; ``best`` is the way with the highest IoU there;
    * ``iou``: way -> of nouns; ``modifiers``: way -> of colours, sizes and counts;
    * ``ahead``: way -> IoU less that of the plain average, noun by noun;
    * ``controls``: what has to fail, in the best way and with its threshold: the map of another
      thing, a disc in the middle, and the map with its places shuffled;
    * ``caption``: the map on a scene of the same caption in another layout: what the caption alone
      tells of a layout;
    * ``mirrored``: in the best way, on scenes (of captions without left and right) that are shown
      to the denoiser as in a mirror, where the caption misleads: only looking helps there;
    * ``ceiling``: the true masks themselves, at the resolution of the finest layer, in the way of
      DAAM: more is not to be had from maps of that size without looking at the picture;
    * ``by_step``: in the best way, from the maps of one step only;
    * ``alike``: how often two words' maps are nearly the same (``attention.alike.ALIKE``), of words
      that drew "different" things, and of words that drew the "same".
    """

    n: int
    others: int
    quick: bool
    best: str
    thresholds: Mapping[str, float]
    iou: Mapping[str, Measure]
    ahead: Mapping[str, Measure]
    modifiers: Mapping[str, Measure]
    controls: Mapping[str, Measure]
    caption: Measure
    mirrored: Measure
    ceiling: Measure
    by_step: tuple[Measure, ...]
    alike: Mapping[str, Measure]
    made_by: MadeBy = field(default_factory=MadeBy)


def evaluate_attention(
    n: int | None = None,
    *,
    quick: bool = False,
    seed: int = 0,
    model: TextToImage | str = "emoji-diffusion",
    steps: int | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> AttentionEvaluation:
    """Look at ``n`` scenes through the model, and compare where it reads words with the truth.

    Args:
        n: scenes; None for 200, or 12 of a quick look.
        quick: few scenes, wide intervals.
        seed: of captions, layouts and noise.
        model: one that knows the emoji world, or its name.
        steps: of its sampler; None for its own number.
        progress: ``progress(done, total, text)`` in scenes.
        cancel: ``cancel() -> bool``.

    Raises:
        InputError: a number out of range.
        ModelError: the model does not show its attention.
    """
    n = whole("the number of scenes", (QUICK if quick else FULL) if n is None else n, 1, 10_000)
    seed = whole("seed", seed, 0, MAX_SEED // 2)
    others = QUICK_OTHERS if quick else FULL_OTHERS
    started = time.perf_counter()
    painter = attending(loaded(model, "TextToImage"))
    measured, chosen = captions_apart(n, others, seed)
    told = {"steps": steps, "progress": progress, "total": n + len(chosen), "cancel": cancel}
    # Layouts of the two sets do not repeat either.
    calibration = list(look(painter, chosen, seed + n, **told))  # type: ignore[arg-type]
    scenes = list(look(painter, measured, seed, done=len(chosen), **told))  # type: ignore[arg-type]
    sideless = [text for text in measured if not SIDES & set(text.split())][: max(n // 4, 4)]
    told |= {"progress": None}
    flipped = list(look(painter, sideless, seed, mirror=True, **told))  # type: ignore[arg-type]
    found = compare(calibration, scenes, seed, flipped, quick=quick)
    made = painter.card.made_by(
        painter.device,
        seed=seed,
        settings={"steps": len(scenes[0].maps.timesteps), "forced": True},
        model_calls=len(calibration) + len(scenes) + len(flipped),
        seconds=seconds_since(started),
    )
    return replace(found, made_by=made)


def compare(
    calibration: Sequence[Seen],
    scenes: Sequence[Seen],
    seed: int,
    flipped: Sequence[Seen] = (),
    *,
    quick: bool = False,
) -> AttentionEvaluation:
    """The figures of ``scenes``, with thresholds and the best way from ``calibration``; ``flipped``
    are scenes in a mirror."""
    chosen = {name: threshold(calibration, _maps_by(name)) for name in WAYS}
    thresholds = {name: tau for name, (tau, _) in chosen.items()}
    best = max(chosen, key=lambda name: chosen[name][1])
    reasons = Counter({"the thing hardly shows": sum(s.hidden for s in scenes)})
    groups = [i for i, s in enumerate(scenes) for _ in s.nouns]
    values = {name: _overlaps(scenes, _maps_by(name), thresholds[name], "nouns") for name in WAYS}
    of_others = [i for i, s in enumerate(scenes) for _ in s.modifiers]
    controls = controls_of(calibration, scenes, best, thresholds[best], seed)
    mirror_groups = [i for i, s in enumerate(flipped) for _ in s.nouns]
    oracle, _ = threshold(calibration, _true_maps)
    return AttentionEvaluation(
        n=len(scenes),
        others=len(calibration),
        quick=quick,
        best=best,
        thresholds=thresholds,
        iou={name: mean_iou(values[name], reasons, groups) for name in WAYS},
        ahead={
            name: mean(np.subtract(values[name], values[PLAIN]).tolist(), reasons, groups)
            for name in WAYS
            if name != PLAIN
        },
        modifiers={
            name: mean_iou(
                _overlaps(scenes, _maps_by(name), thresholds[name], "modifiers"), {}, of_others
            )
            for name in WAYS
        },
        caption=controls.pop("layout"),
        controls=controls,
        mirrored=mean_iou(
            _overlaps(flipped, _maps_by(best), thresholds[best], "nouns"), {}, mirror_groups
        ),
        ceiling=mean_iou(_overlaps(scenes, _true_maps, oracle, "nouns"), reasons, groups),
        by_step=tuple(
            mean_iou(
                _overlaps(scenes, _maps_by(best, step), thresholds[best], "nouns"), reasons, groups
            )
            for step in range(len(scenes[0].maps.timesteps))
        ),
        alike=_alike(scenes),
    )


Heat = Callable[[Seen], np.ndarray]
"""A scene -> (d, h, w)."""


def _maps_by(name: str, step: int | None = None) -> Heat:
    return lambda seen: seen.maps.heat(name, step=step)


def _true_maps(seen: Seen) -> np.ndarray:
    """The true masks at the resolution of the finest layer, and back."""
    import torch

    places = max((m.shape[-2:] for m in seen.maps.maps), key=lambda s: s[0] * s[1])
    truth = np.zeros((len(seen.scene.words), *seen.scene.image.shape[:2]))
    for j, mask in seen.scene.masks.items():
        truth[j] = mask
    small = torch.nn.functional.adaptive_avg_pool2d(torch.from_numpy(truth)[None], places)[0]
    return enlarged(small.numpy(), (truth.shape[1], truth.shape[2]), smooth=True)


def threshold(scenes: Sequence[Seen], heat: Heat) -> tuple[float, float]:
    """The one of ``TAUS`` with the highest mean IoU of nouns, and that IoU."""
    sums: dict[float, list[float]] = defaultdict(list)
    for seen in scenes:
        maps = heat(seen)
        for j in seen.nouns:
            for tau in TAUS:
                sums[tau].append(iou(here(maps[j], tau), seen.scene.masks[j]))
    means = {tau: float(np.mean(values)) for tau, values in sums.items()}
    best = max(means, key=lambda tau: means[tau]) if means else TAUS[0]
    return best, means.get(best, 0.0)


def _overlaps(scenes: Sequence[Seen], heat: Heat, tau: float, which: str) -> list[float]:
    values = []
    for seen in scenes:
        words = seen.nouns if which == "nouns" else seen.modifiers
        maps = heat(seen) if words else np.zeros(0)
        values += [iou(here(maps[j], tau), seen.scene.masks[j]) for j in words]
    return values


def _alike(scenes: Sequence[Seen]) -> dict[str, Measure]:
    """How often maps (DAAM) of two content words are nearly the same."""
    found: dict[str, list[tuple[int, bool]]] = {"different": [], "same": []}
    for i, seen in enumerate(scenes):
        values = correlations(seen.maps.heat(DAAM))
        words = sorted((*seen.nouns, *seen.modifiers))
        for a, j in enumerate(words):
            for k in words[a + 1 :]:
                overlap = iou(seen.scene.masks[j], seen.scene.masks[k])
                kind = "different" if overlap == 0 else "same" if overlap == 1 else ""
                if kind:
                    found[kind].append((i, bool(values[j, k] >= ALIKE)))
    return {
        kind: share([one for _, one in pairs], groups=[i for i, _ in pairs])
        for kind, pairs in found.items()
    }

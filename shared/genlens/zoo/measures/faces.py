"""How good a generator of cartoon faces is: are its faces faces, are all kinds there, and are they
its own rather than copies of those it was trained on?

The judge is ``avatars-attributes``. A face counts as *confident* where the judge gives a value of
skin, hair, mouth and glasses a chance of at least ``SURE`` each. What that definition is worth is
measured beside it: on drawn faces (the most that a generator can reach), and on two things that
are no faces and must fail it (two drawn faces laid over each other, and strongly blurred faces).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from genlens.common.estimates import exact
from genlens.common.measures import Measure, share
from genlens.common.progress import Progress, batches
from genlens.models.assessors.classifiers.classifier import PictureClassifier
from genlens.models.assessors.shipped import attributes_classifier
from genlens.models.contracts import Distance, Generator
from genlens.models.distances.lpips import LpipsDistance
from genlens.models.distances.ssim import DssimDistance
from genlens.training.classifiers.disturb import blurred
from genlens.worlds.avatars import CHOICES, draw_codes, draw_faces
from genlens.zoo.recipes.steering.faces import CHUNK
from genlens.zoo.recipes.steering.presets import PRESETS, SEED

FACTORS = ("skin", "hair", "mouth", "glasses")
SURE = 0.7
RARE = 0.02
"""Values that fewer drawn faces have than this share need not be drawn."""
CLOSEST = 8
"""Training faces that a sample is compared with: those nearest by the squared error of pixels."""
HELD_SEED = 91_003
BLUR = 4.0
QUICK_TRAINING = 2_000
_BATCH = 100


def measure(
    generator: Generator,
    n: int = 500,
    seed: int = 0,
    *,
    training: np.ndarray | None = None,
    progress: Progress | None = None,
) -> dict[str, Measure]:
    """The figures of a generator of cartoon faces, on samples of ``seed``.

    Args:
        generator: any whose pictures are faces of ``worlds.avatars``.
        n: samples; kinds are looked for among twice as many.
        seed: of samples and drawn faces.
        training: (m, side, side, 3) uint8 faces that it was trained on; None leaves copies out.

    Returns:
        ``confident``: share of samples that the judge is sure of, ``ceiling`` that of drawn faces,
        ``mixed`` and ``blurred`` those of the controls; ``values_found``: of the values that more
        than 2 % of drawn faces have, the share that is confidently there among 2 n samples
        (``left_out`` names the others); ``copies_lpips`` (or ``copies_dssim``, where LPIPS was not
        fetched): share of samples nearer to a training face than 99 % of held-out drawn faces are.

    Raises:
        ModelError: the judge's weights are missing.
    """
    judge = attributes_classifier()
    samples = torch.cat(list(_samples(generator, 2 * n, seed, progress)))
    drawn = draw_faces(2 * n, HELD_SEED + seed, size=generator.image_shape[-1]).tensor()
    found = {
        "confident": share(sure(judge, samples[:n]).tolist()),
        "ceiling": share(sure(judge, drawn[:n]).tolist()),
        "mixed": share(sure(judge, (drawn[:n] + drawn[n:]) / 2).tolist()),
        "blurred": share(sure(judge, blurred(drawn[:n], BLUR)).tolist()),
        "values_found": values_found(judge, samples),
    }
    if training is not None:
        distance = face_distance()
        near = copies(samples[:n], drawn[:n], training, distance)
        found[f"copies_{distance.name}"] = near
    return found


def measure_shipped(
    model: str, n: int, seed: int, quick: bool, progress: Progress | None = None
) -> dict[str, Measure]:
    """``measure`` of a generator that ships, beside the faces that its recipe drew to train it; a
    quick look compares with the first ``QUICK_TRAINING`` of them."""
    from genlens.models.catalog import load

    training = training_faces(QUICK_TRAINING if quick else PRESETS["cpu"].pool)
    generator = load(model, contract="Generator")
    return measure(generator, n, seed, training=training, progress=progress)


def training_faces(n: int) -> np.ndarray:
    """(n, side, side, 3) uint8: the first faces that ``avatars-gan`` was trained on."""
    side, parts = PRESETS["cpu"].side, []
    for start in range(0, n, CHUNK):
        faces = draw_faces(min(CHUNK, n - start), SEED * 1_000 + start // CHUNK, size=side)
        parts.append(faces.images)
    return np.concatenate(parts)


def _samples(
    generator: Generator, n: int, seed: int, progress: Progress | None
) -> Iterator[torch.Tensor]:
    latents = generator.sample_latents(n, seed)
    with torch.no_grad():
        for start in batches(n, _BATCH, "drawing faces", progress):
            styles = generator.to_styles(latents[start : start + _BATCH])
            yield generator.synthesize(styles).float().cpu()


def sure(judge: PictureClassifier, images: torch.Tensor) -> torch.Tensor:
    """(n,) bool: whether ``judge`` is sure of all four ``FACTORS`` of ``images`` (n, 3, h, w)."""
    chances = judge.probabilities(images)
    return torch.stack([chances[factor].amax(1) >= SURE for factor in FACTORS]).all(0)


def values_found(judge: PictureClassifier, images: torch.Tensor) -> Measure:
    """The share of the common values of ``FACTORS`` that at least one of ``images`` confidently
    has; those that none has are left out by name."""
    codes = draw_codes(20_000, HELD_SEED)
    chances = judge.probabilities(images)
    looked_for, missed = 0, dict[str, int]()
    for factor in FACTORS:
        common = np.bincount(codes[factor], minlength=len(CHOICES[factor])) / 20_000 > RARE
        there = set(chances[factor].argmax(1)[chances[factor].amax(1) >= SURE].tolist())
        looked_for += int(common.sum())
        missed |= {
            f"no {factor} is {value}": 1
            for i, value in enumerate(CHOICES[factor])
            if common[i] and i not in there
        }
    reached = exact((looked_for - len(missed)) / looked_for, len(images))
    return Measure(reached.value, reached.low, reached.high, reached.n, missed)


def face_distance() -> Distance:
    """LPIPS where its network was fetched, else DSSIM, which needs none."""
    lpips = LpipsDistance()
    return DssimDistance() if lpips.missing() else lpips


def copies(
    samples: torch.Tensor, held: torch.Tensor, training: np.ndarray, distance: Distance
) -> Measure:
    """The share of ``samples`` that are nearer to a face of ``training`` than 99 % of ``held`` are;
    ``samples`` and ``held`` (n, 3, h, w) in [0, 1], ``training`` (m, h, w, 3) uint8."""
    usual = nearest(held, training, distance)
    return share((nearest(samples, training, distance) < np.quantile(usual, 0.01)).tolist())


def nearest(images: torch.Tensor, training: np.ndarray, distance: Distance) -> np.ndarray:
    """(n,): the distance of each of ``images`` to the nearest of the ``CLOSEST`` faces of
    ``training`` by squared error of pixels (averaged over blocks of 4 x 4)."""
    small = torch.cat(
        [_coarse(_floats(part)) for part in np.array_split(training, _parts(training))]
    )
    found = []
    for batch in images.split(_BATCH):
        gaps = torch.cdist(_coarse(batch), small)  # (n, m)
        rows = gaps.topk(min(CLOSEST, len(training)), largest=False).indices
        k = rows.shape[1]
        own = batch.repeat_interleave(k, 0)
        theirs = _floats(training[rows.flatten().numpy()])
        found.append(distance.between(own, theirs).view(-1, k).amin(1))
    return torch.cat(found).cpu().numpy()


def _parts(pictures: np.ndarray) -> int:
    return max(1, len(pictures) // 1000)


def _coarse(images: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.avg_pool2d(images, 4).flatten(1)


def _floats(pictures: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255

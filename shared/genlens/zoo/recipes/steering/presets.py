"""What the training of ``avatars-gan`` is set to, on a CPU and on a large card."""

from __future__ import annotations

from dataclasses import dataclass

SEED = 31


@dataclass(frozen=True)
class Preset:
    """``plain`` steps of drawing known faces, then ``steps`` in all.

    ``batch`` faces a step of ``pool`` drawn ones, and ``mixed`` of two styles once the GAN has
    begun, half of them blended. Learning rates fall by a cosine from the first to the second
    number, as the penalty's weight does. The penalties come every ``lazy`` steps, that much heavier
    (Karras et al. 2020, section 3.1). ``noise`` is the standard deviation that the loss allows a
    pixel, ``blur`` that of the noise put on codes: neighbouring codes have to draw the same face.
    """

    side: int = 64
    channels: tuple[int, ...] = (160, 128, 96, 48, 24)
    places: bool = True
    encoder: tuple[int, ...] = (24, 48, 96, 128)
    judge: tuple[int, ...] = (48, 96, 128, 160)
    pool: int = 24_000
    batch: int = 16
    mixed: int = 6
    mapping_layers: int = 2
    plain: int = 14_000
    steps: int = 16_800
    plain_rate: tuple[float, float] = (3e-3, 3e-4)
    rate: tuple[float, float] = (6e-4, 1e-4)
    judge_rate: tuple[float, float] = (1e-3, 2e-4)
    penalty: tuple[float, float] = (1.0, 0.2)
    lazy: int = 8
    noise: float = 0.1
    blur: float = 0.1
    keep: float = 5.0  # weight of the known faces' loss beside the GAN's
    alike: float = 4.0  # weight of the distance of the judge's features
    read: float = 1.0  # weight of the attributes that the style and the judge have to name
    average: float = 0.998


PRESETS = {
    "cpu": Preset(),
    "gpu": Preset(
        side=128,
        channels=(192, 160, 128, 96, 48, 24),
        encoder=(24, 48, 96, 128, 128),
        judge=(48, 96, 128, 160, 160),
        pool=100_000,
        batch=64,
        mixed=16,
        steps=60_000,
        average=0.999,
    ),
}

"""Is a foreign picture said to be one? Inversion of pictures whose origin is known: held-out faces
and the generator's own pictures should not be called foreign, all others should."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from genlens.common.checks import whole
from genlens.common.estimates import median
from genlens.common.measures import Measure, share
from genlens.common.progress import Cancel, Progress
from genlens.common.records import MadeBy, Record
from genlens.errors import InputError
from genlens.models.contracts import Generator
from genlens.models.pictures.picture import fit_pixels
from genlens.steering.projection.search import Search
from genlens.steering.projection.usual import contrast, own_pictures, usual_of
from genlens.worlds import emoji_scenes
from genlens.worlds.avatars import SIZES, draw_faces
from genlens.worlds.digits import load_digits

BATCH = 4
"""Larger ones take longer on a CPU: each picture has weights of its own in a StyleGAN2."""
OWN_KINDS = ("held-out faces", "own pictures")


@dataclass(frozen=True)
class ForeignRates(Record):
    """By kind of picture, the share that is called foreign, the median error, and the median share
    of its contrast that was missed (``missed``: error over contrast); ``n`` pictures of each kind.
    ``own``: kinds that are not foreign."""

    rates: Mapping[str, Measure]
    errors: Mapping[str, Measure]
    missed: Mapping[str, Measure]
    n: int
    own: tuple[str, ...] = OWN_KINDS
    made_by: MadeBy = field(default_factory=MadeBy)


def foreign_rates(
    generator: Generator,
    n: int = 40,
    seed: int = 0,
    *,
    shared: bool = True,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ForeignRates:
    """Search for ``n`` pictures of each kind in a generator of cartoon faces.

    Raises:
        InputError: a generator whose pictures are not square colour pictures of an avatar's size.
        Cancelled: ``cancel()`` said so.
    """
    whole("the number of pictures", n, 2, 1000)
    known = known_pictures(generator, n, seed)
    search = Search(generator, shared=shared)
    usual = usual_of(search, progress=progress, cancel=cancel)
    rates, errors, missed = {}, {}, {}
    for kind, images in known.items():
        parts = [search.find(batch, cancel=cancel).reached for batch in images.split(BATCH)]
        reached = torch.cat(parts).double().numpy()
        rates[kind] = share(
            [bool(error > usual.limit(x)) for x, error in zip(images, reached, strict=True)]
        )
        errors[kind] = median(list(reached))
        missed[kind] = median(
            [error / max(contrast(x), 1e-6) for x, error in zip(images, reached, strict=True)]
        )
        if progress is not None:
            progress(len(rates), 6, f"is it foreign? {kind}")
    return ForeignRates(
        rates,
        errors,
        missed,
        n,
        made_by=generator.card.made_by(generator.device, seed=seed, settings=search.settings),
    )


def known_pictures(generator: Generator, n: int, seed: int) -> dict[str, torch.Tensor]:
    """``n`` pictures (n, 3, side, side) of each kind; faces, scenes and digits are of seeds that
    nothing was trained on."""
    channels, side, width = generator.image_shape
    if channels != 3 or side != width or side not in SIZES:
        raise InputError(f"faces are drawn at {SIZES} pixels, in colour, not {side} x {width}")
    faces = draw_faces(n, 9_100 + seed, size=side).tensor()
    rng = np.random.default_rng(seed)
    digits = load_digits("test", n, seed).images
    scenes = [emoji_scenes.draw(910_000 + seed * 1000 + i, size=64).image for i in range(n)]
    return {
        "held-out faces": faces,
        "own pictures": own_pictures(generator, n, 9_200 + seed),
        "shifted faces": torch.stack([_shifted(face, rng) for face in faces]),
        "digits": _sized(list(digits), side),
        "emoji scenes": _sized(scenes, side),
        "noise": torch.from_numpy(rng.random((n, 3, side, side), np.float32)),
    }


def _shifted(face: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """``face`` moved by 15 to 30 % of its side up, down, left or right; its edge is drawn out."""
    side = face.shape[1]
    by, turn = int(rng.integers(round(0.15 * side), round(0.3 * side) + 1)), int(rng.integers(4))
    turned = torch.rot90(face, turn, (1, 2))
    moved = torch.cat([turned[:, :1].expand(-1, by, -1), turned[:, :-by]], 1)
    return torch.rot90(moved, -turn, (1, 2))


def _sized(pictures: list[np.ndarray], side: int) -> torch.Tensor:
    """Pictures (h, w) or (h, w, c) uint8 as (n, 3, side, side)."""
    pixels = [p[..., None] if p.ndim == 2 else p for p in pictures]
    fitted = np.stack([fit_pixels(p, (3, side, side)) for p in pixels])
    return torch.from_numpy(fitted.transpose(0, 3, 1, 2).astype(np.float32) / 255)

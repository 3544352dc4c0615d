"""The pictures a model is studied on: those of its own world, with what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from genlens.models.contracts import Autoencoder, Denoiser, Generator

    AnyPictures: TypeAlias = Autoencoder | Generator | Denoiser


STAND_IN = "standing in for the model’s own pictures, which are not known"
SEED = 40_000  # of drawn pictures; the recipes drew theirs from other seeds


@dataclass(frozen=True)
class World:
    """Pictures with what is known of them, before any model saw them."""

    images: np.ndarray
    labels: np.ndarray | None = None
    names: tuple[str, ...] = ()
    attributes: Mapping[str, np.ndarray] = field(default_factory=dict)
    masks: Mapping[str, np.ndarray] = field(default_factory=dict)
    data: str = ""
    factors: Mapping[str, np.ndarray] = field(default_factory=dict)
    texts: tuple[str, ...] = ()


def world_of(model: AnyPictures, n: int, seed: int = 0) -> World:
    """``n`` pictures of the world that ``model`` belongs to, by what its card says of its data.

    Emoji scenes stand in where it says nothing that is known here; ``data`` says so then.
    """
    data = str(model.card.settings.get("data", ""))
    if data in WORLDS:
        return WORLDS[data](model, n, seed)
    return replace(_scenes(model, n, seed), data=f"emoji scenes, {STAND_IN}")


def _digits(model: AnyPictures, n: int, seed: int) -> World:
    from genlens.worlds.digits import COUNTS, load_digits

    digits = load_digits("test", min(n, COUNTS["test"]), seed)
    return World(
        digits.tensor().numpy(),
        digits.labels,
        tuple(str(d) for d in range(10)),
        data="handwritten digits (MNIST test set)",
    )


def _avatars(model: AnyPictures, n: int, seed: int) -> World:
    from genlens.worlds.avatars import CHOICES, PROPERTIES, draw_faces

    faces = draw_faces(n, SEED + seed)
    attributes = {name: faces.has(name) for name in PROPERTIES}
    return World(
        faces.tensor().numpy(),
        faces.codes["hair"],
        tuple(name.replace("_", " ") for name in CHOICES["hair"]),
        attributes,
        faces.masks,
        "cartoon faces, class: hair style",
        faces.codes,
    )


def _maritime(model: AnyPictures, n: int, seed: int) -> World:
    from genlens.worlds.maritime import NAMES, load_maritime

    whole_sheet = load_maritime(None, seed)
    kept = min(n, len(whole_sheet))
    return World(
        whole_sheet.tensor().numpy()[:kept],
        whole_sheet.labels[:kept],
        NAMES,
        data="boats and lighthouses painted by emoji-diffusion",
    )


def _cifar10(model: AnyPictures, n: int, seed: int) -> World:
    from genlens.worlds.cifar10 import NAMES, load_photographs

    shipped = load_photographs()
    rows = np.random.default_rng(seed).permutation(len(shipped))[:n]
    return World(
        shipped.pixels()[rows],
        shipped.labels[rows],
        NAMES,
        data="small photographs (CIFAR-10 test set)",
    )


def _scenes(model: AnyPictures, n: int, seed: int) -> World:
    from genlens.worlds.emoji_scenes import draw
    from genlens.worlds.sampler import CaptionSampler

    shape = model.image_shape
    sampler = CaptionSampler(SEED + seed, "test", fragments=0)
    texts = tuple(sampler() for _ in range(n))
    images = np.stack([draw(SEED + seed + i, text, shape[1]).image for i, text in enumerate(texts)])
    pixels = images.astype(np.float32).transpose(0, 3, 1, 2) / 255  # (n, 3, h, w)
    if shape[0] == 1:
        pixels = pixels.mean(axis=1, keepdims=True)
    return World(pixels, data="emoji scenes", texts=texts)


WORLDS: dict[str, Callable[[AnyPictures, int, int], World]] = {
    "digits": _digits,
    "avatars": _avatars,
    "maritime": _maritime,
    "cifar10": _cifar10,
    "scenes": _scenes,
}
"""Card setting "data" -> its pictures; a new world is one entry."""

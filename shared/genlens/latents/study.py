"""A model and the pictures it is studied on: what every page, table and command starts from.

``load_study("digits-vae")`` takes a shipped model with pictures of its own world, whose truth is
known; ``study_of(model, images)`` any autoencoder with any pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from genlens.common.checks import whole
from genlens.common.progress import Cancel, Progress
from genlens.errors import InputError
from genlens.latents.codes import Coder, Codes, as_images

if TYPE_CHECKING:
    import torch

    from genlens.models.contracts import Autoencoder

SEED = 40_000  # of drawn pictures; the recipes drew theirs from other seeds
MAX_PICTURES = 10_000


@dataclass(frozen=True)
class Study:
    """``model`` and n pictures it is studied on.

    ``images`` (n, c, h, w) float32 in [0, 1]; ``codes`` what the encoder says of them; ``errors``
    (n,) the mean squared pixel error of decoding the mean code, 0 to 1. ``labels`` (n,) int64
    index ``names``, the classes (-1 each and () where there are none). ``attributes`` name -> (n,)
    bool, and ``masks`` part -> (n, h, w) bool, the pixels it was drawn with: known truth, where a
    world has it. ``factors`` name -> (n,) int64 are the independent choices the pictures were drawn
    from. ``data`` names the pictures in words.
    """

    model: Autoencoder
    images: np.ndarray
    codes: Codes
    errors: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...] = ()
    attributes: Mapping[str, np.ndarray] = field(default_factory=dict)
    masks: Mapping[str, np.ndarray] = field(default_factory=dict)
    data: str = ""
    factors: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.images)

    @property
    def id(self) -> str:
        """The model's id."""
        return self.model.card.id

    def picture(self, index: int) -> torch.Tensor:
        """(c, h, w) float32 in [0, 1].

        Raises:
            InputError: there is no such picture.
        """
        import torch

        return torch.from_numpy(self.images[whole("picture", index, 0, len(self) - 1)])

    def label(self, index: int) -> str:
        """The class of a picture in words, "" where there are none."""
        at = int(self.labels[index])
        return self.names[at] if 0 <= at < len(self.names) else ""


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


def load_study(
    model: str = "digits-vae",
    n: int = 2000,
    seed: int = 0,
) -> Study:
    """A model of the catalog, a folder or a hub name, on pictures of its own world.

    Digits for models of MNIST, faces for ``avatars-vae``, boats and lighthouses for
    ``maritime-vae``, emoji scenes for all others. None of these models was trained on these
    pictures. Studies of shipped models are kept (the last four).

    Args:
        model: id, folder or hub name.
        n: pictures wanted, 20 to 10,000; fewer where a world ships fewer, and at most 400 for
            models with more than 256 latents.
        seed: of the choice of pictures.

    Raises:
        InputError: a number out of range.
        ModelError: no such model, or it is no autoencoder.
    """
    n = whole("n", n, 20, MAX_PICTURES)
    return _kept(str(model), n, whole("seed", seed, 0, 2**31))


@lru_cache(maxsize=4)
def _kept(model: str, n: int, seed: int) -> Study:
    from genlens.models.catalog import load

    loaded: Any = load(model, contract="Autoencoder")
    if len(loaded.latent_shape) > 1:
        n = min(n, 400)
    world = world_of(loaded, n, seed)
    return study_of(
        loaded,
        world.images,
        labels=world.labels,
        names=world.names,
        attributes=world.attributes,
        masks=world.masks,
        data=world.data,
        factors=world.factors,
    )


def study_of(
    model: Autoencoder,
    images: torch.Tensor | np.ndarray,
    *,
    labels: Sequence[int] | np.ndarray | None = None,
    names: Sequence[str] = (),
    attributes: Mapping[str, np.ndarray] | None = None,
    masks: Mapping[str, np.ndarray] | None = None,
    data: str = "your pictures",
    factors: Mapping[str, np.ndarray] | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Study:
    """Any autoencoder on any pictures (n, c, h, w) in [0, 1].

    Raises:
        InputError: the pictures, labels or attributes do not fit each other or the model.
        Cancelled: ``cancel()`` said so.
    """
    rows = as_images(images)
    coder = Coder(model, progress=progress, cancel=cancel)
    codes = coder.encode(rows)
    pictures = rows.numpy().astype(np.float32, copy=False)
    errors = np.concatenate(
        [
            np.square(coder.decode(codes.mean[i : i + 256]) - pictures[i : i + 256]).mean((1, 2, 3))
            for i in range(0, len(pictures), 256)
        ]
    )
    given = np.full(len(rows), -1) if labels is None else np.asarray(labels)
    known = (attributes or {}, masks or {}, factors or {})
    for what, values in (("labels", given), *(pair for truth in known for pair in truth.items())):
        if len(values) != len(rows):
            raise InputError(f"{what}: {len(values)} entries for {len(rows)} pictures")
    return Study(
        model=model,
        images=pictures,
        codes=codes,
        errors=errors.astype(np.float64),
        labels=given.astype(np.int64),
        names=tuple(names),
        attributes=dict(attributes or {}),
        masks=dict(masks or {}),
        data=data,
        factors=dict(factors or {}),
    )


def world_of(model: Autoencoder, n: int, seed: int = 0) -> World:
    """``n`` pictures of the world that ``model`` belongs to, by what its card says of its data."""
    data = str(model.card.settings.get("data", "scenes"))
    return WORLDS.get(data, _scenes)(model, n, seed)


def _digits(model: Autoencoder, n: int, seed: int) -> World:
    from genlens.worlds.digits import COUNTS, load_digits

    digits = load_digits("test", min(n, COUNTS["test"]), seed)
    return World(
        digits.tensor().numpy(),
        digits.labels,
        tuple(str(d) for d in range(10)),
        data="handwritten digits (MNIST test set)",
    )


def _avatars(model: Autoencoder, n: int, seed: int) -> World:
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


def _maritime(model: Autoencoder, n: int, seed: int) -> World:
    from genlens.worlds.maritime import NAMES, load_maritime

    whole_sheet = load_maritime(None, seed)
    kept = min(n, len(whole_sheet))
    return World(
        whole_sheet.tensor().numpy()[:kept],
        whole_sheet.labels[:kept],
        NAMES,
        data="boats and lighthouses painted by emoji-diffusion",
    )


def _scenes(model: Autoencoder, n: int, seed: int) -> World:
    from genlens.worlds.emoji_scenes import draw
    from genlens.worlds.sampler import CaptionSampler

    shape: Any = getattr(model, "image_shape", (3, 64, 64))
    sampler = CaptionSampler(SEED + seed, "test", fragments=0)
    images = np.stack([draw(SEED + seed + i, sampler(), shape[1]).image for i in range(n)])
    pixels = images.astype(np.float32).transpose(0, 3, 1, 2) / 255  # (n, 3, h, w)
    if shape[0] == 1:
        pixels = pixels.mean(axis=1, keepdims=True)
    return World(pixels, data="emoji scenes")


WORLDS: dict[str, Callable[[Autoencoder, int, int], World]] = {
    "digits": _digits,
    "avatars": _avatars,
    "maritime": _maritime,
    "scenes": _scenes,
}
"""Card setting "data" -> its pictures; a new world is one entry."""

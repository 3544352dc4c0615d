"""Cartoon faces of which everything is known: each part, its colour, and its pixels.

A face is drawn from a few dozen layers (hair styles, mouths, glasses ...) that ship with the
package; any number of faces comes from a seed. Two properties can be tied together on purpose
(``confound``), so that a method which claims to find such shortcuts can be put to the test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from genlens.errors import InputError

from .shipped import verified

LAYERS = Path(__file__).with_name("data") / "avatars.npz"
LAYERS_SHA256 = "1f1975d7196b7e5266dbf693ec20b1f540f9850238549dc12abfa4eb3cb061d2"
SIDE = 128  # pixels of the layers as shipped
SIZES = (32, 64, 128)
MAX_FACES = 200_000

# What a face is made of, each factor with its values; a face draws one value of each.
CHOICES: dict[str, tuple[str, ...]] = {
    "hair": (
        "none", "buzzcut", "short", "waved", "short_curly", "dreads", "shaggy", "bun", "curly",
        "afro", "bob", "fringe", "long",
    ),
    "mouth": ("serious", "sad", "grimace", "scream", "disbelief", "smile", "big_smile", "twinkle"),
    "eyes": ("plain", "happy", "squint", "surprised", "closed", "side", "wink"),
    "brows": ("plain", "angry", "raised", "sad", "flat", "up_down"),
    "glasses": ("none", "round", "square", "white", "sunglasses", "wayfarers"),
    "beard": ("none", "light", "medium", "full", "moustache"),
    "clothing": ("v_neck", "crew_neck", "scoop_neck", "sweater", "hoodie", "blazer", "overall"),
    "skin": ("pale", "light", "brown", "dark_brown", "black"),
    "hair_colour": ("black", "brown", "auburn", "blonde", "red", "silver"),
    "clothing_colour": ("navy", "blue", "red", "pink", "mint", "yellow", "grey"),
    "background": ("white", "sky", "sand", "lilac"),
}  # fmt: skip
# Chance of "none" where that is a value; all other values are equally likely.
_NONE = {"hair": 0.06, "glasses": 0.5, "beard": 0.6}
COLOURS: dict[str, dict[str, tuple[int, int, int]]] = {
    "skin": {
        "pale": (255, 219, 180), "light": (237, 185, 138), "brown": (208, 139, 91),
        "dark_brown": (174, 93, 41), "black": (97, 67, 53),
    },
    "hair_colour": {
        "black": (44, 27, 24), "brown": (114, 65, 51), "auburn": (165, 87, 40),
        "blonde": (214, 179, 112), "red": (201, 51, 5), "silver": (232, 225, 225),
    },
    "clothing_colour": {
        "navy": (37, 85, 124), "blue": (101, 201, 255), "red": (255, 92, 92),
        "pink": (255, 72, 142), "mint": (167, 255, 196), "yellow": (255, 255, 177),
        "grey": (146, 149, 152),
    },
    "background": {
        "white": (255, 255, 255), "sky": (205, 228, 247), "sand": (240, 226, 196),
        "lilac": (224, 214, 240),
    },
}  # fmt: skip
# Parts in drawing order: name -> (factor that picks the layer, factor that picks its colour).
# The body and the nose have one layer each.
PARTS: dict[str, tuple[str | None, str | None]] = {
    "skin": (None, "skin"),
    "clothing": ("clothing", "clothing_colour"),
    "mouth": ("mouth", None),
    "nose": (None, None),
    "eyes": ("eyes", None),
    "brows": ("brows", None),
    "beard": ("beard", "hair_colour"),
    "hair": ("hair", "hair_colour"),
    "glasses": ("glasses", None),
}
# Yes-or-no questions about a face: name -> (factor, the values that mean yes).
PROPERTIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "smile": ("mouth", ("smile", "big_smile", "twinkle")),
    "open_mouth": ("mouth", ("scream", "smile", "big_smile", "grimace")),
    "glasses": ("glasses", ("round", "square", "white", "sunglasses", "wayfarers")),
    "beard": ("beard", ("light", "medium", "full", "moustache")),
    "long_hair": ("hair", ("bob", "fringe", "long", "curly", "afro")),
    "dark_skin": ("skin", ("dark_brown", "black")),
    "angry": ("brows", ("angry",)),
}


@dataclass(frozen=True)
class Faces:
    """Drawn faces with their truth.

    ``images`` (n, size, size, 3) uint8; ``codes`` factor -> (n,) int64, an index into
    ``CHOICES[factor]``; ``masks`` part -> (n, size, size) bool, the pixels where that part is what
    one sees (parts never overlap; lenses that one sees through are not part of the glasses);
    ``seed`` what they were drawn from; ``confound`` the tie (cause, effect, strength) or None.
    """

    images: np.ndarray
    codes: dict[str, np.ndarray]
    masks: dict[str, np.ndarray]
    seed: int
    confound: tuple[str, str, float] | None = None

    def __len__(self) -> int:
        return len(self.images)

    def has(self, name: str) -> np.ndarray:
        """(n,) bool: which faces have the property ``name`` of ``PROPERTIES``.

        Raises:
            InputError: no such property.
        """
        return has(self.codes, name)

    def tensor(self) -> torch.Tensor:
        """The images as models take them: (n, 3, size, size) float32 in [0, 1]."""
        pixels = torch.from_numpy(self.images.astype(np.float32) / 255)
        return pixels.permute(0, 3, 1, 2).contiguous()


def draw_faces(
    n: int,
    seed: int,
    *,
    size: int = 64,
    confound: tuple[str, str] | None = None,
    strength: float = 0.95,
    fixed: Mapping[str, str] | None = None,
) -> Faces:
    """``n`` random faces.

    Args:
        n: 1 to 200,000. The first faces of a longer draw are those of a shorter one.
        seed: at least 0.
        size: side in pixels, 32, 64 or 128.
        confound: (cause, effect), two of ``PROPERTIES`` about different factors: of the faces
            with the cause a share ``strength`` has the effect, of those without 1 - ``strength``.
            ("smile", "glasses") makes smiles go with glasses.
        strength: 0 to 1; 0.5 means no tie.
        fixed: factor -> value that every face gets.

    Raises:
        InputError: a number out of range, or an unknown factor, value or property.
    """
    if not 1 <= n <= MAX_FACES:
        raise InputError(f"n is {n}: take 1 to {MAX_FACES:,} faces")
    if seed < 0:
        raise InputError(f"seed is {seed}: take 0 or more")
    codes = draw_codes(n, seed, confound=confound, strength=strength)
    for factor, value in (fixed or {}).items():
        codes[factor] = np.full(n, _code(factor, value), np.int64)
    images, masks = _compose(codes, size)
    tie = None if confound is None else (*confound, float(strength))
    return Faces(images, codes, masks, seed, tie)


def draw_codes(
    n: int, seed: int, *, confound: tuple[str, str] | None = None, strength: float = 0.95
) -> dict[str, np.ndarray]:
    """``Faces.codes`` of :func:`draw_faces` with nothing ``fixed``, without drawing the faces."""
    # one row of chances a face, so that face i does not depend on how many follow
    chances = np.random.default_rng(seed).random((n, len(CHOICES) + 2))
    codes = {f: _spread(f, chances[:, i]) for i, f in enumerate(CHOICES)}
    if confound is not None:
        _tie(codes, confound, strength, chances[:, -2:])
    return codes


def has(codes: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """(n,) bool: which faces of ``codes`` have the property ``name``: see ``Faces.has``."""
    factor, values = _property(name)
    return np.isin(codes[factor], [CHOICES[factor].index(v) for v in values])


def faces_of(codes: Mapping[str, np.ndarray], *, size: int = 64, seed: int = 0) -> Faces:
    """The faces that ``codes`` describe: factor -> (n,) indices, one of every factor.

    Raises:
        InputError: a size that faces do not have.
    """
    images, masks = _compose(codes, size)
    return Faces(images, dict(codes), masks, seed)


def redraw(faces: Faces, **changes: str) -> Faces:
    """The same faces with some factors changed, all else equal: ``redraw(faces, glasses="none")``.

    What follows in an image from a change of one part can be read off exactly: the difference of
    the two pictures.

    Raises:
        InputError: a factor or value that does not exist.
    """
    codes = dict(faces.codes)
    for factor, value in changes.items():
        codes[factor] = np.full(len(faces), _code(factor, value), np.int64)
    images, masks = _compose(codes, faces.images.shape[1])
    return replace(faces, images=images, codes=codes, masks=masks)


def _spread(factor: str, chance: np.ndarray) -> np.ndarray:
    """Codes (n,) from uniform chances (n,)."""
    count = len(CHOICES[factor])
    if factor not in _NONE:
        return np.minimum((chance * count).astype(np.int64), count - 1)
    none = _NONE[factor]  # the first value
    rest = ((chance - none) / (1 - none) * (count - 1)).astype(np.int64)
    return np.where(chance < none, 0, 1 + np.clip(rest, 0, count - 2))


def _tie(
    codes: dict[str, np.ndarray], names: tuple[str, str], strength: float, chances: np.ndarray
) -> None:
    """Make the effect follow the cause; ``chances`` (n, 2) decide whether and with which value."""
    (cause, yes), (effect, values) = (_property(name) for name in names)
    if cause == effect:
        raise InputError(
            f"{names[0]} and {names[1]} are both about {cause}: tie properties of two factors"
        )
    if not 0 <= strength <= 1:
        raise InputError(f"strength {strength} is out of range: take 0 to 1")
    caused = np.isin(codes[cause], [CHOICES[cause].index(v) for v in yes])
    wanted = np.where(caused, chances[:, 0] < strength, chances[:, 0] >= strength)
    inside = [i for i, v in enumerate(CHOICES[effect]) if v in values]
    outside = [i for i in range(len(CHOICES[effect])) if i not in inside]
    for group, options in ((wanted, inside), (~wanted, outside)):
        pick = (chances[group, 1] * len(options)).astype(np.int64)
        codes[effect][group] = np.array(options, np.int64)[pick]


def _property(name: str) -> tuple[str, tuple[str, ...]]:
    if name not in PROPERTIES:
        raise InputError(f"{name!r} is not a property of a face: take {', '.join(PROPERTIES)}")
    return PROPERTIES[name]


def _code(factor: str, value: str) -> int:
    if factor not in CHOICES:
        raise InputError(f"{factor!r} is nothing a face has: take {', '.join(CHOICES)}")
    if value not in CHOICES[factor]:
        raise InputError(f"no {factor} is {value!r}: take {', '.join(CHOICES[factor])}")
    return CHOICES[factor].index(value)


@lru_cache(maxsize=len(SIZES))
def _layers(size: int) -> dict[str, np.ndarray]:
    """Part -> (values, size, size, 5) float32 in [0, 1]: premultiplied RGB where the part's colour
    is black, alpha, and how much of the colour shows. Blending is affine in the colour, so these
    five numbers a pixel give the layer in every colour, edges and shading included."""
    if size not in SIZES:
        raise InputError(f"size is {size}: a face's side is one of {SIZES} pixels")
    with np.load(verified(LAYERS, LAYERS_SHA256), allow_pickle=False) as data:
        pixels = dict(zip(data["names"].tolist(), data["layers"], strict=True))
    step = SIDE // size
    layers = {}
    for part, (factor, _) in PARTS.items():
        stack = np.stack(
            [
                pixels.get(f"{part}/{v}", np.zeros((SIDE, SIDE, 5), np.uint8))
                for v in values_of(factor)
            ]
        )
        blocks = stack.reshape(-1, size, step, size, step, 5).astype(np.float32)
        layers[part] = blocks.mean((2, 4)) / 255
    return layers


def values_of(factor: str | None) -> tuple[str, ...]:
    """The values of a factor; a part without one has a single layer called "plain"."""
    return CHOICES[factor] if factor else ("plain",)


def _compose(
    codes: Mapping[str, np.ndarray], size: int, batch: int = 256
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Images (n, size, size, 3) uint8 and masks of all parts, in batches that fit in the cache."""
    n = len(codes["skin"])
    images = np.empty((n, size, size, 3), np.uint8)
    owner = np.zeros((n, size, size), np.uint8)
    for start in range(0, n, batch):
        at = slice(start, min(n, start + batch))
        _blend({f: c[at] for f, c in codes.items()}, images[at], owner[at])
    return images, {part: owner == i + 1 for i, part in enumerate(PARTS)}


def _blend(codes: Mapping[str, np.ndarray], images: np.ndarray, owner: np.ndarray) -> None:
    """Draw the layers of some faces over each other, in place."""
    n, size = images.shape[:2]
    layers = _layers(size)
    canvas = np.empty(images.shape, np.float32)
    canvas[:] = _paint("background", codes)
    for i, (part, (factor, colour)) in enumerate(PARTS.items()):
        stack = layers[part]
        alpha = stack[..., 3]
        # glasses and noses are partly transparent: half of a layer's own strongest alpha counts
        solid = alpha > 0.5 * np.maximum(alpha.max((1, 2), keepdims=True), 1e-6)
        pick = codes[factor] if factor else np.zeros(n, np.int64)
        canvas *= 1 - alpha[pick][..., None]
        canvas += stack[pick][..., :3]
        if colour:
            canvas += stack[pick][..., 4:] * _paint(colour, codes)
        owner[solid[pick]] = i + 1
    images[:] = np.clip(np.rint(canvas * 255), 0, 255)


def _paint(factor: str, codes: Mapping[str, np.ndarray]) -> np.ndarray:
    """(n, 1, 1, 3) float32 colours in [0, 1]."""
    table = np.array([COLOURS[factor][v] for v in CHOICES[factor]], np.float32) / 255
    return table[codes[factor]][:, None, None]

"""The layers of ``genlens.worlds.avatars``, drawn once from the designs in ``python_avatars``.

Run where ``pip install python_avatars==1.4.1 resvg_py==0.5.0`` was done (neither is needed to use
genlens): ``python -m genlens.zoo.recipes.vaes.avatars_data``. It prints the sha256 that
belongs into ``worlds/avatars.py``, and how far faces composed of layers are from faces drawn whole.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import re
from pathlib import Path
from typing import Any

import numpy as np

from genlens.errors import ModelError
from genlens.worlds import avatars

# Our names for the designs we use (python_avatars' enum, value name), by part.
DESIGNS: dict[str, dict[str, str]] = {
    "hair": {
        "buzzcut": "BUZZCUT", "short": "SHORT_FLAT", "waved": "SHORT_WAVED",
        "short_curly": "SHORT_CURLY", "dreads": "SHORT_DREADS_1", "shaggy": "SHAGGY",
        "bun": "BUN", "curly": "CURLY", "afro": "FRO", "bob": "BOB", "fringe": "MIA_WALLACE",
        "long": "STRAIGHT_STRAND",
    },
    "mouth": {
        "serious": "SERIOUS", "sad": "SAD", "grimace": "GRIMACE", "scream": "SCREAM_OPEN",
        "disbelief": "DISBELIEF", "smile": "SMILE", "big_smile": "BIG_SMILE",
        "twinkle": "TWINKLE",
    },
    "eyes": {
        "plain": "DEFAULT", "happy": "HAPPY", "squint": "SQUINT", "surprised": "SURPRISED",
        "closed": "CLOSED", "side": "SIDE", "wink": "WINK",
    },
    "brows": {
        "plain": "DEFAULT_NATURAL", "angry": "ANGRY_NATURAL", "raised": "RAISED_EXCITED_NATURAL",
        "sad": "SAD_CONCERNED_NATURAL", "flat": "FLAT_NATURAL", "up_down": "UP_DOWN_NATURAL",
    },
    "glasses": {
        "round": "ROUND", "square": "PRESCRIPTION_2", "white": "KURT", "sunglasses": "SUNGLASSES",
        "wayfarers": "WAYFARERS",
    },
    "beard": {
        "light": "BEARD_LIGHT", "medium": "BEARD_MEDIUM", "full": "BEARD_MAGESTIC",
        "moustache": "MOUSTACHE_MAGNUM",
    },
    "clothing": {
        "v_neck": "SHIRT_V_NECK", "crew_neck": "SHIRT_CREW_NECK", "scoop_neck": "SHIRT_SCOOP_NECK",
        "sweater": "COLLAR_SWEATER", "hoodie": "HOODIE", "blazer": "BLAZER_SHIRT",
        "overall": "OVERALL",
    },
    "nose": {"plain": "DEFAULT"},
}  # fmt: skip
# Part -> the name of python_avatars' argument, of its enum, and of the argument with its colour.
ARGUMENTS: dict[str, tuple[str, str, str | None]] = {
    "hair": ("top", "HairType", "hair_color"),
    "mouth": ("mouth", "MouthType", None),
    "eyes": ("eyes", "EyeType", None),
    "brows": ("eyebrows", "EyebrowType", None),
    "glasses": ("accessory", "AccessoryType", None),
    "beard": ("facial_hair", "FacialHairType", "facial_hair_color"),
    "clothing": ("clothing", "ClothingType", "clothing_color"),
    "nose": ("nose", "NoseType", None),
}
OVERSAMPLE = 2


def render(svg: str) -> np.ndarray:
    """(side, side, 4) float32 in [0, 1] of an avatar, premultiplied; its 264 x 280 drawing is
    centred in a square of 280."""
    import resvg_py
    from PIL import Image

    svg = svg.replace('viewBox="0 0 264 280"', 'viewBox="-8 0 280 280"', 1)
    svg = svg.replace('width="264px"', 'width="280px"', 1)
    side = avatars.SIDE * OVERSAMPLE
    data = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side))
    rgba = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"), np.float32) / 255
    rgba = np.concatenate([rgba[..., :3] * rgba[..., 3:], rgba[..., 3:]], -1)
    return rgba.reshape(avatars.SIDE, OVERSAMPLE, avatars.SIDE, OVERSAMPLE, 4).mean((1, 3))


def drawing(body: bool, **arguments: Any) -> str:
    """The SVG of an avatar with only the given parts; without ``body``, these alone."""
    import python_avatars as pa

    bare: dict[str, Any] = dict.fromkeys((a for a, _, _ in ARGUMENTS.values()), None)
    bare |= {"top": pa.HairType.NONE, "style": pa.AvatarStyle.TRANSPARENT}
    svg = str(pa.Avatar(**(bare | arguments)).render())
    if body:
        return svg
    hidden, count = re.subn(r'<g (id="(?:\w+_)?Body")', r'<g display="none" \1', svg)
    if count != 1:
        raise ModelError(f"the drawing has {count} bodies, not 1: take python_avatars 1.4.1")
    return hidden


def layer(part: str, value: str) -> np.ndarray:
    """(side, side, 5) uint8: see ``avatars._layers``."""
    import python_avatars as pa

    if part == "skin":
        black, white = (render(drawing(True, skin_color=c)) for c in ("#000000", "#FFFFFF"))
    else:
        argument, enum, colour = ARGUMENTS[part]
        design = getattr(getattr(pa, enum), DESIGNS[part][value])
        tones = [{colour: c} if colour else {} for c in ("#000000", "#FFFFFF")]
        black, white = (render(drawing(False, **{argument: design}, **t)) for t in tones)
    shows = (white - black)[..., :3].mean(-1, keepdims=True)
    five = np.concatenate([black, shows], -1)
    return np.clip(np.rint(five * 255), 0, 255).astype(np.uint8)


def whole(codes: dict[str, int]) -> np.ndarray:
    """(side, side, 3) uint8: a face drawn in one go by python_avatars."""
    import python_avatars as pa

    values = {f: avatars.CHOICES[f][c] for f, c in codes.items()}
    tone = {f: "#{:02X}{:02X}{:02X}".format(*t[values[f]]) for f, t in avatars.COLOURS.items()}
    arguments: dict[str, Any] = {"skin_color": tone["skin"]}
    for part, (argument, enum, colour) in ARGUMENTS.items():
        name = DESIGNS[part].get(values.get(part, "plain"))
        if name:
            arguments[argument] = getattr(getattr(pa, enum), name)
        if colour:
            key = "clothing_colour" if part == "clothing" else "hair_colour"
            arguments[colour] = tone[key]
    rgba = render(drawing(True, **arguments))
    ground = np.array(avatars.COLOURS["background"][values["background"]], np.float32) / 255
    out = rgba[..., :3] + (1 - rgba[..., 3:]) * ground
    return np.clip(np.rint(out * 255), 0, 255).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=avatars.LAYERS)
    parser.add_argument("--check", type=int, default=20, help="faces to compare with whole ones")
    args = parser.parse_args()
    names, layers = [], []
    for part, (factor, _) in avatars.PARTS.items():
        for value in avatars.values_of(factor):
            if value != "none":
                names.append(f"{part}/{value}")
                layers.append(layer(part, value))
    args.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(args.out, names=np.array(names), layers=np.stack(layers))
    digest = hashlib.sha256(args.out.read_bytes()).hexdigest()
    print(f"{len(names)} layers, {args.out.stat().st_size:,} bytes, sha256 {digest}")
    avatars.LAYERS, avatars.LAYERS_SHA256 = args.out.resolve(), digest
    faces = avatars.draw_faces(args.check, 0, size=avatars.SIDE)
    differences = [
        np.abs(faces.images[i].astype(int) - whole({f: int(c[i]) for f, c in faces.codes.items()}))
        for i in range(args.check)
    ]
    print(f"difference from whole drawings: mean {np.mean(differences):.2f} of 255")


if __name__ == "__main__":
    main()

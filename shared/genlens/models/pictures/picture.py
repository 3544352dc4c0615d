"""One untrusted picture file, read safely into pixels of the size a model works with.

A file is judged by its content, never by its name. The header is looked at before a single pixel
is decoded, so a small file that claims to be huge costs nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genlens.errors import InputError

if TYPE_CHECKING:
    from PIL import Image

# Formats whose reader is plain decoding: no scripts (EPS), no other programs, no fonts.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
MAX_BYTES = 40_000_000
# Well under the size from which Pillow itself warns of a decompression bomb (89 million).
MAX_PIXELS = 40_000_000
MIN_SIDE = 8
MAX_SHAPE_SIDE = 2048
_READ = "PNG, JPEG, WebP, GIF, BMP or TIFF"


@dataclass(frozen=True)
class Picture:
    """``pixels`` (h, w, c) uint8; ``notes`` what was done to the file to get there, in words that
    follow "the picture was" ("cut to its centre"), () where it was taken as it is; ``decoded`` how
    many pixels had to be decoded for it."""

    pixels: np.ndarray
    notes: tuple[str, ...] = ()
    decoded: int = 0

    @property
    def image(self) -> np.ndarray:
        """The picture as models take it: (c, h, w) float32 in [0, 1]."""
        return np.ascontiguousarray(self.pixels.transpose(2, 0, 1), dtype=np.float32) / 255


def read_picture(
    file: Path | str | bytes, shape: tuple[int, int, int], *, name: str = "the picture"
) -> Picture:
    """The picture in ``file``, cut to its centre and resized (antialiased) to ``shape``.

    Transparent parts are shown on white, a camera's orientation mark is obeyed, grey values of 16
    or 32 bits become 8, of an animation the first frame is taken, and for ``shape`` with one
    channel colours become grey (ITU-R 601 luma). Each of these is said in ``Picture.notes``.

    Args:
        file: a path, or the file's content.
        shape: (channels 1 or 3, h, w) of the result, sides of 1 to 2048 pixels.
        name: what messages call the picture.

    Raises:
        InputError: no such file, more than 40 MB or 40 million pixels, fewer than 8 pixels a side,
            not a picture in one of ``FORMATS``, or a damaged one. The message begins with ``name``.
    """
    channels, height, width = shape
    if channels not in (1, 3) or not all(1 <= n <= MAX_SHAPE_SIDE for n in (height, width)):
        raise InputError(f"shape {shape} should be (1 or 3, height, width), at most 2048 a side")
    notes: list[str] = []
    with _decoded(file, name, notes, side=max(height, width)) as whole:
        decoded = whole.width * whole.height
        image = _fitted(whole, (width, height), notes)
    if channels == 3:
        return Picture(np.array(image), tuple(notes), decoded)
    if not _is_grey(np.asarray(image)):
        notes.append("turned to grey, as the model knows no colours")
    return Picture(np.array(image.convert("L"))[..., None], tuple(notes), decoded)


def read_whole_picture(
    file: Path | str | bytes, *, largest: int, name: str = "the picture"
) -> Picture:
    """The picture in ``file`` at its own size, in colour, otherwise as :func:`read_picture`.

    Raises:
        InputError: as there, or more than ``largest`` pixels a side.
    """
    notes: list[str] = []
    with _decoded(file, name, notes, largest=largest) as whole:
        return Picture(np.array(whole), tuple(notes), whole.width * whole.height)


def fit_pixels(pixels: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """``pixels`` (h, w, c) uint8 as :func:`read_picture` would make them from a file: cut to their
    centre, resized to ``shape`` (c', h', w'), grey or in colour; (h', w', c') uint8."""
    from PIL import Image

    channels, height, width = shape
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    if image.size != (width, height):
        image = _fitted(image, (width, height), [])
    return (
        np.asarray(image.convert("L"))[..., None]
        if channels == 1
        else np.asarray(image.convert("RGB"))
    )


@contextmanager
def _decoded(
    file: Path | str | bytes,
    name: str,
    notes: list[str],
    *,
    side: int | None = None,
    largest: int | None = None,
) -> Iterator[Image.Image]:
    """The picture in ``file``, upright, RGB; what goes wrong with it, also inside, is an
    InputError."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(_content(file, name)), formats=FORMATS) as opened:
            _check_size(opened, name, largest)
            # Pillow reads a 16-bit PGM as 32-bit numbers, and forgets the format when it copies.
            sixteen = opened.mode.startswith("I;16") or (opened.format, opened.mode) == ("PPM", "I")
            yield _rgb(_first_frame(opened, side, notes), sixteen, notes)
    except InputError:
        raise
    except UnidentifiedImageError as error:
        raise InputError(f"{name} is not a picture that can be read: use {_READ}") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(_too_large(name)) from error
    except Exception as error:  # decoders raise nearly anything on a damaged file
        why = " ".join(str(error).split())[:120] or type(error).__name__
        raise InputError(f"{name} is damaged or unusual ({why}): save it again as PNG") from error


def _content(file: Path | str | bytes, name: str) -> bytes:
    """The bytes of ``file``, which are few enough."""
    too_long = f"{name} has more than {MAX_BYTES // 1_000_000} MB: make it smaller"
    if isinstance(file, bytes):
        if len(file) > MAX_BYTES:
            raise InputError(too_long)
        return file
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, TypeError, ValueError) as error:
        raise InputError(f"{name} cannot be opened: give a picture file ({_READ})") from error
    if len(data) > MAX_BYTES:
        raise InputError(too_long)
    return data


def _check_size(image: Image.Image, name: str, largest: int | None) -> None:
    """Refuse by what the header says, before anything is decoded."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise InputError(_too_large(name, f"{width:,} x {height:,} pixels: "))
    if min(width, height) < MIN_SIDE:
        raise InputError(
            f"{name} is {width} x {height} pixels: it needs {MIN_SIDE} or more on each side"
        )
    if largest is not None and max(width, height) > largest:
        raise InputError(
            f"{name} is {width} x {height} pixels: make it {largest} or fewer on each side"
        )


def _too_large(name: str, size: str = "") -> str:
    limit = f"at most {MAX_PIXELS // 1_000_000} million pixels are read, make it smaller"
    return f"{name} is huge, {size}{limit}"


def _first_frame(image: Image.Image, side: int | None, notes: list[str]) -> Image.Image:
    """The decoded first frame, turned the way it was taken; where ``side`` says what is needed,
    perhaps smaller than the file's."""
    from PIL import ImageOps

    if getattr(image, "is_animated", False):
        notes.append("taken from the first frame of several")
    # A JPEG can be decoded at 1/2, 1/4 or 1/8 of its size: much faster, and still twice too large.
    if side is not None:
        image.draft(None, (2 * side, 2 * side))
    if image.getexif().get(0x0112, 1) not in (0, 1):
        notes.append("turned upright, as its camera noted")
    upright: Image.Image = ImageOps.exif_transpose(image)
    return upright


def _rgb(image: Image.Image, sixteen: bool, notes: list[str]) -> Image.Image:
    """``image`` in RGB with 8 bits a colour, whatever mode it was in; ``sixteen`` where it holds
    grey values of 16 bits."""
    from PIL import Image

    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image, sixteen, notes)
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        lowest: Any = layered.getchannel("A").getextrema()[0]
        if lowest < 255:
            notes.append("laid on white where it was transparent")
        white = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(white, layered).convert("RGB")
    if image.mode == "CMYK":
        notes.append("converted from printing colours (CMYK) without their profile")
    return image.convert("RGB")


def _eight_bits(image: Image.Image, sixteen: bool, notes: list[str]) -> Image.Image:
    """``image`` of grey values of more than 8 bits in modes L or LA (Pillow's own conversion would
    clip them).

    16-bit values are divided by 257; of others the range is unknown: floats in [0, 1] are taken as
    such, everything else is stretched from its darkest to its brightest value.
    """
    from PIL import Image

    values = np.asarray(image)
    if sixteen:
        notes.append("brought from 16 to 8 bits a pixel")
        grey = ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)
    else:
        grey = _stretched(values.astype(np.float32), image.mode == "F", notes)
    hidden = image.info.get("transparency")
    if hidden is None:
        return Image.fromarray(grey)
    seen = np.where(values == hidden, 0, 255).astype(np.uint8)
    return Image.merge("LA", (Image.fromarray(grey), Image.fromarray(seen)))


def _stretched(values: np.ndarray, floats: bool, notes: list[str]) -> np.ndarray:
    """``values`` (h, w) of an unknown range as uint8; NaN and infinity become 0."""
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if floats and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
        notes.append("brought from 32 to 8 bits a pixel")
    else:
        notes.append("brought from 32 to 8 bits a pixel, from its darkest value to its brightest")
    share = (values - low) / max(high - low, 1e-12)
    return np.asarray((share * 255).round().astype(np.uint8))


def _fitted(image: Image.Image, size: tuple[int, int], notes: list[str]) -> Image.Image:
    """The largest centred part of ``image`` with the proportions of ``size``, resized to it."""
    from PIL import Image, ImageOps

    proportion = image.width * size[1] / (image.height * size[0])
    if not 0.97 < proportion < 1.03:  # below that nobody would miss what is cut
        notes.append("cut to its centre")
    fitted: Image.Image = ImageOps.fit(image, size, Image.Resampling.LANCZOS)
    return fitted


def _is_grey(pixels: np.ndarray) -> bool:
    """Whether (..., 3) uint8 pixels have no colour, but for a JPEG's rounding."""
    return bool(np.ptp(pixels, axis=-1).max(initial=0) <= 4)

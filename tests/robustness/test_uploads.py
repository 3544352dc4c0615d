"""Single pictures as strangers send them: every one ends in pixels or in a clear message."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from genlens.errors import InputError
from genlens.models.pictures import picture as pictures
from genlens.models.pictures.picture import read_picture, read_whole_picture
from own_pictures import blob, encoded

pytestmark = pytest.mark.robustness
RGB, GREY = (3, 16, 16), (1, 16, 16)


def file_of(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_claiming(
    width: int, height: int, bits: int = 8, colour: int = 2, raw: bytes = b""
) -> bytes:
    """A PNG whose header says what it likes."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def test_an_ordinary_picture_is_taken_as_it_is():
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    found = read_picture(encoded(pixels), RGB)
    assert np.array_equal(found.pixels, pixels) and found.notes == ()
    assert found.image.shape == RGB and found.image.dtype == np.float32
    np.testing.assert_allclose(found.image, pixels.transpose(2, 0, 1) / 255, atol=1e-6)


def test_a_path_does_as_well(tmp_path):
    (tmp_path / "x").write_bytes(encoded(blob(1, 16)))
    assert np.array_equal(read_picture(tmp_path / "x", RGB).pixels, blob(1, 16))
    assert np.array_equal(read_picture(str(tmp_path / "x"), RGB).pixels, blob(1, 16))


def test_it_is_cut_to_its_centre_and_resized_with_antialiasing():
    wide = np.zeros((64, 128, 3), np.uint8)
    wide[:, 32:96] = 255  # the centre is white, what is cut off black
    found = read_picture(encoded(wide), RGB)
    assert found.pixels.min() > 230 and found.notes == ("cut to its centre",)
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[::2] = 255  # finer than the result can show: grey, not black or white
    assert np.abs(read_picture(encoded(stripes), RGB).pixels.astype(int) - 128).max() < 20
    tall = read_picture(encoded(wide), (3, 16, 32)).pixels
    assert tall.shape == (16, 32, 3) and tall[:, 0].max() < 60 < 200 < tall[:, 16].min()


def test_transparent_parts_are_white():
    rgba = np.zeros((16, 16, 4), np.uint8)
    rgba[:, 8:] = (200, 0, 0, 255)
    rgba[:, :8] = (0, 90, 0, 0)  # a colour that nobody was to see
    found = read_picture(encoded(rgba), RGB)
    assert (found.pixels[:, :6] == 255).all() and (found.pixels[:, 10:] == (200, 0, 0)).all()
    assert "laid on white where it was transparent" in found.notes
    half = read_picture(encoded(np.full((16, 16, 4), (0, 0, 0, 128), np.uint8)), RGB).pixels
    assert np.abs(half.astype(int) - 127).max() <= 1
    opaque = read_picture(encoded(np.full((16, 16, 4), 255, np.uint8)), RGB)
    assert opaque.notes == ()


def test_palettes_with_and_without_a_transparent_colour():
    image = Image.new("P", (16, 16), 1)
    image.putpalette([0, 0, 0, 250, 10, 10] + [0] * 762)
    assert (read_picture(file_of(image, "PNG"), RGB).pixels == (250, 10, 10)).all()
    assert (read_picture(file_of(image, "PNG", transparency=1), RGB).pixels == 255).all()
    assert (read_picture(file_of(image, "GIF", transparency=1), RGB).pixels == 255).all()


def test_a_colour_that_stands_for_transparency():
    image = Image.new("RGB", (16, 16), (1, 2, 3))
    assert (read_picture(file_of(image, "PNG", transparency=(1, 2, 3)), RGB).pixels == 255).all()


def test_printing_colours():
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    for kind in ("JPEG", "TIFF"):
        found = read_picture(file_of(image, kind), RGB)
        assert np.abs(found.pixels.astype(int) - (255, 0, 0)).max() <= 4
        assert "CMYK" in found.notes[0]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_and_not_clipped(kind):
    ramp = np.linspace(0, 65535, 16).astype(np.uint16)
    image = Image.fromarray(np.tile(ramp, (16, 1)))
    found = read_picture(file_of(image, kind), GREY)
    assert np.abs(found.pixels[0, :, 0].astype(int) - np.linspace(0, 255, 16)).max() <= 1
    assert "16" in found.notes[0]


def test_sixteen_bits_a_colour():
    raw = b"".join(b"\0" + struct.pack(">3H", 65535, 32768, 0) * 16 for _ in range(16))
    found = read_picture(png_claiming(16, 16, bits=16, raw=raw), RGB)
    assert np.abs(found.pixels.astype(int) - (255, 128, 0)).max() <= 1


def test_floats_and_long_integers():
    floats = np.tile(np.linspace(0, 1, 16, dtype=np.float32), (16, 1))
    floats[3, 3] = np.nan
    found = read_picture(file_of(Image.fromarray(floats), "TIFF"), GREY).pixels[..., 0]
    assert found[0, 0] == 0 and found[0, 15] == 255 and found[3, 3] == 0
    longs = np.tile(np.linspace(-5, 70_000, 16).astype(np.int32), (16, 1))
    found = read_picture(file_of(Image.fromarray(longs), "TIFF"), GREY).pixels[..., 0]
    assert found[0, 0] == 0 and found[0, 15] == 255
    flat = np.full((16, 16), 7, np.int32)
    assert (read_picture(file_of(Image.fromarray(flat), "TIFF"), GREY).pixels == 0).all()


def test_a_16_bit_pgm_keeps_its_range():
    ramp = np.tile(np.linspace(0, 32767, 16).astype(">u2"), (16, 1))  # its brightest is a grey
    found = read_picture(b"P5 16 16 65535\n" + ramp.tobytes(), GREY)
    assert np.abs(found.pixels[0, :, 0].astype(int) - np.linspace(0, 127, 16)).max() <= 1
    assert found.notes == ("brought from 16 to 8 bits a pixel",)


def test_a_stretched_picture_says_so():
    floats = np.tile(np.linspace(20, 60, 16, dtype=np.float32), (16, 1))
    found = read_picture(file_of(Image.fromarray(floats), "TIFF"), GREY)
    assert found.pixels.min() == 0 and found.pixels.max() == 255
    assert "from its darkest value to its brightest" in found.notes[0]


def test_grey_with_transparency():
    ramp = np.linspace(0, 65535, 16).astype(">u2")
    rows = b"".join(b"\0" + ramp.tobytes() for _ in range(16))
    clear = png_claiming(16, 16, bits=16, colour=0, raw=rows)
    mark = chunk(b"tRNS", struct.pack(">H", int(ramp[4])))
    clear = clear.replace(chunk(b"IEND", b""), b"")
    clear = clear[:33] + mark + clear[33:] + chunk(b"IEND", b"")  # behind the header
    found = read_picture(clear, GREY)
    assert found.pixels[0, 4, 0] == 255 and found.pixels[0, 5, 0] == 85
    assert found.notes[-1] == "laid on white where it was transparent"
    grey = np.full((16, 16, 2), (77, 255), np.uint8)
    grey[:, :8, 1] = 0
    found = read_picture(encoded(grey), GREY)
    assert (found.pixels[:, 9:] == 77).all() and (found.pixels[:, :7] == 255).all()


def test_a_whole_picture_keeps_its_size_and_its_levels():
    ramp = np.tile(np.linspace(0, 65535, 100).astype(np.uint16), (40, 1))
    found = read_whole_picture(file_of(Image.fromarray(ramp), "PNG"), largest=100)
    assert found.pixels.shape == (40, 100, 3) and len(np.unique(found.pixels)) == 100
    exif = Image.Exif()
    exif[0x0112] = 6
    found = read_whole_picture(encoded(blob(0, 20)[:10], "PNG", exif=exif), largest=100)
    assert found.pixels.shape == (20, 10, 3)
    photo = Image.fromarray(blob(0, 16)).resize((160, 120))
    assert read_whole_picture(file_of(photo, "JPEG"), largest=160).pixels.shape == (120, 160, 3)
    with pytest.raises(InputError, match="the scan is 160 x 120 pixels: make it 159 or fewer"):
        read_whole_picture(file_of(photo, "JPEG"), largest=159, name="the scan")
    with pytest.raises(InputError, match="damaged"):
        read_whole_picture(encoded(blob(0, 64))[:150], largest=100)


def test_black_and_white_and_grey():
    image = Image.new("1", (16, 16), 1)
    assert (read_picture(file_of(image, "PNG"), RGB).pixels == 255).all()
    grey = read_picture(file_of(Image.new("L", (16, 16), 77), "PNG"), RGB)
    assert (grey.pixels == 77).all() and grey.pixels.shape == (16, 16, 3)


def test_colours_become_grey_for_a_grey_model():
    found = read_picture(encoded(np.full((16, 16, 3), (255, 0, 0), np.uint8)), GREY)
    assert found.pixels.shape == (16, 16, 1) and (found.pixels == 76).all()
    assert found.notes == ("turned to grey, as the model knows no colours",)
    assert read_picture(file_of(Image.new("L", (16, 16), 77), "PNG"), GREY).notes == ()


def test_a_photo_lies_as_it_was_taken():
    pixels = np.zeros((16, 16, 3), np.uint8)
    pixels[:8] = 255  # bright above, stored turned by a quarter
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = np.ascontiguousarray(np.rot90(pixels))
    found = read_picture(encoded(turned, "PNG", exif=exif), RGB)
    assert np.array_equal(found.pixels, pixels)
    assert found.notes == ("turned upright, as its camera noted",)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_frame(kind):
    first, second = (Image.new("RGB", (16, 16), c) for c in ((250, 0, 0), (0, 0, 250)))
    data = file_of(first, kind, save_all=True, append_images=[second])
    found = read_picture(data, RGB)
    assert np.abs(found.pixels.astype(int) - (250, 0, 0)).max() <= 4
    assert found.notes == ("taken from the first frame of several",)


def test_a_large_photo_is_decoded_small():
    noise = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)
    photo = Image.fromarray(noise).resize((1600, 1200))
    found = read_picture(file_of(photo, "JPEG"), RGB)
    assert found.decoded <= 200 * 150


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a picture that can be read: use PNG"),
        (b"hello, I am a letter" * 50, "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 20 20\n", "not a picture"),
        (b"PK\x03\x04" + bytes(60), "not a picture"),
        (encoded(blob(0, 64))[:150], "damaged"),
        (encoded(blob(0, 64), "JPEG")[:700], "damaged"),
        (png_claiming(60_000, 60_000), "is huge"),
        (png_claiming(9_000, 9_000), "9,000 x 9,000 pixels: at most 40 million"),
        (png_claiming(16, 16), "damaged"),
        (encoded(blob(0, 6)), "6 x 6 pixels: it needs 8 or more"),
        (encoded(np.zeros((2, 900, 3), np.uint8)), "900 x 2 pixels"),
    ],
)
def test_what_is_no_usable_picture(data, says):
    with pytest.raises(InputError, match=says) as refused:
        read_picture(data, RGB, name="cat.png")
    assert str(refused.value).startswith("cat.png ")


def test_a_huge_picture_costs_nothing():
    bomb = png_claiming(60_000, 60_000, raw=bytes(1000))
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="huge"):
            read_picture(bomb, RGB)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_files_that_are_too_long_or_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "MAX_BYTES", 300)
    (tmp_path / "long").write_bytes(bytes(500))
    for file in (tmp_path / "long", bytes(500)):
        with pytest.raises(InputError, match="has more than"):
            read_picture(file, RGB)
    for file in (tmp_path / "none.png", tmp_path, "", "bad\0name", None):
        with pytest.raises(InputError, match="cannot be opened"):
            read_picture(file, RGB)


@pytest.mark.parametrize("shape", [(2, 16, 16), (3, 0, 16), (3, 16, 5000)])
def test_shapes_that_no_model_has(shape):
    with pytest.raises(InputError, match="should be"):
        read_picture(encoded(blob(0)), shape)

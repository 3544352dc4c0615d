"""ZIP files as strangers send them: every one ends in pictures or in a clear message."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from genlens.errors import Cancelled, InputError
from genlens.models.pictures import archives as picture_archives
from genlens.models.pictures import sets as picture_sets
from genlens.models.pictures.sets import read_pictures
from own_pictures import blob, encoded, picture_zip

pytestmark = pytest.mark.robustness
RGB, GREY = (3, 16, 16), (1, 16, 16)


def test_a_zip_becomes_one_array(tmp_path):
    seen = []
    path = picture_zip(tmp_path / "a.zip", 200, folders=True)
    found = read_pictures(path, 12, progress=lambda d, t, _: seen.append((d, t)))
    assert found.images.shape == (200, 12, 12, 3) and found.images.dtype == np.uint8
    assert found.names[:2] == ("blue/0000.png", "blue/0002.png"), "in the order of names"
    assert np.array_equal(found.images[1], blob(2)) and found.skipped == () == found.notes
    assert seen[0] == (1, 200) and seen[-1] == (200, 200)
    labels, names = found.folders()
    assert names == ("blue", "red") and labels.tolist() == [0] * 100 + [1] * 100
    assert found.floats().shape == (200, 3, 12, 12) and found.floats().max() <= 1


def test_a_folder_does_as_well(tmp_path):
    (tmp_path / "sub").mkdir()
    for i in range(4):
        (tmp_path / "sub" / f"{i}.jpg").write_bytes(encoded(blob(i), "JPEG"))
    (tmp_path / ".hidden.png").write_bytes(b"x")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "broken.png").write_bytes(b"x")
    found = read_pictures(tmp_path, 12, least=4)
    assert found.names == tuple(f"sub/{i}.jpg" for i in range(4))
    assert len(found.skipped) == 1 and found.skipped[0].startswith("broken.png is not a picture")
    assert found.folders()[1] == ()


def test_files_of_a_folder_that_are_no_pictures_are_not_named(tmp_path):
    """Somebody may give a folder such as /etc: what is in it is not told."""
    (tmp_path / "shadow").write_text("root:secret")
    (tmp_path / "ssh.d").mkdir()
    (tmp_path / "ssh.d" / "key").write_bytes(b"\0" * 40)
    with pytest.raises(InputError) as refused:
        read_pictures(tmp_path, 12, least=2)
    assert "0 pictures can be used" in str(refused.value)
    assert "shadow" not in str(refused.value) and "ssh" not in str(refused.value)
    for i, kind in enumerate(("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")):
        (tmp_path / f"picture{i}").write_bytes(encoded(blob(i), kind))  # a picture needs no suffix
    found = read_pictures(tmp_path, 12, least=7)
    assert len(found) == 7 and not found.skipped


def test_pictures_without_colour_make_a_grey_set(tmp_path):
    with zipfile.ZipFile(tmp_path / "g.zip", "w") as archive:
        for i in range(5):
            archive.writestr(f"{i}.jpg", encoded(blob(i, grey=True), "JPEG"))
    found = read_pictures(tmp_path / "g.zip", 12, least=5)
    assert found.images.shape == (5, 12, 12, 1) and "grey" in found.notes[0]


def zipped(tmp_path, members, good=3):
    """A ZIP of a few good pictures and (name or ZipInfo, content) members."""
    path = tmp_path / "odd.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(good):
            archive.writestr(f"good{i}.png", encoded(blob(i)))
        for name, data in members:
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "../../escape.png",
        "/etc/escape.png",
        "..\\..\\escape.png",
        "C:\\Windows\\escape.png",
        "\\\\server\\share\\escape.png",
        "a/../../../escape.png",
    ],
)
def test_paths_that_lead_out_of_the_archive_lead_nowhere(tmp_path, monkeypatch, name):
    inside = tmp_path / "work"
    inside.mkdir()
    monkeypatch.chdir(inside)
    path = zipped(tmp_path, [(name, encoded(blob(9)))])
    before = sorted(tmp_path.rglob("*"))
    found = read_pictures(path, 12, least=4)
    assert sorted(tmp_path.rglob("*")) == before, "nothing is unpacked to disk"
    assert any(n.endswith("escape.png") and ".." not in n and n[0] != "/" for n in found.names)
    assert "path that leads out of it" in found.notes[0] and found.notes[0].startswith("1 file ")


def test_names_are_safe_to_show():
    assert picture_archives.clean_name("a\x1b[31m/b\n.png")[0] == "a?[31m/b?.png"
    assert len(picture_archives.clean_name("x" * 5000 + ".png")[0]) == 160
    assert picture_archives.clean_name("../..") == ("", True)


def test_links_and_devices_are_left_out(tmp_path):
    link = zipfile.ZipInfo("link.png")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    found = read_pictures(zipped(tmp_path, [(link, "/etc/passwd")]), 12, least=3)
    assert found.skipped == ("link.png is a link or another special file",)


def test_what_systems_add_is_passed_over_in_silence(tmp_path):
    junk = ["__MACOSX/._good0.png", ".DS_Store", "a/.cache/x.png", "Thumbs.db", "b/desktop.ini"]
    path = zipped(tmp_path, [(n, b"junk") for n in junk])
    with zipfile.ZipFile(path, "a") as archive:
        archive.mkdir("empty")
    found = read_pictures(path, 12, least=3)
    assert len(found) == 3 and found.skipped == () == found.notes


def test_other_files_are_counted_and_named(tmp_path):
    bad = [(f"bad{i}.png", b"no picture") for i in range(9)]
    bad += [
        ("list.txt", b"words"),
        ("more.zip", b"PK"),
        ("cut.jpg", encoded(blob(1), "JPEG")[:300]),
    ]
    found = read_pictures(zipped(tmp_path, bad), 12, least=3)
    assert len(found.skipped) == 12 and len(found) == 3
    note = found.notes[-1]
    assert note.startswith("12 files left out: ") and note.endswith("; and 7 more.")
    assert "more.zip is an archive inside the archive: unpack it first" in found.skipped
    assert "list.txt is not a picture by its ending" in found.skipped


def test_notes_count_what_was_done_to_the_pictures(tmp_path):
    wide = encoded(np.random.default_rng(0).integers(0, 255, (12, 30, 3), np.uint8))
    found = read_pictures(zipped(tmp_path, [("w1.png", wide), ("w2.png", wide)]), 12, least=5)
    assert found.notes == ("2 pictures: cut to its centre.",)


def test_too_few_pictures_and_why(tmp_path):
    path = zipped(tmp_path, [("bad.png", b"x")])
    with pytest.raises(InputError, match="3 pictures can be used, and 200 or more are needed") as e:
        read_pictures(path, 12)
    assert "bad.png is not a picture" in str(e.value)
    with pytest.raises(InputError, match="0 pictures can be used"):
        read_pictures(zipped(tmp_path, [], good=0), 12)


def test_too_many_pictures(tmp_path):
    with pytest.raises(InputError, match="there are 9 pictures: at most 8 are taken"):
        read_pictures(picture_zip(tmp_path / "a.zip", 9), 12, least=3, most=8)


def test_pictures_that_are_all_alike(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for i in range(5):
            archive.writestr(f"{i}.png", encoded(blob(0)))
    with pytest.raises(InputError, match="all pictures are the same"):
        read_pictures(tmp_path / "a.zip", 12, least=5)


def test_locked_archives(tmp_path):
    path = zipped(tmp_path, [])
    data = bytearray(path.read_bytes())
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # raise the flag of every member
        start = data.find(sign)
        while start >= 0:
            data[start + at] |= 1
            start = data.find(sign, start + 4)
    path.write_bytes(data)
    with pytest.raises(InputError, match="locked with a password: pack it without one"):
        read_pictures(path, 12, least=3)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_methods_that_cannot_be_stopped(tmp_path, method):
    info = zipfile.ZipInfo("bomb.png")
    info.compress_type = method
    found = read_pictures(zipped(tmp_path, [(info, bytes(10_000))]), 12, least=3)
    assert "packed in an unusual way" in found.skipped[0]


def test_a_zip_bomb_by_what_it_says(tmp_path):
    path = zipped(tmp_path, [(f"{i}.png", bytes(30_000_000)) for i in range(4)])
    assert path.stat().st_size < 1_000_000
    with pytest.raises(InputError, match="times its size: that is a ZIP bomb"):
        read_pictures(path, 12, least=3)


def test_an_archive_that_says_it_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(picture_archives, "MAX_TOTAL", 1000)
    path = zipped(tmp_path, [("a.png", bytes(2000))], good=0)
    with pytest.raises(InputError, match="would unpack to"):
        read_pictures(path, 12)
    monkeypatch.setattr(picture_archives, "MAX_TOTAL", 10)
    with pytest.raises(InputError, match="the file has more than"):
        read_pictures(path, 12)


def test_pictures_that_are_too_large_together(tmp_path, monkeypatch):
    monkeypatch.setattr(picture_sets, "MAX_TOTAL", 200)
    with pytest.raises(InputError, match="all pictures together have more than"):
        read_pictures(zipped(tmp_path, []), 12, least=3)
    monkeypatch.setattr(picture_sets, "MAX_TOTAL", 10**9)
    monkeypatch.setattr(picture_sets, "MAX_DECODED", 200)
    with pytest.raises(InputError, match="all pictures together"):
        read_pictures(zipped(tmp_path, []), 12, least=3)


def _lie(path, name, size):
    """Write ``size`` as a member's unpacked size into both of its headers."""
    data = bytearray(path.read_bytes())
    for sign, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = data.find(sign)
        while start >= 0:
            if name.encode() in data[start : start + 46 + len(name)]:
                data[start + at : start + at + 4] = struct.pack("<I", size)
            start = data.find(sign, start + 4)
    path.write_bytes(data)


def test_members_that_lie_about_their_size(tmp_path):
    path = zipped(tmp_path, [("bomb.png", bytes(30_000_000))])
    _lie(path, "bomb.png", 500)  # says 500 bytes, holds 30 million
    tracemalloc.start()
    try:
        found = read_pictures(path, 12, least=3)
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()
    assert found.skipped[0].startswith("bomb.png is ")


def test_a_member_over_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(picture_archives, "MAX_BYTES", 1000)
    found = read_pictures(zipped(tmp_path, [("big.png", bytes(2000))]), 12, least=3)
    assert found.skipped[0].startswith("big.png has more than")


def test_a_table_of_contents_without_end(tmp_path, monkeypatch):
    path = zipped(tmp_path, [(f"{i}.txt", b"") for i in range(300)])
    monkeypatch.setattr(picture_archives, "MAX_DIRECTORY", 5000)
    with pytest.raises(InputError, match="lists too many files: at most 20,000"):
        read_pictures(path, 12, least=3)
    monkeypatch.setattr(picture_archives, "MAX_DIRECTORY", 10**6)
    monkeypatch.setattr(picture_archives, "MAX_MEMBERS", 100)
    with pytest.raises(InputError, match="lists 303 files: at most 100"):
        read_pictures(path, 12, least=3)


def test_files_that_are_no_zip(tmp_path):
    whole = picture_zip(tmp_path / "a.zip", 5).read_bytes()
    for i, data in enumerate((b"", b"hello" * 100, whole[:-40], whole[: len(whole) // 2])):
        path = tmp_path / f"{i}.zip"
        path.write_bytes(data)
        with pytest.raises(InputError, match="is not a ZIP file, or is damaged"):
            read_pictures(path, 12, least=3)
    for path in (tmp_path / "none.zip", "x\0y"):
        with pytest.raises(InputError, match="there is no file or folder"):
            read_pictures(path, 12)
    with pytest.raises(InputError, match="side 4 is out of range"):
        read_pictures(tmp_path, 4)


def test_damaged_and_overlapping_members_are_left_out(tmp_path):
    path = zipped(tmp_path, [("last.png", encoded(blob(7)))])
    data = bytearray(path.read_bytes())
    at = data.find(b"last.png") + len("last.png")
    data[at + 5 : at + 15] = bytes(10)
    path.write_bytes(data)
    found = read_pictures(path, 12, least=3)
    assert found.skipped == ("last.png is damaged inside the ZIP file",)


def test_reading_can_be_stopped(tmp_path):
    asked = []
    with pytest.raises(Cancelled):
        read_pictures(
            zipped(tmp_path, []),
            12,
            least=3,
            cancel=lambda: bool(asked.append(1)) or len(asked) > 1,
        )

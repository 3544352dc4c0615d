"""``genlens fetch``: the list, downloads by name, what is here already."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import tarfile
from types import SimpleNamespace

import pytest

from fake_registry import FakeRegistry, serve
from genlens.cli.main import main
from genlens.models.download import published, transfer
from genlens.models.download.archives import Archive

pytestmark = pytest.mark.unit


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A registry with one package, "toys", of two files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name in ("a", "b"):
            info = tarfile.TarInfo(f"package/{name}.bin")
            info.size = 3
            tar.addfile(info, io.BytesIO(b"123"))
    data = packed.getvalue()
    place = tmp_path / "registry" / "toys" / "-"
    place.mkdir(parents=True)
    (place / "toys-1.tgz").write_bytes(data)
    members = ("package/a.bin", "package/b.bin")
    archive = Archive("npm", "toys", "1", hashlib.sha256(data).hexdigest(), members[0])
    entry = published.Published("toys", "to play", "MIT", archive, members, len(data), 6)
    monkeypatch.setattr(published, "PUBLISHED", {"toys": entry})
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(transfer, "PAUSE", 0.01)
    with serve(FakeRegistry(tmp_path / "registry")) as running:
        monkeypatch.setenv("GENLENS_NPM_REGISTRY", running.url)
        yield running, entry


def test_the_list_says_what_is_here(shelf, capsys):
    assert main(["fetch"]) == 0
    table = capsys.readouterr().out
    assert "toys" in table and "to play" in table and "MIT" in table and " no " in table
    assert "genlens fetch toys" in table
    assert main(["fetch", "toys", "toys"]) == 0
    assert capsys.readouterr().out.count("toys:") == 2  # what comes, and where it is
    main(["fetch"])
    assert " yes " in capsys.readouterr().out
    assert main(["fetch", "toys"]) == 0
    assert "here already" in capsys.readouterr().out
    assert len(shelf[0].requests) == 1


def test_a_download_that_was_begun_is_told_and_goes_on(shelf, capsys):
    registry, entry = shelf
    registry.faults["toys-1.tgz"] = ["short"] * transfer.TRIES
    assert main(["fetch", "toys"]) == 2
    assert "goes on from there" in capsys.readouterr().err
    main(["fetch"])
    assert "% of it" in capsys.readouterr().out
    assert main(["fetch", "toys"]) == 0
    assert entry.here() is not None and entry.begun() == 0


def test_an_unknown_name_stops_before_anything_is_downloaded(shelf, capsys):
    assert main(["fetch", "toys", "games"]) == 2
    assert "'games' is nothing that can be fetched: take toys" in capsys.readouterr().err
    assert not shelf[0].requests


def test_files_that_the_system_installed_are_taken(shelf, tmp_path):
    own = dataclasses.replace(shelf[1], installed=tmp_path / "system")
    assert own.here() is None
    (tmp_path / "system").mkdir()
    for name in ("a.bin", "b.bin"):
        (tmp_path / "system" / name).write_bytes(b"123")
    assert own.fetch() == (tmp_path / "system/a.bin", tmp_path / "system/b.bin")
    assert not shelf[0].requests


def test_room_for_the_download_and_what_is_unpacked(shelf, monkeypatch, capsys):
    registry, entry = shelf
    free = entry.bytes + entry.unpacked - 1
    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert main(["fetch", "toys"]) == 2
    assert "MB more and the disk has" in capsys.readouterr().err and not registry.requests
    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda _: SimpleNamespace(free=free + 1))
    assert main(["fetch", "toys"]) == 0


def test_the_real_list_is_whole():
    for name, entry in published.PUBLISHED.items():
        assert entry.name == name and len(entry.archive.sha256) == 64
        assert entry.members[0] == entry.archive.member and entry.serves and entry.licence
        assert entry.archive.registry == "npm" or entry.archive.filename

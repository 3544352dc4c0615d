"""No request makes a page read, fetch or hand out anything but what was uploaded to it.

Every event of all apps is tried, with the page launched alone and mounted in the suite.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from genlens.errors import InputError
from genlens.hosting import suite
from genlens.ui.serving.guard import check_files, is_upload
from page_requests import endpoints, outcomes, serving
from page_server import served
from ports import own_port

pytestmark = pytest.mark.robustness

APPS = ("prompt_attribution", "vae_explorer", "anchor_browser", "property_steering")
SECRET = "root:x:0:0:the secret of this machine"
# What every input is tried with; those that take files are tried with everything.
EVERYWHERE = ("absolute",)
FILE_KINDS = (
    *("file", "image", "imageeditor", "gallery"),
    *("uploadbutton", "downloadbutton", "multimodaltextbox"),
)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a secret beside the pages' upload folder, which holds a link to it."""
    folder = tmp_path_factory.mktemp("machine")
    uploads = folder / "uploads"
    uploads.mkdir()
    (folder / "secret.png").write_text(SECRET)
    (uploads / "link.png").symlink_to(folder / "secret.png")
    (uploads / "folder").symlink_to(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(uploads))
        yield folder


@pytest.fixture(scope="module")
def secret_server() -> Iterator[str]:
    """A server on the loopback address that a page must never ask; it counts who did."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(SECRET.encode())

        do_HEAD = do_GET

        def log_message(self, *_: Any) -> None: ...

    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/secret.png"
    server.shutdown()
    server.server_close()
    thread.join()
    assert asked == [], "a page fetched an address for a visitor"


@pytest.fixture(scope="module", params=["alone", "mounted"])
def pages(request: pytest.FixtureRequest, machine: Path) -> Iterator[dict[str, str]]:
    """App -> its address."""
    if request.param == "mounted":
        with serving(suite.build(), own_port()) as address:
            yield {app: f"{address}/{app}" for app in APPS}
        return
    with ExitStack() as stack:
        yield {app: stack.enter_context(served(app, f"files_{app}")) for app in APPS}


def disguises(machine: Path, address: str) -> dict[str, Any]:
    """The secret as a visitor may name it."""
    uploads = machine / "uploads"
    paths = {
        "absolute": str(machine / "secret.png"),
        "relative": os.path.relpath(machine / "secret.png"),
        "file url": f"file://{machine / 'secret.png'}",
        "address": address,
        "link": str(uploads / "link.png"),
        "linked folder": str(uploads / "folder" / "secret.png"),
        "dots": f"{uploads}/../secret.png",
        "folder": str(machine),
    }
    named: dict[str, Any] = {k: _file(v) for k, v in paths.items()}
    named["address as url"] = _file(None) | {"url": address}
    named["address beside a path"] = _file(paths["absolute"]) | {"url": address}
    named["list"] = [_file(paths["absolute"])]
    named["gallery"] = [{"image": _file(paths["absolute"]), "caption": None}]
    named["linked in a gallery"] = [{"image": _file(paths["link"]), "caption": "x"}]
    named["message"] = {"text": "", "files": [_file(paths["absolute"])]}
    named["no mark"] = {"path": paths["absolute"]}
    return named


def _file(path: str | None) -> dict[str, Any]:
    return {"path": path, "orig_name": "secret.png", "meta": {"_type": "gradio.FileData"}}


@pytest.mark.parametrize("app", APPS)
def test_no_event_reads_a_file_that_was_not_uploaded(
    app: str, pages: dict[str, str], machine: Path, secret_server: str
) -> None:
    page = pages[app]
    tried = 0
    with httpx.Client(timeout=120) as client:
        for endpoint in endpoints(page, client):
            for where in _places(endpoint.takes, bool(endpoint.name)):
                takes_file = _takes_file(endpoint.takes, where)
                tries = {
                    how: [named if i in where else None for i in range(len(endpoint.takes))]
                    for how, named in disguises(machine, secret_server).items()
                    if takes_file or how in EVERYWHERE
                }
                answers = outcomes(page, client, endpoint.number, list(tries.values()))
                for how, said in zip(tries, answers, strict=True):
                    what = f"{endpoint.name or endpoint.number} {endpoint.takes} {how}: {said}"
                    assert SECRET not in said, what
                    assert '"success": false' in said, what
                    tried += 1
                    if how != "address as url":
                        assert "not uploaded" in said, what
    assert tried > 20
    copies = [f for f in (machine / "uploads").rglob("*") if f.is_file() and not f.is_symlink()]
    assert not [f for f in copies if SECRET.encode() in f.read_bytes()]


def _places(takes: tuple[str, ...], public: bool) -> list[set[int]]:
    """Which inputs to fill: one after the other where programs call, all at once elsewhere."""
    return [{i} for i in range(len(takes))] if public else [set(range(len(takes)))] if takes else []


def _takes_file(takes: tuple[str, ...], where: set[int]) -> bool:
    return any(takes[i] in FILE_KINDS for i in where)


@pytest.mark.parametrize("app", APPS)
def test_a_named_path_is_not_taken_for_a_file(
    app: str, pages: dict[str, str], machine: Path, secret_server: str
) -> None:
    with httpx.Client(timeout=120) as client:
        for endpoint in endpoints(pages[app], client):
            for place, kind in enumerate(endpoint.takes):
                if kind not in FILE_KINDS:
                    continue
                texts = (str(machine / "secret.png"), secret_server)
                sent = [
                    [t if i == place else None for i in range(len(endpoint.takes))] for t in texts
                ]
                for said in outcomes(pages[app], client, endpoint.number, sent):
                    assert SECRET not in said and '"success": false' in said, said


@pytest.mark.parametrize("app", APPS)
def test_no_address_hands_out_a_file_that_was_not_uploaded(
    app: str, pages: dict[str, str], machine: Path, secret_server: str
) -> None:
    uploads = machine / "uploads"
    (uploads / "mine.txt").write_text("uploaded")
    with httpx.Client(timeout=120, follow_redirects=True) as client:
        for name in (
            machine / "secret.png",
            uploads / "link.png",
            uploads / "folder" / "secret.png",
            f"{uploads}/%2e%2e/secret.png",
            f"{uploads}/..%2fsecret.png",
            secret_server,
            f"file://{machine / 'secret.png'}",
            uploads,
            Path(__file__),
        ):
            for route in ("file=", "file/", "proxy=", "stream/"):
                for ask in (client.get, client.head):
                    answer = ask(f"{pages[app]}/gradio_api/{route}{name}")
                    assert answer.status_code >= 400 and SECRET not in answer.text, name
        assert client.get(f"{pages[app]}/gradio_api/file={uploads / 'mine.txt'}").text == "uploaded"


@pytest.mark.parametrize("app", APPS)
def test_pictures_are_taken_as_files(app: str, pages: dict[str, str]) -> None:
    """gr.Image decodes a picture itself: 16 bits become 1, transparency black, and a damaged one an
    error without words. ``models.pictures`` reads the file."""
    with httpx.Client(timeout=120) as client:
        taken = [kind for endpoint in endpoints(pages[app], client) for kind in endpoint.takes]
        parts = client.get(f"{pages[app]}/config").json()["components"]
    # A brush on a picture of the page's own takes no picture in.
    brushes = [part["props"]["sources"] == [] for part in parts if part["type"] == "imageeditor"]
    assert all(brushes)
    assert taken and not {"image", "imageslider", "gallery"} & set(taken)


def test_what_the_guard_takes(machine: Path) -> None:
    uploads = machine / "uploads"
    (uploads / "mine.txt").write_text("uploaded")
    check_files([None, 1, "text", [{"path": str(uploads / "mine.txt")}], {"path": None}])
    outside = (machine / "secret.png", machine / "none", uploads / "link.png")
    outside += (uploads / ".." / "secret.png", uploads, uploads / "folder")
    messages = set()
    for refused in (*map(str, outside), 3, "", "a\0b", "x" * 5000):
        assert not is_upload(refused)
        with pytest.raises(InputError) as caught:
            check_files({"a": [{"path": refused}]})
        messages.add(str(caught.value))
    assert len(messages) == 1, "the message says whether a file is there"

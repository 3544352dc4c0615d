"""A hub on the loopback address: enough of the API for huggingface_hub to download models.

``FakeHub(repos)`` serves folders as repositories. ``faults`` spoils chosen answers, so that tests
can see what a client does with a hub that misbehaves; ``requests`` lists what was asked for.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class FakeHub:
    """Repositories by name ("owner/name" -> folder), and the faults to show.

    ``faults`` maps a file's path in its repository, or "api", to "500", "short" (the body is cut
    off) or "corrupt" (one byte differs, the size does not); the name of a repository to "gated"
    (its licence has to be accepted first: its files are listed, and not given).
    """

    def __init__(self, repos: dict[str, Path]) -> None:
        self.repos = repos
        self.faults: dict[str, str] = {}
        self.requests: list[str] = []
        self.url = ""


@contextmanager
def serve(hub: FakeHub) -> Iterator[FakeHub]:
    """Run ``hub`` on a free port of 127.0.0.1 inside the ``with`` block."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: FakeHub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, *args: object) -> None:
        """Nothing on the console."""

    def _answer(self, *, body: bool) -> None:
        parts = [unquote(p) for p in urlsplit(self.path).path.strip("/").split("/")]
        self.hub.requests.append(f"{self.command} {'/'.join(parts)}")
        api = parts[:1] == ["api"] and parts[1:2] in (["models"], ["datasets"])
        if parts[:1] == ["datasets"]:  # where the files of a data set are resolved
            parts = parts[1:]
        owner, name, *rest = parts[2:] if api else (*parts, "", "")[: max(len(parts), 2)]
        folder = self.hub.repos.get(f"{owner}/{name}")
        if folder is None:
            self._send(404, b"{}", body, {"X-Error-Code": "RepoNotFound"})
        elif len(rest) > 1 and rest[1] not in ("main", COMMIT):
            self._send(404, b"{}", body, {"X-Error-Code": "RevisionNotFound"})
        elif api and self.hub.faults.get("api") == "500":
            self._send(500, b"{}", body, {})
        elif api and rest[:1] == ["tree"]:
            self._send_json(_tree(folder), body)
        elif api:
            siblings = [{"rfilename": entry["path"]} for entry in _tree(folder)]
            self._send_json({"id": f"{owner}/{name}", "sha": COMMIT, "siblings": siblings}, body)
        elif rest[:1] == ["resolve"] and self.hub.faults.get(f"{owner}/{name}") == "gated":
            self._send(403, b"", body, {"X-Error-Code": "GatedRepo"})
        elif rest[:1] == ["resolve"]:
            self._send_file(folder, "/".join(rest[2:]), body)
        else:
            self._send(404, b"{}", body, {})

    def _send_file(self, folder: Path, path: str, body: bool) -> None:
        fault = self.hub.faults.get(path)
        if not (folder / path).is_file():
            self._send(404, b"", body, {"X-Error-Code": "EntryNotFound"})
            return
        data = (folder / path).read_bytes()
        headers = {
            "ETag": f'"{hashlib.sha256(data).hexdigest()}"',
            "X-Repo-Commit": COMMIT,
            "X-Linked-Size": str(len(data)),
        }
        if fault == "500":
            self._send(500, b"", body, {})
        elif fault == "short":
            self._send(200, data[: len(data) // 2], body, headers)
        elif fault == "corrupt":
            self._send(200, data[:-1] + bytes([data[-1] ^ 1]), body, headers)
        else:
            self._send(200, data, body, headers)

    def _send_json(self, value: object, body: bool) -> None:
        self._send(200, json.dumps(value).encode(), body, {"Content-Type": "application/json"})

    def _send(self, status: int, data: bytes, body: bool, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data)


def _tree(folder: Path) -> list[dict]:
    entries = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        entry: dict = {
            "type": "file",
            "path": path.relative_to(folder).as_posix(),
            "size": len(data),
            "oid": hashlib.sha1(data).hexdigest(),
        }
        if path.suffix in (".safetensors", ".bin", ".pth", ".ckpt", ".parquet"):
            entry["lfs"] = {
                "oid": hashlib.sha256(data).hexdigest(),
                "size": len(data),
                "pointerSize": 130,
            }
        entries.append(entry)
    return entries

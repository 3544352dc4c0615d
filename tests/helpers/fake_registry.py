"""A package registry on the loopback address: a folder over HTTP, with parts (Range) and faults.

``faults`` says for a file's name how its next answers are spoilt: "short" cuts a body in half,
"500" is an error; one entry is used up by each request for a body. ``requests`` lists what was
asked for, with the byte it was asked from.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit


class FakeRegistry:
    """The files below ``folder``; ``ranges`` False for a server that only sends whole files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self.ranges = True
        self.faults: dict[str, list[str]] = {}
        self.requests: list[tuple[str, int]] = []


@contextmanager
def serve(registry: FakeRegistry) -> Iterator[FakeRegistry]:
    """Run ``registry`` on a free port of 127.0.0.1 inside the ``with`` block."""
    handler = type("Handler", (_Handler,), {"registry": registry})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    registry.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    registry: FakeRegistry

    def log_message(self, *args: object) -> None:
        """Nothing on the console."""

    def do_GET(self) -> None:
        path = self.registry.folder / unquote(urlsplit(self.path).path).strip("/")
        path = path / "index.html" if path.is_dir() else path
        asked = self.headers.get("Range") if self.registry.ranges else None
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        self.registry.requests.append((path.name, start))
        if not path.is_file():
            return self._send(404, b"")
        fault = self.registry.faults.get(path.name, [])
        how = fault.pop(0) if fault else ""
        if how == "500":
            return self._send(500, b"")
        data = path.read_bytes()
        if start and start >= len(data):
            return self._send(416, b"")
        rest = data[start:]
        said = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if start else {}
        cut = len(rest) // 2 if how == "short" else len(rest)
        return self._send(206 if start else 200, rest[:cut], said, len(rest))

    def _send(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, claimed: int = 0
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(claimed or len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

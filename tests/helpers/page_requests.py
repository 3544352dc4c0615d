"""Raw requests to a page's server, as an attacker or a careless program would send them."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Endpoint:
    """One event of a page: its number, its public name ("" for the page's own), its inputs."""

    number: int
    name: str
    takes: tuple[str, ...]


def endpoints(page: str, client: httpx.Client) -> list[Endpoint]:
    """Every event of the page that calls Python, from what the page tells every browser."""
    config = client.get(f"{page}/config").json()
    kinds = {component["id"]: component["type"] for component in config["components"]}
    return [
        Endpoint(
            d["id"],
            d["api_name"] if d["api_visibility"] == "public" else "",
            tuple(kinds[i] for i in d["inputs"]),
        )
        for d in config["dependencies"]
        if d["backend_fn"]
    ]


def join(
    page: str, client: httpx.Client, number: int, data: list[Any], session: str = ""
) -> tuple[str, httpx.Response]:
    """Put event ``number`` into the queue; the session it belongs to and the answer."""
    session = session or secrets.token_hex(6)
    body = {"data": data, "fn_index": number, "session_hash": session}
    return session, client.post(f"{page}/gradio_api/queue/join", json=body)


def outcome(page: str, client: httpx.Client, number: int, data: list[Any]) -> str:
    """All that the server says about one event, until it has ended."""
    session, answer = join(page, client, number, data)
    return answer.text + "".join(json.dumps(m) for m in messages(page, client, session))


def outcomes(
    page: str, client: httpx.Client, number: int, inputs: Sequence[list[Any]]
) -> list[str]:
    """``outcome`` of each of ``inputs``, each a visitor's own, asked for together: gradio answers
    one that waits after 0.05 s at the earliest."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda data: outcome(page, client, number, data), inputs))


def messages(page: str, client: httpx.Client, session: str) -> Iterator[dict[str, Any]]:
    """What the queue tells a session, until it has nothing more to tell."""
    address = f"{page}/gradio_api/queue/data"
    with client.stream("GET", address, params={"session_hash": session}) as stream:
        for line in stream.iter_lines():
            if line.startswith("data:"):
                message = json.loads(line[5:])
                yield message
                if message["msg"] in ("close_stream", "unexpected_error"):
                    return


@contextmanager
def serving(app: Any, port: int) -> Iterator[str]:
    """``app`` (ASGI) under uvicorn in a thread; its address."""
    import uvicorn

    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(timeout=60)

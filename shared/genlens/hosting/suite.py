"""The suite: every app of ``spaces/`` in one local server, opened in the browser.

Each app keeps the page it has as a Space, at ``/<app>/``; ``/`` leads to the first one.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from genlens.errors import InputError
from genlens.hosting.card import read_front_matter
from genlens.hosting.deploy import app_folder, find_checkout, list_apps

if TYPE_CHECKING:
    from fastapi import FastAPI

FIRST_APP = "prompt_attribution"
HOST = "127.0.0.1"
FIRST_PORT, PORTS_TRIED = 7860, 100


def load_app(app: str, root: Path | None = None) -> ModuleType:
    """Import ``spaces/<app>/app.py`` under a name of its own; the module has a ``demo``.

    (By path, because the folder ``spaces/`` must not become a package: it would hide the PyPI
    package of that name.)

    Raises:
        InputError: there is no such app, or it has no ``demo``.
    """
    path = app_folder(app, root) / "app.py"
    name = f"genlens_space_{app}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None  # holds for every path that ends in .py
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    if not hasattr(module, "demo"):
        raise InputError(f"{path} has no module-level 'demo'.")
    return module


def apps_in_order(root: Path | None = None) -> list[str]:
    """The apps of ``spaces/``, the first one first."""
    return sorted(list_apps(root), key=lambda app: (app != FIRST_APP, app))


def page_titles(root: Path | None = None) -> dict[str, str]:
    """Address of each page on the suite's server -> its title, as its Space's card has it."""
    titles = {}
    for app in apps_in_order(root):
        card = app_folder(app, root) / "README.md"
        title = read_front_matter(card).get("title") if card.is_file() else None
        titles[f"/{app}/"] = str(title or app)
    return titles


def build(root: Path | None = None) -> FastAPI:
    """A server with every app of ``spaces/`` mounted at ``/<app>``.

    Every page gets the options it passes to ``demo.launch`` as a Space, so it looks the same here.

    Args:
        root: the checkout; found by itself when None.
    """
    import gradio as gr
    from fastapi import FastAPI
    from fastapi.responses import RedirectResponse

    from genlens.ui.serving.page import Page
    from genlens.ui.theme import launch_options

    apps = apps_in_order(root)
    if not apps:
        raise InputError("There is no app in spaces/ yet.")
    server = FastAPI(title="genlens", docs_url=None, redoc_url=None, openapi_url=None)

    @server.get("/", include_in_schema=False)
    def first_page() -> RedirectResponse:
        return RedirectResponse(f"/{apps[0]}/")

    pages = page_titles(root)
    for app in apps:
        module = load_app(app, root)
        if isinstance(module.demo, Page):
            module.demo.link_to(pages, f"/{app}/")
        options = launch_options(**getattr(module, "OPTIONS", {}))
        server = gr.mount_gradio_app(server, module.demo, path=f"/{app}", **options)
        module.demo.has_launched = True  # else gradio checks no path of a mounted page
    return server


def serve(
    *,
    port: int | None = None,
    browser: bool = True,
    folders: Sequence[Path] = (),
    any_repository: bool = False,
) -> None:
    """Serve the suite on this machine alone, until interrupted.

    What visitors upload lies in a folder of its own, which is deleted at the end.

    Args:
        port: the port to use; the first free one from 7860 on when None.
        browser: open the first page once the server answers.
        folders: pages may open models below these; relative names count from the first.
        any_repository: pages may download models that the catalog does not list.

    Raises:
        InputError: there are no pages here, the port is taken, or a folder is not there.
    """
    import uvicorn

    from genlens.ui.serving.access import Access, allow, allowed_folder

    root = find_checkout()
    allowed = tuple(allowed_folder(folder) for folder in folders)
    allow(Access.of_environment().on_own_machine(allowed, any_repository))
    if port is not None and not is_free(port):
        raise InputError(f"Port {port} is taken or not allowed: name another, or leave --port out.")
    port = free_port() if port is None else port
    own = tempfile.TemporaryDirectory(prefix="genlens-demo-", ignore_cleanup_errors=True)
    os.environ.setdefault("GRADIO_TEMP_DIR", own.name)  # before pages are built: they remember it
    server = build(root)
    # gradio treats files of the working directory with less suspicion than others.
    os.chdir(root / "spaces")
    url = f"http://{HOST}:{port}/"
    print(f"genlens runs at {url} (Ctrl-C stops it)", flush=True)
    for address, title in page_titles(root).items():
        print(f"  {url.rstrip('/')}{address}  {title}", flush=True)
    if browser:
        threading.Thread(target=_open_when_up, args=(url, port), daemon=True).start()
    # (uvicorn.run would swallow the interrupt that ends it.)
    config = uvicorn.Config(server, host=HOST, port=port, log_level="warning")
    with own:
        uvicorn.Server(config).run()


def free_port() -> int:
    """The first free port from 7860 on.

    Raises:
        InputError: a hundred in a row are taken.
    """
    last = FIRST_PORT + PORTS_TRIED - 1
    for port in range(FIRST_PORT, last + 1):
        if is_free(port):
            return port
    raise InputError(f"Ports {FIRST_PORT} to {last} are all taken: name one with --port.")


def is_free(port: int) -> bool:
    """Whether this machine lets us listen at ``port`` (bound counts as taken, heard or not)."""
    with socket.socket() as probe:
        if os.name != "nt":  # there it would let two servers share a port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def _open_when_up(url: str, port: int, patience_s: float = 120.0) -> None:
    """Open ``url`` once something listens there."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                webbrowser.open(url)
                return
        time.sleep(0.2)

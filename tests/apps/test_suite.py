"""The suite as ``make demo`` starts it: one local server, the prompt page first."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from genlens.errors import InputError
from genlens.hosting import suite
from ports import own_port

pytestmark = pytest.mark.apps

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 180
PAGE = """
import gradio as gr

with gr.Blocks(title="{title}") as demo:
    name, greeting = gr.Textbox(), gr.Textbox()
    gr.Button().click(lambda name: "{title} " + name, name, greeting, api_name="greet")
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for app in ("another", "prompt_attribution"):
        folder = tmp_path / "spaces" / app
        folder.mkdir(parents=True)
        (folder / "app.py").write_text(PAGE.format(title=app))
    return tmp_path


def test_every_app_is_mounted_and_the_prompt_page_comes_first(checkout: Path) -> None:
    import uvicorn
    from gradio_client import Client

    port = own_port()
    server = uvicorn.Server(
        uvicorn.Config(suite.build(checkout), host="127.0.0.1", port=port, log_level="warning")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.05)
        url = f"http://127.0.0.1:{port}/"
        with urllib.request.urlopen(url, timeout=60) as first:
            assert first.url == url + "prompt_attribution/"
        for app in ("prompt_attribution", "another"):
            answer = Client(f"{url}{app}/", verbose=False).predict("Ada", api_name="/greet")
            assert answer == f"{app} Ada"
    finally:
        server.should_exit = True
        thread.join(timeout=60)


def test_an_app_is_loaded_by_path_under_its_own_name(checkout: Path) -> None:
    module = suite.load_app("another", checkout)
    assert module.__name__ == "genlens_space_another" and module.demo.title == "another"
    import spaces

    assert "site-packages" in str(spaces.__file__), "the PyPI package is not shadowed"


def test_an_app_without_demo_is_refused(checkout: Path) -> None:
    (checkout / "spaces" / "another" / "app.py").write_text("page = 1\n")
    with pytest.raises(InputError, match="no module-level 'demo'"):
        suite.load_app("another", checkout)


def test_an_app_that_fails_leaves_no_half_module(checkout: Path) -> None:
    (checkout / "spaces" / "another" / "app.py").write_text("raise OSError('broken')\n")
    with pytest.raises(OSError, match="broken"):
        suite.load_app("another", checkout)
    assert "genlens_space_another" not in sys.modules


def test_no_apps_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spaces").mkdir()
    with pytest.raises(InputError, match="no app"):
        suite.build(tmp_path)


def test_a_free_port_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "FIRST_PORT", own_port())  # apart from tests beside this one
    port = suite.free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        assert suite.free_port() != port
        with pytest.raises(InputError, match=f"Port {port} is taken"):
            suite.serve(port=port, browser=False)


def test_demo_serves_the_prompt_page_until_interrupted(tmp_path: Path) -> None:
    port = own_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "genlens.cli.main", "demo", "--no-browser", "--port", str(port)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "shared"), "GRADIO_TEMP_DIR": str(tmp_path)},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        page = _fetch(f"http://127.0.0.1:{port}/", process)
        assert "gradio" in page and "which word drew what" in page
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 130, output
        assert f"genlens runs at http://127.0.0.1:{port}/" in output
        for app in suite.list_apps():
            assert f"http://127.0.0.1:{port}/{app}/" in output, "every page is named"
            assert f'href=\\"/{app}/\\"' in page, "and linked"
        assert "Traceback" not in output
    finally:
        process.kill()
        process.wait()


def _fetch(url: str, process: subprocess.Popen[str]) -> str:
    """The page at ``url`` once the server answers."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"the server ended: {process.communicate()[0]}")
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return str(answer.read().decode("utf-8"))
        except ConnectionError:
            time.sleep(0.2)
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionError):
                raise
            time.sleep(0.2)
    pytest.fail(f"{url} did not answer in {PATIENCE_S} s")

"""A staged Space, started from its folder alone by an interpreter that knows nothing else."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from genlens.attribution.methods import METHODS

BOOT_PATIENCE_S = 180


class DidNotBoot(AssertionError):
    """The Space ended, or did not answer; the message holds what it printed."""


@contextmanager
def running(
    python: Path, folder: Path, home: Path, patience: float = BOOT_PATIENCE_S
) -> Iterator[str]:
    """Boot the Space in ``folder`` with an environment that knows nothing of this one; its URL.

    Raises:
        DidNotBoot: it ended, or did not listen within ``patience`` seconds.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {
        "PATH": os.defpath,
        "HOME": str(home),
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "2",
    }
    log = home / "space.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, "app.py"], cwd=folder, env=env, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(port, process, log, patience)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path, patience: float) -> None:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if process.poll() is not None:
            raise DidNotBoot(f"the Space ended while booting:\n{log.read_text(errors='replace')}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise DidNotBoot(f"no answer in {patience:g} s:\n{log.read_text(errors='replace')}")


def ask(app: str, url: str, *, thoroughly: bool = False) -> None:
    """Call what the Space called ``app`` is for, at ``url``; AssertionError where it is wrong.

    ``thoroughly``: also all that imports further libraries when it is first called.
    """
    from gradio_client import Client

    client = Client(url, verbose=False)
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert endpoints, "every button is a named endpoint"
    if app == "prompt_attribution":
        assert {"/explain_prompt", "/generate", "/segment"} <= set(endpoints)
        assert client.predict("a cat", 0, api_name="/generate")
        if thoroughly:
            explained = client.predict("a cat", 0, api_name="/explain_prompt")
            assert len(explained["values"]) == 2
    if app == "vae_explorer":
        assert {"/latent_map", "/decode", "/attribute", "/train"} <= set(endpoints)
        found = client.predict("digits-vae", "pca", api_name="/latent_map")
        assert len(found["points"]) == found["n"]
        decoded = client.predict("digits-vae", None, found["points"][0], api_name="/decode")
        assert decoded["image"].startswith("data:image/png")
        if thoroughly:
            for kind in ("tsne", "umap"):
                assert client.predict("digits-vae", kind, api_name="/latent_map")["n"]
            for method in METHODS.values():
                target = "latent" if "image" in method.kinds else "decoded-region"
                client.predict("digits-vae", 0, target, method.name, api_name="/attribute")
    if app == "property_steering":
        assert {"/draw_faces", "/steering_choices"} <= set(endpoints)
        found = client.predict("avatars-vae", ["0", "1>2@0.5"], api_name="/draw_faces")
        assert len(found["pictures"]) == len(found["scores"]) == 2
    if app == "anchor_browser":
        assert {"/score_anchors", "/group_anchors", "/select_anchors"} <= set(endpoints)
        found = client.predict("zeros-vae", "", "HILE", 3, api_name="/select_anchors")
        assert len(found["ids"]) == 3 and found["guarantee"]
        if thoroughly:
            grouped = client.predict("zeros-vae", "studied", api_name="/group_anchors")
            assert sum(map(sum, grouped["counts"])) == grouped["n"]

"""A map that nobody waits for any more is not drawn on: the process that draws it is gone."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest

from genlens.latents.maps import fit_process
from page_server import served
from vae_page import small_study, standing_in

pytestmark = pytest.mark.robustness
PATIENCE_S = 240


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[str]]:
    """The processes that draw maps, as they are started."""
    found: list[subprocess.Popen[str]] = []
    popen = subprocess.Popen

    def remember(*args: object, **options: object) -> subprocess.Popen[str]:
        found.append(popen(*args, **options))  # type: ignore[call-overload]
        return found[-1]

    monkeypatch.setattr(fit_process.subprocess, "Popen", remember)
    return found


@pytest.fixture(scope="module")
def page() -> Iterator[str]:
    with standing_in(small_study(4000, 8)), served("vae_explorer", "stopping_maps") as address:
        yield address


def until(done: object) -> None:
    end = time.monotonic() + PATIENCE_S
    while not done():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_a_program_that_hangs_up_stops_the_map(
    page: str, started: list[subprocess.Popen[str]], method: str
) -> None:
    address = f"{page}/gradio_api/call/latent_map"
    asked = {"data": ["digits-vae", method, 30, 15, 0.1]}
    with httpx.Client(timeout=PATIENCE_S) as client:
        event = client.post(address, json=asked).json()["event_id"]
        with client.stream("GET", f"{address}/{event}"):
            until(lambda: started)
            assert started[0].poll() is None
        until(lambda: started[0].poll() is not None)
        assert started[0].returncode == -9, "it was stopped and did not end by itself"
        # The lane is free, and nothing half drawn was kept.
        plain = {"data": ["digits-vae", "pca", 30, 15, 0.1]}
        event = client.post(address, json=plain).json()["event_id"]
        assert "event: complete" in client.get(f"{address}/{event}").text
    assert len(started) == 1

"""A VAE that a visitor trains on the second page is at hand on the third, and the way back."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, expect

from genlens.hosting import suite
from own_pictures import picture_zip
from page_browser import PATIENCE_MS, visitor
from page_server import ROOT

pytestmark = pytest.mark.ui
TRAINED = "my pictures (trained here)"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Both pages on one server, as ``genlens demo`` has them."""
    root = tmp_path_factory.mktemp("checkout")
    for app in ("anchor_browser", "vae_explorer"):
        shutil.copytree(ROOT / "spaces" / app, root / "spaces" / app)
    with socket.socket() as probe:  # not the suite's ports, which other servers take
        probe.bind((suite.HOST, 0))
        port = int(probe.getsockname()[1])
    config = uvicorn.Config(suite.build(root), host=suite.HOST, port=port, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.05)
    yield f"http://{suite.HOST}:{port}"
    server.should_exit = True
    thread.join(timeout=60)


def test_a_vae_of_the_second_page_is_found_on_the_third(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    with visitor(browser, address) as page:
        page.goto(f"{address}/vae_explorer/?tab=train")
        page.wait_for_selector("#gl-train", timeout=PATIENCE_MS)
        with page.expect_response(lambda r: "upload" in r.url, timeout=PATIENCE_MS):
            zipped = picture_zip(tmp_path / "mine.zip", 200, folders=True)
            page.locator("#gl-training-zip input[type=file]").set_input_files(zipped)
        page.wait_for_timeout(2000)  # the page takes the answer in
        page.get_by_label("number input for Rounds (epochs)").fill("1")
        page.locator("#gl-train").click()
        look = page.get_by_role("button", name="Look into this model")
        expect(look).to_be_enabled(timeout=PATIENCE_MS)

        # Not looked into on this page: the other one offers it all the same.
        page.get_by_role("link", name="Which pictures", exact=False).click()
        page.wait_for_selector(".gl-anchors[data-ready]", timeout=PATIENCE_MS)
        page.locator("#gl-model input").click()
        page.get_by_role("option", name=TRAINED).click(timeout=PATIENCE_MS)
        expect(page.locator("#gl-line")).to_contain_text("200 anchors", timeout=PATIENCE_MS)
        assert "mine-" not in page.url

        # Open here, it is open there.
        page.get_by_role("link", name="autoencoder", exact=False).click()
        expect(page.locator("#gl-model input")).to_have_value(TRAINED, timeout=PATIENCE_MS)

    with visitor(browser, address) as other:  # another visitor has none of it
        other.goto(f"{address}/anchor_browser/")
        other.wait_for_selector(".gl-anchors[data-ready]", timeout=PATIENCE_MS)
        other.locator("#gl-model input").click()
        expect(other.get_by_role("option", name=TRAINED)).to_have_count(0)

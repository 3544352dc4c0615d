"""Anchors from a data set of a hub on the loopback address: its picture files, nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import fake_hub
from genlens.anchors.sets.sets import anchor_set
from genlens.errors import DownloadError, InputError

pytestmark = pytest.mark.robustness


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub with one data set of six pictures in two folders, and a script that must not run."""
    rng = np.random.default_rng(0)
    repo = tmp_path / "repo"
    for kind in ("cats", "dogs"):
        (repo / "data" / kind).mkdir(parents=True)
        for i in range(3):
            pixels = rng.integers(0, 256, (16, 16, 3), np.uint8)
            Image.fromarray(pixels).save(repo / "data" / kind / f"{i}.png")
    (repo / "pets.py").write_text("raise SystemExit('this was run')")
    (repo / "data.parquet").write_bytes(b"PAR1")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "all.csv").write_text("a,b")
    (tmp_path / "texts" / ".gitattributes").write_text("*.csv text")
    repos = {"someone/pets": repo, "someone/texts": tmp_path / "texts"}
    with fake_hub.serve(fake_hub.FakeHub(repos)) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


def test_folders_of_a_data_set_are_classes(hub):
    anchors = anchor_set(f"hub:someone/pets@{fake_hub.COMMIT}", (3, 16, 16))
    assert len(anchors) == 6 and anchors.names == ("cats", "dogs")
    assert anchors.title.startswith(f"someone/pets at {fake_hub.COMMIT[:8]}, 6 pictures")
    assert next(anchors.batches(6)).shape == (6, 3, 16, 16)
    assert not [r for r in hub.requests if r.endswith((".py", ".parquet"))]
    hub.requests.clear()
    anchor_set(f"hub:someone/pets@{fake_hub.COMMIT}")
    assert not hub.requests, "a commit that is here is not asked for again"


def test_one_folder_of_it(hub):
    anchors = anchor_set("hub:someone/pets:data/dogs", (1, 8, 8), n=2)
    assert len(anchors) == 2 and anchors.names == ()


def test_what_cannot_be_read_is_refused_in_words(hub):
    with pytest.raises(InputError, match=r"0 picture files \(there are \.csv\)"):
        anchor_set("hub:someone/texts")
    with pytest.raises(DownloadError, match="the hub has no someone/nothing"):
        anchor_set("hub:someone/nothing")
    with pytest.raises(DownloadError, match="no revision"):
        anchor_set(f"hub:someone/pets@{'f' * 40}")
    hub.faults["data/cats/1.png"] = "500"
    with pytest.raises(DownloadError):
        anchor_set("hub:someone/pets")

"""Anchors from Parquet files of a data set on a hub on the loopback address."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import fake_hub
from genlens.anchors.sets.sets import anchor_set
from genlens.errors import DownloadError, InputError
from genlens.models.download import data_sets
from genlens.models.pictures import tables

pytestmark = pytest.mark.robustness
NAMES = ["cat", "dog", "a bird"]


def png(value: int, side: int = 16) -> bytes:
    """A picture whose grey value can be told afterwards."""
    pixels = np.full((side, side + 4, 3), value, np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def write(path: Path, pictures: list, labels: list | None = None, **named: object) -> None:
    """A table as the ``datasets`` library writes it; pictures are PNG bytes, or None for a null."""
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    rows = [None if p is None else {"bytes": p or None, "path": "x.png"} for p in pictures]
    columns = {"id": pa.array(range(len(rows))), "image": pa.array(rows, kind)}
    features: dict = {"image": {"_type": "Image"}}
    if labels is not None:
        columns["label"] = pa.array(labels)
    if named.get("in_table"):
        features["label"] = {"_type": "ClassLabel", "names": NAMES}
    table = pa.table(columns).replace_schema_metadata(
        {"huggingface": json.dumps({"info": {"features": features}})}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=10)


CARD = """---
dataset_info:
- config_name: all
  features:
  - name: label
    dtype:
      class_label:
        names:
          '0': cat
          '1': dog
          '2': a bird
---
# Pets
"""


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub with one data set: 35 rows to train on in two files, 6 to test with, and a script."""
    repo = tmp_path / "repo"
    train = [png(i) for i in range(35)]
    write(repo / "data" / "train-0.parquet", train[:25], [i % 3 for i in range(25)], in_table=True)
    write(repo / "data" / "train-1.parquet", train[25:], [i % 3 for i in range(25, 35)])
    write(repo / "data" / "test-0.parquet", [png(100 + i) for i in range(6)], [0, 1, 2, 0, 1, -1])
    (repo / "README.md").write_text(CARD)
    (repo / "pets.py").write_text("raise SystemExit('this was run')")
    (repo / ".gitattributes").write_text("*.parquet lfs")
    Image.new("RGB", (8, 8)).save(repo / "logo.png")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path / "cache"))
    with fake_hub.serve(fake_hub.FakeHub({"someone/pets": repo})) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running, repo


def greys(anchors) -> list[int]:
    return (
        (anchors.pictures(np.arange(len(anchors)))[:, 0, 4, 4] * 255).round().astype(int).tolist()
    )


def test_tables_are_read_row_by_row_with_their_classes(hub):
    running, _ = hub
    anchors = anchor_set(f"hub:someone/pets@{fake_hub.COMMIT}:data/train", (3, 16, 16))
    assert greys(anchors) == list(range(35)) and anchors.ids.tolist() == list(range(35))
    assert anchors.names == tuple(NAMES) and anchors.labels.tolist() == [i % 3 for i in range(35)]
    assert anchors.title.startswith(f"someone/pets at {fake_hub.COMMIT[:8]}, 35 pictures")
    assert not [r for r in running.requests if r.endswith((".py", ".png", "test-0.parquet"))]
    running.requests.clear()
    again = anchor_set(f"hub:someone/pets@{fake_hub.COMMIT}:data/train", (3, 16, 16))
    assert not running.requests, "a commit that is here is not asked for again"
    assert greys(again) == greys(anchors)


def test_classes_are_named_by_the_card_and_unknown_ones_are_none(hub):
    anchors = anchor_set("hub:someone/pets:data/test", (1, 16, 16))
    assert anchors.names == tuple(NAMES) and anchors.labels.tolist() == [0, 1, 2, 0, 1, -1]


def test_some_rows_are_the_same_ones_each_time_and_in_order(hub):
    anchors = anchor_set("hub:someone/pets", (1, 16, 16), n=7, seed=3)
    again = anchor_set("hub:someone/pets", (1, 16, 16), n=7, seed=3)
    assert anchors.ids.tolist() == sorted(anchors.ids.tolist()) == again.ids.tolist()
    # data/test-0 comes first: its grey values begin at 100
    assert greys(anchors) == [100 + i if i < 6 else i - 6 for i in anchors.ids.tolist()]
    assert anchors.ids.tolist() != anchor_set("hub:someone/pets", n=7, seed=4).ids.tolist()


def test_rows_without_a_picture_are_left_out(hub):
    _, repo = hub
    write(repo / "odd" / "a.parquet", [png(1), None, b"", b"no picture", png(2)], [5, 6, 5, 6, 6])
    (repo / "README.md").unlink()
    anchors = anchor_set("hub:someone/pets:odd", (1, 16, 16))
    assert anchors.ids.tolist() == [0, 4] and greys(anchors) == [1, 2]
    assert anchors.names == ("5", "6") and anchors.labels.tolist() == [0, 1]


def test_texts_as_classes_and_no_classes(hub):
    _, repo = hub
    write(repo / "text" / "a.parquet", [png(i) for i in range(4)], ["b", "a", None, "b"])
    write(repo / "bare" / "a.parquet", [png(i) for i in range(4)])
    anchors = anchor_set("hub:someone/pets:text", (1, 16, 16))
    assert anchors.names == ("a", "b") and anchors.labels.tolist() == [1, 0, -1, 1]
    anchors = anchor_set("hub:someone/pets:bare", (1, 16, 16))
    assert anchors.names == () and (anchors.labels == -1).all()


def test_what_cannot_be_read_is_refused_in_words(hub, monkeypatch):
    running, repo = hub
    import pyarrow as pa
    import pyarrow.parquet as pq

    for name in ("bad", "words", "torn"):
        (repo / name).mkdir()
    (repo / "bad" / "a.parquet").write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    pq.write_table(pa.table({"text": ["a"] * 50}), repo / "words" / "a.parquet")
    data = bytearray((repo / "data" / "test-0.parquet").read_bytes())
    data[40:400] = bytes(360)
    (repo / "torn" / "a.parquet").write_bytes(data)
    with pytest.raises(InputError, match="a.parquet cannot be read as Parquet"):
        anchor_set("hub:someone/pets:bad")
    with pytest.raises(InputError, match="no column of pictures.* it has text"):
        anchor_set("hub:someone/pets:words")
    with pytest.raises(InputError, match="damaged or unusual|pictures can be used"):
        anchor_set("hub:someone/pets:torn")
    running.faults["data/train-0.parquet"] = "corrupt"
    with pytest.raises(DownloadError, match="expected sha256"):
        anchor_set("hub:someone/pets:data/train-0")
    monkeypatch.setattr(tables, "_LARGEST_GROUP", 100)
    with pytest.raises(InputError, match="row group"):
        anchor_set("hub:someone/pets:data/test")


def test_the_size_is_asked_before_anything_is_downloaded(hub, monkeypatch):
    running, _ = hub
    monkeypatch.setattr(data_sets, "MOST_TABLES", 1000)
    with pytest.raises(InputError, match=r"3 Parquet files .* such as hub:someone/pets:data/"):
        anchor_set("hub:someone/pets")
    assert not [r for r in running.requests if "resolve" in r]


def test_too_many_rows_are_refused_and_fewer_can_be_asked_for(hub, monkeypatch):
    from genlens.anchors.sets import own

    monkeypatch.setattr(own, "MOST_FILES", 30)
    with pytest.raises(InputError, match="41 pictures, and 1 to 30 are taken: ask for fewer"):
        anchor_set("hub:someone/pets")
    assert len(anchor_set("hub:someone/pets", n=30)) == 30


def test_without_pyarrow_the_line_that_installs_it_is_told_before_the_download(hub, monkeypatch):
    running, _ = hub
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match='needs pyarrow: run pip install "pyarrow>=17"'):
        anchor_set("hub:someone/pets")
    assert not [r for r in running.requests if "resolve" in r]

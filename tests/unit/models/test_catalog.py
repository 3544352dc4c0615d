"""The catalog, ``genlens.load`` for local folders, and weight files."""

from __future__ import annotations

import json
import pkgutil
import re
import shutil
import subprocess
import sys

import pytest
import torch

import genlens
from genlens.errors import InputError, ModelError
from genlens.models import catalog, contracts, weights
from genlens.models.download import records

pytestmark = pytest.mark.unit
_EMBEDDED = [e for e in catalog.entries() if e.source == "embedded"]


def test_every_entry_is_complete_and_consistent():
    names = [n for e in catalog.entries() for n in (e.id, *e.aliases)]
    assert len(names) == len(set(names))
    for entry in catalog.entries():
        assert entry.contract == catalog.FAMILIES[entry.family].contract
        assert hasattr(contracts, entry.contract)
        assert entry.source in catalog.SOURCES
        assert entry.licence
        assert entry.title
        assert entry.revision == "" or re.fullmatch(r"[0-9a-f]{40}", entry.revision)
        assert entry.sha256 == "" or re.fullmatch(r"[0-9a-f]{64}", entry.sha256)
        if entry.source == "hub":
            assert re.fullmatch(r"[\w.-]+/[\w.-]+", entry.repo or entry.id)
            assert entry.bytes > 0
        if entry.file:
            assert entry.sha256, "a single pickled file is only read with its hash"


def test_the_source_papers_models_are_there_by_its_own_names():
    assert catalog.find("ViT-B-16-plus-240:laion400m_e32").contract == "ImageTextEncoder"
    painter = catalog.find("stable-diffusion-v1-4")
    assert (painter.settings["steps"], painter.settings["guidance"]) == (50, 7.5)
    assert "scheduler" not in painter.settings  # diffusers' own
    assert catalog.find("sam-vit-b").contract == "Segmenter"


def test_every_hook_can_be_found():
    for entry in catalog.entries():
        if entry.suggest:
            assert callable(pkgutil.resolve_name(entry.suggest))


def test_families_name_families():
    for name, family in catalog.FAMILIES.items():
        assert family.name == name and hasattr(contracts, family.contract)
        for contract, part in family.parts.items():
            assert catalog.FAMILIES[part].contract == contract


@pytest.mark.parametrize("entry", _EMBEDDED, ids=[e.id for e in _EMBEDDED])
def test_embedded_models_load(entry):
    if not catalog.weights_folder(entry.id).is_dir():
        pytest.skip(f"the weights of {entry.id} are not in this checkout yet")
    model = genlens.load(entry.id, contract=entry.contract, device="cpu")
    assert model.card.id == entry.id
    assert model.card.source == "embedded"
    assert model.card.revision.startswith("sha256:")
    assert isinstance(model, getattr(contracts, entry.contract))


def test_loads_each_family_from_a_folder(tiny_pipeline_dir, tiny_clip_dir, tiny_sam_dir):
    for folder, contract in (
        (tiny_pipeline_dir, "TextToImage"),
        (tiny_clip_dir, "ImageTextEncoder"),
        (tiny_sam_dir, "Segmenter"),
    ):
        model = genlens.load(str(folder), contract=contract, device="cpu")
        assert model.card.source == "folder"
        assert model is genlens.load(str(folder), device="cpu")


def test_relative_paths(tiny_sam_dir, monkeypatch):
    monkeypatch.chdir(tiny_sam_dir.parent)
    by_name = genlens.load(f"./{tiny_sam_dir.name}")
    assert by_name is genlens.load(str(tiny_sam_dir))


def test_a_changed_folder_is_loaded_anew(tiny_sam_dir, tmp_path):
    import tiny_models

    folder = tmp_path / "sam"
    shutil.copytree(tiny_sam_dir, folder)
    before = genlens.load(str(folder))
    tiny_models.build_sam_folder(folder, seed=1)
    after = genlens.load(str(folder))
    assert after is not before
    assert after.card.revision != before.card.revision


@pytest.mark.parametrize(
    ("name", "options", "error", "message"),
    [
        ("emoji-difusion", {}, ModelError, "Nearest: emoji-diffusion"),
        ("sam-vit-g", {"contract": "Segmenter"}, ModelError, "Nearest: sam-vit-"),
        ("qqqq", {"contract": "Segmenter"}, ModelError, "Nearest: emoji-sam"),
        ("emoji-clip", {"contract": "TextToImage"}, ModelError, "it is an ImageTextEncoder"),
        ("./no/such/folder", {}, ModelError, "there is no folder"),
        ("", {}, InputError, "name a model"),
        (None, {}, InputError, "name a model"),
        ("emoji-sam", {"contract": "Painter"}, InputError, "contract 'Painter' is not one of"),
        ("emoji-sam", {"revision": "main"}, InputError, "only hub models do"),
        ("ViT-B-32:nothing", {}, ModelError, "open_clip has no ViT-B-32:nothing"),
        ("\N{CAT FACE}", {}, ModelError, "no model is called"),
        ("../" * 3 + "etc", {}, ModelError, "no folder|holds no model"),
    ],
)
def test_names_that_load_nothing(name, options, error, message):
    with pytest.raises(error, match=message):
        genlens.load(name, **options)


def test_a_folder_with_something_else(tmp_path, tiny_clip_dir):
    with pytest.raises(ModelError, match=r"looked for model_index\.json"):
        genlens.load(str(tmp_path))
    with pytest.raises(ModelError, match="not a Segmenter"):
        genlens.load(str(tiny_clip_dir), contract="Segmenter")


def test_a_device_that_is_not_there(tiny_sam_dir):
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(ModelError, match='take "cpu"'):
        genlens.load(str(tiny_sam_dir), device="cuda")
    with pytest.raises(ModelError, match="not known"):
        genlens.load(str(tiny_sam_dir), device="gpu")


def test_listing_the_catalog_imports_nothing_heavy():
    code = (
        "import sys; from genlens.models.catalog import entries; entries();"
        "print([m for m in ('torch', 'diffusers', 'transformers', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_half_precision_weights_become_float32(tmp_path):
    from safetensors.torch import save_file

    path = tmp_path / "m.safetensors"
    save_file({"a": torch.ones(2).half(), "b": torch.ones(2, dtype=torch.int64)}, path)
    state = weights.load_state(path)
    assert state["a"].dtype == torch.float32
    assert state["b"].dtype == torch.int64


@pytest.mark.parametrize("name", ["m.safetensors", "m.pth"])
def test_a_pinned_file_of_another_content_is_not_read(tmp_path, name):
    from safetensors.torch import save_file

    path = tmp_path / name
    write = save_file if name.endswith("safetensors") else torch.save
    write({"a": torch.ones(2)}, path)
    right = weights.sha256_of(path)
    assert torch.equal(weights.load_state(path, sha256=right)["a"], torch.ones(2))
    write({"a": torch.zeros(2)}, path)
    with pytest.raises(ModelError, match="does not have the sha256"):
        weights.load_state(path, sha256=right)


def test_a_pickle_that_nobody_pinned_is_not_read(tmp_path):
    path = tmp_path / "m.pth"
    torch.save({"a": torch.ones(2)}, path)
    with pytest.raises(ModelError, match="is a pickle"):
        weights.load_state(path)


def test_a_pinned_pickle_cannot_run_code(tmp_path):
    """Even with the right hash, torch's weights_only reader refuses anything but tensors."""

    class Evil:
        def __reduce__(self):
            return (print, ("code ran",))

    path = tmp_path / "m.pth"
    torch.save(Evil(), path)
    with pytest.raises(ModelError, match="more than tensors"):
        weights.load_state(path, sha256=weights.sha256_of(path))


def test_the_folder_hash_sees_names_and_contents(tmp_path):
    (tmp_path / "a.json").write_text("1")
    first = weights.folder_sha256(tmp_path)
    (tmp_path / "README.md").write_text("not part of the model")
    assert weights.folder_sha256(tmp_path) == first
    (tmp_path / "a.json").rename(tmp_path / "b.json")
    second = weights.folder_sha256(tmp_path)
    (tmp_path / "b.json").write_text("2")
    assert len({first, second, weights.folder_sha256(tmp_path)}) == 3


def test_atomic_write_leaves_the_old_file_when_it_fails(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(RuntimeError), records.atomic_write(path) as stream:
        stream.write(b"half of the n")
        raise RuntimeError
    assert path.read_text() == "old"
    with records.atomic_write(path) as stream:
        stream.write(b"new")
    assert path.read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_damaged_record_is_no_record(tmp_path, monkeypatch):
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path))
    (tmp_path / "w.bin").write_bytes(b"123")
    records.write_record("key", tmp_path, "abc", ["w.bin"])
    assert records.read_record("key") == (tmp_path, "abc")
    assert records.read_record("other") is None
    (tmp_path / "w.bin").write_bytes(b"1")
    assert records.read_record("key") is None
    for path in (tmp_path / "records").iterdir():
        path.write_text(json.dumps([1]))
    assert records.read_record("key") is None

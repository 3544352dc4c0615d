"""Loading from a hub that works, is gone, lies or breaks, over real HTTP on 127.0.0.1."""

from __future__ import annotations

import shutil

import pytest
import torch

import tiny_models
import tiny_transformer
from fake_hub import COMMIT, FakeHub, serve
from genlens.errors import DownloadError, ModelError
from genlens.models import catalog, weights
from genlens.models.download import contents, hub

pytestmark = pytest.mark.robustness
UNET = "unet/diffusion_pytorch_model.safetensors"


@pytest.fixture
def fake(tiny_pipeline_dir, tiny_clip_dir, tmp_path, monkeypatch):
    """A hub with the tiny pipeline (and, as real repositories have, files no one needs)."""
    pipeline = tmp_path / "repos" / "pipeline"
    shutil.copytree(tiny_pipeline_dir, pipeline)
    (pipeline / "whole-model.ckpt").write_bytes(b"a pickle no one asked for")
    (pipeline / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"another")
    (pipeline / "unet" / "flax_model.msgpack").write_bytes(b"another framework")
    (pipeline / "README.md").write_text("not needed")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hf"))
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path / "genlens"))
    catalog.unload()
    with serve(FakeHub({"tiny/pipeline": pipeline, "tiny/clip": tiny_clip_dir})) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running
    catalog.unload()


def test_loads_a_pipeline_and_names_its_commit(fake, tiny_pipeline_dir):
    model = catalog.load("tiny/pipeline")
    assert (model.card.source, model.card.revision) == ("hub", COMMIT)
    assert model.card.contract == "TextToImage"
    local = catalog.load(str(tiny_pipeline_dir))
    prompts = ["a red cat", ""]
    assert torch.equal(model.generate(prompts, 3).images, local.generate(prompts, 3).images)


def test_downloads_only_what_is_needed(fake):
    hub.fetch_model("tiny/pipeline")
    asked = "\n".join(fake.requests)
    assert UNET in asked
    for unwanted in (".ckpt", ".bin", ".msgpack", "README.md"):
        assert unwanted not in asked


def test_loads_an_open_clip_model(fake):
    encoder = catalog.load("hf-hub:tiny/clip", contract="ImageTextEncoder")
    assert encoder.card.revision == COMMIT
    norms = encoder.embed_texts(["a cat", "a dog"]).norm(dim=-1)
    assert torch.allclose(norms, torch.ones(2), atol=1e-5)


@pytest.mark.parametrize("kind", ["xl", "transformer"])
def test_loads_other_kinds_of_pipelines_and_keeps_them(fake, tmp_path, kind, monkeypatch):
    build = {
        "xl": tiny_models.build_xl_pipeline,
        "transformer": tiny_transformer.build_pixart_pipeline,
    }[kind]
    fake.repos["tiny/other"] = folder = build(tmp_path / "repos" / kind)
    drawn = catalog.load("tiny/other").generate(["a red cat"], 3, steps=2).images
    local = catalog.load(str(folder), contract="TextToImage")
    assert torch.equal(drawn, local.generate(["a red cat"], 3, steps=2).images)
    catalog.unload()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert catalog.load("tiny/other").card.revision == COMMIT


def test_an_entry_with_a_small_decoder_brings_both(fake, tmp_path, monkeypatch):
    fake.repos["tiny/taesd"] = tiny_transformer.build_taesd(tmp_path / "repos" / "taesd")
    taesd = catalog.Entry("tiny/taesd", "Autoencoder", "diffusers_vae", "hub", licence="MIT")
    fast = catalog.Entry(
        "tiny/pipeline+taesd", "TextToImage", "diffusers", "hub", repo="tiny/pipeline",
        decoder="tiny/taesd", licence="MIT",
    )  # fmt: skip
    monkeypatch.setattr(catalog, "entries", lambda: (taesd, fast))
    model = catalog.load("tiny/pipeline+taesd")
    assert "TAESD" in model.card.notes[0] and model.card.id == "tiny/pipeline+taesd"
    whole = catalog.load("tiny/pipeline")
    drawn, other = (m.generate(["a red cat"], 3) for m in (model, whole))
    assert torch.equal(drawn.latents, other.latents)
    assert not torch.equal(drawn.images, other.images)


def test_a_pinned_commit_in_the_cache_needs_no_network(fake):
    first = hub.fetch_model("tiny/pipeline", COMMIT)
    fake.requests.clear()
    assert hub.fetch_model("tiny/pipeline", COMMIT) == first
    assert fake.requests == []


def test_prefers_the_variant_asked_for_and_takes_the_plain_weights_elsewhere():
    files = dict.fromkeys(
        [
            "model_index.json",
            "unet/config.json",
            "unet/diffusion_pytorch_model.safetensors",
            "unet/diffusion_pytorch_model.fp16.safetensors",
            "unet/diffusion_pytorch_model.non_ema.safetensors",
            "vae/diffusion_pytorch_model.safetensors",
            "text_encoder/model.fp16-00001-of-00002.safetensors",
            "text_encoder/model.fp16-00002-of-00002.safetensors",
            "text_encoder/model.safetensors.index.fp16.json",
            "text_encoder/model.safetensors",
            "v1-5-pruned.safetensors",
        ],
        "",
    )
    chosen = contents.pipeline_files(files, ["unet", "vae", "text_encoder"], "fp16")
    assert chosen == sorted(
        [
            "model_index.json",
            "unet/config.json",
            "unet/diffusion_pytorch_model.fp16.safetensors",
            "vae/diffusion_pytorch_model.safetensors",
            "text_encoder/model.fp16-00001-of-00002.safetensors",
            "text_encoder/model.fp16-00002-of-00002.safetensors",
            "text_encoder/model.safetensors.index.fp16.json",
        ]
    )
    plain = contents.pipeline_files(files, ["unet"], "")
    assert "unet/diffusion_pytorch_model.safetensors" in plain
    assert not any("fp16" in name for name in plain)


def test_unknown_repository(fake):
    with pytest.raises(DownloadError, match=r"the hub has no tiny/nothing.*private"):
        catalog.load("tiny/nothing")


def test_a_licence_that_was_not_accepted_yet(fake):
    fake.faults["tiny/pipeline"] = "gated"
    with pytest.raises(DownloadError, match=r"accept its licence first.*hf auth login"):
        catalog.load("tiny/pipeline")
    fake.faults.clear()  # accepted
    assert catalog.load("tiny/pipeline").card.revision == COMMIT


def test_unknown_revision(fake):
    with pytest.raises(DownloadError, match="no revision 'v9'"):
        catalog.load("tiny/pipeline", revision="v9")


def test_server_error_says_try_again(fake):
    fake.faults["api"] = "500"
    with pytest.raises(DownloadError, match="status 500.*try again later"):
        catalog.load("tiny/pipeline")


def test_server_error_on_one_file_leaves_nothing_that_loads(fake, monkeypatch):
    # huggingface_hub tries such a file again for 20 seconds; the waiting is not what is tested.
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda seconds: None)
    fake.faults[UNET] = "500"
    with pytest.raises(DownloadError):
        catalog.load("tiny/pipeline")
    fake.faults.clear()
    assert catalog.load("tiny/pipeline").card.revision == COMMIT


def test_a_download_cut_short_is_refused_then_recovers(fake):
    fake.faults[UNET] = "short"
    with pytest.raises(DownloadError, match="downloading tiny/pipeline"):
        catalog.load("tiny/pipeline")
    fake.faults.clear()
    assert catalog.load("tiny/pipeline").card.revision == COMMIT


def test_content_that_does_not_fit_the_announced_hash_is_deleted(fake):
    fake.faults[UNET] = "corrupt"
    with pytest.raises(DownloadError, match="sha256"):
        catalog.load("tiny/pipeline")
    fake.faults.clear()
    assert catalog.load("tiny/pipeline").card.revision == COMMIT


def test_pickled_weights_are_refused_before_they_are_downloaded(fake):
    folder = fake.repos["tiny/pipeline"]
    (folder / UNET).unlink()
    with pytest.raises(
        ModelError, match=r"diffusion_pytorch_model\.bin.*only safetensors.*Convert"
    ):
        catalog.load("tiny/pipeline")
    assert not any(".bin" in request for request in fake.requests)


def test_a_repository_of_another_kind(fake):
    folder = fake.repos["tiny/pipeline"]
    (folder / "model_index.json").unlink()
    with pytest.raises(ModelError, match=r"neither model_index\.json"):
        catalog.load("tiny/pipeline")


def test_offline_uses_the_cache_and_says_what_is_missing(fake, monkeypatch):
    catalog.load("tiny/pipeline")
    catalog.unload()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert catalog.load("tiny/pipeline").card.revision == COMMIT
    with pytest.raises(DownloadError, match=r"tiny/clip is not in the cache.*HF_ENDPOINT"):
        catalog.load("tiny/clip")


def test_a_hub_that_is_gone(fake, monkeypatch):
    catalog.load("tiny/pipeline")
    catalog.unload()
    with serve(FakeHub({})) as other:
        gone = other.url
    fake.faults["api"] = "500"  # the known hub is in trouble: the copy in the cache will do
    assert catalog.load("tiny/pipeline").card.revision == COMMIT
    monkeypatch.setenv("HF_ENDPOINT", gone)
    catalog.unload()
    with pytest.raises(DownloadError, match="cannot be reached"):
        catalog.load("tiny/pipeline")


def test_a_cache_that_lost_a_file_downloads_it_again(fake):
    snapshot = hub.fetch_model("tiny/pipeline", COMMIT)
    (snapshot.path / UNET).resolve().unlink()
    (snapshot.path / UNET).unlink()
    assert (hub.fetch_model("tiny/pipeline", COMMIT).path / UNET).is_file()


def test_single_file_with_its_hash(fake):
    folder = fake.repos["tiny/pipeline"]
    right = weights.sha256_of(folder / UNET)
    found = hub.fetch_file("tiny/pipeline", UNET, sha256=right)
    assert found.commit == COMMIT
    assert weights.sha256_of(found.path) == right


def test_single_file_with_another_hash_is_deleted(fake):
    with pytest.raises(DownloadError, match="sha256"):
        hub.fetch_file("tiny/pipeline", UNET, sha256="0" * 64)
    right = weights.sha256_of(fake.repos["tiny/pipeline"] / UNET)
    assert hub.fetch_file("tiny/pipeline", UNET, sha256=right).path.is_file()


def test_single_file_that_does_not_exist(fake):
    with pytest.raises(DownloadError, match=r"no file missing\.pth"):
        hub.fetch_file("tiny/pipeline", "missing.pth", sha256="0" * 64)

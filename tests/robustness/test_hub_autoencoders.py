"""Autoencoders on the hub in the layouts people publish: sd-vae-ft-mse, TAESD, SDXL's, Flux's."""

from __future__ import annotations

import json
import shutil

import pytest
import torch

from fake_hub import FakeHub, serve
from genlens.common import torchvision_guard
from genlens.errors import ModelError
from genlens.models import catalog
from genlens.models.download import contents, hub
from genlens.study.study import study_of

pytestmark = pytest.mark.robustness
AE = {"contract": "Autoencoder", "device": "cpu"}
BLOCKS = {
    "block_out_channels": (8, 16),
    "down_block_types": ("DownEncoderBlock2D",) * 2,
    "up_block_types": ("UpDecoderBlock2D",) * 2,
    "norm_num_groups": 4,
}


def build(kind):
    """A random autoencoder of each class, as small as it gets."""
    torchvision_guard.ensure()
    import diffusers

    torch.manual_seed(0)
    if kind == "AutoencoderTiny":
        return diffusers.AutoencoderTiny(
            encoder_block_out_channels=(8, 8), decoder_block_out_channels=(8, 8),
            num_encoder_blocks=(1, 1), num_decoder_blocks=(1, 1),
        )  # fmt: skip
    if kind == "AutoencoderDC":
        return diffusers.AutoencoderDC(
            latent_channels=4, attention_head_dim=4,
            encoder_block_types=("ResBlock", "EfficientViTBlock"),
            decoder_block_types=("ResBlock", "EfficientViTBlock"),
            encoder_block_out_channels=(8, 16), decoder_block_out_channels=(8, 16),
            encoder_layers_per_block=(1, 1), decoder_layers_per_block=(1, 1),
            encoder_qkv_multiscales=((), (5,)), decoder_qkv_multiscales=((), (5,)),
            decoder_norm_types="rms_norm", decoder_act_fns="silu",
        )  # fmt: skip
    if kind == "AsymmetricAutoencoderKL":
        return diffusers.AsymmetricAutoencoderKL(
            down_block_types=BLOCKS["down_block_types"], down_block_out_channels=(8, 16),
            up_block_types=BLOCKS["up_block_types"], up_block_out_channels=(8, 16),
            norm_num_groups=4, sample_size=32,
        )  # fmt: skip
    if kind == "AutoencoderKLFlux2":
        return diffusers.AutoencoderKLFlux2(**BLOCKS, latent_channels=4, sample_size=32)
    flux = {"sample_size": 1024, "scaling_factor": 0.3611, "shift_factor": 0.1159}
    return diffusers.AutoencoderKL(**BLOCKS, **(flux if kind == "Flux" else {"sample_size": 256}))


def save(folder, kind="AutoencoderKL", **options):
    build(kind).save_pretrained(folder, **options)
    return folder


@pytest.fixture
def published(tmp_path, monkeypatch):
    """``publish(folder)`` serves it as the repository me/vae."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hf"))
    monkeypatch.setenv("GENLENS_CACHE", str(tmp_path / "genlens"))
    catalog.unload()
    with serve(FakeHub({})) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield lambda folder: running.repos.__setitem__("me/vae", folder) or running
    catalog.unload()


def with_junk(folder):
    """What lies beside the weights in such repositories."""
    for name in ("taesd_decoder.pth", "diffusion_pytorch_model.bin", "sdxl_vae.safetensors"):
        (folder / name).write_bytes(b"not needed")
    (folder / "README.md").write_text("a model")


@pytest.mark.parametrize(
    "kind",
    [
        "AutoencoderKL", "AutoencoderTiny", "AutoencoderDC", "AsymmetricAutoencoderKL",
        "AutoencoderKLFlux2",
    ],
)  # fmt: skip
def test_config_and_weights_at_the_root(published, tmp_path, kind):
    folder = save(tmp_path / "repo", kind)
    with_junk(folder)
    fake = published(folder)
    model = catalog.load("me/vae", **AE)
    assert model.card.id == "me/vae" and model.card.source == "hub"
    asked = "\n".join(fake.requests)
    assert ".pth" not in asked and ".bin" not in asked and "sdxl_vae" not in asked
    images = torch.rand(2, 3, 48, 32)  # not square
    own = build(kind).eval()
    out = own.encode(images * 2 - 1)
    wanted = out.latent_dist.mean if "latent_dist" in out else out[0]
    torch.testing.assert_close(model.encode(images).mean, wanted)
    drawn = (own.decode(wanted).sample / 2 + 0.5).clamp(0, 1)
    torch.testing.assert_close(model.decode(wanted), drawn)


@pytest.mark.parametrize("variant", [None, "fp16", "bf16"])
@pytest.mark.parametrize("shards", [False, True])
@pytest.mark.parametrize("inside", ["", "vae"])
def test_variants_shards_and_a_folder_inside(published, tmp_path, variant, shards, inside):
    half = {"fp16": torch.float16, "bf16": torch.bfloat16, None: torch.float32}[variant]
    vae = build("AutoencoderKL")
    size = "30KB" if shards else "1GB"
    vae.to(half).save_pretrained(tmp_path / "repo" / inside, variant=variant, max_shard_size=size)
    count = len(list((tmp_path / "repo" / inside).glob("*.safetensors")))
    assert (count > 1) == shards
    published(tmp_path / "repo")
    assert hub.missing_bytes("me/vae", part="vae") > 0
    model = catalog.load("me/vae", **AE)
    assert hub.missing_bytes("me/vae", part="vae") == 0
    images = torch.rand(1, 3, 32, 32)
    wanted = build("AutoencoderKL").encode(images * 2 - 1).latent_dist.mean
    torch.testing.assert_close(model.encode(images).mean, wanted, rtol=0.05, atol=0.05)
    assert catalog.load(str(tmp_path / "repo"), **AE).image_shape == (3, 256, 256)


def test_of_a_pipeline_only_the_autoencoder_is_fetched(published, tmp_path):
    repo = tmp_path / "repo"
    save(repo / "vae", "Flux")
    (repo / "transformer").mkdir()
    (repo / "transformer/diffusion_pytorch_model.safetensors").write_bytes(b"x" * 9999)
    index = {
        "_class_name": "FluxPipeline",
        "vae": ["diffusers", "AutoencoderKL"],
        "transformer": ["diffusers", "FluxTransformer2DModel"],
    }
    (repo / "model_index.json").write_text(json.dumps(index))
    fake = published(repo)
    model = catalog.load("me/vae", **AE)
    assert not any("transformer" in request for request in fake.requests)
    assert model.image_shape == (3, 256, 256) and model.latent_shape == (4, 128, 128)
    assert model.card.notes == (
        "made for pictures of 1024 pixels a side, studied at 256, which takes 16 times less memory "
        'and time; write "side": 1024 into a genlens.json in its folder for the full size',
    )
    few = torch.rand(9, 3, 256, 256)
    assert study_of(model, few).notes[0] == model.card.notes[0], "it travels with the study"
    with pytest.raises(ModelError, match="FluxPipeline"):
        catalog.load("me/vae", contract="TextToImage", device="cpu")


def test_the_full_size_is_a_setting(tmp_path):
    folder = save(tmp_path / "flux", "Flux")
    (folder / "genlens.json").write_text('{"side": 1024}')
    model = catalog.load(str(folder), **AE)
    assert model.image_shape == (3, 1024, 1024) and model.card.notes == ()


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"_class_name": "VQModel"}, "me/vae is a VQModel, which is not one of AutoencoderKL"),
        ({"_class_name": "AutoencoderKLWan"}, "me/vae is a AutoencoderKLWan"),
        ({"architectures": ["BertModel"], "model_type": "bert"}, "me/vae is a BertModel"),
    ],
)
def test_other_models_are_refused_before_their_weights_are_fetched(
    published, tmp_path, config, says
):
    folder = save(tmp_path / "repo")
    (folder / "config.json").write_text(json.dumps(config))
    fake = published(folder)
    with pytest.raises(ModelError, match=says):
        catalog.load("me/vae", **AE)
    assert not any("safetensors" in request for request in fake.requests)


def test_pickles_alone_say_how_to_convert_a_repository(published, tmp_path):
    folder = save(tmp_path / "repo")
    (folder / "diffusion_pytorch_model.safetensors").rename(folder / "diffusion_pytorch_model.bin")
    published(folder)
    with pytest.raises(ModelError, match="hf download me/vae .*python -m genlens convert"):
        catalog.load("me/vae", **AE)


def test_a_folder_inside_is_taken_only_for_an_autoencoder(tmp_path):
    save(tmp_path / "repo/vae")
    with pytest.raises(ModelError, match="holds no model genlens knows"):
        catalog.load(str(tmp_path / "repo"), device="cpu")
    assert catalog.load(str(tmp_path / "repo"), **AE).card.id == "repo"


def test_prefixes_of_a_whole_models_checkpoint(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = save(tmp_path / "mine")
    path = folder / "diffusion_pytorch_model.safetensors"
    state = load_file(path)
    whole = {f"first_stage_model._orig_mod.{name}": value for name, value in state.items()}
    whole |= {"model.diffusion_model.out.weight": torch.zeros(3)}
    save_file(whole, path, metadata={"format": "pt"})
    model = catalog.load(str(folder), **AE)
    images = torch.rand(1, 3, 32, 32)
    wanted = build("AutoencoderKL").encode(images * 2 - 1).latent_dist.mean
    torch.testing.assert_close(model.encode(images).mean, wanted)
    said = " ".join(model.card.notes)
    assert "taken off the names of its weights: _orig_mod., first_stage_model." in said
    assert "1 tensors such as model.diffusion_model.out.weight" in said
    assert "autoencoder mine" in said
    shutil.rmtree(folder)


def test_shards_of_the_variant_that_is_wanted():
    files = [
        "config.json",
        "diffusion_pytorch_model-00001-of-00002.fp16.safetensors",  # an older diffusers' names
        "diffusion_pytorch_model-00002-of-00002.fp16.safetensors",
        "diffusion_pytorch_model.safetensors.index.fp16.json",
        "diffusion_pytorch_model.safetensors",
    ]
    read = {"config.json": {"_class_name": "AutoencoderKL"}}.__getitem__
    half = contents.needed("me/vae", files, read, "fp16")
    assert half == sorted(files[:4])
    assert contents.needed("me/vae", files, read) == ["config.json", files[4]]
